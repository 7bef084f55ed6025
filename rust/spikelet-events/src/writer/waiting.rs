//! What waits for its place among the events.

use std::vec::Vec;

use crate::format::Rules;
use crate::{Alongside, Columns, Error, Exposure, Frame, Kept, Trigger};

/// What was added to a recording and is not written yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) triggers: Vec<Trigger>,
    pub(super) kept: Kept,
    /// Events of change and of exposure written so far.
    items: u64,
}

/// How many of each kind are written with some events.
#[derive(Clone, Copy, Debug)]
struct Ready {
    triggers: usize,
    imu: usize,
    frames: usize,
    specials: usize,
    exposures: usize,
    colors: usize,
    samples: usize,
}

impl Waiting {
    /// Refuses what no encoder takes.
    pub(super) fn check(&self, format: &'static str) -> Result<(), Error> {
        let payloads = &self.kept.payloads;
        let is_none = payloads.bytes.is_empty() && payloads.t.is_empty();
        Rules(format).require(is_none, "payloads", "be left out")
    }

    /// Calls `put` with what lies up to the last of `events`, and forgets it; with everything at the end.
    pub(super) fn hand_out(
        &mut self,
        events: Columns<'_>,
        is_end: bool,
        put: impl FnOnce(Alongside<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let ready = if is_end {
            self.everything()
        } else {
            self.ready(events)
        };
        let frames = self.kept.frames.iter().take(ready.frames);
        let frames: Vec<Frame<'_>> = frames
            .map(|frame| Frame {
                pixels: &frame.pixels,
                ..frame.facts
            })
            .collect();
        put(Alongside {
            triggers: self.triggers.get(..ready.triggers).unwrap_or_default(),
            imu: self.kept.imu.get(..ready.imu).unwrap_or_default(),
            frames: &frames,
            specials: self.kept.specials.get(..ready.specials).unwrap_or_default(),
            exposures: self
                .kept
                .exposures
                .get(..ready.exposures)
                .unwrap_or_default(),
            colors: self.kept.colors.get(..ready.colors).unwrap_or_default(),
            samples: self.kept.samples.get(..ready.samples).unwrap_or_default(),
        })?;
        self.items += (events.len() + ready.exposures) as u64;
        self.forget(ready);
        Ok(())
    }

    fn everything(&self) -> Ready {
        Ready {
            triggers: self.triggers.len(),
            imu: self.kept.imu.len(),
            frames: self.kept.frames.len(),
            specials: self.kept.specials.len(),
            exposures: self.kept.exposures.len(),
            colors: self.kept.colors.len(),
            samples: self.kept.samples.len(),
        }
    }

    fn ready(&self, events: Columns<'_>) -> Ready {
        let Kept {
            imu,
            frames,
            specials,
            exposures,
            colors,
            samples,
            ..
        } = &self.kept;
        let last = events.t().last().copied().unwrap_or(i64::MIN);
        Ready {
            triggers: self.triggers.partition_point(|trigger| trigger.t <= last),
            imu: imu.partition_point(|imu| imu.t <= last),
            frames: frames.partition_point(|frame| frame.facts.t <= last),
            specials: specials.partition_point(|special| special.t <= last),
            exposures: among(exposures, self.items, events.len() as u64),
            colors: colors.len().min(events.len()),
            samples: samples.partition_point(|sample| sample.t <= last),
        }
    }

    fn forget(&mut self, ready: Ready) {
        self.triggers.drain(..ready.triggers);
        self.kept.imu.drain(..ready.imu);
        self.kept.frames.drain(..ready.frames);
        self.kept.specials.drain(..ready.specials);
        self.kept.exposures.drain(..ready.exposures);
        self.kept.colors.drain(..ready.colors);
        self.kept.samples.drain(..ready.samples);
    }
}

/// How many exposures lie, by their index, before, among and right behind so many events after `items` items.
fn among(exposures: &[Exposure], items: u64, events: u64) -> usize {
    let places = (items + events)..;
    let pairs = exposures.iter().zip(places);
    pairs
        .take_while(|(exposure, place)| exposure.index <= *place)
        .count()
}
