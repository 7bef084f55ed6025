//! A recording cut into slices: what every representation is made from, and who works on it.

use std::ops::Range;

use rayon::prelude::*;
use spikelet_events::{Columns, SensorSize};

use crate::Error;

/// Events of one sensor, cut into slices: one frame each.
///
/// Slices may leave events out, and may overlap.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::Cut;
///
/// let events = Columns::new(&[3, 4], &[0, 1], &[0, 0], &[true, false])?;
/// let size = SensorSize { width: 2, height: 1 };
/// assert_eq!(Cut::new(events, &[0..1, 1..2], size)?.frames(), 2);
///
/// let error = Cut::new(events, &[0..3], size).unwrap_err();
/// assert_eq!(error.to_string(), "slice 0 must lie in the 2 events, got 0..3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Cut<'a> {
    events: Columns<'a>,
    slices: &'a [Range<usize>],
    size: SensorSize,
    is_parallel: bool,
}

impl<'a> Cut<'a> {
    /// Joins a recording and its slices; the work is then done on the calling thread.
    ///
    /// # Errors
    /// [`Error::NoPixels`]: the sensor has none. [`Error::Slice`]: a slice reaches outside the recording.
    pub fn new(
        events: Columns<'a>,
        slices: &'a [Range<usize>],
        size: SensorSize,
    ) -> Result<Self, Error> {
        if size.width == 0 || size.height == 0 {
            return Err(Error::NoPixels { size });
        }
        let is_outside = |slice: &Range<usize>| slice.start > slice.end || slice.end > events.len();
        if let Some((index, slice)) = slices.iter().enumerate().find(|(_, s)| is_outside(s)) {
            return Err(Error::Slice {
                slice: index,
                start: slice.start,
                stop: slice.end,
                events: events.len(),
            });
        }
        Ok(Self {
            events,
            slices,
            size,
            is_parallel: false,
        })
    }

    /// The same, with the work shared among the threads of the current rayon pool.
    ///
    /// Threads write disjoint memory, so there are no atomics and no result depends on how many there are.
    ///
    /// ```
    /// use spikelet_events::{Columns, SensorSize};
    /// use spikelet_frames::{Cut, Polarity, count_into};
    ///
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    /// let events = Columns::new(&[3, 4, 4], &[0, 1, 1], &[0, 0, 0], &[true, false, false])?;
    /// let slices = [0..1, 1..3];
    /// let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 1 })?.parallel();
    /// let mut frames = [0.0_f32; 8];
    /// pool.install(|| count_into(cut, Polarity::TwoChannel, &mut frames))?;
    /// assert_eq!(frames, [0., 0., 1., 0., 0., 2., 0., 0.]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn parallel(self) -> Self {
        Self {
            is_parallel: true,
            ..self
        }
    }

    /// Number of slices.
    pub fn frames(&self) -> usize {
        self.slices.len()
    }

    /// Size of the sensor.
    pub fn size(&self) -> SensorSize {
        self.size
    }

    /// Pixels of the sensor.
    pub fn pixels(&self) -> usize {
        (self.size.width as usize).saturating_mul(self.size.height as usize)
    }

    /// The whole recording.
    pub(crate) fn events(&self) -> Columns<'a> {
        self.events
    }

    /// Where slice `frame` lies; nothing beyond the last.
    pub(crate) fn range(&self, frame: usize) -> Range<usize> {
        self.slices.get(frame).cloned().unwrap_or_default()
    }

    /// The events of a range that lies in the recording.
    pub(crate) fn part(&self, range: &Range<usize>) -> Columns<'a> {
        self.events.split_at(range.end).0.split_at(range.start).1
    }

    /// Refuses memory of another size than `each` cells a frame.
    pub(crate) fn require_cells(&self, each: usize, found: usize) -> Result<(), Error> {
        let expected = self.frames().saturating_mul(each);
        if expected == found {
            Ok(())
        } else {
            Err(Error::Cells { expected, found })
        }
    }

    /// Refuses the first event of the slices that lies outside the sensor.
    pub(crate) fn require_inside(&self) -> Result<(), Error> {
        let range = self.used();
        if is_inside(self.part(&range), self.size) {
            return Ok(());
        }
        // Between slices an event may lie anywhere.
        (0..self.frames()).try_for_each(|frame| self.require_part_inside(&self.range(frame)))
    }

    /// Refuses the first event of a range of the recording that lies outside the sensor.
    pub(crate) fn require_part_inside(&self, range: &Range<usize>) -> Result<(), Error> {
        if is_inside(self.part(range), self.size) {
            Ok(())
        } else {
            Err(self.outside_in(range))
        }
    }

    /// From the first event in a slice to the last.
    fn used(&self) -> Range<usize> {
        let used = self.slices.iter().filter(|slice| !slice.is_empty());
        let start = used.clone().map(|slice| slice.start).min();
        start.unwrap_or(0)..used.map(|slice| slice.end).max().unwrap_or(0)
    }

    /// The error that names the first event of a range that lies outside the sensor.
    #[cold]
    pub(crate) fn outside_in(&self, range: &Range<usize>) -> Error {
        let mut places = pixels(self.part(range)).enumerate();
        let found = places.find(|(_, (x, y, _))| !self.size.contains(*x, *y));
        let (index, (x, y, _)) = found.unwrap_or_default();
        Error::Outside {
            event: range.start + index,
            x,
            y,
            size: self.size,
        }
    }

    /// Gives each of the tasks, whose memory is apart, to `work`.
    pub(crate) fn each_of<T: Send>(&self, tasks: Vec<T>, work: impl Fn(T) + Sync + Send) {
        if self.is_parallel {
            tasks.into_par_iter().for_each(work);
        } else {
            tasks.into_iter().for_each(work);
        }
    }

    /// Gives each `chunk` of `cells` to `work` with its number, and joins what is handed back in order.
    pub(crate) fn each<C: Send, R: Default + Send>(
        &self,
        (cells, chunk): (&mut [C], usize),
        work: impl Fn(usize, &mut [C]) -> Result<R, Error> + Sync,
        join: impl Fn(R, R) -> R + Sync + Send,
    ) -> Result<R, Error> {
        let work = |(index, cells): (usize, &mut [C])| work(index, cells);
        if self.is_parallel {
            let chunks = cells.par_chunks_exact_mut(chunk).enumerate();
            // Joined in order, errors too: the report does not depend on who was first.
            chunks
                .map(work)
                .reduce(|| Ok(R::default()), |first, later| Ok(join(first?, later?)))
        } else {
            let mut chunks = cells.chunks_exact_mut(chunk).enumerate();
            chunks.try_fold(R::default(), |joined, chunk| Ok(join(joined, work(chunk)?)))
        }
    }
}

/// Pixel and polarity of events.
pub(crate) fn pixels(events: Columns<'_>) -> impl Iterator<Item = (u16, u16, bool)> {
    let places = events.x().iter().zip(events.y()).zip(events.p());
    places.map(|((&x, &y), &p)| (x, y, p))
}

fn is_inside(events: Columns<'_>, size: SensorSize) -> bool {
    // Two plain maxima run at the speed of memory.
    let largest = |column: &[u16]| column.iter().fold(0, |most, &value| most.max(value));
    events.is_empty() || size.contains(largest(events.x()), largest(events.y()))
}
