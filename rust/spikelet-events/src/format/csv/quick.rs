//! Lines of four short numbers, read many bytes at a time.
//!
//! First all bytes of the line that are no digits are found, then the numbers between them, which wait for each
//! other no more: 47 for 32 million lines a second, decoding alone.

use super::order::Slot;
use super::{Separator, Sniffed};
use crate::Event;

/// Bytes in which the ends of the numbers are looked for.
const LOOKED_AT: usize = 32;
/// Bytes that must be there: a number may begin with the last of those looked at, and is read in two words.
const WINDOW: usize = LOOKED_AT + 16;
const ONES: u64 = 0x0101_0101_0101_0101;
const POWERS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];
/// Microseconds of a unit of the last of so many digits behind the point.
const MICROSECONDS: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// What lines must look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quick {
    slots: Option<[Slot; 4]>,
    separator: u8,
    is_seconds: bool,
}

impl Quick {
    pub(super) const fn new(sniffed: &Sniffed) -> Self {
        Self {
            slots: sniffed.order.four(),
            separator: match sniffed.separator {
                Separator::Comma => b',',
                Separator::Semicolon => b';',
                Separator::Blank => b' ',
            },
            is_seconds: sniffed.is_seconds,
        }
    }

    /// The event of the line that `text` begins with, and what follows; None where it takes a closer look.
    #[inline]
    pub(super) fn event(self, text: &[u8]) -> Option<(Event, &[u8])> {
        let window = text.first_chunk()?;
        let mut line = Line {
            window,
            start: 0,
            marks: others(window),
        };
        let mut values = [0; 4];
        for (column, slot) in self.slots?.into_iter().enumerate() {
            let is_seconds = self.is_seconds && slot == Slot::Time;
            let value = if is_seconds {
                line.seconds()?
            } else {
                line.number()?.0
            };
            *values.get_mut(slot as usize)? = value;
            let end = if column == 3 { b'\n' } else { self.separator };
            if line.before()? != end {
                return None;
            }
        }
        let [t, x, y, p] = values;
        let event = Event {
            t: t.try_into().ok()?,
            x: x.try_into().ok()?,
            y: y.try_into().ok()?,
            p: p == 1,
        };
        (p <= 1).then_some((event, text.get(line.start..)?))
    }
}

/// A line of which the numbers before `start` are read.
struct Line<'a> {
    window: &'a [u8; WINDOW],
    start: usize,
    /// A bit for each byte from `start` on that is no digit.
    marks: u32,
}

impl Line<'_> {
    /// The digits from here to the next other byte, and how many they are; goes on behind that byte.
    #[inline]
    fn number(&mut self) -> Option<(u64, usize)> {
        let end = self.marks.trailing_zeros() as usize;
        self.marks &= self.marks.wrapping_sub(1);
        let count = end.checked_sub(self.start)?;
        let first = u64::from_le_bytes(*self.window.get(self.start..)?.first_chunk()?);
        let value = match count {
            1..=8 => of_digits(first, count),
            9..=16 => {
                let rest = self.window.get(self.start + 8..)?.first_chunk()?;
                let rest = of_digits(u64::from_le_bytes(*rest), count - 8);
                of_digits(first, 8) * POWERS.get(count - 8)? + rest
            }
            _ => return None,
        };
        self.start = end + 1;
        Some((value, count))
    }

    /// A number of seconds with at most six digits behind its point, in microseconds.
    #[inline]
    fn seconds(&mut self) -> Option<u64> {
        let whole = self.number()?.0.checked_mul(1_000_000)?;
        if self.before()? != b'.' {
            return Some(whole);
        }
        let (value, count) = self.number()?;
        whole.checked_add(value * MICROSECONDS.get(count)?)
    }

    /// The byte behind the last number.
    #[inline]
    fn before(&self) -> Option<u8> {
        self.window.get(self.start.checked_sub(1)?).copied()
    }
}

/// A bit for each of the first bytes that is no digit; a byte above 127 may set that of the next, too.
#[inline]
fn others(window: &[u8; WINDOW]) -> u32 {
    let words = window.as_chunks::<8>().0.iter().take(LOOKED_AT / 8);
    words.rev().fold(0, |marks, &word| {
        let digits = u64::from_le_bytes(word) ^ (ONES * 0x30);
        // The highest bit of a byte tells that it is above 9.
        let above = (digits.wrapping_add(ONES * 0x76) | digits) >> 7 & ONES;
        // The lowest bits of eight bytes, side by side in the highest byte.
        marks << 8 | (above.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    })
}

/// The value of the first `count` bytes, 1 to 8 digits.
///
/// Shifted to the end, zeros before them, they are summed in pairs, fours and eights.
#[inline]
fn of_digits(word: u64, count: usize) -> u64 {
    let digits = (word ^ (ONES * 0x30)) << (64 - 8 * count);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

#[cfg(test)]
mod tests {
    use std::{format, string::ToString, vec::Vec};

    use proptest::prelude::*;

    use super::{LOOKED_AT, Quick, WINDOW, of_digits, others};
    use crate::Event;
    use crate::format::csv::Sniffed;

    /// Followed by so many bytes that the whole line may be looked at.
    fn read(sniffed: &Sniffed, line: &str) -> Option<(Event, usize)> {
        let text = [line.as_bytes(), &[b'7'; WINDOW]].concat();
        let (event, after) = Quick::new(sniffed).event(&text)?;
        Some((event, text.len() - after.len()))
    }

    #[test]
    fn seconds_keep_their_microseconds_and_no_more() {
        let read = |line| read(&Sniffed::RPG, line).map(|(event, _)| event.t);
        assert_eq!(read("14.224870 354 604 1\n"), Some(14_224_870));
        assert_eq!(read("14.5 354 604 1\n"), Some(14_500_000));
        assert_eq!(read("14 354 604 1\n"), Some(14_000_000));
        assert_eq!(read("14.2248704 354 604 1\n"), None);
        assert_eq!(read("14. 354 604 1\n"), None);
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_closer_look() {
        let lines = [
            "1,2,-1,4\n",
            "1,2,2,4\n",
            "1, 2,1,4\n",
            "1;2;1;4\n",
            "1,2,1,4\r\n",
            "1,2,1,4,5\n",
            "1,2,1\n",
            ",2,1,4\n",
            "65536,2,1,4\n",
            "1,2,1,12345678901234567\n",
            "1,2,1,4\u{e9}\n",
        ];
        for line in lines {
            assert_eq!(read(&Sniffed::METAVISION, line), None, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn plain_lines_are_read_as_they_are_written(t in 0..10_i64.pow(16), x: u16, y: u16, p: bool) {
            let line = format!("{x},{y},{},{t}\n", p as u8);
            if line.len() <= LOOKED_AT {
                let length = line.len();
                prop_assert_eq!(read(&Sniffed::METAVISION, &line), Some((Event { t, x, y, p }, length)));
            }
        }

        #[test]
        fn no_line_is_read_as_another(line in "[0-9,;. \n\r\u{80}-\u{ff}-]{0,40}") {
            if let Some((event, length)) = read(&Sniffed::METAVISION, &line) {
                let text = format!("{line}{}", "7".repeat(WINDOW));
                let values: Vec<_> = text[..length - 1].split(',').map(|value| value.parse().ok()).collect();
                let numbers = [event.x.into(), event.y.into(), event.p as i64, event.t].map(Some);
                prop_assert_eq!(values, numbers.to_vec());
            }
        }

        #[test]
        fn digits_are_told_from_all_other_bytes(bytes in proptest::array::uniform32(0u8..128)) {
            let mut window = [b'0'; WINDOW];
            window[..LOOKED_AT].copy_from_slice(&bytes);
            let told = others(&window);
            for (index, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(told >> index & 1 == 0, byte.is_ascii_digit());
            }
        }

        #[test]
        fn digits_give_their_number(value in 0..100_000_000_u64, after: [u8; 8]) {
            let text = value.to_string();
            let mut word = after;
            word[..text.len()].copy_from_slice(text.as_bytes());
            prop_assert_eq!(of_digits(u64::from_le_bytes(word), text.len()), value);
        }
    }
}
