//! Counts: how many events fell on each pixel, in each slice.

use crate::places::each_block;
use crate::{Cell, Cut, Error, Polarity};

/// Events that were not counted because their cell was full already.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Polarity, count_into};
///
/// let events = Columns::new(&[3; 260], &[0; 260], &[0; 260], &[false; 260])?;
/// let slices = [0..260];
/// let cut = Cut::new(events, &slices, SensorSize { width: 1, height: 1 })?;
/// let mut frame = [0_u8; 2];
/// let excess = count_into(cut, Polarity::TwoChannel, &mut frame)?;
/// assert_eq!(frame, [255, 0]);
/// assert_eq!((excess.events, excess.first_frame), (5, Some(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Excess {
    /// How many such events there are; of signed counts, by how much they are too small.
    pub events: u64,
    /// The first frame with one.
    pub first_frame: Option<usize>,
}

impl Excess {
    fn of_frame(frame: usize, events: u64) -> Self {
        Self {
            events,
            first_frame: (events > 0).then_some(frame),
        }
    }

    fn join(self, later: Self) -> Self {
        Self {
            events: self.events + later.events,
            first_frame: self.first_frame.or(later.first_frame),
        }
    }
}

/// Counts each slice in its frame.
///
/// `frames` is `[slices, channels, height, width]` and must hold zeros, which is not checked: fresh memory
/// does without being touched. How much it is, [`Window::frames`](crate::Window::frames),
/// [`Polarity::channels`] and [`Cut::pixels`] say beforehand. Full cells stay at [`Cell::FULL`].
///
/// # Errors
/// [`Error::Cells`] when `frames` has another size and [`Error::Unsigned`] when its type cannot count down,
/// both before anything is written; [`Error::Outside`] when an event of a slice lies outside the sensor, and
/// `frames` is then to be thrown away.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Polarity, count_into};
///
/// let events = Columns::new(&[3, 4, 4], &[0, 1, 1], &[0, 0, 0], &[true, false, false])?;
/// let slices = [0..3];
/// let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 1 })?;
/// let mut frame = [0_u16; 4];
/// count_into(cut, Polarity::TwoChannel, &mut frame)?;
/// assert_eq!(frame, [0, 2, 1, 0]);
///
/// let mut signed = [0_i16; 2];
/// count_into(cut, Polarity::Signed, &mut signed)?;
/// assert_eq!(signed, [1, -2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn count_into<C: Cell>(
    cut: Cut<'_>,
    polarity: Polarity,
    frames: &mut [C],
) -> Result<Excess, Error> {
    if polarity == Polarity::Signed && !C::HAS_SIGN {
        return Err(Error::Unsigned);
    }
    let cells = polarity.channels() * cut.pixels();
    cut.require_cells(cells, frames.len())?;
    cut.each(
        (frames, cells),
        |index, frame| {
            let excess = count_frame(&cut, polarity, index, frame)?;
            Ok(Excess::of_frame(index, excess))
        },
        Excess::join,
    )
}

/// Sets the cell of each pixel that an event of the slice fell on to 1.
///
/// `frames` is as for [`count_into`].
///
/// # Errors
/// As [`count_into`], and [`Error::Unsigned`] for [`Polarity::Signed`]: a cell says yes or no.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Polarity, mark_into};
///
/// let events = Columns::new(&[3, 4, 4], &[0, 1, 1], &[0, 0, 0], &[true, false, false])?;
/// let slices = [0..3];
/// let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 1 })?;
/// let mut frame = [0_u8; 4];
/// mark_into(cut, Polarity::TwoChannel, &mut frame)?;
/// assert_eq!(frame, [0, 1, 1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mark_into<C: Cell>(cut: Cut<'_>, polarity: Polarity, frames: &mut [C]) -> Result<(), Error> {
    if polarity == Polarity::Signed {
        return Err(Error::Unsigned);
    }
    let cells = polarity.channels() * cut.pixels();
    cut.require_cells(cells, frames.len())?;
    cut.each(
        (frames, cells),
        |index, frame| {
            let scatter = Scatter::new(&cut, polarity, index);
            scatter.run(frame, |cell, _| *cell = C::ONE)
        },
        |(), ()| (),
    )
}

/// Cells from which on a frame of floats is larger than the caches of one core.
const LARGE: usize = 1 << 19;

/// With more cells an event than this, most of a frame is never touched.
const SPARSE: usize = 4;

/// Counts one slice in one frame and says how many events found their cell full.
fn count_frame<C: Cell>(
    cut: &Cut<'_>,
    polarity: Polarity,
    index: usize,
    frame: &mut [C],
) -> Result<u64, Error> {
    let scatter = Scatter::new(cut, polarity, index);
    let can_fill_up = cut.range(index).len() as u64 > C::FULL;
    if polarity == Polarity::Signed {
        return if can_fill_up {
            balance(&scatter, frame)
        } else {
            scatter.run(frame, C::step).map(|()| 0)
        };
    }
    let is_dense = cut.range(index).len() >= frame.len() / SPARSE;
    if !can_fill_up && size_of::<C>() > 2 && is_dense && frame.len() >= LARGE {
        // 1.1 to 1.3 times as fast for a million events in high definition.
        return gather(&scatter, frame).map(|()| 0);
    }
    if !can_fill_up {
        // Not asking makes small u16 frames 1.8 times as fast.
        return scatter.run(frame, |cell, _| cell.add_one()).map(|()| 0);
    }
    let mut excess = 0;
    scatter.run(frame, |cell: &mut C, _| {
        if cell.is_full() {
            excess += 1;
        } else {
            cell.add_one();
        }
    })?;
    Ok(excess)
}

/// Counts in bytes first: a quarter of the memory to reach into, where events fall all over the frame.
fn gather<C: Cell>(scatter: &Scatter<'_>, frame: &mut [C]) -> Result<(), Error> {
    let mut bytes = vec![0_u8; frame.len()];
    let range = scatter.cut.range(scatter.frame);
    each_block(scatter.cut, scatter.polarity, &range, |places, _| {
        for &place in places {
            let place = place as usize;
            let Some(byte) = bytes.get_mut(place) else {
                continue;
            };
            *byte = byte.wrapping_add(1);
            if *byte == 0
                && let Some(cell) = frame.get_mut(place)
            {
                cell.add(256);
            }
        }
    })?;
    for (cell, &byte) in frame.iter_mut().zip(&bytes) {
        cell.add(byte as u16);
    }
    Ok(())
}

/// Signed counts of a long slice: what does not fit is known at the end alone, as they go up and down.
fn balance<C: Cell>(scatter: &Scatter<'_>, frame: &mut [C]) -> Result<u64, Error> {
    let mut wide = vec![0_i64; frame.len()];
    scatter.run(&mut wide, |cell, p| *cell += if p { 1 } else { -1 })?;
    let mut excess = 0;
    for (cell, &count) in frame.iter_mut().zip(&wide) {
        let most = C::FULL as i64;
        let kept = count.clamp(-most, most);
        excess += kept.abs_diff(count);
        *cell = C::of(kept);
    }
    Ok(excess)
}

/// The events of one slice, on their way to their cells.
struct Scatter<'a> {
    cut: &'a Cut<'a>,
    polarity: Polarity,
    frame: usize,
}

impl<'a> Scatter<'a> {
    fn new(cut: &'a Cut<'a>, polarity: Polarity, frame: usize) -> Self {
        Self {
            cut,
            polarity,
            frame,
        }
    }

    /// Calls `add` with the cell of each event and its polarity.
    fn run<C>(&self, frame: &mut [C], mut add: impl FnMut(&mut C, bool)) -> Result<(), Error> {
        let range = self.cut.range(self.frame);
        each_block(self.cut, self.polarity, &range, |places, block| {
            for (&place, &p) in places.iter().zip(block.p()) {
                if let Some(cell) = frame.get_mut(place as usize) {
                    add(cell, p);
                }
            }
        })
    }
}
