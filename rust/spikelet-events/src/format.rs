//! One file per format, and the list of them.

pub mod aedat1;
pub mod aedat2;
pub mod aedat3;
#[cfg(feature = "std")]
pub mod aedat4;
pub mod bin40;
pub mod evt2;
pub mod evt3;
mod wraps;

use crate::{Columns, ColumnsMut, Counts, Decode, Encode, Error, Event, Origin, SensorSize};
use aedat2::Chip;

/// The formats that are read and written.
///
/// ```
/// use spikelet_events::format::Format;
///
/// assert_eq!(Format::named("evt3"), Some(Format::Evt3));
/// assert_eq!(Format::Bin40.extensions(), [".bin", ".bs2"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [40-bit records](bin40).
    Bin40,
    /// [AEDAT 2.0](aedat2).
    Aedat2,
    /// [Prophesee EVT 2.0](evt2).
    Evt2,
    /// [Prophesee EVT 3.0](evt3).
    Evt3,
    /// [AEDAT 1.0](aedat1).
    Aedat1,
    /// [AEDAT 3.1](aedat3).
    Aedat3,
    /// AEDAT 4.0, read and written with the feature `std`.
    Aedat4,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Bin40,
        Self::Aedat2,
        Self::Evt2,
        Self::Evt3,
        Self::Aedat1,
        Self::Aedat3,
        Self::Aedat4,
    ];

    /// The names of all formats, for messages.
    pub const NAMES: &'static str = "bin40, aedat2, evt2, evt3, aedat1, aedat3, aedat4";

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name, as used in arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bin40 => "bin40",
            Self::Aedat2 => "aedat2",
            Self::Evt2 => "evt2",
            Self::Evt3 => "evt3",
            Self::Aedat1 => "aedat1",
            Self::Aedat3 => "aedat3",
            Self::Aedat4 => "aedat4",
        }
    }

    /// Its name, as people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bin40 => "40-bit records (N-MNIST, N-Caltech101, SLAYER)",
            Self::Aedat2 => "AEDAT 2.0 (jAER)",
            Self::Evt2 => "Prophesee RAW, EVT 2.0",
            Self::Evt3 => "Prophesee RAW, EVT 3.0",
            Self::Aedat1 => "AEDAT 1.0 (jAER)",
            Self::Aedat3 => "AEDAT 3.1 (cAER)",
            Self::Aedat4 => "AEDAT 4.0 (DV)",
        }
    }

    /// File name extensions, with the dot and in lower case.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Bin40 => &[".bin", ".bs2"],
            Self::Evt2 | Self::Evt3 => &[".raw"],
            Self::Aedat1 | Self::Aedat2 | Self::Aedat3 => &[".aedat"],
            Self::Aedat4 => &[".aedat4"],
        }
    }

    /// The largest sensor that it can hold.
    pub const fn max_size(self) -> SensorSize {
        match self {
            Self::Bin40 => bin40::MAX_SIZE,
            Self::Aedat2 => aedat2::MAX_SIZE,
            Self::Evt2 => evt2::MAX_SIZE,
            Self::Evt3 => evt3::MAX_SIZE,
            Self::Aedat1 => aedat1::MAX_SIZE,
            Self::Aedat3 | Self::Aedat4 => aedat3::MAX_SIZE,
        }
    }

    /// Where its `y` counts from.
    pub const fn origin(self) -> Origin {
        match self {
            Self::Aedat1 | Self::Aedat2 => Origin::LowerLeft,
            Self::Bin40 | Self::Evt2 | Self::Evt3 | Self::Aedat3 | Self::Aedat4 => {
                Origin::UpperLeft
            }
        }
    }
}

/// A decoder of any format.
///
/// ```
/// use spikelet_events::format::{AnyDecoder, Format};
///
/// let decoder = AnyDecoder::new(Format::Evt3, None)?;
/// assert_eq!(decoder.max_events_per_unit(), 12);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variants are those of `Format`")]
pub enum AnyDecoder {
    Bin40(bin40::Decoder),
    Aedat2(aedat2::Decoder),
    Evt2(evt2::Decoder),
    Evt3(evt3::Decoder),
    Aedat1(aedat1::Decoder),
    Aedat3(aedat3::Decoder),
    #[cfg(feature = "std")]
    Aedat4(aedat4::Decoder),
}

/// An encoder of any format.
///
/// ```
/// use spikelet_events::{SensorSize, format::{AnyEncoder, Format}};
///
/// let size = SensorSize { width: 1280, height: 720 };
/// assert!(AnyEncoder::new(Format::Evt2, size, None).is_ok());
/// assert!(AnyEncoder::new(Format::Bin40, size, None).is_err(), "x is one byte there");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variants are those of `Format`")]
pub enum AnyEncoder {
    Bin40(bin40::Encoder),
    Aedat2(aedat2::Encoder),
    Evt2(evt2::Encoder),
    Evt3(evt3::Encoder),
    Aedat1(aedat1::Encoder),
    Aedat3(aedat3::Encoder),
    #[cfg(feature = "std")]
    Aedat4(aedat4::Encoder),
}

macro_rules! each {
    ($any:expr, $one:ident => $call:expr) => {
        match $any {
            Self::Bin40($one) => $call,
            Self::Aedat2($one) => $call,
            Self::Evt2($one) => $call,
            Self::Evt3($one) => $call,
            Self::Aedat1($one) => $call,
            Self::Aedat3($one) => $call,
            #[cfg(feature = "std")]
            Self::Aedat4($one) => $call,
        }
    };
}

fn unit_bytes<D: Decode>(_: &D) -> usize {
    D::UNIT_BYTES
}

fn max_events_per_unit<D: Decode>(_: &D) -> usize {
    D::MAX_EVENTS_PER_UNIT
}

impl AnyDecoder {
    /// A decoder at the start of a recording; AEDAT 2 must know its chip, the others ignore it.
    ///
    /// # Errors
    /// [`Error::ChipMissing`]: AEDAT 2 without a chip; [`Error::NeedsStd`]: AEDAT 4 without the feature `std`.
    pub fn new(format: Format, chip: Option<Chip>) -> Result<Self, Error> {
        Ok(match format {
            Format::Bin40 => Self::Bin40(bin40::Decoder::new()),
            Format::Aedat2 => {
                let chip = chip.ok_or(Error::ChipMissing { known: Chip::KNOWN })?;
                Self::Aedat2(aedat2::Decoder::new(chip.layout))
            }
            Format::Evt2 => Self::Evt2(evt2::Decoder::new()),
            Format::Evt3 => Self::Evt3(evt3::Decoder::new()),
            Format::Aedat1 => Self::Aedat1(aedat1::Decoder::new()),
            Format::Aedat3 => Self::Aedat3(aedat3::Decoder::new()),
            #[cfg(feature = "std")]
            Format::Aedat4 => Self::Aedat4(aedat4::Decoder::new()),
            #[cfg(not(feature = "std"))]
            Format::Aedat4 => return Err(NEEDS_STD),
        })
    }

    /// [`Decode::UNIT_BYTES`] of the format.
    pub fn unit_bytes(&self) -> usize {
        each!(self, decoder => unit_bytes(decoder))
    }

    /// [`Decode::MAX_EVENTS_PER_UNIT`] of the format.
    pub fn max_events_per_unit(&self) -> usize {
        each!(self, decoder => max_events_per_unit(decoder))
    }

    /// [`Decode::push`] of the format.
    pub fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        each!(self, decoder => decoder.push(input, out))
    }

    /// [`Decode::finish`] of the format.
    pub fn finish(&mut self) {
        each!(self, decoder => decoder.finish());
    }

    /// A copy that finds the place of an event by decoding once more; none where the decoder knows it by itself.
    #[cfg(feature = "std")]
    pub(crate) fn scout(&mut self) -> Option<Self> {
        match self {
            Self::Aedat4(_) => None,
            Self::Aedat3(decoder) => Some(Self::Aedat3(decoder.without_frame())),
            other => Some(other.clone()),
        }
    }

    /// Where the packet begins that gave event `index` in the last push, for decoders without a scout.
    #[cfg(feature = "std")]
    pub(crate) fn packet_of(&self, index: u64) -> Option<u64> {
        match self {
            Self::Aedat4(decoder) => decoder.packet_of(index),
            _ => None,
        }
    }

    /// [`Decode::counts`] of the format.
    pub fn counts(&self) -> &Counts {
        each!(self, decoder => decoder.counts())
    }
}

impl AnyEncoder {
    /// An encoder at the start of a recording; only AEDAT 2 looks at the chip, and takes it from the size
    /// where none is given.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is too large for the format; [`Error::NoChip`]: AEDAT 2 knows no chip
    /// of this size.
    pub fn new(format: Format, size: SensorSize, chip: Option<Chip>) -> Result<Self, Error> {
        Ok(match format {
            Format::Bin40 => Self::Bin40(bin40::Encoder::new(size)?),
            Format::Aedat2 => {
                let chip = chip
                    .or_else(|| Chip::of_size(size))
                    .ok_or(Error::NoChip { size })?;
                check_size(format.name(), size, chip.size)?;
                Self::Aedat2(aedat2::Encoder::new(chip))
            }
            Format::Evt2 => Self::Evt2(evt2::Encoder::new(size)?),
            Format::Evt3 => Self::Evt3(evt3::Encoder::new(size)?),
            Format::Aedat1 => Self::Aedat1(aedat1::Encoder::new(size)?),
            Format::Aedat3 => Self::Aedat3(aedat3::Encoder::new(size)?),
            #[cfg(feature = "std")]
            Format::Aedat4 => Self::Aedat4(aedat4::Encoder::new(size)?),
            #[cfg(not(feature = "std"))]
            Format::Aedat4 => return Err(NEEDS_STD),
        })
    }
}

impl Encode for AnyEncoder {
    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        each!(self, encoder => encoder.push(events, sink))
    }

    fn events(&self) -> u64 {
        each!(self, encoder => encoder.events())
    }

    fn time_offset(&self) -> i64 {
        each!(self, encoder => encoder.time_offset())
    }
}

#[cfg(not(feature = "std"))]
const NEEDS_STD: Error = Error::NeedsStd {
    format: Format::Aedat4.name(),
};

fn check_size(format: &'static str, size: SensorSize, largest: SensorSize) -> Result<(), Error> {
    let fits = size.width <= largest.width && size.height <= largest.height;
    if fits && size.is_addressable() {
        Ok(())
    } else {
        Err(Error::Size {
            format,
            largest,
            size,
        })
    }
}

fn check_pixel(size: SensorSize, event: Event, index: u64) -> Result<(), Error> {
    let outside = |axis, limit, value| Error::OutOfBounds {
        axis,
        limit,
        value,
        index,
    };
    if event.x as u32 >= size.width {
        return Err(outside("x", size.width, event.x));
    }
    if event.y as u32 >= size.height {
        return Err(outside("y", size.height, event.y));
    }
    Ok(())
}
