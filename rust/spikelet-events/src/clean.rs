//! The lenient door: drops, sorts or keeps what is wrong with a recording, and counts it.

use alloc::vec::Vec;

use crate::{Audit, Columns, OwnedColumns, SensorSize, select};

/// What to do with events that step back in time.
///
/// ```
/// use spikelet_events::Backward;
///
/// assert_eq!(Backward::named("sort"), Some(Backward::Sort));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backward {
    /// Leave them where they are.
    Keep,
    /// Sort by time; events of equal time stay in order.
    Sort,
    /// Drop events earlier than any before them.
    Drop,
}

impl Backward {
    /// The way of this name: `"keep"`, `"sort"` or `"drop"`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "keep" => Some(Self::Keep),
            "sort" => Some(Self::Sort),
            "drop" => Some(Self::Drop),
            _ => None,
        }
    }
}

/// What [`clean`] leaves, and what it changed.
///
/// ```
/// use spikelet_events::Cleaned;
///
/// assert!(Cleaned::default().columns.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleaned {
    /// The events on the sensor, in the order asked for.
    pub columns: OwnedColumns,
    /// Events dropped because they lay outside the sensor.
    pub dropped_out_of_bounds: u64,
    /// Events dropped because they stepped back.
    pub dropped_backward: u64,
    /// Events that stand at another place than before, those out of bounds not counted.
    pub moved_by_sort: u64,
}

/// Drops events outside the sensor, then treats steps back as told.
///
/// ```
/// use spikelet_events::{Backward, Columns, SensorSize, clean};
///
/// let events = Columns::new(&[10, 30, 20, 40], &[0, 1, 2, 9], &[0; 4], &[true; 4])?;
/// let cleaned = clean(events, SensorSize { width: 4, height: 4 }, Backward::Sort);
/// assert_eq!(cleaned.columns.t, [10, 20, 30]);
/// assert_eq!((cleaned.dropped_out_of_bounds, cleaned.moved_by_sort), (1, 2));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub fn clean(columns: Columns<'_>, size: SensorSize, backward: Backward) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut audit = Audit::new(Some(size));
    audit.add(columns);
    let is_kept: Vec<bool> = columns
        .iter()
        .map(|event| size.contains(event.x, event.y))
        .collect();
    cleaned.dropped_out_of_bounds = audit.out_of_bounds;
    cleaned.columns = select(columns, &is_kept);
    if audit.backward_steps == 0 {
        return cleaned;
    }
    match backward {
        Backward::Keep => {}
        Backward::Sort => cleaned.sort(),
        Backward::Drop => cleaned.drop_backward(),
    }
    cleaned
}

impl Cleaned {
    fn sort(&mut self) {
        let times = &self.columns.t;
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by_key(|&from| times.get(from).copied());
        self.moved_by_sort = order
            .iter()
            .zip(0..)
            .filter(|&(&from, to)| from != to)
            .count() as u64;
        let columns = self.columns.all();
        let mut sorted = OwnedColumns::default();
        for event in order.iter().filter_map(|&from| columns.get(from)) {
            sorted.t.push(event.t);
            sorted.x.push(event.x);
            sorted.y.push(event.y);
            sorted.p.push(event.p);
        }
        self.columns = sorted;
    }

    fn drop_backward(&mut self) {
        let mut latest = i64::MIN;
        let mut is_forward = |&t: &i64| {
            let is_kept = t >= latest;
            latest = latest.max(t);
            is_kept
        };
        let is_kept: Vec<bool> = self.columns.t.iter().map(&mut is_forward).collect();
        self.dropped_backward = is_kept.iter().filter(|&&is_kept| !is_kept).count() as u64;
        self.columns = select(self.columns.all(), &is_kept);
    }
}
