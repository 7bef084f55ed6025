//! The header: a mark, a length, and a `FlatBuffer` with XML in it.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::beside::{FRAMES, IMU, TRIGGERS};
use super::body::Kind;
use super::flat::Flat;
use super::xml::attributes;
use super::{Compression, MAX_SIZE, NAME};
use crate::header::{Field, Header, MAX_HEADER};
use crate::{BesideKind, Error, SensorSize};

/// The line that every file begins with.
pub(crate) const MARK: &[u8; 14] = b"#!AER-DAT4.0\r\n";
/// Bytes before the `FlatBuffer`: the mark and the length.
const START: usize = MARK.len() + 4;

/// Which stream is read of each kind; none stands for the first that occurs.
///
/// ```
/// use spikelet_events::format::aedat4::{Decoder, Streams};
///
/// let decoder = Decoder::new().with_streams(Streams { events: Some(4), ..Streams::default() });
/// # let _ = decoder;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    /// Events.
    pub events: Option<i32>,
    /// Frames.
    pub frames: Option<i32>,
    /// Inertial samples.
    pub imu: Option<i32>,
    /// Triggers.
    pub triggers: Option<i32>,
}

impl Streams {
    /// The streams that a header lists: of each kind the one with the lowest number, if it can be of the same
    /// camera as the events.
    pub(crate) fn of(header: &Header, events: Option<i32>) -> Result<Self, Error> {
        let listed = listed(header);
        check_listed(&listed, events)?;
        let lowest = |kind, camera: Option<&str>| {
            let fitting = listed.iter().filter(|stream| {
                stream.kind == kind && (camera.is_none() || stream.camera == camera)
            });
            fitting.map(|stream| stream.id).min()
        };
        let events = events.or_else(|| lowest(Kind::Events, None));
        let camera = listed
            .iter()
            .find(|stream| Some(stream.id) == events)
            .and_then(|stream| stream.camera);
        let of = |kind| lowest(kind, camera).or_else(|| lowest(kind, None));
        Ok(Self {
            events,
            frames: of(Kind::Frame),
            imu: of(Kind::Inertial),
            triggers: of(Kind::Triggers),
        })
    }

    /// Whether packets of this stream are wanted; the first of a kind settles it where nothing else did.
    pub(super) fn takes(&mut self, kind: Kind, id: i32) -> bool {
        let chosen = match kind {
            Kind::Events => &mut self.events,
            Kind::Frame => &mut self.frames,
            Kind::Inertial => &mut self.imu,
            Kind::Triggers => &mut self.triggers,
            Kind::Other => return false,
        };
        *chosen.get_or_insert(id) == id
    }

    /// The size of the sensor that gave the events, if the header says it.
    pub(crate) fn size(self, header: &Header) -> Option<SensorSize> {
        let id = self.events?;
        let side = |name| {
            let value = header.get(&format!("outInfo/{id}/info/{name}"))?;
            value.trim().parse().ok()
        };
        let (width, height) = (side("sizeX")?, side("sizeY")?);
        let size = SensorSize { width, height };
        size.is_addressable().then_some(size)
    }
}

struct Stream<'a> {
    id: i32,
    kind: Kind,
    camera: Option<&'a str>,
}

/// Whether the stream asked for may be one of events; a header that lists none leaves it open.
fn check_listed(listed: &[Stream<'_>], asked: Option<i32>) -> Result<(), Error> {
    let events = listed.iter().filter(|stream| stream.kind == Kind::Events);
    let known: Vec<i32> = events.map(|stream| stream.id).collect();
    match asked {
        Some(stream) if !known.is_empty() && !known.contains(&stream) => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            let known = known.join(", ");
            Err(Error::StreamUnknown { known, stream })
        }
        _ => Ok(()),
    }
}

fn listed(header: &Header) -> Vec<Stream<'_>> {
    let stream = |field: &Field| {
        let rest = field.key.strip_prefix("outInfo/")?;
        let id = rest.strip_suffix("/typeIdentifier")?.parse().ok()?;
        Some(Stream {
            id,
            kind: Kind::named(field.value.as_bytes()),
            camera: header.get(&format!("outInfo/{id}/info/source")),
        })
    };
    header.fields.iter().filter_map(stream).collect()
}

/// How many bytes the header takes, once enough of it is here to know.
pub(crate) fn header_length(start: &[u8]) -> Result<Option<usize>, Error> {
    let Some(&length) = start.get(MARK.len()..).and_then(<[u8]>::first_chunk) else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_HEADER {
        return Err(Error::HeaderLong {
            what: "header",
            offset: START as u64,
            limit: MAX_HEADER,
        });
    }
    Ok(Some(START + length))
}

/// The compression, and every attribute of the XML by its path.
pub(crate) fn parse_header(bytes: &[u8]) -> Result<Header, Error> {
    let damaged = || Error::HeaderValue {
        key: "IOHE".to_string(),
        rule: "as a FlatBuffer whose offsets stay inside",
        value: format!("{} bytes", bytes.len()),
    };
    let flat = Flat(bytes.get(START..).unwrap_or_default());
    let root = flat.root().ok_or_else(damaged)?;
    let (compression, xml) = root.i32(0).zip(root.text(2)).ok_or_else(damaged)?;
    let name = match compression {
        0 => "NONE".to_string(),
        1 => "LZ4".to_string(),
        2 => "LZ4_HIGH".to_string(),
        3 => "ZSTD".to_string(),
        4 => "ZSTD_HIGH".to_string(),
        other => other.to_string(),
    };
    let mut fields = attributes(&String::from_utf8_lossy(xml));
    let key = "compression".to_string();
    fields.insert(0, Field { key, value: name });
    Ok(Header {
        fields,
        bytes: bytes.len(),
    })
}

/// The header of a recording of events alone.
///
/// ```
/// use spikelet_events::{SensorSize, format::aedat4::{Compression, header}};
///
/// let bytes = header(SensorSize { width: 346, height: 260 }, Compression::None)?;
/// assert!(bytes.starts_with(b"#!AER-DAT4.0\r\n"));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
pub fn header(size: SensorSize, compression: Compression) -> Result<Vec<u8>, Error> {
    header_of(size, compression, &[])
}

/// The header of a recording with streams of these kinds beside the events.
pub(crate) fn header_of(
    size: SensorSize,
    compression: Compression,
    beside: &[BesideKind],
) -> Result<Vec<u8>, Error> {
    crate::format::check_size(NAME, size, MAX_SIZE)?;
    let SensorSize { width, height } = size;
    let name = compression.name();
    let others = streams(size, compression, beside);
    let xml = format!(
        "<dv version=\"2.0\"><node name=\"outInfo\" path=\"/mainloop/Recorder/outInfo/\">\
         <node name=\"0\" path=\"/mainloop/Recorder/outInfo/0/\">\
         <attr key=\"compression\" type=\"string\">{name}</attr>\
         <attr key=\"originalModuleName\" type=\"string\">spikelet</attr>\
         <attr key=\"originalOutputName\" type=\"string\">events</attr>\
         <attr key=\"typeDescription\" type=\"string\">Array of events (polarity ON/OFF).</attr>\
         <attr key=\"typeIdentifier\" type=\"string\">EVTS</attr>\
         <node name=\"info\" path=\"/mainloop/Recorder/outInfo/0/info/\">\
         <attr key=\"sizeX\" type=\"int\">{width}</attr>\
         <attr key=\"sizeY\" type=\"int\">{height}</attr>\
         <attr key=\"source\" type=\"string\">spikelet</attr>\
         </node></node>{others}</node></dv>"
    );
    let mut flat =
        Vec::from(*b"\x18\0\0\0IOHE\0\0\0\0\0\0\x0a\0\x14\0\x04\0\x0c\0\x08\0\x0a\0\0\0");
    flat.extend(compression.code().to_le_bytes());
    flat.extend(12u32.to_le_bytes());
    // No table: whoever reads the file walks the packets.
    flat.extend((-1i64).to_le_bytes());
    flat.extend((xml.len() as u32).to_le_bytes());
    flat.extend(xml.as_bytes());
    flat.push(0);
    flat.resize(flat.len().next_multiple_of(4), 0);
    let mut bytes = Vec::from(*MARK);
    bytes.extend((flat.len() as u32).to_le_bytes());
    bytes.extend(flat);
    Ok(bytes)
}

/// The nodes of the streams beside the events.
fn streams(size: SensorSize, compression: Compression, beside: &[BesideKind]) -> String {
    let has = |kinds: &[BesideKind]| kinds.iter().any(|kind| beside.contains(kind));
    let listed = [
        (FRAMES, "frames", "FRME", has(&[BesideKind::Frames])),
        (IMU, "imu", "IMUS", has(&[BesideKind::Imu])),
        (
            TRIGGERS,
            "triggers",
            "TRIG",
            has(&[BesideKind::Triggers, BesideKind::Specials]),
        ),
    ];
    let (SensorSize { width, height }, name) = (size, compression.name());
    let node = |(id, output, identifier, _): (i32, &str, &str, bool)| {
        format!(
            "<node name=\"{id}\" path=\"/mainloop/Recorder/outInfo/{id}/\">\
             <attr key=\"compression\" type=\"string\">{name}</attr>\
             <attr key=\"originalModuleName\" type=\"string\">spikelet</attr>\
             <attr key=\"originalOutputName\" type=\"string\">{output}</attr>\
             <attr key=\"typeIdentifier\" type=\"string\">{identifier}</attr>\
             <node name=\"info\" path=\"/mainloop/Recorder/outInfo/{id}/info/\">\
             <attr key=\"sizeX\" type=\"int\">{width}</attr>\
             <attr key=\"sizeY\" type=\"int\">{height}</attr>\
             <attr key=\"source\" type=\"string\">spikelet</attr>\
             </node></node>"
        )
    };
    listed
        .into_iter()
        .filter(|stream| stream.3)
        .map(node)
        .collect()
}
