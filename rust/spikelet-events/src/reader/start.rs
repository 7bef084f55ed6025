//! Where the data begin, and what is settled by their first bytes.

use std::io::Read;
use std::{format, string::String, vec::Vec};

use super::open;
use crate::format::{AnyDecoder, Format, aedat2::Chip, dat, evt21};
use crate::header::{Header, RawFacts};
use crate::recognise::RECOGNISE_BYTES;
use crate::{Error, SensorSize};

/// The decoder of a recording, and what was found out for it.
pub(super) struct Start {
    pub(super) decoder: AnyDecoder,
    /// The size of the camera that wrote it, if only one did.
    pub(super) size: Option<SensorSize>,
    /// Bytes between header and data.
    pub(super) skipped: usize,
    /// Bytes of those that the file does not hold.
    pub(super) missing_bytes: u64,
    pub(super) notes: Vec<String>,
}

impl Start {
    /// `bytes` are the header and what was read with it; more are read where the data must speak.
    pub(super) fn of(
        (format, chip): (Format, Option<Chip>),
        header: &Header,
        bytes: &mut Vec<u8>,
        source: &mut impl Read,
    ) -> Result<Self, Error> {
        match format {
            Format::Evt21 => Self::of_evt21(header, bytes, source),
            Format::Dat => Self::of_dat(header, bytes, source),
            _ => Ok(Self {
                size: chip.map(|chip| chip.size),
                ..Self::with(AnyDecoder::new(format, chip)?)
            }),
        }
    }

    pub(super) fn with(decoder: AnyDecoder) -> Self {
        Self {
            decoder,
            size: None,
            skipped: 0,
            missing_bytes: 0,
            notes: Vec::new(),
        }
    }

    fn of_evt21(
        header: &Header,
        bytes: &mut Vec<u8>,
        source: &mut impl Read,
    ) -> Result<Self, Error> {
        let decoder = |order| Self::with(AnyDecoder::Evt21(evt21::Decoder::new(order)));
        if let Some(order) = RawFacts::byte_order_of(header)? {
            return Ok(decoder(order));
        }
        read_until(header.bytes + RECOGNISE_BYTES, bytes, source)?;
        let found = evt21::ByteOrder::detect(bytes.get(header.bytes..).unwrap_or_default());
        let order = found.unwrap_or(evt21::ByteOrder::Little);
        let by = match found {
            Some(_) => "as the first words show",
            None => "as nothing shows another",
        };
        let notes = [format!(
            "byte order of evt21 not in the header: {}, {by}",
            order.name()
        )];
        Ok(Self {
            notes: notes.into(),
            ..decoder(order)
        })
    }

    /// Reads the two bytes of event type and size; a file without any header has none.
    fn of_dat(header: &Header, bytes: &mut Vec<u8>, source: &mut impl Read) -> Result<Self, Error> {
        let decoder = |layout| Self::with(AnyDecoder::Dat(dat::Decoder::new(layout)));
        if header.bytes == 0 {
            return Ok(decoder(dat::Layout::V2));
        }
        read_until(header.bytes + 2, bytes, source)?;
        let data = bytes.get(header.bytes..).unwrap_or_default();
        let Some(&kind) = data.first_chunk() else {
            let note = "the file ends before event type and size: taken for an empty recording";
            return Ok(Self {
                missing_bytes: 2 - data.len() as u64,
                notes: [note.into()].into(),
                ..decoder(dat::Layout::V2)
            });
        };
        let layout = dat::Layout::of(kind, header.get("Version"))?;
        Ok(Self {
            size: layout.size(),
            skipped: 2,
            ..decoder(layout)
        })
    }
}

/// Reads on until `bytes` are `wanted` many, or the file ends.
fn read_until(wanted: usize, bytes: &mut Vec<u8>, source: &mut impl Read) -> Result<(), Error> {
    let mut buffer = [0; RECOGNISE_BYTES];
    while bytes.len() < wanted {
        match open::read_some(source, &mut buffer)? {
            0 => break,
            read => bytes.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
    }
    Ok(())
}
