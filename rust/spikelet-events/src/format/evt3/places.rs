//! Writing events without a branch on which and how many they are.
#![expect(
    clippy::inline_always,
    reason = "a call per word costs a quarter of the speed: 183 for 245 Mev/s"
)]

use super::State;
use crate::Event;
use crate::filler::Filler;

/// Places that the fast loop may write to for one group, filled or not: four table rows.
pub(super) const AT_ONCE: usize = 32;

impl Filler<'_> {
    /// Takes `ADDR_Y`, `ADDR_X` or `TIME_LOW` without asking which.
    #[inline(always)]
    pub(super) fn row_column_or_time(&mut self, state: &mut State, word: u16) {
        let kind = word >> 12;
        let low = (state.t & !0xfff) | (word & 0xfff) as i64;
        state.y = if kind == 0x0 { word & 0x7ff } else { state.y };
        state.t = if kind == 0x6 { low } else { state.t };
        let State { t, y, .. } = *state;
        // Written whatever the word is, and written over unless it is a column.
        self.write(Event {
            t,
            x: word & 0x7ff,
            y,
            p: word & 0x800 != 0,
        });
        self.n += (kind == 0x2) as usize;
    }

    /// Takes `VECT_BASE_X`, and the three vectors of a group if they follow; returns the words left.
    #[inline(always)]
    pub(super) fn vectors<'w>(
        &mut self,
        state: &mut State,
        word: u16,
        words: &'w [[u8; 2]],
    ) -> &'w [[u8; 2]] {
        state.base = word & 0x7ff;
        state.p = word & 0x800 != 0;
        let Some((mask, after)) = group(words) else {
            return words;
        };
        self.put_32(state, mask);
        state.move_base(32);
        after
    }

    #[inline(always)]
    fn put_8(&mut self, state: &State, base: u16, mask: u8) {
        let State { t, y, p, .. } = *state;
        self.spread(Event { t, x: base, y, p }, mask);
    }

    #[inline(always)]
    pub(super) fn put_16(&mut self, state: &State, mask: u16) {
        let [low, high] = mask.to_le_bytes();
        self.put_8(state, state.base, low);
        self.put_8(state, state.base + 8, high);
    }

    #[inline(always)]
    pub(super) fn put_32(&mut self, state: &State, mask: u32) {
        let [a, b, c, d] = mask.to_le_bytes();
        self.put_8(state, state.base, a);
        self.put_8(state, state.base + 8, b);
        self.put_8(state, state.base + 16, c);
        self.put_8(state, state.base + 24, d);
    }
}

/// The 32 columns of `VECT_12`, `VECT_12`, `VECT_8`, if these three come next, and the words after them.
#[inline(always)]
fn group(words: &[[u8; 2]]) -> Option<(u32, &[[u8; 2]])> {
    let ([first, second, third], after) = words.split_first_chunk()?;
    let [first, second, third] =
        [first, second, third].map(|&word| u16::from_le_bytes(word) as u32);
    let is_group = first >> 12 == 0x4 && second >> 12 == 0x4 && third >> 12 == 0x5;
    let mask = (first & 0xfff) | (second & 0xfff) << 12 | (third & 0xff) << 24;
    is_group.then_some((mask, after))
}
