//! What every decoder and encoder of a format offers.

use crate::{Alongside, Columns, ColumnsMut, Error};

/// What a decoder saw beside the events it handed out.
///
/// ```
/// use spikelet_events::{Decode, format::bin40};
///
/// let mut decoder = bin40::Decoder::new();
/// decoder.finish();
/// assert_eq!(decoder.counts().events, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Events handed out.
    pub events: u64,
    /// External triggers handed out.
    pub triggers: u64,
    /// Events and triggers dropped because no word had given them a time yet.
    pub dropped_before_time: u64,
    /// 40-bit records that only lift the time.
    pub overflow_records: u64,
    /// Marks that are neither events nor edges on a trigger input: AEDAT 1 and 2 external events, AEDAT 3.1
    /// special events and AEDAT 4 triggers of the camera's own making.
    pub special_events: u64,
    /// AEDAT 2 records that hold one sample of a pixel's grey level.
    pub aps_samples: u64,
    /// Samples of the inertial sensor; in AEDAT 2 the records, seven of which make one.
    pub imu_samples: u64,
    /// Vendor words, and words that follow their rule, skipped as the format says.
    pub skipped_words: u64,
    /// Words whose type the format leaves open.
    pub reserved_words: u64,
    /// Times that the time counter began anew.
    pub time_wraps: u64,
    /// Bytes after the last whole word or record, known once the decoder is finished.
    pub tail_bytes: u64,
    /// Frames.
    pub frames: u64,
    /// Events that the camera's software marked invalid, left out unless asked for.
    pub invalid_events: u64,
    /// Packets of kinds that are not read, skipped.
    pub skipped_packets: u64,
    /// Packets of a camera or a stream other than the one chosen, skipped.
    pub other_streams: u64,
    /// Packets that break their format's rules; what can be told of their events was handed out.
    pub bad_packets: u64,
    /// Where the first of them begins, in bytes from the first data byte.
    pub first_bad_byte: Option<u64>,
    /// Marks after which the time begins anew.
    pub time_resets: u64,
    /// Events of exposure, beside the events.
    pub exposure_events: u64,
    /// Payloads of a stream without pixels.
    pub payloads: u64,
    /// Lines of a text that hold no event and should.
    pub bad_lines: u64,
    /// The first of them, counted from 1.
    pub first_bad_line: Option<u64>,
    /// Events before it.
    pub events_before_bad_line: Option<u64>,
}

impl Counts {
    pub(crate) const ZERO: Self = Self {
        events: 0,
        triggers: 0,
        dropped_before_time: 0,
        overflow_records: 0,
        special_events: 0,
        aps_samples: 0,
        imu_samples: 0,
        skipped_words: 0,
        reserved_words: 0,
        time_wraps: 0,
        tail_bytes: 0,
        frames: 0,
        invalid_events: 0,
        skipped_packets: 0,
        other_streams: 0,
        bad_packets: 0,
        first_bad_byte: None,
        time_resets: 0,
        exposure_events: 0,
        payloads: 0,
        bad_lines: 0,
        first_bad_line: None,
        events_before_bad_line: None,
    };

    /// Both together; none where `later` holds what has its own place in the file, or stands beside the events.
    #[cfg(feature = "std")]
    pub(crate) fn followed_by(&self, later: &Self) -> Option<Self> {
        let sums = Self {
            events: self.events + later.events,
            triggers: self.triggers + later.triggers,
            dropped_before_time: self.dropped_before_time + later.dropped_before_time,
            overflow_records: self.overflow_records + later.overflow_records,
            skipped_words: self.skipped_words + later.skipped_words,
            reserved_words: self.reserved_words + later.reserved_words,
            time_wraps: self.time_wraps + later.time_wraps,
            ..*self
        };
        let summed = Self {
            events: later.events,
            triggers: later.triggers,
            dropped_before_time: later.dropped_before_time,
            overflow_records: later.overflow_records,
            skipped_words: later.skipped_words,
            reserved_words: later.reserved_words,
            time_wraps: later.time_wraps,
            ..Self::ZERO
        };
        (*later == summed).then_some(sums)
    }
}

/// A push decoder: bytes in, events out; its state survives any split of the input.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::bin40};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = bin40::Decoder::new();
/// // One record in two pieces, as a serial line may deliver it.
/// assert_eq!(decoder.push(&[7, 15], &mut out), 2);
/// assert_eq!(decoder.push(&[0x80, 0x02, 0x8e], &mut out), 3);
/// decoder.finish();
/// assert_eq!(out.filled().t(), [654]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub trait Decode {
    /// Length of one word or record in bytes.
    const UNIT_BYTES: usize;

    /// Most events that one word or record can hold.
    const MAX_EVENTS_PER_UNIT: usize;

    /// What ends a last unit that a file may leave open, as a text its last line; pushed after the end it changes
    /// nothing else.
    const CLOSING: &'static [u8] = b"";

    /// Decodes `input` into the free places of `out` and returns the number of bytes consumed.
    ///
    /// It is less than `input.len()` only when `out` is full, that is when fewer than
    /// [`MAX_EVENTS_PER_UNIT`](Self::MAX_EVENTS_PER_UNIT) places are free, or none for a trigger:
    /// make room and push the rest.
    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize;

    /// Ends the input: counts the bytes left over from a last, incomplete unit.
    fn finish(&mut self);

    /// What was seen so far.
    fn counts(&self) -> &Counts;

    /// Length of the unit that gave the last event, for formats whose units differ.
    fn last_unit_bytes(&self) -> usize {
        Self::UNIT_BYTES
    }
}

/// An encoder: events in, bytes out; what the format cannot hold is refused with its index.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::bin40};
///
/// let mut encoder = bin40::Encoder::new(SensorSize { width: 34, height: 34 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[654], &[7], &[15], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [7, 15, 0x80, 0x02, 0x8e]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub trait Encode {
    /// Writes what stands before the first event, beside a [header](crate::header) of text; nothing for most.
    fn start(&mut self, _sink: &mut dyn FnMut(&[u8])) {}

    /// Encodes events and hands the bytes to `sink`, piece by piece, all of them before it returns.
    ///
    /// # Errors
    /// The first event that the format cannot hold, by its index since the encoder was made; the
    /// events before it were encoded.
    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error>;

    /// Encodes events with what stands beside them, in one order, as [`push`](Self::push) does.
    ///
    /// # Errors
    /// As [`push`](Self::push); [`Error::Unfit`]: the format cannot hold it.
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside.refuse_all_but(&[], "this format")?;
        self.push(events, sink)
    }

    /// Events encoded so far.
    fn events(&self) -> u64;

    /// Microseconds lost to the period of the format's time counter: a decoder returns `t - time_offset`.
    fn time_offset(&self) -> i64;
}

/// The bytes of an incomplete unit of `N` bytes, kept between two pushes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Partial<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

/// Bytes behind the last one kept are left over from earlier units and mean nothing.
#[cfg(feature = "std")]
impl<const N: usize> PartialEq for Partial<N> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.get(..self.len) == other.bytes.get(..other.len)
    }
}

impl<const N: usize> Partial<N> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Feeds `input` to `units`, which takes whole units and returns how many bytes it consumed.
    ///
    /// Bytes of a unit that `input` does not complete stay here until the next call.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        mut units: impl FnMut(&[[u8; N]]) -> usize,
    ) -> usize {
        let mut used = 0;
        if self.len > 0 {
            let missing = N - self.len;
            let (head, _) = input.split_at(missing.min(input.len()));
            let mut unit = self.bytes;
            unit[self.len..self.len + head.len()].copy_from_slice(head);
            if head.len() < missing {
                *self = Self {
                    bytes: unit,
                    len: self.len + head.len(),
                };
                return head.len();
            }
            if units(&[unit]) == 0 {
                return 0;
            }
            self.len = 0;
            used = missing;
        }
        let (whole, tail) = input[used..].as_chunks::<N>();
        let consumed = units(whole);
        used += consumed * N;
        if consumed == whole.len() {
            self.bytes[..tail.len()].copy_from_slice(tail);
            self.len = tail.len();
            used += tail.len();
        }
        used
    }
}

/// Collects encoded bytes and hands them on in pieces, so that a sink is called once per few hundred events.
pub(crate) struct Pieces<'a> {
    bytes: [u8; 2048],
    len: usize,
    sink: &'a mut dyn FnMut(&[u8]),
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(sink: &'a mut dyn FnMut(&[u8])) -> Self {
        Self {
            bytes: [0; 2048],
            len: 0,
            sink,
        }
    }

    pub(crate) fn put<const N: usize>(&mut self, unit: [u8; N]) {
        if self.len + N > self.bytes.len() {
            self.flush();
        }
        self.bytes[self.len..self.len + N].copy_from_slice(&unit);
        self.len += N;
    }

    /// Puts a short unit whose length varies: `fill` writes into `N` places and says how many of them count.
    #[inline]
    pub(crate) fn put_with<const N: usize>(&mut self, fill: impl FnOnce(&mut [u8; N]) -> usize) {
        if self.len + N > self.bytes.len() {
            self.flush();
        }
        let rest = self.bytes.get_mut(self.len..);
        if let Some(places) = rest.and_then(<[u8]>::first_chunk_mut) {
            self.len += fill(places);
        }
    }

    /// Puts a unit whose length varies.
    pub(crate) fn put_all(&mut self, unit: &[u8]) {
        if self.len + unit.len() > self.bytes.len() {
            self.flush();
        }
        match self.bytes.get_mut(self.len..self.len + unit.len()) {
            Some(places) => {
                places.copy_from_slice(unit);
                self.len += unit.len();
            }
            None => (self.sink)(unit),
        }
    }

    pub(crate) fn flush(&mut self) {
        (self.sink)(&self.bytes[..self.len]);
        self.len = 0;
    }
}
