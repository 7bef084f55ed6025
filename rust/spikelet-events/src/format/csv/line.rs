//! Numbers to text, several digits at a time, in pieces of fixed size of which the first bytes count.

use core::fmt;

use crate::codec::Pieces;

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

/// At most eight bytes of a line, the first of them lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Short {
    bytes: u64,
    len: usize,
}

impl Short {
    /// The same with a character behind it.
    #[inline]
    pub(super) fn with(self, character: u8) -> Self {
        self.followed_by(character as u64, 1)
    }

    /// The same with a number behind it.
    #[inline]
    pub(super) fn with_number(self, value: u16) -> Self {
        let (first, rest) = (value / 10_000, (value % 10_000) as u32);
        if first > 0 {
            return self.with(b'0' + first as u8).with_four(rest);
        }
        let zeros = (rest < 1000) as usize + (rest < 100) as usize + (rest < 10) as usize;
        self.followed_by((four(rest) >> (8 * zeros)) as u64, 4 - zeros)
    }

    /// The same with the four digits of a number below ten thousand.
    #[inline]
    pub(super) fn with_four(self, value: u32) -> Self {
        self.followed_by(four(value) as u64, 4)
    }

    #[inline]
    fn followed_by(self, text: u64, len: usize) -> Self {
        Self {
            bytes: self.bytes | (text << (8 * self.len)),
            len: self.len + len,
        }
    }

    #[inline]
    pub(super) fn put_to(self, out: &mut Pieces<'_>) {
        out.put_first(self.bytes.to_le_bytes(), self.len);
    }
}

/// Four digits of a number below ten thousand, the first of them lowest.
#[inline]
fn four(value: u32) -> u32 {
    let pairs = (value / 100) | ((value % 100) << 16);
    // A tenth of each half: exact below 100.
    let tens = ((pairs * 103) >> 10) & 0x000f_000f;
    (tens | (pairs - 10 * tens) << 8) | u32::from_le_bytes(*b"0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(short: Short) -> std::string::String {
        let mut text = std::string::String::new();
        let mut sink = |piece: &[u8]| text.extend(piece.iter().map(|&byte| byte as char));
        let mut out = Pieces::new(&mut sink);
        short.put_to(&mut out);
        out.flush();
        text
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for value in 0..=u16::MAX {
            assert_eq!(
                text(Short::default().with_number(value)),
                std::format!("{value}")
            );
        }
        for value in 0..10_000 {
            assert_eq!(
                text(Short::default().with_four(value)),
                std::format!("{value:04}")
            );
        }
    }
}
