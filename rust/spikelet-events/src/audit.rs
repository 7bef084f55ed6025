//! One pass over decoded columns: is every pixel on the sensor, does time ever step back.

use crate::wide::widely;
use crate::{Columns, SensorSize};

/// Events looked at together: few enough for the first-level cache, many enough for wide instructions.
const BLOCK: usize = 1024;

/// What one or many passes found. Indices count from the first event of the recording.
///
/// ```
/// use spikelet_events::{Audit, Columns, SensorSize};
///
/// let mut audit = Audit::new(Some(SensorSize { width: 4, height: 4 }));
/// audit.add(Columns::new(&[10, 30], &[0, 9], &[0, 0], &[true, true])?);
/// audit.add(Columns::new(&[20], &[3], &[3], &[false])?);
/// assert_eq!((audit.out_of_bounds, audit.first_out_of_bounds), (1, Some(1)));
/// assert_eq!((audit.backward_steps, audit.first_backward), (1, Some(2)));
/// assert_eq!((audit.t_min, audit.t_max, audit.on), (10, 30, 2));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Audit {
    size: Option<SensorSize>,
    /// Events seen. The extremes below mean nothing while it is 0.
    pub events: u64,
    /// Events outside the sensor; 0 when no size is known.
    pub out_of_bounds: u64,
    /// The first of them.
    pub first_out_of_bounds: Option<u64>,
    /// Events whose time is smaller than that of the event before.
    pub backward_steps: u64,
    /// The first of them.
    pub first_backward: Option<u64>,
    /// Largest column.
    pub x_max: u16,
    /// Largest row.
    pub y_max: u16,
    /// Time of the first event.
    pub t_first: i64,
    /// Time of the last event.
    pub t_last: i64,
    /// Smallest time.
    pub t_min: i64,
    /// Largest time.
    pub t_max: i64,
    /// Events of polarity ON.
    pub on: u64,
}

impl Audit {
    /// Nothing seen yet; without a size no event is out of bounds.
    pub const fn new(size: Option<SensorSize>) -> Self {
        Self {
            size,
            events: 0,
            out_of_bounds: 0,
            first_out_of_bounds: None,
            backward_steps: 0,
            first_backward: None,
            x_max: 0,
            y_max: 0,
            t_first: 0,
            t_last: 0,
            t_min: i64::MAX,
            t_max: i64::MIN,
            on: 0,
        }
    }

    /// Nothing seen yet, of the same sensor.
    #[cfg(feature = "std")]
    pub(crate) const fn unseen(&self) -> Self {
        Self::new(self.size)
    }

    /// Looks at the next events of the recording.
    pub fn add(&mut self, columns: Columns<'_>) {
        widely(
            #[inline(always)]
            || {
                let mut rest = columns;
                while !rest.is_empty() {
                    let (block, after) = rest.split_at(BLOCK);
                    self.block(block);
                    rest = after;
                }
            },
        );
    }

    /// Takes over what another pass found in the events that follow, of the same sensor.
    ///
    /// ```
    /// use spikelet_events::{Audit, Columns};
    ///
    /// let (mut audit, mut rest) = (Audit::new(None), Audit::new(None));
    /// audit.add(Columns::new(&[10, 30], &[0, 9], &[0, 0], &[true, true])?);
    /// rest.add(Columns::new(&[20], &[3], &[3], &[false])?);
    /// audit.append(&rest);
    /// assert_eq!((audit.events, audit.first_backward), (3, Some(2)));
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn append(&mut self, later: &Self) {
        if later.events == 0 {
            return;
        }
        if self.events == 0 {
            self.t_first = later.t_first;
        }
        let start = self.events;
        let steps_back_between = start > 0 && later.t_first < self.t_last;
        let first_backward = if steps_back_between {
            Some(start)
        } else {
            later.first_backward.map(|index| start + index)
        };
        let first_out = later.first_out_of_bounds.map(|index| start + index);
        self.first_backward = self.first_backward.or(first_backward);
        self.first_out_of_bounds = self.first_out_of_bounds.or(first_out);
        self.backward_steps += later.backward_steps + steps_back_between as u64;
        self.out_of_bounds += later.out_of_bounds;
        self.x_max = self.x_max.max(later.x_max);
        self.y_max = self.y_max.max(later.y_max);
        self.t_min = self.t_min.min(later.t_min);
        self.t_max = self.t_max.max(later.t_max);
        self.on += later.on;
        self.t_last = later.t_last;
        self.events += later.events;
    }

    #[inline(always)]
    fn block(&mut self, block: Columns<'_>) {
        let (Some(&first), Some(&last)) = (block.t().first(), block.t().last()) else {
            return;
        };
        if self.events == 0 {
            (self.t_first, self.t_last) = (first, first);
        }
        let x_max = max(block.x());
        let y_max = max(block.y());
        if self.size.is_some_and(|size| !size.contains(x_max, y_max)) {
            self.count_out_of_bounds(block);
        }
        let is_backward = first < self.t_last || steps_back(block.t());
        if is_backward {
            self.count_backward(block.t());
        } else {
            self.t_min = self.t_min.min(first);
            self.t_max = self.t_max.max(last);
        }
        self.x_max = self.x_max.max(x_max);
        self.y_max = self.y_max.max(y_max);
        self.on += count_true(block.p());
        self.t_last = last;
        self.events += block.len() as u64;
    }

    #[cold]
    fn count_out_of_bounds(&mut self, block: Columns<'_>) {
        let Some(size) = self.size else { return };
        for (index, (&x, &y)) in (self.events..).zip(block.x().iter().zip(block.y())) {
            if !size.contains(x, y) {
                self.out_of_bounds += 1;
                self.first_out_of_bounds.get_or_insert(index);
            }
        }
    }

    #[cold]
    fn count_backward(&mut self, times: &[i64]) {
        let mut previous = self.t_last;
        for (index, &t) in (self.events..).zip(times) {
            if t < previous {
                self.backward_steps += 1;
                self.first_backward.get_or_insert(index);
            }
            self.t_min = self.t_min.min(t);
            self.t_max = self.t_max.max(t);
            previous = t;
        }
    }
}

#[inline(always)]
fn max(coordinates: &[u16]) -> u16 {
    coordinates.iter().copied().fold(0, u16::max)
}

/// Whether any time of a block is smaller than the one before.
///
/// Baseline x86-64 compares no 64-bit lanes, but subtracts them. Steps of less than 2^52, of which a block has 1024 at
/// most, do not reach around: where the last time is not below the first, none of them went back.
#[inline(always)]
fn steps_back(times: &[i64]) -> bool {
    let after = times.get(1..).unwrap_or_default();
    let pairs = times.iter().zip(after);
    let steps = pairs.fold(0, |steps, (before, &t)| steps | t.wrapping_sub(*before));
    (steps as u64 >> 52 != 0 || times.last() < times.first()) && !times.is_sorted()
}

/// Summed in bytes first, sixteen at a time, of which no part leaves a rest.
#[inline(always)]
pub(crate) fn count_true(flags: &[bool]) -> u64 {
    let sum = |part: &[bool]| part.iter().map(|&p| p as u8).sum::<u8>() as u64;
    flags.chunks(128).map(sum).sum()
}
