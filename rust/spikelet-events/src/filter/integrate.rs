use alloc::vec::Vec;
use core::num::{NonZeroU32, NonZeroU64};

use super::memory::PerPixel;
use crate::{Columns, Error, Event, OwnedColumns, SensorSize};

/// Fewer pixels, each of which sums the events of those it covers and fires as an integrate-and-fire neuron does.
///
/// Time is cut into bins from the first event on. In each bin a pixel adds its ON events and subtracts its OFF
/// events; where the sum has reached the threshold at the end of the bin, up or down, it fires one event of that sign,
/// stamped with the bin's start, and starts from 0. A sum below the threshold goes on into the next bin.
///
/// After Ghosh, Hunt, Ralph et al., Insect-inspired spatio-temporal downsampling of event-based input, International
/// Conference on Neuromorphic Systems 2023.
///
/// ```
/// use core::num::{NonZeroU32, NonZeroU64};
///
/// use spikelet_events::filter::Integrator;
/// use spikelet_events::{Columns, SensorSize};
///
/// let mut integrator = Integrator {
///     size: SensorSize { width: 4, height: 2 },
///     target: SensorSize { width: 2, height: 1 },
///     us: NonZeroU64::new(10).expect("above 0"),
///     threshold: NonZeroU32::new(2).expect("above 0"),
/// };
/// let events = Columns::new(&[5, 8, 17, 29], &[0, 3, 1, 3], &[0, 0, 1, 1], &[true, false, true, true])?;
/// let fired = integrator.run(events)?;
/// assert_eq!((fired.t, fired.x, fired.p), (vec![15], vec![0], vec![true]));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integrator {
    /// The sensor of the events.
    pub size: SensorSize,
    /// The sensor that fires.
    pub target: SensorSize,
    /// Length of a bin in microseconds.
    pub us: NonZeroU64,
    /// Events of one sign, less those of the other, that make a pixel fire.
    pub threshold: NonZeroU32,
}

/// The sums of all pixels, and which of them changed in the bin.
struct Sums {
    values: PerPixel<i64>,
    touched: Vec<(u16, u16)>,
}

impl Integrator {
    /// The events fired for sorted events, in order of time, then `y`, then `x`. Events outside the sensor are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Memory`]: the target has no pixel or too many.
    pub fn run(&self, events: Columns<'_>) -> Result<OwnedColumns, Error> {
        let mut fired = OwnedColumns::default();
        let mut sums = Sums {
            values: PerPixel::filled(self.target, 0)?,
            touched: Vec::new(),
        };
        let first = events.get(0).map_or(0, |event| event.t);
        let mut bin = 0;
        for event in events.iter() {
            let next = event.t.wrapping_sub(first) as u64 / self.us;
            if next != bin {
                self.fire(&mut sums, self.start(first, bin), &mut fired);
                bin = next;
            }
            self.add(&mut sums, event);
        }
        self.fire(&mut sums, self.start(first, bin), &mut fired);
        Ok(fired)
    }

    fn start(&self, first: i64, bin: u64) -> i64 {
        first.wrapping_add((bin * self.us.get()) as i64)
    }

    fn add(&self, sums: &mut Sums, event: Event) {
        if !self.size.contains(event.x, event.y) {
            return;
        }
        // Exact: a quotient of sides as a float would put some pixels one off.
        let scaled = |at: u16, from: u32, to: u32| (at as u64 * to as u64 / from as u64) as u16;
        let x = scaled(event.x, self.size.width, self.target.width);
        let y = scaled(event.y, self.size.height, self.target.height);
        if let Some(value) = sums.values.at(x, y) {
            *value += if event.p { 1 } else { -1 };
            sums.touched.push((y, x));
        }
    }

    /// Ends a bin. Only pixels that changed in it can have reached the threshold.
    fn fire(&self, sums: &mut Sums, t: i64, fired: &mut OwnedColumns) {
        sums.touched.sort_unstable();
        sums.touched.dedup();
        for (y, x) in sums.touched.drain(..) {
            let Some(value) = sums.values.at(x, y) else {
                continue;
            };
            if value.unsigned_abs() >= self.threshold.get() as u64 {
                fired.t.push(t);
                fired.x.push(x);
                fired.y.push(y);
                fired.p.push(*value > 0);
                *value = 0;
            }
        }
    }
}
