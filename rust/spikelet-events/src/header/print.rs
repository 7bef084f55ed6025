//! Headers as they are written.

use alloc::{format, string::String};

use super::{Field, HeaderStyle, MAX_HEADER, MAX_LINE};
use crate::format::{Format, aedat2::Chip, dat};
use crate::{Error, SensorSize};

/// Keys that say how the data are to be decoded: always ours.
const DECODING_KEYS: [&str; 14] = [
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
];

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
/// [`Error::NoHeader`]: the format has none.
pub fn print(
    format: Format,
    size: SensorSize,
    chip: Option<Chip>,
    fields: &[Field],
) -> Result<String, Error> {
    let ours = match format {
        Format::Bin40 | Format::Es | Format::Csv | Format::Rpg if fields.is_empty() => {
            return Ok(String::new());
        }
        Format::Bin40 | Format::Es | Format::Csv | Format::Rpg => {
            return Err(Error::NoHeader {
                format: format.name(),
            });
        }
        Format::Aedat2 => aedat(chip),
        Format::Evt2 => prophesee("2.0", "EVT2", 39, size, fields),
        Format::Evt3 => prophesee("3.0", "EVT3", 49, size, fields),
        Format::Evt21 => prophesee("2.1", "EVT21;endianness=little", 49, size, fields),
        Format::Dat => data_file(size),
    };
    let (style, line_end) = match format {
        Format::Aedat2 => (HeaderStyle::Hash, "\r\n"),
        _ => (HeaderStyle::Percent, "\n"),
    };
    let mut text = ours.clone();
    for field in fields {
        let line = line(style, field)?;
        let is_ours = ours.lines().any(|known| known == line);
        if !is_ours && !DECODING_KEYS.contains(&field.key.as_str()) {
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

/// One line, if it reads back as the same field.
fn line(style: HeaderStyle, field: &Field) -> Result<String, Error> {
    let Field { key, value } = field;
    let line = match style {
        HeaderStyle::Percent => format!("% {key} {value}"),
        HeaderStyle::Hash if value.is_empty() => format!("#{key}"),
        HeaderStyle::Hash => format!("# {key}: {value}"),
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

fn aedat(chip: Option<Chip>) -> String {
    let name = chip.map_or("", |chip| chip.name);
    format!(
        "#!AER-DAT2.0\r\n\
         # This is a raw AE data file - do not edit\r\n\
         # Data format is int32 address, int32 timestamp (8 bytes total), repeated for each event\r\n\
         # Timestamps tick is 1 us\r\n\
         # AEChip: {name}\r\n"
    )
}

fn data_file(SensorSize { width, height }: SensorSize) -> String {
    format!("% Data file containing CD events.\n% Version 2\n% Width {width}\n% Height {height}\n")
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
