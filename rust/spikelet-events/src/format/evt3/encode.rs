//! Events to EVT 3.0 words.

use super::{COUNTER, MAX_SIZE, NAME};
use crate::codec::Pieces;
use crate::format::in_order::EncodeTriggers;
use crate::format::{check_pixel, check_size};
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize, Trigger};

/// Events to words, few of them: only what changes is written, and runs in a row as vectors.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::evt3};
///
/// let mut encoder = evt3::Encoder::new(SensorSize { width: 1280, height: 720 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[4112], &[5], &[100], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0x01, 0x80, 0x10, 0x60, 0x64, 0x00, 0x05, 0x28]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    /// Multiple of the period below the first event.
    offset: i64,
    previous: Option<i64>,
    /// What a decoder takes for the row.
    y: Option<u16>,
    events: u64,
}

/// Columns that one group of three vectors covers, in 4 words.
const GROUP_COLUMNS: u16 = 32;
/// The number of an input has 4 bits.
pub(in crate::format) const INPUTS: (u8, &str) = (15, "be numbered 0 to 15");
/// From this many events on, a group is as short as single columns or shorter.
const GROUP_EVENTS: usize = 4;

impl Encoder {
    /// An encoder at the start of a recording.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn new(size: SensorSize) -> Result<Self, Error> {
        check_size(NAME, size, MAX_SIZE)?;
        Ok(Self {
            size,
            offset: 0,
            previous: None,
            y: None,
            events: 0,
        })
    }

    /// Takes the event at `start` with those after it that fit into one group; returns how many.
    fn run(
        &mut self,
        events: Columns<'_>,
        start: usize,
        out: &mut Pieces<'_>,
    ) -> Result<usize, Error> {
        let Some(first) = events.get(start) else {
            return Ok(0);
        };
        check_pixel(self.size, first, self.events)?;
        self.check_time(first.t)?;
        self.time_and_row(first, out);
        let mask = self.group(first, events, start);
        let count = mask.count_ones() as usize;
        let polarity = (first.p as u16) << 11;
        let has_columns = first.x as u32 + GROUP_COLUMNS as u32 <= self.size.width;
        if count >= GROUP_EVENTS && has_columns {
            out.put((0x3000 | polarity | first.x).to_le_bytes());
            out.put((0x4000 | (mask & 0xfff) as u16).to_le_bytes());
            out.put((0x4000 | (mask >> 12 & 0xfff) as u16).to_le_bytes());
            out.put((0x5000 | (mask >> 24) as u16).to_le_bytes());
        } else {
            let mut left = mask;
            while left != 0 {
                let x = first.x + left.trailing_zeros() as u16;
                out.put((0x2000 | polarity | x).to_le_bytes());
                left &= left - 1;
            }
        }
        self.events += count as u64;
        Ok(count)
    }

    fn check_time(&mut self, t: i64) -> Result<(), Error> {
        match self.previous {
            Some(previous) if previous == t => {}
            Some(previous) => COUNTER.check(previous, t, self.events)?,
            None => self.offset = COUNTER.floor(t),
        }
        Ok(())
    }

    fn time_and_row(&mut self, event: Event, out: &mut Pieces<'_>) {
        let Event { t, y, .. } = event;
        if self.previous != Some(t) {
            self.time(t, out);
        }
        if self.y != Some(y) {
            out.put(y.to_le_bytes());
            self.y = Some(y);
        }
    }

    fn time(&mut self, t: i64, out: &mut Pieces<'_>) {
        COUNTER.highs(self.previous, t, |high| {
            out.put((0x8000 | high as u16).to_le_bytes());
        });
        // Also where it is the 0 that a new upper time stands for: some readers keep the lower time of before.
        out.put((0x6000 | (t & 0xfff) as u16).to_le_bytes());
        self.previous = Some(t);
    }

    /// The columns from the first event's on, as bits, of the events that one group holds.
    fn group(&self, first: Event, events: Columns<'_>, start: usize) -> u32 {
        let Event { t, x: base, y, p } = first;
        let columns = (self.size.width - base as u32).min(GROUP_COLUMNS as u32);
        let mut mask = 1;
        let mut next = base + 1;
        for event in (start + 1..).map_while(|index| events.get(index)) {
            let is_same = event.t == t && event.y == y && event.p == p;
            if !is_same || event.x < next || (event.x - base) as u32 >= columns {
                break;
            }
            mask |= 1 << (event.x - base);
            next = event.x + 1;
        }
        mask
    }
}

impl EncodeTriggers for Encoder {
    const FORMAT: &'static str = NAME;
    const INPUTS: (u8, &'static str) = INPUTS;

    fn trigger(&mut self, trigger: Trigger, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.check_time(trigger.t)?;
        let mut out = Pieces::new(sink);
        if self.previous != Some(trigger.t) {
            self.time(trigger.t, &mut out);
        }
        let word = 0xa000 | (trigger.id as u16) << 8 | trigger.p as u16;
        out.put(word.to_le_bytes());
        out.flush();
        Ok(())
    }
}

impl Encode for Encoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        self.push_in_order(events, beside, sink)
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let mut taken = 0;
        let mut result = Ok(());
        while taken < events.len() && result.is_ok() {
            result = self.run(events, taken, &mut out).map(|more| taken += more);
        }
        out.flush();
        result
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        self.offset
    }
}
