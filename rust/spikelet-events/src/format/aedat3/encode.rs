//! Events to packets.

use super::packet::Head;
use super::{MAX_SIZE, NAME};
use crate::codec::Pieces;
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize};

/// Events of one packet at most.
pub(super) const PACKET_EVENTS: usize = 4096;
/// The source that headers name.
pub(crate) const SOURCE: i16 = 1;
/// Times have 31 lower bits and as many upper ones.
pub(super) const TIME_BITS: u32 = 31;
pub(super) const LATEST: i64 = (1 << (2 * TIME_BITS)) - 1;

/// Events to packets of polarity events, a new one whenever the upper bits of the time change.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::aedat3};
///
/// let mut encoder = aedat3::Encoder::new(SensorSize { width: 128, height: 128 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[500], &[13], &[100], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes[28..], [0x93, 0x01, 0x1a, 0x00, 0xf4, 0x01, 0x00, 0x00], "behind the header of 28 bytes");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`](super::MAX_SIZE).
    pub fn new(size: SensorSize) -> Result<Self, Error> {
        crate::format::check_size(NAME, size, MAX_SIZE)?;
        Ok(Self { size, events: 0 })
    }

    fn check(&self, event: Event, index: u64) -> Result<(), Error> {
        let (format, t) = (NAME, event.t);
        crate::format::check_pixel(self.size, event, index)?;
        if t < 0 {
            return Err(Error::Early { format, index, t });
        }
        if t > LATEST {
            let latest = LATEST;
            return Err(Error::Late {
                format,
                index,
                t,
                latest,
            });
        }
        Ok(())
    }

    /// How many events go into the next packet, and what is wrong with the one after them.
    fn run(&self, events: Columns<'_>) -> (usize, Result<(), Error>) {
        let upper = events.get(0).map(|first| first.t >> TIME_BITS);
        let indices = self.events..;
        for (number, (event, index)) in events.iter().zip(indices).take(PACKET_EVENTS).enumerate() {
            if let Err(error) = self.check(event, index) {
                return (number, Err(error));
            }
            if Some(event.t >> TIME_BITS) != upper {
                return (number, Ok(()));
            }
        }
        (events.len().min(PACKET_EVENTS), Ok(()))
    }
}

impl Encode for Encoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside.with_packets(events, PACKET_EVENTS, |events, beside| {
            let mut out = Pieces::new(sink);
            let result = super::beside::put(beside, &mut out);
            out.flush();
            result?;
            self.push(events, sink)
        })
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let mut rest = events;
        let mut result = Ok(());
        while !rest.is_empty() && result.is_ok() {
            let (number, next) = self.run(rest);
            let (packet, after) = rest.split_at(number);
            put(packet, &mut out);
            self.events += number as u64;
            (rest, result) = (after, next);
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

fn put(packet: Columns<'_>, out: &mut Pieces<'_>) {
    let Some(first) = packet.get(0) else { return };
    let overflow = (first.t >> TIME_BITS) as i32;
    out.put(Head::polarity(SOURCE, overflow, packet.len() as i32));
    for Event { t, x, y, p } in packet.iter() {
        let data = (x as u32) << 17 | (y as u32) << 2 | (p as u32) << 1 | 1;
        out.put(data.to_le_bytes());
        out.put((t as u32 & 0x7fff_ffff).to_le_bytes());
    }
}
