//! Voxel grids and event-spike tensors: events spread over bins of time by a kernel.

use std::num::NonZeroUsize;
use std::ops::Range;

use spikelet_program::math;

use crate::fading::positive;
use crate::places::each_block;
use crate::windows::seek;
use crate::{Cut, Error, Polarity};

/// How much of an event falls into a bin.
///
/// The first bin stands at the first event of its slice, the last one at the last, the others evenly between.
/// With one bin, or events at one instant, every event stands at bin 0.
///
/// ```
/// use spikelet_frames::Kernel;
///
/// assert!(Kernel::exponential(f32::NAN).is_err());
/// assert_ne!(Kernel::alpha(10.0)?, Kernel::TRILINEAR);
/// # Ok::<(), spikelet_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kernel {
    course: Course,
    tau_us: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Course {
    Trilinear,
    Exponential,
    Alpha,
}

impl Kernel {
    /// An event is shared by the bins before and behind it, by closeness.
    pub const TRILINEAR: Self = Self {
        course: Course::Trilinear,
        tau_us: 1.0,
    };

    /// $e^{-a / \tau}$, with $a \ge 0$ the time from the event to the bin.
    ///
    /// # Errors
    /// [`Error::Number`]: `tau_us` is not finite and above 0.
    pub fn exponential(tau_us: f32) -> Result<Self, Error> {
        Ok(Self {
            course: Course::Exponential,
            tau_us: positive("tau_us", tau_us)?,
        })
    }

    /// $(a / \tau)\, e^{1 - a / \tau}$, with $a \ge 0$ the time from the event to the bin.
    ///
    /// # Errors
    /// [`Error::Number`]: `tau_us` is not finite and above 0.
    pub fn alpha(tau_us: f32) -> Result<Self, Error> {
        Ok(Self {
            course: Course::Alpha,
            tau_us: positive("tau_us", tau_us)?,
        })
    }
}

/// What is spread over the bins.
///
/// ```
/// assert_ne!(spikelet_frames::Measure::Count, spikelet_frames::Measure::Time);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The event itself: 1.
    Count,
    /// Its time within the slice, from 0 at the first event to 1 at the last.
    Time,
}

/// A grid over time and pixels.
///
/// ```
/// use std::num::NonZeroUsize;
/// use spikelet_frames::{Kernel, Measure, Polarity, VoxelGrid};
///
/// let grid = VoxelGrid {
///     bins: NonZeroUsize::new(5).unwrap(),
///     polarity: Polarity::Signed,
///     kernel: Kernel::TRILINEAR,
///     measure: Measure::Count,
/// };
/// assert_eq!(grid.planes(), 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoxelGrid {
    /// Bins of time.
    pub bins: NonZeroUsize,
    /// What becomes of the polarity.
    pub polarity: Polarity,
    /// How events are spread.
    pub kernel: Kernel,
    /// What is spread.
    pub measure: Measure,
}

impl VoxelGrid {
    /// Planes of one frame: bins times channels.
    pub fn planes(&self) -> usize {
        self.polarity.channels().saturating_mul(self.bins.get())
    }
}

/// Spreads each slice over the bins of its grid.
///
/// `frames` is `[slices, channels, bins, height, width]` and must hold zeros, which is not checked.
/// Timestamps must not go backwards; where they do, the grid means nothing.
///
/// # Errors
/// [`Error::Cells`] when `frames` has another size, [`Error::Outside`] when an event of a slice lies outside
/// the sensor; both before anything is written.
///
/// ```
/// use std::num::NonZeroUsize;
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Kernel, Measure, Polarity, VoxelGrid, voxel_grid_into};
///
/// let grid = VoxelGrid {
///     bins: NonZeroUsize::new(2).unwrap(),
///     polarity: Polarity::Signed,
///     kernel: Kernel::TRILINEAR,
///     measure: Measure::Count,
/// };
/// let events = Columns::new(&[0, 3, 4], &[0, 0, 1], &[0, 0, 0], &[true, true, false])?;
/// let slices = [0..3];
/// let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 1 })?;
/// let mut frame = [0.0; 4];
/// voxel_grid_into(cut, &grid, &mut frame)?;
/// assert_eq!(frame, [1.25, 0.0, 0.75, -1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn voxel_grid_into(cut: Cut<'_>, grid: &VoxelGrid, frames: &mut [f32]) -> Result<(), Error> {
    let planes = grid.planes();
    cut.require_cells(planes.saturating_mul(cut.pixels()), frames.len())?;
    cut.require_inside()?;
    // A plane is the work of one thread: in order of time its events stand together.
    cut.each(
        (frames, cut.pixels()),
        |index, plane| {
            let (bin, rest) = (index % grid.bins, index / grid.bins);
            let channels = grid.polarity.channels();
            let slice = cut.range(rest / channels);
            Plane {
                cut: &cut,
                grid,
                bin,
                is_on: rest % channels == 1,
                slice,
            }
            .fill(plane);
            Ok(())
        },
        |(), ()| (),
    )
}

/// One bin of one channel of one slice.
struct Plane<'a> {
    cut: &'a Cut<'a>,
    grid: &'a VoxelGrid,
    bin: usize,
    is_on: bool,
    slice: Range<usize>,
}

impl Plane<'_> {
    fn fill(&self, plane: &mut [f32]) {
        let t = self.cut.part(&self.slice).t();
        let (Some(&first), Some(&last)) = (t.first(), t.last()) else {
            return;
        };
        let (span, gaps) = (last.wrapping_sub(first) as u64, self.grid.bins.get() - 1);
        if span == 0 || gaps == 0 {
            self.fill_instant(plane, span);
            return;
        }
        // The first event at or behind a bin, in exact whole numbers.
        let from = |bin: usize| {
            let edge = (bin as u128 * span as u128).div_ceil(gaps as u128);
            seek(t, 0, edge)
        };
        let (bin, scale) = (self.bin as f64, gaps as f64);
        let per_us = scale / span as f64;
        // The share of the bin before; the bin behind gets the rest, so that both make up the event exactly.
        let share = |bin: f64, elapsed: f64| ((bin + 1.0 - elapsed * per_us) as f32).min(1.0);
        let tau = self.grid.kernel.tau_us;
        let age = |elapsed: f64| (bin * span as f64 / scale - elapsed) as f32 / tau;
        let here = from(self.bin);
        match self.grid.kernel.course {
            Course::Trilinear => {
                if let Some(before) = self.bin.checked_sub(1) {
                    let rising = |elapsed| 1.0 - share(bin - 1.0, elapsed);
                    self.add(from(before)..here, plane, span, rising);
                }
                let falling = |elapsed| share(bin, elapsed);
                self.add(here..from(self.bin + 1), plane, span, falling);
            }
            Course::Exponential => {
                self.add(0..self.until(span, gaps), plane, span, |elapsed| {
                    math::exp(-age(elapsed))
                });
            }
            Course::Alpha => self.add(0..self.until(span, gaps), plane, span, |elapsed| {
                age(elapsed) * math::exp(1.0 - age(elapsed))
            }),
        }
    }

    /// One past the last event that is not behind this bin.
    fn until(&self, span: u64, gaps: usize) -> usize {
        let t = self.cut.part(&self.slice).t();
        seek(t, 0, self.bin as u128 * span as u128 / gaps as u128 + 1)
    }

    /// With one instant, or one bin, all events are at the first bin.
    fn fill_instant(&self, plane: &mut [f32], span: u64) {
        let is_first = self.bin == 0;
        let weight = if self.grid.kernel.course == Course::Alpha {
            0.0
        } else {
            1.0
        };
        if is_first {
            self.add(0..self.slice.len(), plane, span, |_| weight);
        }
    }

    /// Adds `weight` of the microseconds since the slice's first event, for a range of its events.
    fn add(&self, range: Range<usize>, plane: &mut [f32], span: u64, weight: impl Fn(f64) -> f32) {
        let polarity = self.grid.polarity;
        let is_time = self.grid.measure == Measure::Time;
        if is_time && span == 0 {
            return;
        }
        let t = self.cut.part(&self.slice).t();
        let first = t.first().copied().unwrap_or_default();
        // Floats are made of signed numbers faster. A span of 2^63 us and more is halved to be one.
        let (halving, factor) = if span >> 63 == 0 { (0, 1.0) } else { (1, 2.0) };
        let start = self.slice.start;
        // Where times go backwards, the two searches may cross.
        let range = start + range.start..start + range.end.clamp(range.start, t.len());
        let done = each_block(self.cut, Polarity::Merged, &range, |places, block| {
            let events = places.iter().zip(block.t()).zip(block.p());
            for ((&place, &t), &p) in events {
                if polarity == Polarity::TwoChannel && p != self.is_on {
                    continue;
                }
                let whole = (t.wrapping_sub(first) as u64) >> halving;
                let elapsed = whole as i64 as f64 * factor;
                let share = if is_time {
                    (elapsed / span as f64) as f32
                } else {
                    1.0
                };
                if let Some(cell) = plane.get_mut(place as usize) {
                    *cell += polarity.sign(p) * weight(elapsed) * share;
                }
            }
        });
        debug_assert!(done.is_ok(), "all events were found to lie inside");
    }
}
