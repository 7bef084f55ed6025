use alloc::vec::Vec;

use crate::{Error, SensorSize};

/// More pixels than this are refused: 16,384 along each side, far beyond any event camera.
const MOST_PIXELS: u64 = 1 << 28;

/// One value for each pixel of a sensor.
#[derive(Clone, Debug)]
pub(super) struct PerPixel<T> {
    size: SensorSize,
    values: Vec<T>,
}

impl<T: Clone> PerPixel<T> {
    /// `value` at each pixel.
    pub(super) fn filled(size: SensorSize, value: T) -> Result<Self, Error> {
        let values = reserved(size, 0, value)?;
        Ok(Self { size, values })
    }
}

impl<T> PerPixel<T> {
    /// The value of a pixel; nothing outside the sensor.
    #[inline]
    pub(super) fn at(&mut self, x: u16, y: u16) -> Option<&mut T> {
        at(self.parts(), x, y)
    }

    /// Size and values, for a loop that keeps them at hand.
    pub(super) fn parts(&mut self) -> (SensorSize, &mut [T]) {
        (self.size, &mut self.values)
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }
}

/// The value of a pixel; nothing outside the sensor.
#[inline]
pub(super) fn at<T>((size, values): (SensorSize, &mut [T]), x: u16, y: u16) -> Option<&mut T> {
    if !size.contains(x, y) {
        return None;
    }
    values.get_mut(y as usize * size.width as usize + x as usize)
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
    let mut values = Vec::new();
    if values.try_reserve_exact(count).is_err() {
        return Err(refused);
    }
    values.resize(count, value);
    Ok(values)
}

/// A time moved so that 0 comes before or at every other: fresh memory then means "long ago" by itself.
#[inline]
pub(super) fn ordered(t: i64) -> u64 {
    (t as u64) ^ (1 << 63)
}
