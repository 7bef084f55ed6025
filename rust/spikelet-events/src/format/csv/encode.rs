//! Events to lines.

use core::fmt::Write;

use super::MAX_SIZE;
use super::line::{Line, Short};
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
    high: High,
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
            high: High::new(layout, (0, false)),
        })
    }

    /// The encoder behind these events, if it refuses none of them.
    #[cfg(feature = "std")]
    pub(in crate::format) fn behind(&self, events: Columns<'_>) -> Self {
        let events = self.events + events.len() as u64;
        Self {
            events,
            ..self.clone()
        }
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        super::super::check_pixel(self.size, event, self.events)?;
        let Event { t, x, y, p } = event;
        let low = (t.unsigned_abs() % STEP) as u32;
        let (short, p) = (Short::default(), b'0' + p as u8);
        match self.layout {
            Layout::Metavision => {
                short.with_number(x).with(b',').put_to(out);
                let y = short.with_number(y).with(b',');
                y.with(p).with(b',').put_to(out);
                self.high(t).put_to(out);
                let low = match self.high.of {
                    (0, _) => short.with_number(low as u16),
                    _ => short.with_four(low),
                };
                low.with(b'\n').put_to(out);
            }
            Layout::Rpg => {
                self.high(t).put_to(out);
                short.with_four(low).with(b' ').put_to(out);
                short.with_number(x).with(b' ').put_to(out);
                let y = short.with_number(y).with(b' ');
                y.with(p).with(b'\n').put_to(out);
            }
        }
        self.events += 1;
        Ok(())
    }

    /// The digits of a time in front of the last four, which many events share.
    #[inline]
    fn high(&mut self, t: i64) -> &High {
        let of = (t.unsigned_abs() / STEP, t < 0);
        if self.high.of != of {
            self.high = High::new(self.layout, of);
        }
        &self.high
    }
}

/// Microseconds that the last four digits of a time count.
const STEP: u64 = 10_000;

/// The beginning of a time, as a text.
#[derive(Clone, Debug)]
struct High {
    /// Steps, and whether the time is below 0.
    of: (u64, bool),
    text: [u8; Line::LENGTH],
    len: usize,
}

impl High {
    fn new(layout: Layout, of: (u64, bool)) -> Self {
        let (steps, is_negative) = of;
        let sign = if is_negative { "-" } else { "" };
        let mut line = Line::default();
        let written = match layout {
            Layout::Metavision if steps == 0 => write!(line, "{sign}"),
            Layout::Metavision => write!(line, "{sign}{steps}"),
            Layout::Rpg => write!(line, "{sign}{}.{:02}", steps / 100, steps % 100),
        };
        debug_assert!(written.is_ok(), "a line takes all that fits");
        let Line { bytes: text, len } = line;
        Self { of, text, len }
    }

    #[inline]
    fn put_to(&self, out: &mut Pieces<'_>) {
        out.put_first(self.text, self.len);
    }
}

impl Encode for Encoder {
    fn start(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.layout == Layout::Rpg {
            let mut line = Line::default();
            let written = writeln!(line, "{} {}", self.size.width, self.size.height);
            debug_assert!(written.is_ok(), "a line takes all that fits");
            sink(line.bytes.split_at(line.len).0);
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
