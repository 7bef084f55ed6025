//! Events to lines.

use super::MAX_SIZE;
use crate::codec::Pieces;
use crate::{Columns, Encode, Error, Event, SensorSize};

/// How lines are written.
///
/// ```
/// use spikelet_events::SensorSize;
/// use spikelet_events::format::csv::{Encoder, Layout};
///
/// assert!(Encoder::new(Layout::Metavision, SensorSize { width: 640, height: 480 }).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `x,y,p,t`, times in microseconds, no header: as Metavision writes it.
    Metavision,
    /// A first line `width height`, then `t x y p`, times in seconds: as RPG's tools and E2VID read it.
    Rpg,
}

impl Layout {
    const fn format(self) -> &'static str {
        match self {
            Self::Metavision => "csv",
            Self::Rpg => "rpg",
        }
    }
}

/// Events to lines.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::csv};
///
/// let size = SensorSize { width: 640, height: 480 };
/// let mut encoder = csv::Encoder::new(csv::Layout::Rpg, size)?;
/// let mut text = Vec::new();
/// let events = Columns::new(&[14_224_870], &[354], &[404], &[true])?;
/// encoder.push(events, &mut |piece| text.extend_from_slice(piece))?;
/// assert_eq!(text, b"14.224870 354 404 1\n");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    layout: Layout,
    size: SensorSize,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn new(layout: Layout, size: SensorSize) -> Result<Self, Error> {
        super::super::check_size(layout.format(), size, MAX_SIZE)?;
        Ok(Self {
            layout,
            size,
            events: 0,
        })
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        super::super::check_pixel(self.size, event, self.events)?;
        let Event { t, x, y, p } = event;
        let mut line = Line::new();
        match self.layout {
            Layout::Metavision => {
                line.byte(b'\n')
                    .time(t, false)
                    .byte(b',')
                    .byte(b'0' + p as u8);
                line.byte(b',').number(y as u64).byte(b',').number(x as u64);
            }
            Layout::Rpg => {
                line.byte(b'\n').byte(b'0' + p as u8).byte(b' ');
                line.number(y as u64).byte(b' ').number(x as u64);
                line.byte(b' ').time(t, true);
            }
        }
        out.put_all(line.bytes());
        self.events += 1;
        Ok(())
    }
}

/// A line that is written from its end.
struct Line {
    bytes: [u8; Self::LENGTH],
    start: usize,
}

impl Line {
    /// Time with sign and point 22, twice a coordinate 10, polarity, three separators, line feed.
    const LENGTH: usize = 40;

    const fn new() -> Self {
        Self {
            bytes: [0; Self::LENGTH],
            start: Self::LENGTH,
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    fn byte(&mut self, byte: u8) -> &mut Self {
        self.start = self.start.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(self.start) {
            *place = byte;
        }
        self
    }

    fn number(&mut self, mut value: u64) -> &mut Self {
        while value > 9 {
            self.byte(b'0' + (value % 10) as u8);
            value /= 10;
        }
        self.byte(b'0' + value as u8)
    }

    /// A time in microseconds, or in seconds with six digits after the point.
    fn time(&mut self, t: i64, is_seconds: bool) -> &mut Self {
        let mut value = t.unsigned_abs();
        if is_seconds {
            for _ in 0..6 {
                self.byte(b'0' + (value % 10) as u8);
                value /= 10;
            }
            self.byte(b'.');
        }
        self.number(value);
        if t < 0 {
            self.byte(b'-');
        }
        self
    }
}

impl Encode for Encoder {
    fn start(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.layout == Layout::Rpg {
            let mut line = Line::new();
            line.byte(b'\n').number(self.size.height as u64);
            line.byte(b' ').number(self.size.width as u64);
            sink(line.bytes());
        }
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let result = events
            .iter()
            .try_for_each(|event| self.event(event, &mut out));
        out.flush();
        result
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        0
    }
}
