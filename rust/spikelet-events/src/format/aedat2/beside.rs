//! What stands beside the events, to records.

use super::NAME;
use super::chip::{Layout, Other};
use crate::format::Rules;
use crate::{Alongside, BesideKind, Error, Imu, Sample, Special};

pub(super) const RULES: Rules = Rules(NAME);
/// What records are written of.
pub(in crate::format) const HOLDS: [BesideKind; 3] =
    [BesideKind::Imu, BesideKind::Samples, BesideKind::Specials];
/// Bit 31: grey levels and inertial samples; bits 11 and 10: the latter.
const OTHER: u32 = 1 << 31;
const INERTIAL: u32 = 3 << 10;

/// One of the items beside the events.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Imu(Imu),
    Sample(Sample),
    Special(Special),
}

impl Item {
    pub(super) fn t(self) -> i64 {
        match self {
            Self::Imu(imu) => imu.t,
            Self::Sample(sample) => sample.t,
            Self::Special(special) => special.t,
        }
    }

    pub(super) fn name(self) -> &'static str {
        let kind = match self {
            Self::Imu(_) => BesideKind::Imu,
            Self::Sample(_) => BesideKind::Samples,
            Self::Special(_) => BesideKind::Specials,
        };
        kind.name()
    }

    /// The addresses of its records, all at its time.
    pub(super) fn addresses(self) -> impl Iterator<Item = u32> {
        let (all, count) = match self {
            Self::Imu(imu) => (channels(&imu), 7),
            Self::Sample(sample) => ([grey_level(sample); 7], 1),
            Self::Special(special) => ([special.data; 7], 1),
        };
        all.into_iter().take(count)
    }
}

/// Takes the items of all kinds in the order of time.
#[derive(Clone, Debug)]
pub(super) struct Items<'a>(pub(super) Alongside<'a>);

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let Self(beside) = self;
        let firsts = [
            beside.imu.first().copied().map(Item::Imu),
            beside.samples.first().copied().map(Item::Sample),
            beside.specials.first().copied().map(Item::Special),
        ];
        let next = firsts.into_iter().flatten().min_by_key(|item| item.t())?;
        match next {
            Item::Imu(_) => beside.imu = after_first(beside.imu),
            Item::Sample(_) => beside.samples = after_first(beside.samples),
            Item::Special(_) => beside.specials = after_first(beside.specials),
        }
        Some(next)
    }
}

fn after_first<T>(items: &[T]) -> &[T] {
    items.get(1..).unwrap_or_default()
}

/// A value of each channel in the order of their records.
fn channels(imu: &Imu) -> [u32; 7] {
    let [[ax, ay, az], [gx, gy, gz]] = [imu.accelerometer, imu.gyroscope];
    let values = [ax, ay, az, imu.temperature, gx, gy, gz];
    let mut number = 0;
    values.map(|value| {
        let address = OTHER | number << 28 | (value as i16 as u16 as u32) << 12 | INERTIAL;
        number += 1;
        address
    })
}

fn grey_level(sample: Sample) -> u32 {
    let Sample {
        x, y, read, value, ..
    } = sample;
    OTHER | (y as u32) << 22 | (x as u32) << 12 | (read as u32) << 10 | value as u32
}

/// Refuses all of them where one does not come back as it is.
pub(super) fn check(beside: Alongside<'_>, layout: Layout) -> Result<(), Error> {
    beside.refuse_all_but(&HOLDS, NAME)?;
    if layout == Layout::Dvs128 {
        let rule = "be left out of a recording of a DVS128";
        RULES.require(beside.imu.is_empty(), "imu", rule)?;
        RULES.require(beside.samples.is_empty(), "samples", rule)?;
    }
    let is_special = |special: &Special| {
        let is_other = !layout.is_pixel(special.data);
        special.kind == 0 && is_other && matches!(layout.other(special.data), Other::Special)
    };
    RULES.require(
        beside.specials.iter().all(is_special),
        "specials",
        "be of kind 0, with the address of an external event for `data`",
    )?;
    RULES.require(
        beside.imu.iter().all(is_of_counts),
        "imu",
        "be plain counts of the chip, whole numbers of 16 bits, without a magnetometer",
    )?;
    let is_stored = |sample: &Sample| {
        let Sample {
            x, y, read, value, ..
        } = *sample;
        x < 1 << 10 && y < 1 << 9 && read < 3 && value < 1 << 10
    };
    RULES.require(
        beside.samples.iter().all(is_stored),
        "samples",
        "have x and `value` below 1024, y below 512 and `read` below 3",
    )
}

/// Whether the channels hold what they would give back.
fn is_of_counts(imu: &Imu) -> bool {
    let is_count = |value: &f32| (*value as i16 as f32).to_bits() == value.to_bits();
    let values = imu.accelerometer.iter().chain(&imu.gyroscope);
    values.chain([&imu.temperature]).all(is_count)
        && imu.magnetometer.iter().all(|value| value.is_nan())
}
