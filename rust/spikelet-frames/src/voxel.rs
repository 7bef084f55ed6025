//! Voxel grids and event-spike tensors: events spread over bins of time by a kernel.

mod trilinear;

use std::num::NonZeroUsize;
use std::ops::Range;

use spikelet_program::math;

use self::trilinear::Time;
use crate::fading::positive;
use crate::places::each_block;
use crate::seek::seek;
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
    /// What an event puts into its bins, all in all.
    fn weight(&self, p: bool, time: &Time, elapsed: f64) -> f32 {
        let sign = self.polarity.sign(p);
        match self.measure {
            Measure::Count => sign,
            Measure::Time => sign * time.share(elapsed),
        }
    }

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
    if grid.kernel.course == Course::Trilinear && grid.bins.get() > 1 {
        trilinear::spread(&cut, grid, frames);
        return Ok(());
    }
    let channels = grid.polarity.channels();
    cut.each(
        (frames, cut.pixels()),
        |index, cells| {
            let (bin, channel) = (index % grid.bins, index / grid.bins);
            Plane {
                cut: &cut,
                grid,
                bin,
                is_on: channel % channels == 1,
                slice: cut.range(channel / channels),
            }
            .fill(cells);
            Ok(())
        },
        |(), ()| (),
    )
}

/// One bin of one channel of one slice, for kernels that reach from an event to every later bin.
struct Plane<'a> {
    cut: &'a Cut<'a>,
    grid: &'a VoxelGrid,
    bin: usize,
    is_on: bool,
    slice: Range<usize>,
}

impl Plane<'_> {
    fn fill(&self, cells: &mut [f32]) {
        let part = self.cut.part(&self.slice);
        let (t, gaps) = (part.t(), self.grid.bins.get() - 1);
        let Some(time) = Time::of(part, gaps) else {
            return;
        };
        let span = time.span;
        // Where there is one bin or one instant, every event stands at it.
        let is_instant = gaps == 0 || span == 0;
        let at = if is_instant {
            0.0
        } else {
            self.bin as f64 * span as f64 / gaps as f64
        };
        let age = |elapsed: f64| {
            let age = if is_instant { 0.0 } else { at - elapsed };
            age as f32 / self.grid.kernel.tau_us
        };
        let events = match (is_instant, self.bin) {
            (true, 0) => 0..t.len(),
            (true, _) => 0..0,
            (false, bin) => 0..seek(t, 0, bin as u128 * span as u128 / gaps as u128 + 1),
        };
        match self.grid.kernel.course {
            Course::Trilinear => self.add(events, cells, &time, |_| 1.0),
            Course::Exponential => {
                self.add(events, cells, &time, |elapsed| math::exp(-age(elapsed)));
            }
            Course::Alpha => self.add(events, cells, &time, |elapsed| {
                age(elapsed) * math::exp(1.0 - age(elapsed))
            }),
        }
    }

    /// Adds `weight` of the microseconds since the slice's first event, for a range of its events.
    fn add(
        &self,
        range: Range<usize>,
        cells: &mut [f32],
        time: &Time,
        weight: impl Fn(f64) -> f32,
    ) {
        let polarity = self.grid.polarity;
        let range = self.slice.start + range.start..self.slice.start + range.end;
        let done = each_block(self.cut, Polarity::Merged, &range, |places, block| {
            let events = places.iter().zip(block.t()).zip(block.p());
            for ((&place, &t), &p) in events {
                if polarity == Polarity::TwoChannel && p != self.is_on {
                    continue;
                }
                let elapsed = time.elapsed(t);
                let weight = self.grid.weight(p, time, elapsed) * weight(elapsed);
                if let Some(cell) = cells.get_mut(place as usize) {
                    *cell += weight;
                }
            }
        });
        debug_assert!(done.is_ok(), "all events were found to lie inside");
    }
}
