//! The trilinear kernel: one visit of an event for the two bins that share it.

use std::ops::Range;

use spikelet_events::Columns;

use super::VoxelGrid;
use crate::places::{BLOCK, each_block};
use crate::seek::seek;
use crate::{Cut, Polarity};

/// The events of one channel of a slice between two bins, and the planes of these bins.
struct Gap<'a> {
    /// Which channel of all frames.
    channel: usize,
    /// Which bin comes before it.
    before: usize,
    planes: &'a mut [f32],
}

/// Spreads each slice over two bins or more; all events lie on the sensor.
pub(super) fn spread(cut: &Cut<'_>, grid: &VoxelGrid, frames: &mut [f32]) {
    let plane = cut.pixels();
    // Every other gap at a time: then no two share a bin, and may be filled side by side.
    for first in [0, 1] {
        let mut gaps = Vec::new();
        for (channel, bins) in frames.chunks_exact_mut(grid.bins.get() * plane).enumerate() {
            let rest = bins.get_mut(first * plane..).unwrap_or_default();
            let pairs = rest.chunks_exact_mut(2 * plane).enumerate();
            gaps.extend(pairs.map(|(pair, planes)| Gap {
                channel,
                before: 2 * pair + first,
                planes,
            }));
        }
        cut.each_of(gaps, |gap| gap.fill(cut, grid));
    }
}

impl Gap<'_> {
    fn fill(self, cut: &Cut<'_>, grid: &VoxelGrid) {
        let slice = cut.range(self.channel / grid.polarity.channels());
        let part = cut.part(&slice);
        let Some(time) = Time::of(part, grid.bins.get() - 1) else {
            return;
        };
        let events = events_of(part, self.before, grid.bins.get() - 1, time.span);
        let range = slice.start + events.start..slice.start + events.end;
        let (one, other) = self.planes.split_at_mut(cut.pixels());
        let (start, is_on) = (
            self.before as f64,
            self.channel % grid.polarity.channels() == 1,
        );
        let (mut before, mut behind) = ([0.0; BLOCK], [0.0; BLOCK]);
        let done = each_block(cut, Polarity::Merged, &range, |places, block| {
            // By value: beside memory that is written to, they would be read again for each event.
            let (grid, time, start) = (*grid, time, start);
            let elapsed = time.elapsed_of(block.t());
            let events = elapsed.iter().zip(block.p());
            let shares = before.iter_mut().zip(&mut behind);
            for ((before, behind), (&elapsed, &p)) in shares.zip(events) {
                let weight = grid.weight(p, &time, elapsed);
                let share = ((elapsed * time.per_us - start) as f32).clamp(0.0, 1.0);
                // The bin before gets the rest, so that both make up the event.
                (*before, *behind) = (weight * (1.0 - share), weight * share);
            }
            let shares = before.iter().zip(&behind);
            for ((&place, (before, behind)), &p) in places.iter().zip(shares).zip(block.p()) {
                if grid.polarity == Polarity::TwoChannel && p != is_on {
                    continue;
                }
                let place = place as usize;
                if let (Some(one), Some(other)) = (one.get_mut(place), other.get_mut(place)) {
                    *one += before;
                    *other += behind;
                }
            }
        });
        debug_assert!(done.is_ok(), "all events were found to lie inside");
    }
}

/// The events of a slice from bin `gap` to before the next one; at the end, with the last event.
fn events_of(part: Columns<'_>, gap: usize, gaps: usize, span: u64) -> Range<usize> {
    if span == 0 {
        return 0..if gap == 0 { part.len() } else { 0 };
    }
    // The first event at or behind a bin, in exact whole numbers.
    let from = |bin: usize| {
        let edge = (bin as u128 * span as u128).div_ceil(gaps as u128);
        seek(part.t(), 0, edge)
    };
    let start = from(gap);
    // Where times go backwards, the two searches may cross.
    let stop = if gap + 1 == gaps {
        part.len()
    } else {
        from(gap + 1)
    };
    start..stop.max(start)
}

/// Times within a slice.
#[derive(Clone, Copy)]
pub(super) struct Time {
    first: i64,
    /// Microseconds from the first event to the last.
    pub(super) span: u64,
    /// Bins a microsecond; 0 where all events are at one instant.
    per_us: f64,
}

impl Time {
    /// The times of a slice with events.
    pub(super) fn of(part: Columns<'_>, gaps: usize) -> Option<Self> {
        let (first, last) = part.t().first().zip(part.t().last())?;
        let span = last.wrapping_sub(*first) as u64;
        Some(Self {
            first: *first,
            span,
            per_us: if span == 0 {
                0.0
            } else {
                gaps as f64 / span as f64
            },
        })
    }

    /// Microseconds since the slice's first event.
    pub(super) fn elapsed(&self, t: i64) -> f64 {
        let whole = t.wrapping_sub(self.first) as u64;
        // Floats are made of signed numbers faster; a span of 2^63 us and more is halved to be one.
        if self.span >> 63 == 0 {
            whole as i64 as f64
        } else {
            (whole >> 1) as i64 as f64 * 2.0
        }
    }

    /// [`elapsed`](Self::elapsed) of each time of a block.
    fn elapsed_of(&self, t: &[i64]) -> [f64; BLOCK] {
        let mut elapsed = [0.0; BLOCK];
        let each = |&t: &i64| t.wrapping_sub(self.first);
        // Numbers of 32 bits become floats in vector code, on every processor.
        if t.iter().map(each).fold(0, |all, us| all | us) as u64 >> 31 == 0 {
            for (elapsed, t) in elapsed.iter_mut().zip(t) {
                *elapsed = f64::from(each(t) as i32);
            }
        } else {
            for (elapsed, &t) in elapsed.iter_mut().zip(t) {
                *elapsed = self.elapsed(t);
            }
        }
        elapsed
    }

    /// From 0 at the slice's first event to 1 at the last; 0 where they are at one instant.
    pub(super) fn share(&self, elapsed: f64) -> f32 {
        if self.span == 0 {
            0.0
        } else {
            (elapsed / self.span as f64) as f32
        }
    }
}
