//! Events picked by a mask.

use crate::{Columns, ColumnsMut, OwnedColumns};

/// The events that are kept, in order; those beyond the end of `is_kept` are not.
///
/// ```
/// use spikelet_events::{Columns, select};
///
/// let events = Columns::new(&[10, 20, 30], &[0, 1, 2], &[0; 3], &[true; 3])?;
/// assert_eq!(select(events, &[true, false, true]).t, [10, 30]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub fn select(columns: Columns<'_>, is_kept: &[bool]) -> OwnedColumns {
    let (events, _) = columns.split_at(is_kept.len());
    let of_events = is_kept.iter().take(events.len());
    let count = of_events.map(|&is_kept| usize::from(is_kept)).sum();
    let mut kept = OwnedColumns::zeroed(count);
    select_into(events, is_kept, &mut kept.all_mut());
    kept
}

/// [`select`] into memory that is there: as many of the events as find a place; how many they were.
///
/// ```
/// use spikelet_events::{Columns, OwnedColumns, select_into};
///
/// let events = Columns::new(&[10, 20, 30], &[0, 1, 2], &[0; 3], &[true; 3])?;
/// let mut kept = OwnedColumns::zeroed(2);
/// assert_eq!(select_into(events, &[false, true, true], &mut kept.all_mut()), 2);
/// assert_eq!(kept.x, [1, 2]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub fn select_into(columns: Columns<'_>, is_kept: &[bool], out: &mut ColumnsMut<'_>) -> usize {
    let places = out.places();
    let mut next = 0;
    for (event, &is_kept) in columns.iter().zip(is_kept) {
        let (Some(t), Some(x), Some(y), Some(p)) = (
            places.t.get_mut(next),
            places.x.get_mut(next),
            places.y.get_mut(next),
            places.p.get_mut(next),
        ) else {
            break;
        };
        // Every event is written, and the next one over it where it is not kept: a branch on the mask could not be
        // foreseen.
        (*t, *x, *y, *p) = (event.t, event.x, event.y, event.p);
        next += usize::from(is_kept);
    }
    out.advance(next);
    next
}
