//! Averaged time surfaces (HATS): what happened around each event shortly before it, averaged over a cell.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::cut::pixels;
use crate::{Cut, Error, Fading, Polarity};

/// Averaged time surfaces over square cells of the sensor.
///
/// ```
/// use std::num::NonZeroU32;
/// use spikelet_events::SensorSize;
/// use spikelet_frames::{AveragedSurfaces, Fading, Polarity};
///
/// let surfaces = AveragedSurfaces {
///     cell: NonZeroU32::new(10).unwrap(),
///     radius: 3,
///     window_us: 100_000,
///     fading: Fading::exponential(1e5)?,
///     polarity: Polarity::TwoChannel,
/// };
/// // 5 x 4 cells, the last of a row and of a column cut off by the border; 7 x 7 pixels each.
/// assert_eq!(surfaces.shape(SensorSize { width: 42, height: 31 }), [5 * 4, 2, 7, 7]);
/// # Ok::<(), spikelet_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AveragedSurfaces {
    /// Side of a cell in pixels.
    pub cell: NonZeroU32,
    /// Pixels that a surface reaches from its centre.
    pub radius: u16,
    /// How far back a surface looks, in microseconds.
    pub window_us: u64,
    /// What an earlier event is worth.
    pub fading: Fading,
    /// Channels: two, or one for all events. Signed surfaces are refused.
    pub polarity: Polarity,
}

impl AveragedSurfaces {
    /// Cells, channels, height and width of one frame.
    pub fn shape(&self, size: spikelet_events::SensorSize) -> [usize; 4] {
        let cells = |side: u32| side.div_ceil(self.cell.get()) as usize;
        let side = 2 * self.radius as usize + 1;
        let all = cells(size.width).saturating_mul(cells(size.height));
        [all, self.polarity.channels(), side, side]
    }
}

/// The averaged surface of each cell in each slice; 0 where no event fell.
///
/// `frames` is `[slices, cells, channels, side, side]`, overwritten; cells go row by row.
///
/// # Errors
/// [`Error::Cells`] when `frames` has another size, [`Error::Outside`] when an event of a slice lies outside
/// the sensor, [`Error::Unsigned`] for [`Polarity::Signed`].
///
/// ```
/// use std::num::NonZeroU32;
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{AveragedSurfaces, Cut, Fading, Polarity, averaged_surfaces_into};
///
/// let surfaces = AveragedSurfaces {
///     cell: NonZeroU32::new(2).unwrap(),
///     radius: 1,
///     window_us: 10,
///     fading: Fading::linear(10.0)?,
///     polarity: Polarity::Merged,
/// };
/// let events = Columns::new(&[0, 5], &[0, 1], &[0, 0], &[true, false])?;
/// let slices = [0..2];
/// let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 2 })?;
/// let mut frame = [0.0; 9];
/// averaged_surfaces_into(cut, &surfaces, &mut frame)?;
/// // Each event counts at the centre; the second one had a neighbour on its left, half faded.
/// assert_eq!(frame, [0.0, 0.0, 0.0, 0.25, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn averaged_surfaces_into(
    cut: Cut<'_>,
    surfaces: &AveragedSurfaces,
    frames: &mut [f32],
) -> Result<(), Error> {
    if surfaces.polarity == Polarity::Signed {
        return Err(Error::Unsigned);
    }
    let [cells, channels, side, _] = surfaces.shape(cut.size());
    let groups = cells.saturating_mul(channels);
    let each = groups.saturating_mul(side * side);
    cut.require_cells(each, frames.len())?;
    cut.require_inside()?;
    for (index, frame) in frames.chunks_exact_mut(each).enumerate() {
        let sorted = Groups::of(&cut, surfaces, &cut.range(index), groups);
        cut.each(
            (frame, side * side),
            |group, surface| {
                sorted.average(group, surfaces, surface);
                Ok(())
            },
            |(), ()| (),
        )?;
    }
    Ok(())
}

/// An event as a surface sees it.
#[derive(Clone, Copy, Default)]
struct Seen {
    t: i64,
    x: u16,
    y: u16,
}

/// The events of a slice, sorted by cell and channel, in order of time within each.
struct Groups {
    events: Vec<Seen>,
    // Where each group starts, and one past the last.
    starts: Vec<usize>,
}

impl Groups {
    fn of(cut: &Cut<'_>, surfaces: &AveragedSurfaces, range: &Range<usize>, groups: usize) -> Self {
        let part = cut.part(range);
        let cell = surfaces.cell.get();
        let per_row = cut.size().width.div_ceil(cell) as usize;
        let group = |(x, y, p): (u16, u16, bool)| {
            let cell = (y as u32 / cell) as usize * per_row + (x as u32 / cell) as usize;
            cell * surfaces.polarity.channels() + surfaces.polarity.channel(p)
        };
        let mut starts = vec![0; groups + 1];
        for event in pixels(part) {
            if let Some(count) = starts.get_mut(group(event) + 1) {
                *count += 1;
            }
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let (mut next, mut events) = (starts.clone(), vec![Seen::default(); part.len()]);
        for (&t, (x, y, p)) in part.t().iter().zip(pixels(part)) {
            let place = next.get_mut(group((x, y, p)));
            if let Some(place) = place {
                if let Some(event) = events.get_mut(*place) {
                    *event = Seen { t, x, y };
                }
                *place += 1;
            }
        }
        Self { events, starts }
    }

    fn average(&self, group: usize, surfaces: &AveragedSurfaces, surface: &mut [f32]) {
        let bounds = self.starts.get(group).zip(self.starts.get(group + 1));
        let range = bounds.map_or(0..0, |(&start, &stop)| start..stop);
        let events = self.events.get(range).unwrap_or_default();
        let mut sums = vec![0.0_f64; surface.len()];
        let mut oldest = 0;
        for (index, event) in events.iter().enumerate() {
            let is_old = |other: &Seen| event.t.wrapping_sub(other.t) as u64 > surfaces.window_us;
            while events.get(oldest).is_some_and(is_old) {
                oldest += 1;
            }
            for other in events.get(oldest..index).unwrap_or_default() {
                if let Some(sum) = place(event, other, surfaces).and_then(|at| sums.get_mut(at)) {
                    let age = event.t.wrapping_sub(other.t) as u64;
                    *sum += surfaces.fading.of(age) as f64;
                }
            }
            let centre = surface.len() / 2;
            if let Some(sum) = sums.get_mut(centre) {
                *sum += 1.0;
            }
        }
        let count = events.len().max(1) as f64;
        for (cell, sum) in surface.iter_mut().zip(sums) {
            *cell = (sum / count) as f32;
        }
    }
}

/// Where `other` stands in the surface around `event`, if it reaches so far.
fn place(event: &Seen, other: &Seen, surfaces: &AveragedSurfaces) -> Option<usize> {
    let radius = surfaces.radius as i32;
    let dx = other.x as i32 - event.x as i32;
    let dy = other.y as i32 - event.y as i32;
    if dx.abs() > radius || dy.abs() > radius {
        return None;
    }
    Some(((dy + radius) * (2 * radius + 1) + dx + radius) as usize)
}
