use alloc::vec;
use alloc::vec::Vec;

use super::{Refusal, Sensor, demand};
use crate::{Error, Event};

/// Moves in one recording.
const MOVES: i64 = 3;

/// The longest move: an hour. A recording of three is far from the ends of every time that is computed with.
const MAX_MOVE_US: i64 = 3_600_000_000;

/// A small still image on a plain background, seen magnified.
///
/// The image's middle lies in the sensor's middle, moved by a shift. Between the middles of its pixels the
/// intensity is interpolated bilinearly; beyond its outermost pixels it fades into the background within one pixel.
///
/// ```
/// use spikelet_events::simulate::Scene;
///
/// let scene = Scene::new(&[1.0, 0.0], (2, 1), 1.0, 0.0)?;
/// let mut view = vec![0.0; 4];
/// scene.view((4, 1), (0.0, 0.0), &mut view)?;
/// assert_eq!(view, [0.0, 1.0, 0.0, 0.0]);
/// scene.view((4, 1), (0.5, 0.0), &mut view)?;
/// assert_eq!(view, [0.0, 0.5, 0.5, 0.0]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene<'a> {
    image: &'a [f32],
    width: usize,
    height: usize,
    magnification: f32,
    background: f32,
}

/// Two neighbours along one side of the image and how much of the second to take. A neighbour outside is `None`.
#[derive(Clone, Copy)]
struct Between {
    first: Option<usize>,
    second: Option<usize>,
    part: f32,
}

impl<'a> Scene<'a> {
    /// `image` is `[height * width]`, row by row, `size` its width and height; `magnification` says how many sensor
    /// pixels one image pixel covers along a side.
    ///
    /// # Errors
    /// An image of another length than `size` says, a magnification not of 0.001 to 1000, an intensity that is not
    /// finite or is negative.
    ///
    /// ```
    /// use spikelet_events::simulate::Scene;
    ///
    /// let error = Scene::new(&[1.0; 5], (2, 2), 3.0, 0.1).unwrap_err();
    /// assert_eq!(error.to_string(), "`image` must have 4 pixels, got 5");
    /// ```
    pub fn new(
        image: &'a [f32],
        size: (usize, usize),
        magnification: f32,
        background: f32,
    ) -> Result<Self, Error> {
        let (width, height) = size;
        demand(width > 0, "width", "above 0", 0.0)?;
        demand(height > 0, "height", "above 0", 0.0)?;
        // A size beyond the address space is no image's size either.
        let expected = width.saturating_mul(height);
        if image.len() != expected {
            let got = image.len();
            return Err(Refusal::Size {
                name: "image",
                expected,
                got,
            }
            .into());
        }
        // Far beyond any use, and far from where f32 coordinates turn infinite.
        let is_met = (1e-3..=1e3).contains(&magnification);
        demand(
            is_met,
            "magnification",
            "between 0.001 and 1000",
            f64::from(magnification),
        )?;
        let is_intensity = |value: f32| value.is_finite() && value >= 0.0;
        demand(
            is_intensity(background),
            "background",
            "finite and 0 or above",
            f64::from(background),
        )?;
        for (index, &value) in image.iter().enumerate() {
            if !is_intensity(value) {
                return Err(Refusal::Intensity { index, value }.into());
            }
        }
        Ok(Self {
            image,
            width,
            height,
            magnification,
            background,
        })
    }

    /// Writes what a sensor of `size` (width, height) sees when the image is `shift` sensor pixels right and down of
    /// the middle into `out`, `[height * width]`.
    ///
    /// # Errors
    /// `out` has another length than `size` says.
    ///
    /// ```
    /// use spikelet_events::simulate::Scene;
    ///
    /// let scene = Scene::new(&[0.8], (1, 1), 2.0, 0.2)?;
    /// let mut view = vec![0.0; 9];
    /// scene.view((3, 3), (0.0, 0.0), &mut view)?;
    /// assert_eq!(view[4], 0.8);
    /// assert_eq!(view[3], 0.5);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn view(&self, size: (u16, u16), shift: (f32, f32), out: &mut [f32]) -> Result<(), Error> {
        let expected = usize::from(size.0) * usize::from(size.1);
        if out.len() != expected {
            return Err(Refusal::Size {
                name: "out",
                expected,
                got: out.len(),
            }
            .into());
        }
        let columns: Vec<Between> = (0..size.0)
            .map(|x| self.between(x, (size.0, self.width), shift.0))
            .collect();
        for (y, row) in (0..size.1).zip(out.chunks_mut(columns.len().max(1))) {
            let across = self.between(y, (size.1, self.height), shift.1);
            let (upper, lower) = (self.row(across.first), self.row(across.second));
            for (value, along) in row.iter_mut().zip(&columns) {
                let upper = self.mix(upper, along);
                *value = upper + across.part * (self.mix(lower, along) - upper);
            }
        }
        Ok(())
    }

    /// Where sensor coordinate `at` lies along one side; `sides` are the sensor's and the image's.
    fn between(&self, at: u16, sides: (u16, usize), shift: f32) -> Between {
        let from_middle = f32::from(at) + 0.5 - f32::from(sides.0) / 2.0 - shift;
        let place = from_middle / self.magnification + sides.1 as f32 / 2.0 - 0.5;
        let floor = libm::floorf(place);
        // The cast saturates, so that a place far outside stays outside.
        let first = floor as i64;
        let inside = |index: i64| usize::try_from(index).ok().filter(|&index| index < sides.1);
        Between {
            first: inside(first),
            second: inside(first.saturating_add(1)),
            part: place - floor,
        }
    }

    fn row(&self, y: Option<usize>) -> &[f32] {
        y.and_then(|y| self.image.chunks(self.width).nth(y))
            .unwrap_or_default()
    }

    fn mix(&self, row: &[f32], along: &Between) -> f32 {
        let pick = |index: Option<usize>| {
            index
                .and_then(|x| row.get(x))
                .copied()
                .unwrap_or(self.background)
        };
        let first = pick(along.first);
        first + along.part * (pick(along.second) - first)
    }
}

/// Three straight moves around a triangle, as the sensor's mount made when N-MNIST was recorded.
///
/// The image starts at the lower left of the triangle, goes up right to its tip, down right, and back left; each
/// side takes the same time, speeding up and slowing down without a jerk, as an eye does:
/// $s(\tau) = 10\tau^3 - 15\tau^4 + 6\tau^5$.
///
/// Orchard, Jayawant, Cohen, Thakor, Converting Static Image Datasets to Spiking Neuromorphic Datasets Using
/// Saccades, Frontiers in Neuroscience 2015; Flash, Hogan, Journal of Neuroscience 1985 (the speed).
///
/// ```
/// use spikelet_events::simulate::Saccades;
///
/// let path = Saccades::new(4.0, 100_000, 2_000)?;
/// assert_eq!(path.shift(0), (-4.0, 4.0));
/// assert_eq!(path.shift(50_000), (-2.0, 0.0));
/// assert_eq!(path.shift(100_000), (0.0, -4.0));
/// assert_eq!(path.shift(200_000), (4.0, 4.0));
/// assert_eq!(path.shift(300_000), (-4.0, 4.0));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saccades {
    amplitude_px: f32,
    move_us: i64,
    step_us: i64,
}

impl Saccades {
    /// `amplitude_px` is half the width and half the height of the triangle in sensor pixels, `move_us` the time of
    /// one side and `step_us` the time between two images, both in microseconds.
    ///
    /// # Errors
    /// An amplitude not of 0 to 65535, a move not of 1 us to an hour, a step that is not of 1 us to a
    /// whole move.
    ///
    /// ```
    /// use spikelet_events::simulate::Saccades;
    ///
    /// assert!(Saccades::new(4.0, 100_000, 0).is_err());
    /// ```
    pub fn new(amplitude_px: f32, move_us: i64, step_us: i64) -> Result<Self, Error> {
        let is_met = (0.0..=65_535.0).contains(&amplitude_px);
        demand(
            is_met,
            "amplitude_px",
            "between 0 and 65535",
            f64::from(amplitude_px),
        )?;
        let is_met = (1..=MAX_MOVE_US).contains(&move_us);
        demand(
            is_met,
            "move_us",
            "between 1 and 3600000000",
            move_us as f64,
        )?;
        let is_met = (1..=move_us).contains(&step_us);
        demand(is_met, "step_us", "between 1 and `move_us`", step_us as f64)?;
        Ok(Self {
            amplitude_px,
            move_us,
            step_us,
        })
    }

    /// The length of the whole recording in microseconds.
    ///
    /// ```
    /// # use spikelet_events::simulate::Saccades;
    /// assert_eq!(Saccades::new(4.0, 100_000, 2_000)?.duration_us(), 300_000);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    #[must_use]
    pub const fn duration_us(&self) -> i64 {
        MOVES * self.move_us
    }

    /// The times at which the sensor is shown an image, in microseconds: each step, and the end.
    ///
    /// ```
    /// # use spikelet_events::simulate::Saccades;
    /// let path = Saccades::new(4.0, 10, 8)?;
    /// assert_eq!(path.times().collect::<Vec<_>>(), [0, 8, 16, 24, 30]);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let (stop, step) = (self.duration_us(), self.step_us);
        (0..)
            .map(move |count: i64| count * step)
            .take_while(move |&t| t < stop)
            .chain([stop])
    }

    /// Where the image is at a time in microseconds: sensor pixels right and down of the middle. Outside the
    /// recording it rests where the recording starts.
    ///
    /// ```
    /// # use spikelet_events::simulate::Saccades;
    /// let path = Saccades::new(4.0, 100_000, 2_000)?;
    /// assert_eq!(path.shift(250_000), (0.0, 4.0));
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    #[must_use]
    pub fn shift(&self, t_us: i64) -> (f32, f32) {
        let (left, tip, right) = ((-1.0, 1.0), (0.0, -1.0), (1.0, 1.0));
        let (from, to): ((f64, f64), (f64, f64)) = match t_us.div_euclid(self.move_us) {
            0 => (left, tip),
            1 => (tip, right),
            2 => (right, left),
            _ => (left, left),
        };
        let tau = t_us.rem_euclid(self.move_us) as f64 / self.move_us as f64;
        let part = tau * tau * tau * (10.0 + tau * (6.0 * tau - 15.0));
        let along = |from: f64, to: f64| f64::from(self.amplitude_px) * (from + part * (to - from));
        (along(from.0, to.0) as f32, along(from.1, to.1) as f32)
    }
}

/// Shows `scene` to `sensor` along `path` and hands the events to `sink`, sorted by time.
///
/// # Errors
/// As [`Sensor::expose`]: an intensity with no logarithm, or a sensor that has already seen a later time.
///
/// ```
/// use spikelet_events::simulate::{Saccades, Scene, Sensor, SensorConfig, record};
///
/// let scene = Scene::new(&[1.0], (1, 1), 2.0, 0.5)?;
/// let path = Saccades::new(0.0, 100_000, 2_000)?;
/// let mut sensor = Sensor::new(SensorConfig::new(8, 8))?;
/// record(&scene, &path, &mut sensor, |_| panic!("a still image gives no events"))?;
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub fn record(
    scene: &Scene<'_>,
    path: &Saccades,
    sensor: &mut Sensor,
    mut sink: impl FnMut(Event),
) -> Result<(), Error> {
    let size = (sensor.config().width, sensor.config().height);
    let mut view = vec![0.0; usize::from(size.0) * usize::from(size.1)];
    for t_us in path.times() {
        scene.view(size, path.shift(t_us), &mut view)?;
        sensor.expose(&view, t_us, &mut sink)?;
    }
    Ok(())
}
