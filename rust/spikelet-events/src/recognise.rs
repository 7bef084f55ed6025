//! Which format some bytes are, by their content.

/// What the first bytes of a file say.
///
/// ```
/// use spikelet_events::{Content, recognise};
///
/// assert_eq!(recognise(b"% evt 3.0\n% end\n\x01\x80"), Content::Prophesee);
/// assert_eq!(recognise(b""), Content::Empty);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A header in Prophesee's style; its keys say which encoding follows.
    Prophesee,
    /// AEDAT 2.0.
    Aedat2,
    /// Event Stream.
    EventStream,
    /// Lines of text.
    Text,
    /// AEDAT 1.0.
    Aedat1,
    /// AEDAT 3.1.
    Aedat3,
    /// AEDAT 4.0.
    Aedat4,
    /// A format known by name that is not read.
    Unreadable(&'static str),
    /// Nothing known: a format without a mark, or none of ours.
    Unmarked,
    /// No byte at all.
    Empty,
}

/// First bytes that [`recognise`] wants to see, if the file has as many.
pub const RECOGNISE_BYTES: usize = 4096;

/// Marks at the very start.
const MARKS: [(&[u8], Content); 14] = [
    (b"#!AER-DAT2.", Content::Aedat2),
    (b"#!AER-DAT1.", Content::Aedat1),
    (b"#!AER-DAT3.1", Content::Aedat3),
    (b"#!AER-DAT3.0", Content::Unreadable("AEDAT 3.0")),
    (b"#!AER-DAT4.0\r\n", Content::Aedat4),
    (
        b"#!AER-DAT3.",
        Content::Unreadable("AEDAT 3 other than 3.1"),
    ),
    (
        b"#!AER-DAT4.",
        Content::Unreadable("AEDAT 4 other than 4.0"),
    ),
    (
        b"#!AER-DAT",
        Content::Unreadable("AEDAT of a version that is not known"),
    ),
    (b"Event Stream", Content::EventStream),
    (b"\x93NUMPY", Content::Unreadable("numpy (.npy)")),
    (b"PK\x03\x04", Content::Unreadable("zip (.npz or other)")),
    (b"MATLAB 5.0 MAT-file", Content::Unreadable("MATLAB 5")),
    (b"\x1f\x8b\x08", Content::Unreadable("gzip")),
    (b"(\xb5/\xfd", Content::Unreadable("zstd")),
];

const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Looks at the first bytes of a file, [`RECOGNISE_BYTES`] or all it has.
///
/// ```
/// use spikelet_events::{Content, recognise};
///
/// assert_eq!(recognise(b"#!AER-DAT2.0\r\n"), Content::Aedat2);
/// assert_eq!(recognise(b"\x89HDF\r\n\x1a\n\0\0"), Content::Unreadable("HDF5"));
/// assert_eq!(recognise(&[7, 15, 0x80, 2, 0x8e]), Content::Unmarked);
/// ```
pub fn recognise(start: &[u8]) -> Content {
    if start.is_empty() {
        return Content::Empty;
    }
    if let Some((_, content)) = MARKS.iter().find(|(mark, _)| start.starts_with(mark)) {
        return *content;
    }
    // HDF5 may leave the first 512, 1024, ... bytes to the user.
    let blocks = [0, 512, 1024, 2048];
    if blocks
        .iter()
        .any(|&at| start.get(at..).is_some_and(|rest| rest.starts_with(HDF5)))
    {
        return Content::Unreadable("HDF5");
    }
    // Two bytes are no mark yet: the first pixel of a 40-bit recording may lie at (37, 32) or (35, 32).
    match start {
        _ if is_table(start) => Content::Text,
        [b'%', b' ', ..] if is_text(first_line(start)) => Content::Prophesee,
        [b'#', ..] if is_text(first_line(start)) && is_header_or_data(start) => Content::Aedat1,
        _ => Content::Unmarked,
    }
}

/// Whether lines are either comments or no text: a table of numbers may begin with a comment, too.
fn is_header_or_data(start: &[u8]) -> bool {
    let mut lines = start.split(|&byte| byte == b'\n');
    !is_text(start) || lines.all(|line| matches!(line, [] | [b'#', ..]))
}

/// Up to the first line feed, that included.
fn first_line(start: &[u8]) -> &[u8] {
    start
        .split_inclusive(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default()
}

/// Whether the bytes are text throughout, and some line is no remark: headers of other formats are all remarks.
fn is_table(start: &[u8]) -> bool {
    let is_row = |line: &[u8]| !matches!(line.trim_ascii(), [] | [b'#' | b'%', ..]);
    is_text(start) && start.split(|&byte| byte == b'\n').any(is_row)
}

/// Whether the bytes are text throughout, with a line end among them.
fn is_text(start: &[u8]) -> bool {
    let is_printable = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | 0x20..=0x7e);
    start.contains(&b'\n') && start.iter().all(is_printable)
}
