//! The plain values that decoders hand out.

use core::fmt;

/// One event: a pixel whose brightness changed.
///
/// ```
/// use spikelet_events::Event;
///
/// let event = Event { t: 654, x: 7, y: 15, p: true };
/// assert!(event.p, "true is ON: the pixel became brighter");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event {
    /// Time in microseconds, wraps undone, origin as stored.
    pub t: i64,
    /// Column, as stored.
    pub x: u16,
    /// Row, as stored.
    pub y: u16,
    /// Polarity: true is ON, brighter.
    pub p: bool,
}

/// One edge on an external trigger input of the camera.
///
/// ```
/// use spikelet_events::Trigger;
///
/// assert!(!Trigger { t: 14_547_491, id: 0, p: false }.p, "false is a falling edge");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trigger {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// Input channel.
    pub id: u8,
    /// True for a rising edge.
    pub p: bool,
}

/// Width and height of a sensor in pixels.
///
/// ```
/// use spikelet_events::SensorSize;
///
/// let size = SensorSize { width: 34, height: 34 };
/// assert!(size.contains(33, 0) && !size.contains(34, 0));
/// assert_eq!(size.to_string(), "34x34");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SensorSize {
    /// Columns; `x` lies below it.
    pub width: u32,
    /// Rows; `y` lies below it.
    pub height: u32,
}

impl SensorSize {
    /// Whether the pixel lies on the sensor.
    pub fn contains(self, x: u16, y: u16) -> bool {
        (x as u32) < self.width && (y as u32) < self.height
    }

    /// Whether both sides are at least one pixel and every pixel has a 16-bit address.
    pub fn is_addressable(self) -> bool {
        let sides = 1..=1 << 16;
        sides.contains(&self.width) && sides.contains(&self.height)
    }
}

impl fmt::Display for SensorSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Where `y` counts from.
///
/// ```
/// use spikelet_events::{Origin, format::Format};
///
/// assert_eq!(Format::Aedat2.origin(), Origin::LowerLeft);
/// assert_eq!(Origin::LowerLeft.name(), "lower-left");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Row 0 is the top row: Prophesee cameras and 40-bit records.
    UpperLeft,
    /// Row 0 is the bottom row: jAER's formats.
    LowerLeft,
}

impl Origin {
    /// `"upper-left"` or `"lower-left"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::UpperLeft => "upper-left",
            Self::LowerLeft => "lower-left",
        }
    }
}
