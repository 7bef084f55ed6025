//! How a time goes into a counter that begins anew: which upper words lead from one event to the next.

use crate::Error;

/// Periods that one pause may cross; each costs two words.
const MAX_PERIODS: i64 = 1 << 20;

/// The time counter of a format whose words carry the upper bits of the time apart from the lower ones.
pub(super) struct Counter {
    pub(super) format: &'static str,
    /// Lower bits, carried elsewhere.
    pub(super) low_bits: u32,
    /// Bits of the upper word.
    pub(super) high_bits: u32,
    /// The smallest drop of the upper word that a decoder takes for a wrap.
    pub(super) wrap_drop: i64,
}

impl Counter {
    fn mask(&self) -> i64 {
        (1 << self.high_bits) - 1
    }

    fn high(&self, t: i64) -> i64 {
        (t >> self.low_bits) & self.mask()
    }

    fn periods(&self, t: i64) -> i64 {
        t >> (self.low_bits + self.high_bits)
    }

    /// The multiple of the period at or below `t`.
    pub(super) fn floor(&self, t: i64) -> i64 {
        self.periods(t) << (self.low_bits + self.high_bits)
    }

    /// Whether words can lead from `previous` to `t`.
    pub(super) fn check(&self, previous: i64, t: i64, index: u64) -> Result<(), Error> {
        let format = self.format;
        let crossed = self.periods(t) - self.periods(previous);
        let is_mistaken_for_wrap =
            crossed == 0 && self.high(previous) - self.high(t) >= self.wrap_drop;
        if crossed < 0 || is_mistaken_for_wrap {
            return Err(Error::Backward {
                format,
                index,
                previous,
                t,
            });
        }
        if crossed > MAX_PERIODS {
            let longest = MAX_PERIODS << (self.low_bits + self.high_bits);
            return Err(Error::Gap {
                format,
                index,
                previous,
                t,
                longest,
            });
        }
        Ok(())
    }

    /// Gives every upper word that must stand between `previous` and `t`, none if the upper part stays.
    ///
    /// A wrap must show as a drop; where a pause hides it, the counter is led to its end and to 0.
    pub(super) fn highs(&self, previous: Option<i64>, t: i64, mut put: impl FnMut(u32)) {
        let target = self.high(t);
        let Some(previous) = previous else {
            return put(target as u32);
        };
        let mut high = self.high(previous);
        let mut to_cross = self.periods(t) - self.periods(previous);
        while to_cross > 0 && (to_cross > 1 || high - target < self.wrap_drop) {
            if high != self.mask() {
                put(self.mask() as u32);
            }
            put(0);
            high = 0;
            to_cross -= 1;
        }
        if high != target {
            put(target as u32);
        }
    }
}
