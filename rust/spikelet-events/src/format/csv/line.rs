//! Numbers to text, several digits at a time, in pieces of fixed size of which the first bytes count.

use core::fmt;

/// The beginning of a line, written by `write!`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    pub(super) bytes: [u8; Self::LENGTH],
    pub(super) len: usize,
}

impl Line {
    /// Of a time sign, 13 digits, point and two digits; of a size two numbers of five digits.
    pub(super) const LENGTH: usize = 24;
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let places = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        places.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// More than any line has: its last piece goes whole into it too.
pub(super) const PLACES: usize = 64;

/// Places for a line: its pieces are copied whole, and what is too much of one, the next covers.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) places: &'a mut [u8; PLACES],
    pub(super) len: usize,
}

impl Places<'_> {
    /// Puts the first `len` bytes of a piece.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, piece: [u8; N], len: usize) {
        let rest = self.places.get_mut(self.len..);
        if let Some(places) = rest.and_then(<[u8]>::first_chunk_mut) {
            *places = piece;
            self.len += len;
        }
    }

    #[inline]
    pub(super) fn put_short(&mut self, Short { bytes, len }: Short) {
        self.put(bytes.to_le_bytes(), len);
    }
}

/// At most eight bytes of a line, the first of them lowest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    bytes: u64,
    len: usize,
}

impl Short {
    /// A number.
    #[inline]
    pub(super) fn number(value: u16) -> Self {
        match KNOWN.get(value as usize) {
            Some(&known) => Self {
                bytes: known & LOW_SEVEN,
                len: (known >> 56) as usize,
            },
            None => Self::longer(value),
        }
    }

    /// The four digits of a number below ten thousand.
    #[inline]
    pub(super) const fn four(value: u32) -> Self {
        Self {
            bytes: four(value) as u64,
            len: 4,
        }
    }

    const fn longer(value: u16) -> Self {
        let (first, rest) = (value / 10_000, Self::four((value % 10_000) as u32));
        if first > 0 {
            let first = b'0' as u64 + first as u64;
            return Self {
                bytes: first | rest.bytes << 8,
                len: 5,
            };
        }
        let zeros = (value < 1000) as usize + (value < 100) as usize + (value < 10) as usize;
        Self {
            bytes: rest.bytes >> (8 * zeros),
            len: 4 - zeros,
        }
    }

    /// The same with characters behind it.
    #[inline]
    pub(super) fn followed_by<const N: usize>(self, text: [u8; N]) -> Self {
        let text = text
            .iter()
            .rev()
            .fold(0, |all, &byte| all << 8 | byte as u64);
        Self {
            bytes: self.bytes | (text << (8 * self.len)),
            len: self.len + N,
        }
    }
}

const LOW_SEVEN: u64 = u64::MAX >> 8;

/// The numbers that pixels of most sensors have, with their lengths in the highest byte.
static KNOWN: [u64; 1 << 11] = {
    let mut known = [0; 1 << 11];
    let mut value = 0;
    while value < known.len() {
        let Short { bytes, len } = Short::longer(value as u16);
        known[value] = bytes | (len as u64) << 56;
        value += 1;
    }
    known
};

/// Four digits of a number below ten thousand, the first of them lowest.
#[inline]
const fn four(value: u32) -> u32 {
    let pairs = (value / 100) | ((value % 100) << 16);
    // A tenth of each half: exact below 100.
    let tens = ((pairs * 103) >> 10) & 0x000f_000f;
    (tens | (pairs - 10 * tens) << 8) | u32::from_le_bytes(*b"0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(Short { bytes, len }: Short) -> std::string::String {
        let bytes = bytes.to_le_bytes();
        bytes.iter().take(len).map(|&byte| byte as char).collect()
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for value in 0..=u16::MAX {
            assert_eq!(text(Short::number(value)), std::format!("{value}"));
        }
        for value in 0..10_000 {
            assert_eq!(text(Short::four(value)), std::format!("{value:04}"));
        }
    }
}
