//! AEDAT 2.0 of jAER: 8-byte big-endian records, a 32-bit address and a 32-bit time in microseconds.
//!
//! | chip | address bits |
//! |---|---|
//! | DVS128 | 15 external event; 14–8 y, 7–1 x, 0 polarity |
//! | DAVIS, bit 31 = 0 | 30–22 y, 21–12 x, 11 polarity; 10 external event |
//! | DAVIS, bit 31 = 1 | bits 11–10 ≠ 3: grey-level sample of a pixel; 3: inertial sample |
//!
//! Coordinates and polarity are the plain bits, as stored; y counts from the bottom row. The time counts as
//! signed: t begins at the first value and then adds the wrapping 32-bit difference of every record, which
//! undoes the wrap at 2³¹ and keeps small steps back. External events, grey-level and inertial samples are
//! counted, not handed out.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::aedat2};
//!
//! let bytes = [
//!     0x09, 0x09, 0xc0, 0x00, 0x11, 0x94, 0xfc, 0xf3, // OFF at (156, 36)
//!     0x80, 0x00, 0x0d, 0x23, 0x11, 0x94, 0xfc, 0xf5, // an inertial sample
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut decoder = aedat2::Decoder::new(aedat2::Layout::Davis);
//! decoder.push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 294_976_755, x: 156, y: 36, p: false }));
//! assert_eq!(decoder.counts().imu_samples, 1);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

use crate::codec::{Partial, Pieces};
use crate::{Columns, ColumnsMut, Counts, Decode, Encode, Error, Event, SensorSize};

/// Largest sensor among the chips.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 640,
    height: 480,
};

const NAME: &str = "aedat2";

/// How a chip packs pixels into addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The 128×128 sensor of 2006.
    Dvs128,
    /// The sensors that also deliver grey levels.
    Davis,
}

/// A camera chip: its address layout and its size.
///
/// ```
/// use spikelet_events::{SensorSize, format::aedat2::Chip};
///
/// // As `# AEChip:` lines spell it, and as people do.
/// let chip = Chip::named("eu.seebetter.ini.chips.davis.DAVIS240C");
/// assert_eq!(chip, Chip::named("davis240"));
/// assert_eq!(chip.map(|chip| chip.size), Some(SensorSize { width: 240, height: 180 }));
/// assert_eq!(Chip::named("Dragonfly"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chip {
    /// The name that is written into headers, with its package.
    pub name: &'static str,
    /// What the name without its package begins with, in lower case.
    prefix: &'static str,
    /// How addresses are packed.
    pub layout: Layout,
    /// Width and height.
    pub size: SensorSize,
}

const fn chip(
    name: &'static str,
    prefix: &'static str,
    layout: Layout,
    (width, height): (u32, u32),
) -> Chip {
    Chip {
        name,
        prefix,
        layout,
        size: SensorSize { width, height },
    }
}

const CHIPS: [Chip; 6] = [
    chip(
        "ch.unizh.ini.jaer.chip.retina.DVS128",
        "dvs128",
        Layout::Dvs128,
        (128, 128),
    ),
    chip(
        "eu.seebetter.ini.chips.davis.DAVIS240C",
        "davis240",
        Layout::Davis,
        (240, 180),
    ),
    chip(
        "eu.seebetter.ini.chips.davis.Davis346B",
        "davis346",
        Layout::Davis,
        (346, 260),
    ),
    chip(
        "eu.seebetter.ini.chips.davis.Davis640",
        "davis640",
        Layout::Davis,
        (640, 480),
    ),
    chip(
        "eu.seebetter.ini.chips.davis.Davis208",
        "davis208",
        Layout::Davis,
        (208, 192),
    ),
    chip(
        "eu.seebetter.ini.chips.davis.Davis128",
        "davis128",
        Layout::Davis,
        (128, 128),
    ),
];

impl Chip {
    /// The names to choose from, for messages.
    pub const KNOWN: &'static str = "DVS128, DAVIS240, DAVIS346, DAVIS640, DAVIS208, DAVIS128";

    /// The chip that a header or a user names; the package and what follows the number do not matter.
    pub fn named(name: &str) -> Option<Self> {
        let class = name.rsplit('.').next().unwrap_or(name).trim().as_bytes();
        let matches = |chip: &&Self| {
            let start = class.get(..chip.prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(chip.prefix.as_bytes()))
        };
        CHIPS.iter().find(matches).copied()
    }

    /// The first chip of this size.
    pub fn of_size(size: SensorSize) -> Option<Self> {
        CHIPS.iter().find(|chip| chip.size == size).copied()
    }
}

/// What one record is.
enum Record {
    Pixel { x: u16, y: u16, p: bool },
    Special,
    GreyLevel,
    Inertial,
}

impl Layout {
    fn record(self, address: u32) -> Record {
        match self {
            Self::Dvs128 if address & 0x8000 != 0 => Record::Special,
            Self::Dvs128 => Record::Pixel {
                x: (address >> 1 & 0x7f) as u16,
                y: (address >> 8 & 0x7f) as u16,
                p: address & 1 != 0,
            },
            Self::Davis if address >> 31 != 0 && address >> 10 & 3 == 3 => Record::Inertial,
            Self::Davis if address >> 31 != 0 => Record::GreyLevel,
            Self::Davis if address & 0x400 != 0 => Record::Special,
            Self::Davis => Record::Pixel {
                x: (address >> 12 & 0x3ff) as u16,
                y: (address >> 22 & 0x1ff) as u16,
                p: address & 0x800 != 0,
            },
        }
    }

    fn address(self, event: Event) -> u32 {
        let (x, y, p) = (event.x as u32, event.y as u32, event.p as u32);
        match self {
            Self::Dvs128 => y << 8 | x << 1 | p,
            Self::Davis => y << 22 | x << 12 | p << 11,
        }
    }
}

/// Records to events.
#[derive(Clone, Debug)]
pub struct Decoder {
    layout: Layout,
    t: i64,
    /// The time of the last record as stored; none before the first.
    stored: Option<i32>,
    partial: Partial<8>,
    counts: Counts,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new(layout: Layout) -> Self {
        Self {
            layout,
            t: 0,
            stored: None,
            partial: Partial::new(),
            counts: Counts::ZERO,
        }
    }

    fn records(&mut self, records: &[[u8; 8]], out: &mut ColumnsMut<'_>) -> usize {
        // Settled once, so that the loop is compiled for each layout.
        match self.layout {
            Layout::Dvs128 => self.records_of(Layout::Dvs128, records, out),
            Layout::Davis => self.records_of(Layout::Davis, records, out),
        }
    }

    #[inline]
    fn records_of(
        &mut self,
        layout: Layout,
        records: &[[u8; 8]],
        out: &mut ColumnsMut<'_>,
    ) -> usize {
        let places = out.places();
        let room = places.t.len();
        let (t, x) = (&mut places.t[..room], &mut places.x[..room]);
        let (y, p) = (&mut places.y[..room], &mut places.p[..room]);
        let mut n = 0;
        let mut taken = 0;
        for &[a0, a1, a2, a3, t0, t1, t2, t3] in records {
            if n >= room {
                break;
            }
            self.time(i32::from_be_bytes([t0, t1, t2, t3]));
            match layout.record(u32::from_be_bytes([a0, a1, a2, a3])) {
                Record::Pixel {
                    x: column,
                    y: row,
                    p: is_on,
                } => {
                    (t[n], x[n], y[n], p[n]) = (self.t, column, row, is_on);
                    n += 1;
                }
                Record::Special => self.counts.special_events += 1,
                Record::GreyLevel => self.counts.aps_samples += 1,
                Record::Inertial => self.counts.imu_samples += 1,
            }
            taken += 1;
        }
        self.counts.events += n as u64;
        out.advance(n);
        taken
    }

    #[inline]
    fn time(&mut self, stored: i32) {
        let Some(previous) = self.stored.replace(stored) else {
            self.t = stored as i64;
            return;
        };
        let step = stored.wrapping_sub(previous);
        self.t += step as i64;
        self.counts.time_wraps += (step > 0 && stored < previous) as u64;
    }
}

impl Decode for Decoder {
    const UNIT_BYTES: usize = 8;
    const MAX_EVENTS_PER_UNIT: usize = 1;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut partial = self.partial;
        let used = partial.feed(input, |records| self.records(records, out));
        self.partial = partial;
        used
    }

    fn finish(&mut self) {
        self.counts.tail_bytes = self.partial.len() as u64;
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Events to records.
#[derive(Clone, Debug)]
pub struct Encoder {
    chip: Chip,
    offset: i64,
    previous: Option<i64>,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording of this chip.
    pub const fn new(chip: Chip) -> Self {
        Self {
            chip,
            offset: 0,
            previous: None,
            events: 0,
        }
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        let t = event.t;
        let index = self.events;
        super::check_pixel(self.chip.size, event, index)?;
        match self.previous {
            Some(previous) => check_step(previous, t, index)?,
            None => self.offset = t.wrapping_sub(t as i32 as i64),
        }
        out.put(self.chip.layout.address(event).to_be_bytes());
        out.put((t as u32).to_be_bytes());
        self.previous = Some(t);
        self.events += 1;
        Ok(())
    }
}

/// A decoder adds differences as signed 32-bit numbers, so longer steps would come back shortened.
fn check_step(previous: i64, t: i64, index: u64) -> Result<(), Error> {
    let step = t as i128 - previous as i128;
    if step > i32::MAX as i128 {
        return Err(Error::Gap {
            format: NAME,
            index,
            previous,
            t,
            longest: i32::MAX as i64,
        });
    }
    if step < i32::MIN as i128 {
        return Err(Error::Backward {
            format: NAME,
            index,
            previous,
            t,
        });
    }
    Ok(())
}

impl Encode for Encoder {
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
        self.offset
    }
}
