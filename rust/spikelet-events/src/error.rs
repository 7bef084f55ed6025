//! The one error type of the crate.

use crate::SensorSize;

/// Everything that can go wrong between bytes and events.
///
/// ```
/// use spikelet_events::{Columns, Encode, Error, SensorSize, format::bin40};
///
/// let mut encoder = bin40::Encoder::new(SensorSize { width: 34, height: 34 })?;
/// let refused = encoder.push(Columns::new(&[0], &[40], &[0], &[true])?, &mut |_| ());
/// assert_eq!(
///     refused.map_err(|error| error.to_string()),
///     Err("event 0: `x` must be below 34, got 40; drop it or give the right sensor size".into()),
/// );
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Columns of one recording differ in length.
    #[error(
        "`t`, `x`, `y`, `p` must be equally long, got {t}, {x}, {y}, {p}; pass one value of each per event"
    )]
    Lengths {
        /// Number of times.
        t: usize,
        /// Number of pixel columns.
        x: usize,
        /// Number of pixel rows.
        y: usize,
        /// Number of polarities.
        p: usize,
    },

    /// A pixel lies outside the sensor.
    #[error(
        "event {index}: `{axis}` must be below {limit}, got {value}; drop it or give the right sensor size"
    )]
    OutOfBounds {
        /// `"x"` or `"y"`.
        axis: &'static str,
        /// Width or height of the sensor.
        limit: u32,
        /// The coordinate.
        value: u16,
        /// Which event, from 0.
        index: u64,
    },

    /// A time lies before the first one that the format can store.
    #[error("event {index}: `t` must be at least 0 in {format}, got {t}; shift all times first")]
    Early {
        /// Name of the format.
        format: &'static str,
        /// Which event, from 0.
        index: u64,
        /// The time.
        t: i64,
    },

    /// A time lies after the last one that the format can store.
    #[error(
        "event {index}: `t` must be at most {latest} in {format}, got {t}; shift all times first"
    )]
    Late {
        /// Name of the format.
        format: &'static str,
        /// Which event, from 0.
        index: u64,
        /// The time.
        t: i64,
        /// The last time that it can store.
        latest: i64,
    },

    /// A step back in time that the format would store as a step forward.
    #[error(
        "event {index}: `t` must not step back across a wrap of the {format} time counter, \
         got {t} after {previous}; sort the events by `t` first"
    )]
    Backward {
        /// Name of the format.
        format: &'static str,
        /// Which event, from 0.
        index: u64,
        /// The time before.
        previous: i64,
        /// The time.
        t: i64,
    },

    /// A step back in time, for which the format has no place at all.
    #[error(
        "event {index}: `t` must not step back in {format}, got {t} after {previous}; sort the events by `t` first"
    )]
    Unsorted {
        /// Name of the format.
        format: &'static str,
        /// Which event, from 0.
        index: u64,
        /// The time before.
        previous: i64,
        /// The time.
        t: i64,
    },

    /// A compressed chunk of events breaks a rule of its codec.
    #[error("byte {offset} of the chunk must {rule}; the chunk is damaged")]
    Chunk {
        /// Where reading stopped, counted from the start of the chunk.
        offset: usize,
        /// What it breaks.
        rule: &'static str,
    },

    /// More events than one chunk can hold.
    #[error(
        "a chunk of {format} must hold at most {limit} events, got {events}; encode them in pieces"
    )]
    ChunkLong {
        /// Name of the codec.
        format: &'static str,
        /// The largest number.
        limit: usize,
        /// How many there were.
        events: usize,
    },

    /// A pause that the format cannot express within reason.
    #[error(
        "event {index}: `t` must follow within {longest} microseconds in {format}, got {t} after {previous}; \
         shift the times or split the recording"
    )]
    Gap {
        /// Name of the format.
        format: &'static str,
        /// Which event, from 0.
        index: u64,
        /// The time before, 0 at the start.
        previous: i64,
        /// The time.
        t: i64,
        /// The longest pause that is written.
        longest: i64,
    },

    /// A sensor is too large for the format, or has no pixel.
    #[error(
        "`sensor_size` must be 1x1 to {largest} for {format}, got {size}; choose another format"
    )]
    Size {
        /// Name of the format.
        format: &'static str,
        /// The largest size.
        largest: SensorSize,
        /// The size asked for.
        size: SensorSize,
    },

    /// No layout is known for sensors of this size.
    #[error(
        "`sensor_size` must be that of a jAER chip for aedat2, got {size}; pass `chip` or choose another format"
    )]
    NoChip {
        /// The size asked for.
        size: SensorSize,
    },

    /// An AEDAT 2 header does not say which chip recorded it.
    #[error(
        "the header must name the chip in a line `# AEChip:`, got none; pass `chip`, one of {known}"
    )]
    ChipMissing {
        /// The chips that can be read.
        known: &'static str,
    },

    /// The chip has an address layout that is not known.
    #[cfg(feature = "alloc")]
    #[error(
        "`chip` must be one of {known}, got `{name}`; pass the one whose addresses the file holds"
    )]
    ChipUnknown {
        /// The chips that can be read.
        known: &'static str,
        /// The name in the header or the argument.
        name: alloc::string::String,
    },

    /// The bytes are of a format that is known by name but not read.
    #[error(
        "content must be of a format that is read here ({readable}), got {found}; convert it first"
    )]
    Unreadable {
        /// What the bytes are.
        found: &'static str,
        /// Names of the formats that are read.
        readable: &'static str,
    },

    /// The bytes are of no known format.
    #[error(
        "content must be of a known format ({readable}), got {found}; pass `format` if you know it"
    )]
    Unknown {
        /// What stands there instead.
        found: &'static str,
        /// Names of the formats that are read.
        readable: &'static str,
    },

    /// The format asked for is not the one of the content.
    #[error(
        "`format` must agree with the content, got {asked} for a file of {found}; leave `format` out"
    )]
    Mismatch {
        /// The format asked for.
        asked: &'static str,
        /// What the content is.
        found: &'static str,
    },

    /// A header value cannot be understood.
    #[cfg(feature = "alloc")]
    #[error(
        "header key `{key}` must read {rule}, got `{value}`; correct the header or pass the value yourself"
    )]
    HeaderValue {
        /// The key.
        key: alloc::string::String,
        /// What is allowed.
        rule: &'static str,
        /// What stands there.
        value: alloc::string::String,
    },

    /// A DAT file holds records that are no events of pixels.
    #[error(
        "the two bytes after the header must be event type 0x00 or 0x0c and event size 8, \
         got type {kind:#04x} and size {size}; the file is damaged or holds other events"
    )]
    RecordType {
        /// The event type.
        kind: u8,
        /// Bytes per event.
        size: u8,
    },

    /// The format has no place for a header.
    #[error(
        "`header` must be empty for {format}, which has none; leave it out or choose another format"
    )]
    NoHeader {
        /// Name of the format.
        format: &'static str,
    },

    /// A header, or one of its lines, is too long.
    #[error(
        "{what} at byte {offset} must be at most {limit} bytes long; the file is damaged or of another format"
    )]
    HeaderLong {
        /// `"header"` or `"header line"`.
        what: &'static str,
        /// Where it starts.
        offset: u64,
        /// The limit in bytes.
        limit: usize,
    },

    /// A header line holds a byte that is no text.
    #[error(
        "header byte {offset} must be printable text, got {byte:#04x}; the file is damaged or of another format"
    )]
    HeaderByte {
        /// Where it stands.
        offset: u64,
        /// The byte.
        byte: u8,
    },

    /// The file ends inside its header.
    #[error(
        "header line at byte {offset} must end with a line feed, got the end of the file; the file is cut"
    )]
    HeaderCut {
        /// Where the last line starts.
        offset: u64,
    },

    /// What is remembered of each pixel cannot be held.
    #[error(
        "a sensor must have 1 to 268435456 pixels that fit into memory, got {pixels}; make it smaller"
    )]
    Memory {
        /// Width times height.
        pixels: u64,
    },

    /// The format needs the standard library.
    #[error(
        "{format} must be built with the feature `std`, got without; add it to the features of spikelet-events"
    )]
    NeedsStd {
        /// Name of the format.
        format: &'static str,
    },

    /// The format does not compress.
    #[error("`compression` must be none for {format}, got another; leave it out or write aedat4")]
    NoCompression {
        /// Name of the format.
        format: &'static str,
    },

    /// A file of this format holds one stream only.
    #[error("`stream` must be left out for {format}, which holds one stream only, got {stream}")]
    NoStreams {
        /// Name of the format.
        format: &'static str,
        /// The stream asked for.
        stream: i32,
    },

    /// The header lists no such stream of events, or no such source.
    #[cfg(feature = "alloc")]
    #[error(
        "`stream` must be one of events ({known}), got {stream}; leave it out to let the file choose"
    )]
    StreamUnknown {
        /// The streams of events in the header.
        known: alloc::string::String,
        /// The stream asked for.
        stream: i32,
    },

    /// The file ends inside its binary header.
    #[error("header must be {length} bytes long as it says, got {got}; the file is cut")]
    HeaderShort {
        /// What the header says, 0 where it ends before that.
        length: u64,
        /// Bytes of the file.
        got: u64,
    },

    /// An Event Stream of another major version.
    #[error("Event Stream version must be 2, got {major}; convert the file to version 2")]
    EsVersion {
        /// The major version.
        major: u8,
    },

    /// An Event Stream of items that are not read.
    #[error(
        "Event Stream type must be 0 (generic), 1 (DVS), 2 (ATIS) or 4 (colour), got {kind}{}; convert the file",
        if *.kind == 3 { " (display)" } else { "" }
    )]
    EsKind {
        /// The number of the type.
        kind: u8,
    },

    /// What stands beside the events, or an option, does not fit the format.
    #[error("`{what}` must {rule} in {format}; change that or choose another format")]
    Unfit {
        /// Its name.
        what: &'static str,
        /// What is allowed.
        rule: &'static str,
        /// Name of the format.
        format: &'static str,
    },

    /// A text whose layout cannot be told.
    #[error(
        "line {line} must hold {rule}; pass `order`, for example \"t x y p\", if you know the columns"
    )]
    Text {
        /// Which line, from 1.
        line: u64,
        /// What is allowed.
        rule: &'static str,
    },

    /// The simulator was given what it cannot show.
    #[cfg(feature = "alloc")]
    #[error(transparent)]
    Simulate(#[from] crate::simulate::Refusal),

    /// Reading or writing failed.
    #[cfg(feature = "std")]
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
