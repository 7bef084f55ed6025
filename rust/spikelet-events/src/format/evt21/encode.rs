//! Events to EVT 2.1 words.

use super::{ByteOrder, COUNTER, LANES, MAX_SIZE, NAME};
use crate::codec::Pieces;
use crate::format::in_order::EncodeTriggers;
use crate::format::{check_pixel, check_size, evt2};
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize, Trigger};

/// Events to words.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::evt21};
///
/// let mut encoder = evt21::Encoder::new(SensorSize { width: 1280, height: 720 }, evt21::ByteOrder::Little)?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[1029, 1029], &[64, 66], &[100; 2], &[true; 2])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0, 0, 0, 0, 0x10, 0, 0, 0x80, 0x05, 0, 0, 0, 0x64, 0, 0x42, 0x11]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    order: ByteOrder,
    /// Multiple of the period below the first event.
    offset: i64,
    previous: Option<i64>,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn new(size: SensorSize, order: ByteOrder) -> Result<Self, Error> {
        check_size(NAME, size, MAX_SIZE)?;
        Ok(Self {
            size,
            order,
            offset: 0,
            previous: None,
            events: 0,
        })
    }

    /// Takes the first of the events with those after it that fit into its word; gives back the others.
    fn word<'a>(
        &mut self,
        events: Columns<'a>,
        out: &mut Pieces<'_>,
    ) -> Result<Columns<'a>, Error> {
        let Some(first) = events.get(0) else {
            return Ok(events);
        };
        check_pixel(self.size, first, self.events)?;
        let low = self.time(first.t, out)?;
        let base = first.x & !(LANES as u16 - 1);
        let mask = self.mask(events, first, base);
        let high = (first.p as u32) << 28 | low << 22 | (base as u32) << 11 | first.y as u32;
        out.put(self.order.word(high, mask));
        self.events += mask.count_ones() as u64;
        Ok(events.split_at(mask.count_ones() as usize).1)
    }

    /// Leads the counter to `t` and returns the bits that its own word carries.
    fn time(&mut self, t: i64, out: &mut Pieces<'_>) -> Result<u32, Error> {
        match self.previous {
            Some(previous) if previous == t => {}
            Some(previous) => COUNTER.check(previous, t, self.events)?,
            None => self.offset = COUNTER.floor(t),
        }
        COUNTER.highs(self.previous, t, |high| {
            out.put(self.order.word(0x8000_0000 | high, 0));
        });
        self.previous = Some(t);
        Ok((t & 0x3f) as u32)
    }

    /// The columns of the events from `first` on that a decoder would give back in the same order.
    fn mask(&self, events: Columns<'_>, first: Event, base: u16) -> u32 {
        let end = self.size.width.min(base as u32 + LANES as u32);
        let mut mask = 0;
        let mut next = first.x;
        for event in events.iter() {
            let is_in_row = event.t == first.t && event.y == first.y && event.p == first.p;
            if !is_in_row || event.x < next || event.x as u32 >= end {
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
    const INPUTS: (u8, &'static str) = evt2::INPUTS;

    fn trigger(&mut self, trigger: Trigger, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let low = self.time(trigger.t, &mut out)?;
        out.put(self.order.word(evt2::trigger_word(trigger, low), 0));
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
        let mut rest = Ok(events);
        while let Ok(events) = rest
            && !events.is_empty()
        {
            rest = self.word(events, &mut out);
        }
        out.flush();
        rest.map(|_| ())
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        self.offset
    }
}
