//! Text: one event per line, in any order of columns.
//!
//! Values stand between commas, semicolons, tabs or blanks. A first line of two whole numbers is the size of the
//! sensor, a row of names says which column is which; without one the numbers are looked at ([`Sniffed`]).
//! Lines that are blank or begin with `#` or `%` are skipped. A time with a decimal point or an exponent is in
//! seconds and is rounded to microseconds; no number ever passes through floating point. A polarity above 0 is
//! ON, one of 0, -1 or `false` is OFF. A row that is none of these is counted as a bad line.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::csv};
//!
//! let text = b"1280 720\n14.224870 354 604 1\n14.2248834 835 577 -1\n";
//! let sniffed = csv::Sniffed::of(text, csv::Clues { is_whole: true, ..Default::default() })?;
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! csv::Decoder::new(&sniffed).push(&text[sniffed.bytes..], &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 14_224_870, x: 354, y: 604, p: true }));
//! assert_eq!(out.filled().get(1), Some(Event { t: 14_224_883, x: 835, y: 577, p: false }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod decode;
mod encode;
mod line;
mod number;
mod order;
mod quick;
mod sniff;

pub use decode::{Decoder, MAX_LINE};
pub use encode::{Encoder, Layout};
pub use order::{MAX_COLUMNS, Order};
pub use sniff::{Because, Clues, Sniffed};

use crate::SensorSize;

/// Largest sensor: what 16 bits address.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 1 << 16,
    height: 1 << 16,
};

/// What stands between two values.
///
/// ```
/// use spikelet_events::format::csv::{Separator, Sniffed};
///
/// assert_eq!(Sniffed::METAVISION.separator, Separator::Comma);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Separator {
    /// `,`, and any blanks around it.
    Comma,
    /// `;`, and any blanks around it.
    Semicolon,
    /// One or more tabs and blanks.
    Blank,
}

impl Separator {
    /// The one that stands in a row.
    fn of(row: &[u8]) -> Self {
        if row.contains(&b',') {
            Self::Comma
        } else if row.contains(&b';') {
            Self::Semicolon
        } else {
            Self::Blank
        }
    }

    /// Its name: `"comma"`, `"semicolon"` or `"blank"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Blank => "blank",
        }
    }

    /// The values of a row, without the blanks around them.
    fn split(self, row: &[u8]) -> impl Iterator<Item = &[u8]> {
        let is_mark = move |&byte: &u8| match self {
            Self::Comma => byte == b',',
            Self::Semicolon => byte == b';',
            Self::Blank => is_blank(byte),
        };
        row.split(is_mark)
            .map(<[u8]>::trim_ascii)
            .filter(move |value| self != Self::Blank || !value.is_empty())
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether a line holds no row, but nothing or a remark.
fn is_remark(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start(), [] | [b'#' | b'%', ..])
}
