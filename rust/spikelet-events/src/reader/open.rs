//! What a file is: recognition, header, chip.

use std::io::Read;
use std::vec::Vec;

use super::{ReadOptions, RecognisedBy};
use crate::format::{
    AnyDecoder, Format,
    aedat2::{Chip, Layout},
    aedat3, aedat4,
};
use crate::header::{Field, Header, HeaderParser, HeaderStyle, RawFacts};
use crate::recognise::RECOGNISE_BYTES;
use crate::{Content, Error, SensorSize};

/// One read, repeated when a signal interrupts it.
pub(super) fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Error> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

/// The first bytes, `wanted` of them or all there are; `read_to_end` would take them in ever larger pieces.
pub(super) fn read_first(source: &mut impl Read, wanted: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = std::vec![0; wanted];
    let mut filled = 0;
    while filled < wanted {
        match read_some(source, bytes.get_mut(filled..).unwrap_or_default())? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Reads on until the header is over; gives back all bytes read.
pub(super) fn read_header(
    source: &mut impl Read,
    content: Content,
    start: Vec<u8>,
) -> Result<(Header, Vec<u8>), Error> {
    let style = match content {
        Content::Prophesee => HeaderStyle::Percent,
        Content::Aedat1 | Content::Aedat2 => HeaderStyle::Hash,
        Content::Aedat3 => HeaderStyle::HashEnd,
        Content::Aedat4 => return read_aedat4(source, start),
        Content::Unreadable(_)
        | Content::Unmarked
        | Content::Empty
        | Content::EventStream
        | Content::Text => {
            return Ok((Header::default(), start));
        }
    };
    let mut parser = HeaderParser::new(style);
    let mut is_done = parser.push(&start)?;
    let mut buffer = std::vec![0; RECOGNISE_BYTES];
    while !is_done {
        match read_some(source, &mut buffer)? {
            0 => {
                parser.finish()?;
                is_done = true;
            }
            read => is_done = parser.push(buffer.get(..read).unwrap_or_default())?,
        }
    }
    Ok(parser.into_parts())
}

/// AEDAT 4 says first how long its header is.
fn read_aedat4(source: &mut impl Read, start: Vec<u8>) -> Result<(Header, Vec<u8>), Error> {
    let mut bytes = start;
    let length = loop {
        let length = aedat4::header_length(&bytes)?;
        if let Some(length) = length.filter(|&length| length <= bytes.len()) {
            break length;
        }
        let mut buffer = [0; RECOGNISE_BYTES];
        match read_some(source, &mut buffer)? {
            0 => {
                return Err(Error::HeaderShort {
                    length: length.unwrap_or(0) as u64,
                    got: bytes.len() as u64,
                });
            }
            read => bytes.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
    };
    let header = aedat4::parse_header(bytes.get(..length).unwrap_or_default())?;
    Ok((header, bytes))
}

pub(super) fn choose(
    content: Content,
    header: &Header,
    extension: Option<&str>,
    asked: Option<Format>,
) -> Result<(Format, RecognisedBy), Error> {
    let found = match named(content, header, asked) {
        Err(Error::Unreadable { found, .. }) => return Err(refusal(asked, found)),
        found => found?,
    };
    match (found, asked) {
        (Some(found), Some(asked)) if found != asked => Err(refusal(Some(asked), found.title())),
        // Every file of theirs begins with its mark, and no other bytes mean anything to them.
        (None, Some(Format::Aedat4 | Format::Es)) => Err(refusal(asked, "bytes without its mark")),
        (_, Some(asked)) => Ok((asked, RecognisedBy::Given)),
        (Some(found), None) => Ok((found, RecognisedBy::Content)),
        (None, None) if is_named_text(extension) => Ok((
            text_format(header).unwrap_or(Format::Csv),
            RecognisedBy::Extension,
        )),
        (None, None) if is_bin40(extension) => Ok((Format::Bin40, RecognisedBy::Extension)),
        (None, None) if is_aedat1(content, extension) => {
            Ok((Format::Aedat1, RecognisedBy::Extension))
        }
        (None, None) => {
            let is_empty = content == Content::Empty;
            let found = if is_empty {
                "an empty file"
            } else {
                "bytes without a known mark"
            };
            Err(Error::Unknown {
                found,
                readable: Format::NAMES,
            })
        }
    }
}

fn refusal(asked: Option<Format>, found: &'static str) -> Error {
    match asked {
        Some(asked) => Error::Mismatch {
            asked: asked.name(),
            found,
        },
        None => Error::Unreadable {
            found,
            readable: Format::NAMES,
        },
    }
}

/// The format that the content names, if it names one.
fn named(
    content: Content,
    header: &Header,
    asked: Option<Format>,
) -> Result<Option<Format>, Error> {
    let unreadable = |found| {
        Err(Error::Unreadable {
            found,
            readable: Format::NAMES,
        })
    };
    match content {
        Content::Unreadable(found) => unreadable(found),
        Content::Prophesee if is_dat(header) => Ok(Some(Format::Dat)),
        Content::Prophesee => match (RawFacts::of(header), asked) {
            // A header that leaves the encoding open is what `format` is for.
            (Err(Error::Unknown { .. }), Some(asked)) if is_prophesee(asked) => Ok(None),
            (facts, _) => Ok(Some(facts?.format)),
        },
        Content::Aedat2 => Ok(Some(Format::Aedat2)),
        Content::Aedat1 => Ok(Some(Format::Aedat1)),
        Content::Aedat3 => Ok(Some(Format::Aedat3)),
        Content::Aedat4 => Ok(Some(Format::Aedat4)),
        Content::EventStream => Ok(Some(Format::Es)),
        Content::Text => Ok(match asked {
            Some(Format::Csv | Format::Rpg) => asked,
            _ => text_format(header),
        }),
        Content::Unmarked | Content::Empty => Ok(None),
    }
}

/// Whether a file is called as texts are.
pub(super) fn is_named_text(extension: Option<&str>) -> bool {
    let known = ["csv", "txt"];
    extension.is_some_and(|extension| {
        known
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// The format that a text was found to be.
fn text_format(header: &Header) -> Option<Format> {
    match header.get("time")? {
        "seconds" => Some(Format::Rpg),
        _ => Some(Format::Csv),
    }
}

fn is_bin40(extension: Option<&str>) -> bool {
    let mut known = Format::Bin40
        .extensions()
        .iter()
        .map(|known| known.trim_start_matches('.'));
    extension.is_some_and(|extension| known.any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Formats that a header in Prophesee's style may stand before.
fn is_prophesee(format: Format) -> bool {
    matches!(
        format,
        Format::Evt2 | Format::Evt21 | Format::Evt3 | Format::Dat
    )
}

/// Without any header line, the name has to do.
fn is_aedat1(content: Content, extension: Option<&str>) -> bool {
    let is_named = extension.is_some_and(|extension| extension.eq_ignore_ascii_case("aedat"));
    is_named && content == Content::Unmarked
}

/// DAT files have headers of the same look, but other data.
fn is_dat(header: &Header) -> bool {
    let first = header.fields.first();
    let says_data =
        |field: &Field| field.key == "Data" && field.value.starts_with("file containing");
    let raw_keys = ["format", "evt", "plugin_name", "system_ID"];
    let is_raw = raw_keys.iter().any(|key| header.get(key).is_some());
    first.is_some_and(says_data) || (!is_raw && header.get("Version").is_some())
}

pub(super) fn find_chip(
    format: Format,
    header: &Header,
    given: Option<&str>,
) -> Result<Option<Chip>, Error> {
    let named = |name: &str| {
        let unknown = || Error::ChipUnknown {
            known: if format == Format::Aedat1 {
                "DVS128"
            } else {
                Chip::KNOWN
            },
            name: name.into(),
        };
        let chip = Chip::named(name).filter(|chip| {
            // Addresses of 16 bits hold one layout only.
            format != Format::Aedat1 || chip.layout == Layout::Dvs128
        });
        chip.map(Some).ok_or_else(unknown)
    };
    match (format, given) {
        (_, Some(name)) => named(name),
        (Format::Aedat2, None) => header.get("AEChip").map_or(Ok(None), named),
        (Format::Aedat1, None) => named(header.get("AEChip").unwrap_or("DVS128")),
        // A camera of another name is no trouble: its packets say what they hold.
        (Format::Aedat3, None) => Ok(source_name(header).and_then(Chip::named)),
        (_, None) => Ok(None),
    }
}

/// The name of the first camera of an AEDAT 3.1 recording.
fn source_name(header: &Header) -> Option<&str> {
    let mut fields = header.fields.iter();
    let field = fields.find(|field| field.key.starts_with("Source "))?;
    Some(&field.value)
}

/// The decoder for the streams that are wanted, and the size of the sensor where the header says it by stream.
pub(super) fn select(
    decoder: AnyDecoder,
    header: &Header,
    options: &ReadOptions,
) -> Result<(AnyDecoder, Option<SensorSize>), Error> {
    match (decoder, options.stream) {
        (AnyDecoder::Aedat3(decoder), stream) => {
            let decoder = match stream {
                Some(source) => {
                    aedat3::check_source(header, source)?;
                    decoder.with_source(source)
                }
                None => decoder,
            };
            let decoder = if options.keep_invalid {
                decoder.keeping_invalid()
            } else {
                decoder
            };
            let size = header.get("Sensor-Size").and_then(sides);
            Ok((AnyDecoder::Aedat3(decoder), size))
        }
        (AnyDecoder::Aedat4(decoder), stream) => {
            let streams = aedat4::Streams::of(header, stream)?;
            let size = streams.size(header);
            let decoder = decoder.with_streams(streams).compressed_as(header);
            Ok((AnyDecoder::Aedat4(decoder), size))
        }
        (decoder, _) => Ok((decoder, None)),
    }
}

/// A stream can be chosen only where a file may hold several.
pub(super) fn check_stream(format: Format, stream: Option<i32>) -> Result<(), Error> {
    match (format, stream) {
        (Format::Aedat3 | Format::Aedat4, _) | (_, None) => Ok(()),
        (_, Some(stream)) => {
            let format = format.name();
            Err(Error::NoStreams { format, stream })
        }
    }
}

/// `WIDTHxHEIGHT`, where it is a size.
fn sides(text: &str) -> Option<SensorSize> {
    let (width, height) = text.split_once('x')?;
    let (width, height) = (width.parse().ok()?, height.parse().ok()?);
    let size = SensorSize { width, height };
    size.is_addressable().then_some(size)
}

/// The size given, else that of the header, else that of the camera.
pub(super) fn find_size(
    format: Format,
    header: &Header,
    camera: Option<SensorSize>,
    given: Option<SensorSize>,
) -> Result<Option<SensorSize>, Error> {
    match given {
        Some(size) if size.is_addressable() => Ok(Some(size)),
        Some(size) => {
            let largest = SensorSize {
                width: 1 << 16,
                height: 1 << 16,
            };
            Err(Error::Size {
                format: format.name(),
                largest,
                size,
            })
        }
        None => Ok(RawFacts::size_of(header)?.or(camera)),
    }
}
