use spikelet_events::SensorSize;
use thiserror::Error;

/// Why events could not become frames.
///
/// ```
/// use std::num::NonZeroU64;
/// use spikelet_frames::{Error, Window};
///
/// let window = Window::ByCount { n: NonZeroU64::MIN, drop_last: false };
/// let error = window.slices(&[5, 6, 7], 2).unwrap_err();
/// assert_eq!(error, Error::TooMany { frames: 3, limit: 2 });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The sensor has no pixel.
    #[error("the sensor must have at least 1x1 pixels, got {size}")]
    NoPixels {
        /// Its size.
        size: SensorSize,
    },
    /// The sensor has more pixels than frames are made of.
    #[error(
        "frames must have less than 2^32 cells, got those of {size} pixels; crop the recording first"
    )]
    Vast {
        /// Its size.
        size: SensorSize,
    },
    /// A window would give more slices than the caller is ready to hold.
    #[error("the window must give at most {limit} frames, got {frames}; take longer windows")]
    TooMany {
        /// Slices that the window gives.
        frames: u64,
        /// The caller's limit.
        limit: u64,
    },
    /// The last timestamp lies before the first one.
    #[error("`t` must not go backwards, got {first} first and {last} last; sort the events by `t`")]
    Backwards {
        /// First timestamp in microseconds.
        first: i64,
        /// Last timestamp in microseconds.
        last: i64,
    },
    /// A `SpikingJelly` window by time met a bin without events, where `SpikingJelly` raises.
    #[error(
        "time bin {bin} of {bins} must hold an event, got none in the {width} us from t = {start}; \
         take `IntoByTime({bins})`, which gives an empty frame, or fewer bins"
    )]
    EmptyBin {
        /// Index of the bin.
        bin: u64,
        /// Bins asked for.
        bins: u64,
        /// First microsecond of the bin.
        start: i64,
        /// Microseconds in one bin.
        width: u64,
    },
    /// A `SpikingJelly` window by duration met events without a duration, where `SpikingJelly` raises.
    #[error(
        "the recording must last at least 1 us, got {events} events at one instant; \
         take `ByTime(us={us})`, which gives one frame"
    )]
    NoDuration {
        /// Events in the recording.
        events: usize,
        /// Microseconds in one window.
        us: u64,
    },
    /// A slice reaches outside the recording, or ends before it starts.
    #[error("slice {slice} must lie in the {events} events, got {start}..{stop}")]
    Slice {
        /// Index of the slice.
        slice: usize,
        /// Its first event.
        start: usize,
        /// One past its last event.
        stop: usize,
        /// Events in the recording.
        events: usize,
    },
    /// The memory for the frames has another size than the slices need.
    #[error("`frames` must have {expected} cells, got {found}")]
    Cells {
        /// Cells needed: slices times the cells of one frame.
        expected: usize,
        /// Cells given.
        found: usize,
    },
    /// Signed frames were asked of a type, or a representation, that has no values below 0.
    #[error("signed frames must be of a type with a sign and count events, got one without")]
    Unsigned,
    /// A number that describes a representation lies outside its rule.
    #[error("`{name}` must be {rule}, got {value}")]
    Number {
        /// What the number is called.
        name: &'static str,
        /// Which values it may have.
        rule: &'static str,
        /// The value given, as it prints.
        value: String,
    },
    /// A surface is to be seen from a time before its last event.
    #[error(
        "reference time of frame {frame} must not lie before its last event at t = {last}, got {reference}; \
         take the end of the window"
    )]
    Reference {
        /// Index of the frame.
        frame: usize,
        /// The reference time in microseconds.
        reference: i64,
        /// Time of the last event in microseconds.
        last: i64,
    },
    /// The reference times are not as many as the frames.
    #[error("reference times must be one for each of the {frames} frames, got {found}")]
    References {
        /// Number of frames.
        frames: usize,
        /// Reference times given.
        found: usize,
    },
    /// An event lies outside the sensor.
    #[error("event {event} lies at x = {x}, y = {y} but the sensor has {size} pixels")]
    Outside {
        /// Index of the first such event of the first frame that has one.
        event: usize,
        /// Its column.
        x: u16,
        /// Its row.
        y: u16,
        /// Size of the sensor.
        size: SensorSize,
    },
}
