//! Events to lines.

use core::fmt::Write;

use super::MAX_SIZE;
use super::line::{Line, Places, Short};
use crate::codec::Pieces;
use crate::format::check_pixel;
use crate::format::plain::largest;
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
            high: High::new(layout, 0, false),
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

    /// Encodes events, up to the first one outside the sensor.
    fn block(&mut self, events: Columns<'_>, out: &mut Pieces<'_>) -> Result<(), Error> {
        if self.size.contains(largest(events.x()), largest(events.y())) {
            self.lines(events, out);
            return Ok(());
        }
        let mut rest = events;
        while let Some(event) = rest.get(0) {
            check_pixel(self.size, event, self.events)?;
            let (event, after) = rest.split_at(1);
            self.lines(event, out);
            rest = after;
        }
        Ok(())
    }

    /// Encodes events of the sensor.
    fn lines(&mut self, events: Columns<'_>, out: &mut Pieces<'_>) {
        // At hand: in memory, it would be read again after each store into a line.
        let mut high = self.high.clone();
        match self.layout {
            Layout::Metavision => events.iter().for_each(|event| {
                out.put_with(|places| high.metavision(event, Places { places, len: 0 }));
            }),
            Layout::Rpg => events.iter().for_each(|event| {
                out.put_with(|places| high.rpg(event, Places { places, len: 0 }));
            }),
        }
        self.high = high;
        self.events += events.len() as u64;
    }
}

/// Events that are looked at together before they are encoded.
const BLOCK: usize = 64;

/// Microseconds that the last four digits of a time count.
const STEP: u64 = 10_000;

/// The beginning of a time, as a text.
#[derive(Clone, Debug)]
struct High {
    /// Microseconds it stands for, whole steps.
    from: u64,
    is_negative: bool,
    text: [u8; Line::LENGTH],
    len: usize,
}

impl High {
    #[cold]
    fn new(layout: Layout, from: u64, is_negative: bool) -> Self {
        let (sign, steps) = (if is_negative { "-" } else { "" }, from / STEP);
        let mut line = Line::default();
        let written = match layout {
            Layout::Metavision if steps == 0 => write!(line, "{sign}"),
            Layout::Metavision => write!(line, "{sign}{steps}"),
            Layout::Rpg => write!(line, "{sign}{}.{:02}", steps / 100, steps % 100),
        };
        debug_assert!(written.is_ok(), "a line takes all that fits");
        let Line { bytes: text, len } = line;
        Self {
            from,
            is_negative,
            text,
            len,
        }
    }

    /// What the last four digits of a time count, once those in front of them are here.
    #[inline]
    fn low(&mut self, layout: Layout, t: i64) -> u32 {
        let (micros, is_negative) = (t.unsigned_abs(), t < 0);
        let mut low = micros.wrapping_sub(self.from);
        if low >= STEP || is_negative != self.is_negative {
            low = micros % STEP;
            *self = Self::new(layout, micros - low, is_negative);
        }
        low as u32
    }

    /// Writes a line and says how long it is.
    #[inline]
    fn metavision(&mut self, Event { t, x, y, p }: Event, mut line: Places<'_>) -> usize {
        let low = self.low(Layout::Metavision, t);
        line.put_short(Short::number(x).followed_by(*b","));
        line.put_short(Short::number(y).followed_by([b',', b'0' + p as u8, b',']));
        line.put(self.text, self.len);
        let low = match self.from {
            0 => Short::number(low as u16),
            _ => Short::four(low),
        };
        line.put_short(low.followed_by(*b"\n"));
        line.len
    }

    /// The same of the other layout.
    #[inline]
    fn rpg(&mut self, Event { t, x, y, p }: Event, mut line: Places<'_>) -> usize {
        let low = self.low(Layout::Rpg, t);
        line.put(self.text, self.len);
        line.put_short(Short::four(low).followed_by(*b" "));
        line.put_short(Short::number(x).followed_by(*b" "));
        line.put_short(Short::number(y).followed_by([b' ', b'0' + p as u8, b'\n']));
        line.len
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
        let (mut rest, mut result) = (events, Ok(()));
        while result.is_ok() && !rest.is_empty() {
            let (block, after) = rest.split_at(BLOCK);
            result = self.block(block, &mut out);
            rest = after;
        }
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
