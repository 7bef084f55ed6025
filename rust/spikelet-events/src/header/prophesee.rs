//! What a Prophesee header says about encoding and size.

use super::Header;
use crate::format::{Format, evt21::ByteOrder};
use crate::{Error, SensorSize};

/// Encoding and size as a RAW header gives them.
///
/// ```
/// use spikelet_events::{SensorSize, format::Format};
/// use spikelet_events::header::{HeaderParser, HeaderStyle, RawFacts};
///
/// // An old header: the size follows from the camera alone.
/// let mut parser = HeaderParser::new(HeaderStyle::Percent);
/// parser.push(b"% Date 2020-09-25 07:48:31\n% system_ID 21\n% evt 2.0\n\0\0")?;
/// let facts = RawFacts::of(&parser.into_parts().0)?;
/// assert_eq!(facts.format, Format::Evt2);
/// assert_eq!(facts.size, Some(SensorSize { width: 640, height: 480 }));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFacts {
    /// `format` goes before `evt`, that before `system_ID`.
    pub format: Format,
    /// `geometry` goes before `format`, that before `width` and `height`, those before `system_ID`.
    pub size: Option<SensorSize>,
}

impl RawFacts {
    /// Reads the keys of a header.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Unknown`]: the encoding is not one of ours; [`Error::HeaderValue`]: a size
    /// cannot be understood.
    pub fn of(header: &Header) -> Result<Self, Error> {
        Ok(Self {
            format: encoding(header)?,
            size: Self::size_of(header)?,
        })
    }

    /// The size alone.
    ///
    /// # Errors
    /// [`Error::HeaderValue`]: a size cannot be understood.
    pub fn size_of(header: &Header) -> Result<Option<SensorSize>, Error> {
        if let Some(geometry) = header.get("geometry") {
            let sides = geometry.trim().split_once(['x', 'X']);
            return sides
                .and_then(size)
                .map(Some)
                .ok_or_else(|| bad("geometry", geometry));
        }
        if let Some(format) = header.get("format")
            && let (Some(width), Some(height)) = (part(format, "width"), part(format, "height"))
        {
            return size((width, height))
                .map(Some)
                .ok_or_else(|| bad("format", format));
        }
        // RAW files spell them in lower case, DAT files with a capital.
        for (width_key, height_key) in [("width", "height"), ("Width", "Height")] {
            if let (Some(width), Some(height)) = (header.get(width_key), header.get(height_key)) {
                return size((width, height))
                    .map(Some)
                    .ok_or_else(|| bad(width_key, width));
            }
        }
        Ok(system(header).map(|(_, size)| size))
    }

    /// In which order the halves of EVT 2.1 words stand, where the header says it.
    ///
    /// # Errors
    /// [`Error::HeaderValue`]: the order has another name.
    pub fn byte_order_of(header: &Header) -> Result<Option<ByteOrder>, Error> {
        let format = header.get("format");
        let said = format.and_then(|format| part(format, "endianness"));
        let Some(said) = said.or_else(|| header.get("endianness")) else {
            return Ok(None);
        };
        let order = ByteOrder::named(said.trim());
        let bad = || bad_encoding("endianness", "little or legacy", said);
        order.map(Some).ok_or_else(bad)
    }
}

fn bad(key: &str, value: &str) -> Error {
    let rule = "a width and a height of 1 to 65536 pixels";
    Error::HeaderValue {
        key: key.into(),
        rule,
        value: value.into(),
    }
}

fn size((width, height): (&str, &str)) -> Option<SensorSize> {
    let size = SensorSize {
        width: width.trim().parse().ok()?,
        height: height.trim().parse().ok()?,
    };
    size.is_addressable().then_some(size)
}

/// The value of `name` in `EVT3;height=720;width=1280`.
fn part<'a>(format: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = format.split(';').filter_map(|part| part.split_once('='));
    parts
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value)
}

fn encoding(header: &Header) -> Result<Format, Error> {
    let readable = Format::NAMES;
    if let Some(format) = header.get("format") {
        let found = match format.split(';').next().unwrap_or_default().trim() {
            "EVT2" => return Ok(Format::Evt2),
            "EVT21" => return Ok(Format::Evt21),
            "EVT3" => return Ok(Format::Evt3),
            "EVT4" => "Prophesee EVT 4",
            "HISTO3D" => "Prophesee HISTO3D",
            "DIFF3D" => "Prophesee DIFF3D",
            "AER-8b" => "Prophesee AER-8b",
            "AER-4b" => "Prophesee AER-4b",
            _ => return Err(bad_encoding("format", "EVT2, EVT21 or EVT3", format)),
        };
        return Err(Error::Unreadable { found, readable });
    }
    if let Some(evt) = header.get("evt") {
        return match evt.trim() {
            "2.0" => Ok(Format::Evt2),
            "3.0" => Ok(Format::Evt3),
            "2.1" => Ok(Format::Evt21),
            "4.0" => Err(Error::Unreadable {
                found: "Prophesee EVT 4",
                readable,
            }),
            _ => Err(bad_encoding("evt", "2.0, 2.1 or 3.0", evt)),
        };
    }
    let found = "a Prophesee header without `format`, `evt` or a known `system_ID`";
    system(header)
        .map(|(format, _)| format)
        .ok_or(Error::Unknown { found, readable })
}

fn bad_encoding(key: &str, rule: &'static str, value: &str) -> Error {
    Error::HeaderValue {
        key: key.into(),
        rule,
        value: value.into(),
    }
}

/// Cameras whose early headers give neither encoding nor size.
fn system(header: &Header) -> Option<(Format, SensorSize)> {
    let vga = SensorSize {
        width: 640,
        height: 480,
    };
    let hd = SensorSize {
        width: 1280,
        height: 720,
    };
    match header.get("system_ID")?.trim() {
        "21" | "23" | "25" | "28" | "41" => Some((Format::Evt2, vga)),
        "26" | "31" | "39" => Some((Format::Evt2, hd)),
        "30" | "48" | "49" | "50" => Some((Format::Evt3, hd)),
        "40" => Some((Format::Evt3, vga)),
        _ => None,
    }
}
