//! Event Stream 2: `.es` files of DVS, ATIS and colour events, and of payloads without pixels.
//!
//! The header is `Event Stream`, three version bytes, one byte for the [`Kind`], and, where there are pixels,
//! width and height as u16. Then every item begins with a byte that holds a step of time; the time starts at 0.
//!
//! | kind | first byte | longer pauses | reset | rest |
//! |---|---|---|---|---|
//! | DVS | step (7 bits) << 1 \| p | 0xFF: +127 | 0xFE | u16 x, u16 y |
//! | ATIS | step (6 bits) << 2 \| p << 1 \| is exposure | 0xFC \| k: +63·k, k = 1..3 | 0xFC | u16 x, u16 y |
//! | colour | step | 0xFF: +254 | 0xFE | u16 x, u16 y, red, green, blue |
//! | generic | step | 0xFF: +254 | 0xFE | length in groups of 7 bits, the bytes |
//!
//! Reset bytes are skipped and counted as skipped words. ATIS exposure events, colours and payloads are handed to
//! a [`Beside`](crate::Beside); colour events have no polarity, their `p` is false. A payload longer than
//! [`MAX_PAYLOAD`], or a length of more than five bytes, means that the place in the stream is lost: all bytes
//! from there on are left over.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::es};
//!
//! let bytes = [
//!     0x15, 0x40, 0x01, 0xf0, 0x00, // 10 µs later ON at (320, 240)
//!     0xff, 0xff, 0x06, 0x05, 0x00, 0x06, 0x00, // 257 µs later OFF at (5, 6)
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! es::Decoder::new(es::Kind::Dvs).push(&bytes, &mut out);
//! assert_eq!(out.filled().get(1), Some(Event { t: 267, x: 5, y: 6, p: false }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod decode;
mod encode;
mod payload;

pub use decode::Decoder;
pub use encode::Encoder;
pub use payload::MAX_PAYLOAD;

use crate::{Error, SensorSize};

/// Largest sensor: width and height are u16.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 0xffff,
    height: 0xffff,
};
/// The first bytes of every file.
pub const MARK: &[u8; 12] = b"Event Stream";

const NAME: &str = "es";
const MAJOR: u8 = 2;

/// What the items of a stream are.
///
/// ```
/// use spikelet_events::format::es::Kind;
///
/// assert_eq!(Kind::Atis.name(), "atis");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A time and some bytes.
    Generic,
    /// Events of change.
    Dvs,
    /// Events of change and events of exposure.
    Atis,
    /// Pixels with a colour.
    Color,
}

impl Kind {
    /// Its name: `"generic"`, `"dvs"`, `"atis"` or `"color"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Dvs => "dvs",
            Self::Atis => "atis",
            Self::Color => "color",
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Generic => 0,
            Self::Dvs => 1,
            Self::Atis => 2,
            Self::Color => 4,
        }
    }

    /// Length of an item with a pixel.
    const fn item_bytes(self) -> usize {
        match self {
            Self::Generic | Self::Dvs | Self::Atis => 5,
            Self::Color => 8,
        }
    }
}

/// The header of a file.
///
/// ```
/// use spikelet_events::{SensorSize, format::es};
///
/// let head = es::Head::parse(b"Event Stream\x02\0\0\x01\x40\x01\xf0\0...")?;
/// assert_eq!((head.kind, head.bytes), (es::Kind::Dvs, 20));
/// assert_eq!(head.size, Some(SensorSize { width: 320, height: 240 }));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Major, minor and patch version.
    pub version: [u8; 3],
    /// What the items are.
    pub kind: Kind,
    /// The sensor; none in generic streams, and where a side is 0.
    pub size: Option<SensorSize>,
    /// Length of the header.
    pub bytes: usize,
}

impl Head {
    /// Reads the header from the first bytes of a file; 20 are enough.
    ///
    /// # Errors
    /// [`Error::HeaderShort`]: there are too few; [`Error::EsVersion`] and [`Error::EsKind`]: another version, or a
    /// kind that is not read.
    pub fn parse(start: &[u8]) -> Result<Self, Error> {
        let cut = |length| Error::HeaderShort {
            length,
            got: start.len() as u64,
        };
        let Some((fixed, rest)) = start.split_first_chunk::<16>() else {
            return Err(cut(16));
        };
        let [.., major, minor, patch, kind] = *fixed;
        if major != MAJOR {
            return Err(Error::EsVersion { major });
        }
        let kind = match kind {
            0 => Kind::Generic,
            1 => Kind::Dvs,
            2 => Kind::Atis,
            4 => Kind::Color,
            _ => return Err(Error::EsKind { kind }),
        };
        let mut head = Self {
            version: [major, minor, patch],
            kind,
            size: None,
            bytes: 16,
        };
        if kind != Kind::Generic {
            let sides = rest.first_chunk::<4>().ok_or_else(|| cut(20))?;
            head.size = size(*sides);
            head.bytes = 20;
        }
        Ok(head)
    }

    /// The header of a stream that is written: version 2.0.0.
    fn printed(kind: Kind, size: SensorSize) -> [u8; 20] {
        let mut bytes = [0; 20];
        let (mark, rest) = bytes.split_at_mut(MARK.len());
        mark.copy_from_slice(MARK);
        let [width_low, width_high] = (size.width as u16).to_le_bytes();
        let [height_low, height_high] = (size.height as u16).to_le_bytes();
        let kind = kind.byte();
        rest.copy_from_slice(&[
            MAJOR,
            0,
            0,
            kind,
            width_low,
            width_high,
            height_low,
            height_high,
        ]);
        bytes
    }
}

/// None where a side is 0: then nobody says the size.
fn size([a, b, c, d]: [u8; 4]) -> Option<SensorSize> {
    let size = SensorSize {
        width: u16::from_le_bytes([a, b]) as u32,
        height: u16::from_le_bytes([c, d]) as u32,
    };
    size.is_addressable().then_some(size)
}
