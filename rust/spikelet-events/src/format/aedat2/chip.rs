//! The chips of jAER: how they pack what they send into addresses.

use crate::{Event, SensorSize};

/// How a chip packs pixels into addresses.
///
/// ```
/// use spikelet_events::format::aedat2::{Chip, Layout};
///
/// assert_eq!(Chip::named("DVS128").map(|chip| chip.layout), Some(Layout::Dvs128));
/// ```
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

    /// The name without its package, as AEDAT 3.1 has it.
    pub fn class(self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The first chip of this size.
    pub fn of_size(size: SensorSize) -> Option<Self> {
        CHIPS.iter().find(|chip| chip.size == size).copied()
    }
}

/// What a record is that is no pixel.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) enum Other {
    Special,
    GreyLevel {
        x: u16,
        y: u16,
        read: u8,
        value: u16,
    },
    Inertial,
}

impl Layout {
    /// Whether the record is an event of a pixel.
    #[inline]
    pub(in crate::format) fn is_pixel(self, address: u32) -> bool {
        match self {
            Self::Dvs128 => address & 0x8000 == 0,
            Self::Davis => address & 0x8000_0400 == 0,
        }
    }

    /// What a record is that is no pixel.
    #[inline]
    pub(in crate::format) fn other(self, address: u32) -> Other {
        if self == Self::Dvs128 || address >> 31 == 0 {
            return Other::Special;
        }
        if address >> 10 & 3 == 3 {
            return Other::Inertial;
        }
        Other::GreyLevel {
            x: (address >> 12 & 0x3ff) as u16,
            y: (address >> 22 & 0x1ff) as u16,
            read: (address >> 10 & 3) as u8,
            value: (address & 0x3ff) as u16,
        }
    }

    /// The event of a record that [is a pixel](Self::is_pixel).
    #[inline]
    pub(in crate::format) fn event(self, address: u32, t: i64) -> Event {
        let (x, y, p) = match self {
            Self::Dvs128 => (address >> 1 & 0x7f, address >> 8 & 0x7f, address & 1),
            Self::Davis => (
                address >> 12 & 0x3ff,
                address >> 22 & 0x1ff,
                address >> 11 & 1,
            ),
        };
        Event {
            t,
            x: x as u16,
            y: y as u16,
            p: p != 0,
        }
    }

    pub(in crate::format) fn address(self, event: Event) -> u32 {
        let (x, y, p) = (event.x as u32, event.y as u32, event.p as u32);
        match self {
            Self::Dvs128 => y << 8 | x << 1 | p,
            Self::Davis => y << 22 | x << 12 | p << 11,
        }
    }
}
