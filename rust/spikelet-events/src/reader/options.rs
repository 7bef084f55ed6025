//! What a caller says of a file, and who told its format.

use std::string::String;

use crate::SensorSize;
use crate::format::{Format, csv::Order};

/// What the caller knows better than the file.
///
/// ```
/// let options = spikelet_events::ReadOptions { chip: Some("davis240".into()), ..Default::default() };
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format; by content and extension where it is not given.
    pub format: Option<Format>,
    /// The sensor size; goes before that of the header.
    pub sensor_size: Option<SensorSize>,
    /// The chip of an AEDAT 2 recording; goes before that of the header.
    pub chip: Option<String>,
    /// The order of the columns of a text; by its names or numbers where it is not given.
    pub order: Option<Order>,
    /// The number of the stream or source that the events are read from, where a file may hold several.
    pub stream: Option<i32>,
    /// Whether events that the camera's software marked invalid are handed out.
    pub keep_invalid: bool,
}

/// How a format was found out.
///
/// ```
/// assert_eq!(spikelet_events::RecognisedBy::Content.name(), "content");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecognisedBy {
    /// By the bytes of the file.
    Content,
    /// By the file name, for formats without any mark.
    Extension,
    /// By the caller.
    Given,
}

impl RecognisedBy {
    /// `"content"`, `"extension"` or `"given"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Extension => "extension",
            Self::Given => "given",
        }
    }
}
