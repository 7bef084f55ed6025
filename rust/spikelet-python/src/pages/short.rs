//! The columns of a short recording in one piece of memory, kept for the next that is about as long.
//!
//! To clear new memory, and to make an owner of each column, makes up a part of the time in which a small file is read.

use std::sync::Mutex;

use pyo3::prelude::*;
use spikelet_events::Places;

use super::column::{Owner, borrowed};
use crate::events::Arrays;

/// Events of the longest: longer columns have mappings of their own.
const MOST_EVENTS: usize = 1 << 13;
/// Lengths are multiples of it, so that recordings of about one length share them.
const STEP: usize = 1 << 7;
/// Kept at most, 6.8 MB: those of a batch that is let go serve the next.
const MOST_KEPT: usize = 64;

/// The longest unused is in front. Only ever tried, never waited for: a child of a fork may find it locked for good.
static SHELF: Mutex<Vec<Short>> = Mutex::new(Vec::new());

/// Places for columns `t`, `x`, `y` and `p`, one behind the other, of any content.
pub(crate) struct Short {
    words: Vec<i64>,
    /// Events that there is memory for.
    capacity: usize,
    /// Events that it is used for.
    len: usize,
}

impl Short {
    /// Room for `len` events, where these are few.
    pub(crate) fn of(len: usize) -> Option<Self> {
        let capacity = len.next_multiple_of(STEP);
        if len == 0 || capacity > MOST_EVENTS {
            return None;
        }
        let kept = Self::kept(capacity);
        let new = || Self {
            words: vec![0; capacity / 8 * 13],
            capacity,
            len,
        };
        Some(kept.map_or_else(new, |kept| Self { len, ..kept }))
    }

    fn kept(capacity: usize) -> Option<Self> {
        let mut shelf = SHELF.try_lock().ok()?;
        let most = capacity + capacity / 8;
        let fitting = shelf
            .iter()
            .rposition(|kept| (capacity..=most).contains(&kept.capacity))?;
        Some(shelf.remove(fitting))
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn all_mut(&mut self) -> Places<'_> {
        let (t, rest) = self.words.split_at_mut(self.capacity);
        let (pixels, p) = rest.split_at_mut(self.capacity / 2);
        // SAFETY: all bytes are values of `u16`.
        let (_, pixels, _) = unsafe { pixels.align_to_mut::<u16>() };
        // SAFETY: these bytes are zeros, or values of `bool` that were written through such a slice: their place is the
        // same in each use.
        let (_, p, _) = unsafe { p.align_to_mut::<bool>() };
        let (x, y) = pixels.split_at_mut(self.capacity);
        Places {
            t: &mut t[..self.len],
            x: &mut x[..self.len],
            y: &mut y[..self.len],
            p: &mut p[..self.len],
        }
    }

    /// The first `filled` events as arrays that borrow them.
    pub(crate) fn lend(mut self, py: Python<'_>, filled: usize) -> PyResult<Arrays<'_>> {
        let Places { t, x, y, p } = self.all_mut();
        let (t, x) = (t[..filled].as_mut_ptr(), x[..filled].as_mut_ptr());
        let (y, p) = (y[..filled].as_mut_ptr(), p[..filled].as_mut_ptr());
        let owner = Bound::new(py, Owner(Box::new(Lent(Some(self)))))?.into_any();
        // SAFETY: the memory holds `filled` initialised elements of each and stays where it is; the owner neither reads
        // nor frees them while it lives, and each of the arrays keeps it alive.
        unsafe {
            Ok((
                borrowed(t, filled, owner.clone()),
                borrowed(x, filled, owner.clone()),
                borrowed(y, filled, owner.clone()),
                borrowed(p, filled, owner),
            ))
        }
    }
}

/// Columns on loan, put aside once they come back.
struct Lent(Option<Short>);

impl Drop for Lent {
    fn drop(&mut self) {
        let (Some(short), Ok(mut shelf)) = (self.0.take(), SHELF.try_lock()) else {
            return;
        };
        shelf.push(short);
        if shelf.len() > MOST_KEPT {
            shelf.remove(0);
        }
    }
}
