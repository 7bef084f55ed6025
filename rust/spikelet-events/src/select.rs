//! Events picked by a mask.

use crate::audit::count_true;
use crate::{Columns, ColumnsMut, OwnedColumns};

/// Events whose places are looked up together.
const CHUNK: usize = 8;

/// For each choice of kept events of a chunk, a bit each, where they stand in it; then zeros.
const KEPT: [[u8; CHUNK]; 1 << CHUNK] = {
    let mut table = [[0; CHUNK]; 1 << CHUNK];
    let mut choice = 0;
    while choice < table.len() {
        let (mut event, mut count) = (0, 0);
        while event < CHUNK {
            if choice >> event & 1 == 1 {
                table[choice][count] = event as u8;
                count += 1;
            }
            event += 1;
        }
        choice += 1;
    }
    table
};

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
    let of_events = is_kept.get(..events.len()).unwrap_or_default();
    let mut kept = OwnedColumns::zeroed(count_kept(of_events));
    select_into(events, is_kept, &mut kept.all_mut());
    kept
}

/// How many events a mask keeps.
///
/// ```
/// assert_eq!(spikelet_events::count_kept(&[true, false, true]), 2);
/// ```
pub fn count_kept(is_kept: &[bool]) -> usize {
    count_true(is_kept) as usize
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
    let (chunks, mut next) = chunks_into(columns, is_kept, out);
    let (_, rest) = columns.split_at(chunks * CHUNK);
    let is_kept = is_kept.get(chunks * CHUNK..).unwrap_or_default();
    let places = out.places();
    for (event, &is_kept) in rest.iter().zip(is_kept) {
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

/// Selects from whole chunks while a whole one finds room; how many chunks were looked at, and how many events kept.
fn chunks_into(columns: Columns<'_>, is_kept: &[bool], out: &mut ColumnsMut<'_>) -> (usize, usize) {
    let places = out.places();
    // Slices of one length: the compiler then asks once whether a chunk finds room in all of them.
    let len = places.t.len();
    let (Some(to_x), Some(to_y), Some(to_p)) = (
        places.x.get_mut(..len),
        places.y.get_mut(..len),
        places.p.get_mut(..len),
    ) else {
        return (0, 0);
    };
    let (t, x) = (columns.t().as_chunks().0, columns.x().as_chunks().0);
    let (y, p) = (columns.y().as_chunks().0, columns.p().as_chunks().0);
    let chunks = t.iter().zip(x).zip(y).zip(p).zip(is_kept.as_chunks().0);
    let (mut looked_at, mut next) = (0, 0);
    for ((((t, x), y), p), is_kept) in chunks {
        let (Some(to_t), Some(to_x), Some(to_y), Some(to_p)) = (
            room(places.t, next),
            room(to_x, next),
            room(to_y, next),
            room(to_p, next),
        ) else {
            break;
        };
        let bytes = u64::from_le_bytes(is_kept.map(u8::from));
        // Each product moves the bit of one byte into the highest byte, and no two meet.
        let kept = (bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
        if kept == u8::MAX {
            // Runs need no look-up.
            (*to_t, *to_x, *to_y, *to_p) = (*t, *x, *y, *p);
        } else {
            let from = KEPT[usize::from(kept)];
            pack(t, from, to_t);
            pack(x, from, to_x);
            pack(y, from, to_y);
            pack(p, from, to_p);
        }
        looked_at += 1;
        // The sum of the bytes, in the highest of them.
        next += (bytes.wrapping_mul(0x0101_0101_0101_0101) >> 56) as usize;
    }
    (looked_at, next)
}

fn room<T>(places: &mut [T], next: usize) -> Option<&mut [T; CHUNK]> {
    places.get_mut(next..)?.first_chunk_mut()
}

/// Moves what is kept to the front; what stands behind it means nothing.
#[inline]
fn pack<T: Copy>(values: &[T; CHUNK], from: [u8; CHUNK], to: &mut [T; CHUNK]) {
    for (to, from) in to.iter_mut().zip(from) {
        // The remainder is the number itself, and known to be a place.
        *to = values[from as usize % CHUNK];
    }
}
