//! The 32-bit time of jAER, which counts as signed and begins anew.

use crate::Error;

/// Undoes the wraps of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::format) struct Clock {
    pub(in crate::format) t: i64,
    /// The time of the last record as stored; none before the first.
    stored: Option<i32>,
}

impl Clock {
    pub(in crate::format) const ZERO: Self = Self { t: 0, stored: None };

    /// The constant between the stored times of a block and true ones, where all have the sign of the time before:
    /// their differences then fit 32 bits, and none of them wraps.
    #[inline]
    pub(in crate::format) fn origin<const N: usize>(&self, stored: &[i32; N]) -> Option<i64> {
        let previous = self.stored?;
        let signs = stored
            .iter()
            .fold(0, |signs, time| signs | (time ^ previous));
        (signs >= 0).then_some(self.t - previous as i64)
    }

    /// Goes on to the next stored time; true when the counter began anew.
    #[inline]
    pub(in crate::format) fn advance(&mut self, stored: i32) -> bool {
        let Some(previous) = self.stored.replace(stored) else {
            self.t = stored as i64;
            return false;
        };
        let step = stored.wrapping_sub(previous);
        self.t += step as i64;
        step > 0 && stored < previous
    }
}

/// A decoder adds differences as signed 32-bit numbers, so longer steps would come back shortened.
pub(in crate::format) fn check_step(
    format: &'static str,
    previous: i64,
    t: i64,
    index: u64,
) -> Result<(), Error> {
    let step = t as i128 - previous as i128;
    if step > i32::MAX as i128 {
        return Err(Error::Gap {
            format,
            index,
            previous,
            t,
            longest: i32::MAX as i64,
        });
    }
    if step < i32::MIN as i128 {
        return Err(Error::Backward {
            format,
            index,
            previous,
            t,
        });
    }
    Ok(())
}
