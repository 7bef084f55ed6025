use alloc::vec;
use alloc::vec::Vec;

use crate::{Error, SensorSize};

/// More pixels than this are refused: 16,384 along each side, far beyond any event camera.
const MOST_PIXELS: u64 = 1 << 28;

/// One value for each pixel of a sensor.
#[derive(Clone, Debug)]
pub(super) struct PerPixel<T> {
    width: usize,
    /// Rows of `width`, as many as the sensor has.
    values: Vec<T>,
}

impl<T: Clone> PerPixel<T> {
    /// `value` at each pixel.
    pub(super) fn filled(size: SensorSize, value: T) -> Result<Self, Error> {
        let values = reserved(size, 0, value)?;
        let width = size.width as usize;
        Ok(Self { width, values })
    }
}

impl<T> PerPixel<T> {
    /// The value of a pixel; nothing outside the sensor.
    #[inline]
    pub(super) fn at(&mut self, x: u16, y: u16) -> Option<&mut T> {
        at(self.parts(), x, y)
    }

    /// Width and values, for a loop that keeps them at hand.
    pub(super) fn parts(&mut self) -> (usize, &mut [T]) {
        (self.width, &mut self.values)
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }
}

/// The value of a pixel; nothing outside the sensor.
#[inline]
pub(super) fn at<T>((width, values): (usize, &mut [T]), x: u16, y: u16) -> Option<&mut T> {
    // A row below the last has no values.
    let is_inside = (x as usize) < width;
    values
        .get_mut(y as usize * width + x as usize)
        .filter(|_| is_inside)
}

/// `value` at each pixel of a sensor that has one more row and column on every side.
pub(super) fn with_margin<T: Clone>(size: SensorSize, value: T) -> Result<Vec<T>, Error> {
    reserved(size, 2, value)
}

fn reserved<T: Clone>(size: SensorSize, more: usize, value: T) -> Result<Vec<T>, Error> {
    let pixels = size.width as u64 * size.height as u64;
    let refused = Error::Memory { pixels };
    if !size.is_addressable() || pixels > MOST_PIXELS {
        return Err(refused);
    }
    let count = (size.width as usize + more) * (size.height as usize + more);
    // Asked first whether there is room; zeros of the system's then need not be written once more.
    if Vec::<T>::new().try_reserve_exact(count).is_err() {
        return Err(refused);
    }
    Ok(vec![value; count])
}

/// A time moved so that 0 comes before or at every other: fresh memory then means "long ago" by itself.
#[inline]
pub(super) fn ordered(t: i64) -> u64 {
    (t as u64) ^ (1 << 63)
}
