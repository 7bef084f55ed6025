//! Text headers: lines that begin with a mark, before the first data byte.

mod print;
mod prophesee;

use alloc::{string::String, vec::Vec};

pub use print::print;
#[cfg(feature = "std")]
pub(crate) use print::{SOURCE_KEY, print_in};
pub use prophesee::RawFacts;

use crate::Error;

/// Longest header that is read, in bytes.
pub const MAX_HEADER: usize = 1 << 20;
/// Longest line of a header that is read, in bytes.
pub const MAX_LINE: usize = 1 << 16;

/// How the header of a family of formats looks.
///
/// ```
/// use spikelet_events::header::{HeaderParser, HeaderStyle};
///
/// let mut parser = HeaderParser::new(HeaderStyle::HashEnd);
/// assert!(parser.push(b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n")?);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeaderStyle {
    /// Prophesee: `% key value`, optionally closed by `% end`.
    Percent,
    /// AEDAT: `# key: value`, optionally closed by `#End Of ASCII Header`.
    Hash,
    /// AEDAT 3.1: `#key: value`, closed by `#!END-HEADER`.
    HashEnd,
}

impl HeaderStyle {
    fn mark(self) -> &'static [u8] {
        match self {
            Self::Percent => b"% ",
            Self::Hash | Self::HashEnd => b"#",
        }
    }

    fn closing(self) -> &'static str {
        match self {
            Self::Percent => "% end",
            Self::Hash => "#End Of ASCII Header",
            Self::HashEnd => "#!END-HEADER",
        }
    }

    fn field(self, line: &str) -> Field {
        let text = line.get(self.mark().len()..).unwrap_or_default();
        let split = match self {
            Self::Percent => text.split_once(' '),
            // `# key: value`; `#` without the space leads free text such as jAER's preferences.
            Self::Hash => text
                .strip_prefix(' ')
                .and_then(|text| text.split_once(": ")),
            Self::HashEnd => text.split_once(": "),
        };
        let (key, value) = split.unwrap_or((text, ""));
        Field {
            key: key.into(),
            value: value.into(),
        }
    }
}

/// One line of a header.
///
/// ```
/// use spikelet_events::header::Field;
///
/// let line = Field { key: "geometry".into(), value: "1280x720".into() };
/// assert_eq!(line.key, "geometry");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key, verbatim; the whole line where it has no value.
    pub key: String,
    /// The value, verbatim.
    pub value: String,
}

/// The lines of a header in file order.
///
/// ```
/// use spikelet_events::header::{Field, Header};
///
/// let fields = vec![Field { key: "evt".into(), value: "3.0".into() }];
/// assert_eq!(Header { fields, bytes: 10 }.get("evt"), Some("3.0"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Keys and values.
    pub fields: Vec<Field>,
    /// Length in bytes: the offset of the first data byte.
    pub bytes: usize,
}

impl Header {
    /// The value of the first line with this key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.key == key);
        field.map(|field| field.value.as_str())
    }
}

/// Takes bytes until the header is over.
///
/// ```
/// use spikelet_events::header::{HeaderParser, HeaderStyle};
///
/// let mut parser = HeaderParser::new(HeaderStyle::Percent);
/// assert!(!parser.push(b"% evt 3.0\n% geome")?);
/// assert!(parser.push(b"try 1280x720\n% end\n\x01\x80")?);
/// let (header, bytes) = parser.into_parts();
/// assert_eq!(header.get("geometry"), Some("1280x720"));
/// assert_eq!(bytes[header.bytes..], [0x01, 0x80], "what was pushed beyond the header is handed back");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeaderParser {
    style: HeaderStyle,
    bytes: Vec<u8>,
    header: Header,
    /// Bytes of the current line known to hold no line feed.
    scanned: usize,
    is_done: bool,
}

impl HeaderParser {
    /// A parser before the first byte.
    pub const fn new(style: HeaderStyle) -> Self {
        let header = Header {
            fields: Vec::new(),
            bytes: 0,
        };
        Self {
            style,
            bytes: Vec::new(),
            header,
            scanned: 0,
            is_done: false,
        }
    }

    /// Takes more bytes; true once the header is over.
    ///
    /// # Errors
    /// [`Error::HeaderLong`]: the header or a line passes its limit; [`Error::HeaderByte`]: a Prophesee
    /// line holds a byte that is no text (an AEDAT line of that kind is the first of the data).
    pub fn push(&mut self, input: &[u8]) -> Result<bool, Error> {
        self.bytes.extend_from_slice(input);
        while !self.is_done && self.line()? {}
        Ok(self.is_done)
    }

    /// Ends the input.
    ///
    /// # Errors
    /// [`Error::HeaderCut`]: it ends inside a Prophesee line.
    pub fn finish(&mut self) -> Result<(), Error> {
        let start = self.header.bytes;
        let line = self.bytes.get(start..).unwrap_or_default();
        let is_cut = !self.is_done && line.starts_with(HeaderStyle::Percent.mark());
        self.is_done = true;
        if is_cut {
            Err(Error::HeaderCut {
                offset: start as u64,
            })
        } else {
            Ok(())
        }
    }

    /// The header, and all bytes pushed; the data among them begin at [`Header::bytes`].
    pub fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.bytes)
    }

    /// Takes one line; false when more bytes are needed.
    fn line(&mut self) -> Result<bool, Error> {
        let start = self.header.bytes;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let mark = self.style.mark();
        if !rest.starts_with(mark) {
            // A first part of the mark at the end may still become one.
            self.is_done = !mark.starts_with(rest);
            return Ok(self.is_done);
        }
        let fresh = rest.get(self.scanned..).unwrap_or_default();
        let end = fresh.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(rest.len(), |at| self.scanned + at);
        let text = fresh.get(..length - self.scanned).unwrap_or_default();
        if let Some(at) = text.iter().position(|&byte| !is_text(byte)) {
            return self.not_text(self.scanned + at);
        }
        if length > MAX_LINE {
            return self.too_long("header line", start, MAX_LINE);
        }
        if start + length > MAX_HEADER {
            let limit = MAX_HEADER;
            return Err(Error::HeaderLong {
                what: "header",
                offset: 0,
                limit,
            });
        }
        self.scanned = length;
        if end.is_some() {
            self.take_line(length);
        }
        Ok(end.is_some())
    }

    /// The current line is `length` bytes long and ends with a line feed.
    fn take_line(&mut self, length: usize) {
        let start = self.header.bytes;
        let line = self.bytes.get(start..start + length).unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.trim_end() == self.style.closing() {
            self.is_done = true;
        } else {
            self.header.fields.push(self.style.field(line));
        }
        self.header.bytes = start + length + 1;
        self.scanned = 0;
    }

    fn not_text(&mut self, at: usize) -> Result<bool, Error> {
        let offset = self.header.bytes + at;
        let byte = self.bytes.get(offset).copied().unwrap_or_default();
        self.data_or(Error::HeaderByte {
            offset: offset as u64,
            byte,
        })
    }

    fn too_long(&mut self, what: &'static str, start: usize, limit: usize) -> Result<bool, Error> {
        self.data_or(Error::HeaderLong {
            what,
            offset: start as u64,
            limit,
        })
    }

    /// A first AEDAT record may begin with the byte of `#`; a Prophesee line that is no text is damaged.
    fn data_or(&mut self, error: Error) -> Result<bool, Error> {
        match self.style {
            HeaderStyle::Hash | HeaderStyle::HashEnd => {
                self.is_done = true;
                Ok(true)
            }
            HeaderStyle::Percent => Err(error),
        }
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\r' | 0x20..=0x7e | 0x80..)
}
