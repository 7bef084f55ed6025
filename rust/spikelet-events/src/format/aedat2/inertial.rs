//! Seven records make one sample of the inertial sensor.

use crate::Imu;

/// Channels in the order of their records: accelerometer, temperature, gyroscope.
const CHANNELS: usize = 7;

/// The channels of a sample that is not complete yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cycle {
    values: [f32; CHANNELS],
    next: usize,
}

impl Cycle {
    pub(super) const EMPTY: Self = Self {
        values: [0.0; CHANNELS],
        next: 0,
    };

    /// Takes one record; a sample whose records do not follow each other in order is given up.
    pub(super) fn take(&mut self, address: u32, t: i64) -> Option<Imu> {
        let channel = (address >> 28 & 7) as usize;
        let value = (address >> 12) as u16 as i16 as f32;
        if channel != self.next && channel != 0 {
            self.next = 0;
            return None;
        }
        *self.values.get_mut(channel)? = value;
        self.next = channel + 1;
        if self.next < CHANNELS {
            return None;
        }
        self.next = 0;
        let [ax, ay, az, temperature, gx, gy, gz] = self.values;
        Some(Imu {
            t,
            accelerometer: [ax, ay, az],
            gyroscope: [gx, gy, gz],
            temperature,
            ..Imu::default()
        })
    }
}
