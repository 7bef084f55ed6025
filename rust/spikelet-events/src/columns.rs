//! Events as four columns of equal length: borrowed, borrowed for filling, and owned.

use crate::{Beside, Error, Event, Trigger};

/// Four borrowed columns of equal length.
///
/// ```
/// use spikelet_events::Columns;
///
/// let columns = Columns::new(&[10, 20], &[1, 2], &[3, 4], &[true, false])?;
/// assert_eq!(columns.get(1).map(|event| event.t), Some(20));
/// assert!(Columns::new(&[10], &[], &[], &[]).is_err());
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    t: &'a [i64],
    x: &'a [u16],
    y: &'a [u16],
    p: &'a [bool],
}

impl<'a> Columns<'a> {
    /// Borrows four columns.
    ///
    /// # Errors
    /// [`Error::Lengths`]: they are not equally long.
    pub fn new(t: &'a [i64], x: &'a [u16], y: &'a [u16], p: &'a [bool]) -> Result<Self, Error> {
        equal_lengths([t.len(), x.len(), y.len(), p.len()])?;
        Ok(Self { t, x, y, p })
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.t.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.t.is_empty()
    }

    /// Times in microseconds.
    pub fn t(&self) -> &'a [i64] {
        self.t
    }

    /// Columns of the pixels.
    pub fn x(&self) -> &'a [u16] {
        self.x
    }

    /// Rows of the pixels.
    pub fn y(&self) -> &'a [u16] {
        self.y
    }

    /// Polarities, true is ON.
    pub fn p(&self) -> &'a [bool] {
        self.p
    }

    /// The event at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<Event> {
        Some(Event {
            t: *self.t.get(index)?,
            x: *self.x.get(index)?,
            y: *self.y.get(index)?,
            p: *self.p.get(index)?,
        })
    }

    /// The events one after another.
    pub fn iter(&self) -> impl Iterator<Item = Event> + 'a {
        let pixels = self.x.iter().zip(self.y);
        let rest = pixels.zip(self.p);
        self.t
            .iter()
            .zip(rest)
            .map(|(&t, ((&x, &y), &p))| Event { t, x, y, p })
    }

    /// Both halves of the columns; a `middle` beyond the end gives an empty second half.
    pub fn split_at(&self, middle: usize) -> (Self, Self) {
        let middle = middle.min(self.len());
        let (t, t_rest) = self.t.split_at(middle);
        let (x, x_rest) = self.x.split_at(middle);
        let (y, y_rest) = self.y.split_at(middle);
        let (p, p_rest) = self.p.split_at(middle);
        (
            Self { t, x, y, p },
            Self {
                t: t_rest,
                x: x_rest,
                y: y_rest,
                p: p_rest,
            },
        )
    }
}

/// Four columns that a decoder fills from the front, and a few places for triggers.
///
/// ```
/// use spikelet_events::{ColumnsMut, Event};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 4], [0; 4], [0; 4], [false; 4]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// assert!(out.push(Event { t: 5, x: 1, y: 2, p: true }));
/// assert_eq!((out.len(), out.free()), (1, 3));
/// assert_eq!(out.filled().x(), [1]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug)]
pub struct ColumnsMut<'a> {
    t: &'a mut [i64],
    x: &'a mut [u16],
    y: &'a mut [u16],
    p: &'a mut [bool],
    len: usize,
    triggers: &'a mut [Trigger],
    triggers_len: usize,
    pub(crate) beside: Option<&'a mut dyn Beside>,
}

/// The unfilled places of a [`ColumnsMut`], four slices of equal length.
///
/// ```
/// let mut columns = spikelet_events::OwnedColumns::zeroed(3);
/// assert_eq!(columns.all_mut().places().t.len(), 3);
/// ```
#[derive(Debug, Default)]
pub struct Places<'a> {
    /// Times in microseconds.
    pub t: &'a mut [i64],
    /// Columns of the pixels.
    pub x: &'a mut [u16],
    /// Rows of the pixels.
    pub y: &'a mut [u16],
    /// Polarities, true is ON.
    pub p: &'a mut [bool],
}

impl<'a> ColumnsMut<'a> {
    /// Borrows four columns, all places free, with no place for triggers.
    ///
    /// # Errors
    /// [`Error::Lengths`]: they are not equally long.
    pub fn new(
        t: &'a mut [i64],
        x: &'a mut [u16],
        y: &'a mut [u16],
        p: &'a mut [bool],
    ) -> Result<Self, Error> {
        equal_lengths([t.len(), x.len(), y.len(), p.len()])?;
        Ok(Self {
            t,
            x,
            y,
            p,
            len: 0,
            triggers: &mut [],
            triggers_len: 0,
            beside: None,
        })
    }

    /// The same columns with places for triggers; formats with triggers need at least one.
    #[must_use]
    pub fn with_triggers(mut self, triggers: &'a mut [Trigger]) -> Self {
        self.triggers = triggers;
        self.triggers_len = 0;
        self
    }

    /// Number of events filled in.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was filled in.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of places still free.
    pub fn free(&self) -> usize {
        self.t.len() - self.len
    }

    /// What was filled in so far.
    pub fn filled(&self) -> Columns<'_> {
        let whole = Columns {
            t: self.t,
            x: self.x,
            y: self.y,
            p: self.p,
        };
        whole.split_at(self.len).0
    }

    /// The triggers filled in so far.
    pub fn triggers(&self) -> &[Trigger] {
        self.triggers.get(..self.triggers_len).unwrap_or_default()
    }

    /// Frees all places.
    pub fn clear(&mut self) {
        self.len = 0;
        self.triggers_len = 0;
    }

    /// Fills one place; false when none is free.
    pub fn push(&mut self, event: Event) -> bool {
        let places = self.places();
        let (Some(t), Some(x), Some(y), Some(p)) = (
            places.t.first_mut(),
            places.x.first_mut(),
            places.y.first_mut(),
            places.p.first_mut(),
        ) else {
            return false;
        };
        (*t, *x, *y, *p) = (event.t, event.x, event.y, event.p);
        self.advance(1);
        true
    }

    /// Fills one place for triggers; false when none is free.
    pub fn push_trigger(&mut self, trigger: Trigger) -> bool {
        let place = self.triggers.get_mut(self.triggers_len);
        if let Some(place) = place {
            *place = trigger;
            self.triggers_len += 1;
            return true;
        }
        false
    }

    /// Whether a trigger still finds a place.
    pub fn has_trigger_place(&self) -> bool {
        self.triggers_len < self.triggers.len()
    }

    /// The free places, to be filled from the front and then counted by [`advance`](Self::advance).
    pub fn places(&mut self) -> Places<'_> {
        let len = self.len;
        Places {
            t: self.t.get_mut(len..).unwrap_or_default(),
            x: self.x.get_mut(len..).unwrap_or_default(),
            y: self.y.get_mut(len..).unwrap_or_default(),
            p: self.p.get_mut(len..).unwrap_or_default(),
        }
    }

    /// Counts `filled` more places as filled, at most all.
    pub fn advance(&mut self, filled: usize) {
        self.len = self.t.len().min(self.len + filled);
    }
}

fn equal_lengths([t, x, y, p]: [usize; 4]) -> Result<(), Error> {
    if t == x && t == y && t == p {
        Ok(())
    } else {
        Err(Error::Lengths { t, x, y, p })
    }
}

#[cfg(feature = "alloc")]
pub use owned::OwnedColumns;

#[cfg(feature = "alloc")]
mod owned {
    use alloc::{collections::TryReserveError, vec, vec::Vec};

    use super::{Columns, ColumnsMut};

    /// Four owned columns of equal length.
    ///
    /// ```
    /// use spikelet_events::OwnedColumns;
    ///
    /// let mut columns = OwnedColumns::zeroed(100);
    /// assert_eq!(columns.all_mut().free(), 100);
    /// columns.truncate(3);
    /// assert_eq!(columns.all().len(), 3);
    /// ```
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OwnedColumns {
        /// Times in microseconds.
        pub t: Vec<i64>,
        /// Columns of the pixels.
        pub x: Vec<u16>,
        /// Rows of the pixels.
        pub y: Vec<u16>,
        /// Polarities, true is ON.
        pub p: Vec<bool>,
    }

    impl OwnedColumns {
        /// `len` events of zeros. The system hands out zero pages, so memory is used only once written.
        pub fn zeroed(len: usize) -> Self {
            Self {
                t: vec![0; len],
                x: vec![0; len],
                y: vec![0; len],
                p: vec![false; len],
            }
        }

        /// Number of events, the shortest column's if a caller made them differ.
        pub fn len(&self) -> usize {
            self.t
                .len()
                .min(self.x.len())
                .min(self.y.len())
                .min(self.p.len())
        }

        /// Whether there is no event.
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }

        /// All events.
        pub fn all(&self) -> Columns<'_> {
            let n = self.len();
            Columns {
                t: &self.t[..n],
                x: &self.x[..n],
                y: &self.y[..n],
                p: &self.p[..n],
            }
        }

        /// All places, to be filled.
        pub fn all_mut(&mut self) -> ColumnsMut<'_> {
            self.window_mut(0, self.len())
        }

        /// At most `len` places from `start` on, to be filled; none beyond the end.
        pub fn window_mut(&mut self, start: usize, len: usize) -> ColumnsMut<'_> {
            let end = self.len().min(start.saturating_add(len));
            let places = start.min(end)..end;
            ColumnsMut {
                t: &mut self.t[places.clone()],
                x: &mut self.x[places.clone()],
                y: &mut self.y[places.clone()],
                p: &mut self.p[places],
                len: 0,
                triggers: &mut [],
                triggers_len: 0,
                beside: None,
            }
        }

        /// Adds `extra` events of zeros; memory at least doubles when it must grow.
        ///
        /// # Errors
        /// There is not enough memory.
        pub fn try_grow(&mut self, extra: usize) -> Result<(), TryReserveError> {
            self.t.try_reserve(extra)?;
            self.x.try_reserve(extra)?;
            self.y.try_reserve(extra)?;
            self.p.try_reserve(extra)?;
            let len = self.len() + extra;
            self.t.resize(len, 0);
            self.x.resize(len, 0);
            self.y.resize(len, 0);
            self.p.resize(len, false);
            Ok(())
        }

        /// Keeps the first `len` events.
        pub fn truncate(&mut self, len: usize) {
            self.t.truncate(len);
            self.x.truncate(len);
            self.y.truncate(len);
            self.p.truncate(len);
        }

        /// Gives memory beyond the last event back to the system.
        pub fn shrink_to_fit(&mut self) {
            self.t.shrink_to_fit();
            self.x.shrink_to_fit();
            self.y.shrink_to_fit();
            self.p.shrink_to_fit();
        }

        /// Appends events.
        pub fn extend(&mut self, columns: Columns<'_>) {
            self.t.extend_from_slice(columns.t);
            self.x.extend_from_slice(columns.x);
            self.y.extend_from_slice(columns.y);
            self.p.extend_from_slice(columns.p);
        }
    }
}
