//! A decoder and an encoder of whichever format a file turns out to be.

use super::aedat2::Chip;
#[cfg(feature = "std")]
use super::aedat4;
use super::{Format, aedat1, aedat2, aedat3, bin40, check_size, csv, dat, es, evt2, evt3, evt21};
use crate::{Alongside, Columns, ColumnsMut, Counts, Decode, Encode, Error, SensorSize};

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
    Evt21(evt21::Decoder),
    Dat(dat::Decoder),
    Es(es::Decoder),
    Csv(csv::Decoder),
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
    Evt21(evt21::Encoder),
    Dat(dat::Encoder),
    Es(es::Encoder),
    Csv(csv::Encoder),
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
            Self::Evt21($one) => $call,
            Self::Dat($one) => $call,
            Self::Es($one) => $call,
            Self::Csv($one) => $call,
        }
    };
}

fn unit_bytes<D: Decode>(_: &D) -> usize {
    D::UNIT_BYTES
}

fn max_events_per_unit<D: Decode>(_: &D) -> usize {
    D::MAX_EVENTS_PER_UNIT
}

fn closing<D: Decode>(_: &D) -> &'static [u8] {
    D::CLOSING
}

impl AnyDecoder {
    /// A decoder at the start of a recording; AEDAT 2 must know its chip, the others ignore it.
    ///
    /// EVT 2.1 is taken in little-endian order and DAT in its second layout; for the others make the variant.
    /// Event Streams are taken for DVS events and texts for those that are written here: what a file says of
    /// itself, [`es::Head`] and [`csv::Sniffed`] read.
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
            Format::Evt21 => Self::Evt21(evt21::Decoder::new(evt21::ByteOrder::Little)),
            Format::Dat => Self::Dat(dat::Decoder::new(dat::Layout::V2)),
            Format::Es => Self::Es(es::Decoder::new(es::Kind::Dvs)),
            Format::Csv => Self::Csv(csv::Decoder::new(&csv::Sniffed::METAVISION)),
            Format::Rpg => Self::Csv(csv::Decoder::new(&csv::Sniffed::RPG)),
        })
    }

    /// [`Decode::UNIT_BYTES`] of the format; where packets are compressed, about the bytes of an event.
    pub fn unit_bytes(&self) -> usize {
        #[cfg(feature = "std")]
        if let Self::Aedat4(decoder) = self {
            return decoder.event_bytes();
        }
        each!(self, decoder => unit_bytes(decoder))
    }

    /// [`Decode::MAX_EVENTS_PER_UNIT`] of the format.
    pub fn max_events_per_unit(&self) -> usize {
        each!(self, decoder => max_events_per_unit(decoder))
    }

    /// [`Decode::CLOSING`] of the format.
    pub fn closing(&self) -> &'static [u8] {
        each!(self, decoder => closing(decoder))
    }

    /// [`Decode::last_unit_bytes`] of the format.
    pub fn last_unit_bytes(&self) -> usize {
        each!(self, decoder => decoder.last_unit_bytes())
    }

    /// Bytes to push at a time, so that their events are still in the second-level cache when they are looked at once
    /// more; packets come whole, too.
    #[cfg(feature = "std")]
    pub(crate) fn push_bytes(&self) -> usize {
        match self {
            Self::Aedat4(_) => 1 << 18,
            _ => 1 << 15,
        }
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
            Format::Evt21 => Self::Evt21(evt21::Encoder::new(size, evt21::ByteOrder::Little)?),
            Format::Dat => Self::Dat(dat::Encoder::new(size)?),
            Format::Es => Self::Es(es::Encoder::dvs(size)?),
            Format::Csv => Self::Csv(csv::Encoder::new(csv::Layout::Metavision, size)?),
            Format::Rpg => Self::Csv(csv::Encoder::new(csv::Layout::Rpg, size)?),
        })
    }

    /// The encoder behind these events, if it refuses none of them; none where only encoding tells.
    #[cfg(feature = "std")]
    pub(crate) fn behind(&self, events: Columns<'_>) -> Option<Self> {
        match self {
            Self::Aedat4(encoder) => Some(Self::Aedat4(encoder.behind(events))),
            Self::Csv(encoder) => Some(Self::Csv(encoder.behind(events))),
            Self::Dat(encoder) => Some(Self::Dat(encoder.behind(events))),
            _ => None,
        }
    }
}

impl Encode for AnyEncoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        each!(self, encoder => encoder.push_with(events, beside, sink))
    }

    fn start(&mut self, sink: &mut dyn FnMut(&[u8])) {
        each!(self, encoder => encoder.start(sink));
    }

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
