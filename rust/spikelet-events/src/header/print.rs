//! Headers as they are written.

use alloc::{format, string::String};

use super::{Field, HeaderStyle, MAX_HEADER, MAX_LINE};
use crate::format::{Format, aedat2::Chip, aedat3::SOURCE, dat, evt21::ByteOrder};
use crate::{Error, SensorSize};

/// Keys that say how the data are to be decoded: always ours.
const DECODING_KEYS: [&str; 18] = [
    "evt",
    "format",
    "geometry",
    "width",
    "height",
    "endianness",
    "system_ID",
    "end",
    "AEChip",
    "!AER-DAT2.0",
    "Data",
    "Version",
    "Width",
    "Height",
    "!AER-DAT1.0",
    "!AER-DAT3.1",
    "Format",
    "Sensor-Size",
];
/// What keys begin with that say which camera a packet is of: always ours.
pub(crate) const SOURCE_KEY: &str = "Source ";

/// The header of a recording; `fields` follow the lines that say how to decode it.
///
/// That of DAT ends with the two bytes of event type and size.
///
/// Fields that say so themselves are left out, so that the header of one recording can be given to another of a
/// different encoding.
///
/// ```
/// use spikelet_events::{SensorSize, format::Format};
/// use spikelet_events::header::{Field, print};
///
/// let fields = [Field { key: "serial_number".into(), value: "00000157".into() }];
/// let size = SensorSize { width: 1280, height: 720 };
/// let text = print(Format::Evt3, size, None, &fields)?;
/// assert!(text.starts_with("% evt 3.0\n% format EVT3;height=720;width=1280\n% geometry 1280x720\n"));
/// assert!(text.ends_with("% serial_number 00000157\n% end\n"));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::HeaderValue`]: a field is no line of text; [`Error::HeaderLong`]: all together are too long;
/// [`Error::NoHeader`]: the format has none, or one that is no text.
pub fn print(
    format: Format,
    size: SensorSize,
    chip: Option<Chip>,
    fields: &[Field],
) -> Result<String, Error> {
    print_in(ByteOrder::Little, format, (size, chip), fields)
}

/// [`print`], and the order of the halves of EVT 2.1 words.
pub(crate) fn print_in(
    order: ByteOrder,
    format: Format,
    (size, chip): (SensorSize, Option<Chip>),
    fields: &[Field],
) -> Result<String, Error> {
    let has_none = matches!(
        format,
        Format::Bin40 | Format::Es | Format::Csv | Format::Rpg
    );
    if has_none && fields.is_empty() {
        return Ok(String::new());
    }
    let ours = lines_that_decode((format, order), size, chip, fields)?;
    let (style, line_end) = match format {
        Format::Aedat1 | Format::Aedat2 => (HeaderStyle::Hash, "\r\n"),
        Format::Aedat3 => (HeaderStyle::HashEnd, "\r\n"),
        _ => (HeaderStyle::Percent, "\n"),
    };
    let mut text = ours.clone();
    for field in fields {
        let line = line(style, field)?;
        let is_ours = ours.lines().any(|known| known == line);
        let decodes = DECODING_KEYS.contains(&field.key.as_str());
        if !is_ours && !decodes && !field.key.starts_with(SOURCE_KEY) {
            text.extend([&line, line_end]);
        }
    }
    match format {
        Format::Dat => text.extend(dat::EVENT_CD.map(char::from)),
        _ => text.extend([style.closing(), line_end]),
    }
    if text.len() > MAX_HEADER {
        let limit = MAX_HEADER;
        return Err(Error::HeaderLong {
            what: "header",
            offset: 0,
            limit,
        });
    }
    Ok(text)
}

/// The first lines of a header, which say how to decode what follows.
fn lines_that_decode(
    (format, order): (Format, ByteOrder),
    size: SensorSize,
    chip: Option<Chip>,
    fields: &[Field],
) -> Result<String, Error> {
    Ok(match format {
        Format::Bin40 | Format::Aedat4 | Format::Es | Format::Csv | Format::Rpg => {
            let format = format.name();
            return Err(Error::NoHeader { format });
        }
        Format::Aedat1 => aedat(1, chip),
        Format::Aedat2 => aedat(2, chip),
        Format::Aedat3 => aedat3(size, chip),
        Format::Evt2 => prophesee("2.0", "EVT2", 39, size, fields),
        Format::Evt3 => prophesee("3.0", "EVT3", 49, size, fields),
        Format::Evt21 => {
            let name = format!("EVT21;endianness={}", order.name());
            prophesee("2.1", &name, 49, size, fields)
        }
        Format::Dat => data_file(size),
    })
}

/// One line, if it reads back as the same field.
fn line(style: HeaderStyle, field: &Field) -> Result<String, Error> {
    let Field { key, value } = field;
    let line = match style {
        HeaderStyle::Percent => format!("% {key} {value}"),
        HeaderStyle::Hash | HeaderStyle::HashEnd if value.is_empty() => format!("#{key}"),
        HeaderStyle::Hash => format!("# {key}: {value}"),
        HeaderStyle::HashEnd => format!("#{key}: {value}"),
    };
    let is_line =
        !line.contains(char::is_control) || line.chars().all(|c| c == '\t' || !c.is_control());
    if is_line
        && line.len() <= MAX_LINE
        && style.field(&line) == *field
        && line.trim_end() != style.closing()
    {
        return Ok(line);
    }
    let rule = "as a key and a value on one line of text";
    Err(Error::HeaderValue {
        key: key.clone(),
        rule,
        value: value.clone(),
    })
}

fn aedat(version: u32, chip: Option<Chip>) -> String {
    let name = chip.map_or("", |chip| chip.name);
    let (address_bits, bytes) = if version == 1 { (16, 6) } else { (32, 8) };
    format!(
        "#!AER-DAT{version}.0\r\n\
         # This is a raw AE data file - do not edit\r\n\
         # Data format is int{address_bits} address, int32 timestamp ({bytes} bytes total), \
         repeated for each event\r\n\
         # Timestamps tick is 1 us\r\n\
         # AEChip: {name}\r\n"
    )
}

fn data_file(SensorSize { width, height }: SensorSize) -> String {
    format!("% Data file containing CD events.\n% Version 2\n% Width {width}\n% Height {height}\n")
}

/// The camera's name says its size; where there is no such camera, a line of our own does.
fn aedat3(size: SensorSize, chip: Option<Chip>) -> String {
    let start = format!("#!AER-DAT3.1\r\n#Format: RAW\r\n#{SOURCE_KEY}{SOURCE}: ");
    match chip.filter(|chip| chip.size == size) {
        Some(chip) => format!("{start}{}\r\n", chip.class()),
        None => format!("{start}spikelet\r\n#Sensor-Size: {size}\r\n"),
    }
}

/// All keys that the vendor's tools ask for; what a recording knows better stands in `fields`.
fn prophesee(evt: &str, name: &str, system: u32, size: SensorSize, fields: &[Field]) -> String {
    let SensorSize { width, height } = size;
    let mut text = format!(
        "% evt {evt}\n% format {name};height={height};width={width}\n% geometry {width}x{height}\n% system_ID {system}\n"
    );
    let defaults = [
        ("generation", "4.2"),
        ("sensor_generation", "4.2"),
        ("integrator_name", "Prophesee"),
        ("camera_integrator_name", "Prophesee"),
        ("plugin_integrator_name", "Prophesee"),
        ("plugin_name", "hal_plugin_prophesee"),
        ("serial_number", "00000000"),
    ];
    for (key, value) in defaults {
        if !fields.iter().any(|field| field.key == key) {
            text.extend(["% ", key, " ", value, "\n"]);
        }
    }
    text
}
