//! Headers of packets.

pub(super) const HEAD_BYTES: usize = 28;
/// Longest event: a colour frame of 1.6 megapixels.
pub(super) const MAX_EVENT_BYTES: i32 = 1 << 24;

/// What the events of a packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Special,
    Polarity,
    Frame,
    Imu6,
    Imu9,
    /// Of a kind or a source that is not read.
    Skipped,
    /// Of a known kind, but of another size than it has.
    Bad,
    /// Left free after a packet, for more events than it has.
    Room,
}

/// A kind of event as it is written: its number, its length, and where in it its time stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) kind: i16,
    pub(super) event_bytes: i32,
    pub(super) time_at: i32,
}

/// A header that may be one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    kind: i16,
    pub(super) source: i16,
    pub(super) event_bytes: u64,
    time_at: i32,
    /// Upper bits of all times.
    pub(super) base: i64,
    capacity: u64,
    number: u64,
}

impl Head {
    pub(super) fn parse(bytes: &[u8; HEAD_BYTES]) -> Option<Self> {
        let (&[k0, k1, s0, s1], rest) = bytes.split_first_chunk()?;
        let (words, _) = rest.as_chunks::<4>();
        let &[event_bytes, time_at, overflow, capacity, number, valid] = words else {
            return None;
        };
        let kind = i16::from_le_bytes([k0, k1]);
        let [event_bytes, time_at, overflow, capacity, number, valid] =
            [event_bytes, time_at, overflow, capacity, number, valid].map(i32::from_le_bytes);
        let is_plausible = (matches!(kind, 0..=31) || kind >= 100)
            && (1..=MAX_EVENT_BYTES).contains(&event_bytes)
            && (0..event_bytes).contains(&time_at)
            && overflow >= 0
            && (0..=capacity).contains(&number)
            && (0..=number).contains(&valid);
        is_plausible.then_some(Self {
            kind,
            source: i16::from_le_bytes([s0, s1]),
            event_bytes: event_bytes as u64,
            time_at,
            base: (overflow as i64) << 31,
            capacity: capacity as u64,
            number: number as u64,
        })
    }

    pub(super) fn kind(&self) -> Kind {
        let of_size = |bytes, kind| {
            if self.event_bytes == bytes && self.time_at == 4 {
                kind
            } else {
                Kind::Bad
            }
        };
        match self.kind {
            0 => of_size(8, Kind::Special),
            1 => of_size(8, Kind::Polarity),
            2 => Kind::Frame,
            3 => of_size(36, Kind::Imu6),
            4 => of_size(48, Kind::Imu9),
            _ => Kind::Skipped,
        }
    }

    /// Bytes of its events.
    pub(super) fn payload(&self) -> u64 {
        self.number * self.event_bytes
    }

    /// Bytes that a writer may have left free after them.
    pub(super) fn room(&self) -> u64 {
        (self.capacity - self.number) * self.event_bytes
    }

    /// Where in an event its time stands.
    pub(super) fn time_at(&self) -> usize {
        self.time_at as usize
    }

    /// A header of polarity events, as it is written.
    pub(super) fn polarity(source: i16, overflow: i32, number: i32) -> [u8; HEAD_BYTES] {
        let polarity = Written {
            kind: 1,
            event_bytes: 8,
            time_at: 4,
        };
        Self::of(polarity, source, (overflow, number))
    }

    /// A header of so many events whose times have these upper bits.
    pub(super) fn of(
        written: Written,
        source: i16,
        (overflow, number): (i32, i32),
    ) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let ([s0, s1], [k0, k1]) = (source.to_le_bytes(), written.kind.to_le_bytes());
        let Written {
            event_bytes,
            time_at,
            ..
        } = written;
        let words = [event_bytes, time_at, overflow, number, number, number];
        let words = words.map(i32::to_le_bytes);
        let all = [[k0, k1, s0, s1]].into_iter().chain(words).flatten();
        for (place, byte) in bytes.iter_mut().zip(all) {
            *place = byte;
        }
        bytes
    }
}
