//! What a recording may hold beside its events: frames, inertial samples, grey-level samples, marks.

use core::fmt;

use crate::ColumnsMut;

/// One sample of the inertial sensor beside the pixels.
///
/// AEDAT 3.1 and 4 store multiples of the earth's gravity, degrees per second, microtesla and degrees Celsius;
/// AEDAT 2 stores the chip's plain counts, whose scale its settings decide. What a format has no place for is NaN.
///
/// ```
/// use spikelet_events::Imu;
///
/// let still = Imu { t: 5, accelerometer: [0.0, 0.0, 1.0], ..Imu::default() };
/// assert!(still.temperature.is_nan(), "nobody measured it");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Imu {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// Acceleration along x, y, z.
    pub accelerometer: [f32; 3],
    /// Rotation about x, y, z.
    pub gyroscope: [f32; 3],
    /// Magnetic field along x, y, z.
    pub magnetometer: [f32; 3],
    /// Temperature of the chip.
    pub temperature: f32,
}

impl Default for Imu {
    fn default() -> Self {
        let unknown = [f32::NAN; 3];
        Self {
            t: 0,
            accelerometer: unknown,
            gyroscope: unknown,
            magnetometer: unknown,
            temperature: f32::NAN,
        }
    }
}

/// An ordinary picture that the same sensor took; rows from the top, channels as stored.
///
/// ```
/// use spikelet_events::Frame;
///
/// let frame = Frame { width: 2, height: 1, channels: 1, sample_bytes: 1, pixels: &[7, 9], ..Frame::default() };
/// assert_eq!(frame.pixel_bytes(), Some(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// When the camera began with it.
    pub start: i64,
    /// When the camera was done with it.
    pub end: i64,
    /// When its exposure began.
    pub exposure_start: i64,
    /// When its exposure ended.
    pub exposure_end: i64,
    /// Column of the sensor under its first pixel.
    pub x: i32,
    /// Row of the sensor under its first pixel.
    pub y: i32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Samples per pixel.
    pub channels: u8,
    /// 1 or 2 bytes per sample, the lower one first.
    pub sample_bytes: u8,
    /// Samples, channel by channel, pixel by pixel, row by row.
    pub pixels: &'a [u8],
}

impl Frame<'_> {
    /// How many bytes `pixels` must be long, if that can be counted at all.
    pub fn pixel_bytes(&self) -> Option<usize> {
        let samples = (self.width as usize).checked_mul(self.height as usize)?;
        let samples = samples.checked_mul(self.channels as usize)?;
        samples.checked_mul(self.sample_bytes as usize)
    }
}

/// One reading of the grey level of one pixel; two of each pixel make a frame.
///
/// ```
/// use spikelet_events::Sample;
///
/// assert_eq!(Sample { t: 5, x: 10, y: 5, read: 1, value: 77 }.read, 1, "the signal; 0 is the reset");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sample {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// Column, as stored.
    pub x: u16,
    /// Row, as stored.
    pub y: u16,
    /// 0 for the reading after reset, 1 for the one after exposure.
    pub read: u8,
    /// What the converter read, 10 bits.
    pub value: u16,
}

/// A mark in time that is neither an event nor an edge on a trigger input, as the format numbers it.
///
/// | format | kind | data |
/// |---|---|---|
/// | AEDAT 1, 2 | 0 external event | the address |
/// | AEDAT 3.1 | 0 time wrap, 1 time reset, 5 row only, others | upper 24 bits |
/// | AEDAT 4 | 0 time reset, 4, 5 generator rising, falling, 6, 7 frame begin, end, 8, 9 exposure begin, end | 0 |
///
/// ```
/// use spikelet_events::Special;
///
/// assert_eq!(Special { t: 5, kind: 1, data: 0 }.kind, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Special {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// What it marks, by the format's own number.
    pub kind: u8,
    /// The other bits.
    pub data: u32,
}

/// One event of exposure of an ATIS pixel: its brightness integral crossed the first or the second threshold.
///
/// ```
/// use spikelet_events::Exposure;
///
/// assert!(Exposure { t: 139, x: 7, y: 8, is_second: true, index: 1 }.is_second);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Exposure {
    /// Time in microseconds, on the clock of the events.
    pub t: i64,
    /// Column, as stored.
    pub x: u16,
    /// Row, as stored.
    pub y: u16,
    /// Whether it crossed the second threshold.
    pub is_second: bool,
    /// Its place in the file among events of both kinds.
    pub index: u64,
}

/// The colour of an event of a colour stream; one for each event, in their order.
///
/// ```
/// use spikelet_events::Color;
///
/// assert_eq!(Color { r: 255, g: 128, b: 0 }.g, 128);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// A piece of some bytes with a time; pieces of one payload follow each other.
///
/// ```
/// use spikelet_events::Payload;
///
/// let piece = Payload { t: 5, length: 3, at: 1, bytes: b"bc" };
/// assert!(piece.is_last(), "all three bytes are there now");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Time in microseconds.
    pub t: i64,
    /// Length of the whole payload.
    pub length: u32,
    /// Where in it this piece begins; 0 for the first.
    pub at: u32,
    /// The piece.
    pub bytes: &'a [u8],
}

impl Payload<'_> {
    /// Whether the payload is whole with this piece.
    pub fn is_last(&self) -> bool {
        self.at as usize + self.bytes.len() >= self.length as usize
    }
}

/// Takes what a recording holds beside its events; each method does nothing unless it is written.
///
/// ```
/// use spikelet_events::{Beside, ColumnsMut, Decode, Imu, format::aedat2};
///
/// #[derive(Debug, Default)]
/// struct Still(bool);
///
/// impl Beside for Still {
///     fn imu(&mut self, imu: Imu) {
///         self.0 = imu.gyroscope == [0.0; 3];
///     }
/// }
///
/// let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
/// let mut still = Still::default();
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?.with_beside(&mut still);
/// let mut decoder = aedat2::Decoder::new(aedat2::Layout::Davis);
/// for channel in 0..7u8 {
///     decoder.push(&[0x80 | channel << 4, 0, 0x0c, 0, 0, 0, 0, 9], &mut out);
/// }
/// assert!(still.0);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub trait Beside: fmt::Debug {
    /// Takes a sample of the inertial sensor.
    fn imu(&mut self, _imu: Imu) {}

    /// Takes a frame.
    fn frame(&mut self, _frame: Frame<'_>) {}

    /// Takes a reading of one pixel's grey level.
    fn sample(&mut self, _sample: Sample) {}

    /// Takes a mark.
    fn special(&mut self, _special: Special) {}

    /// Takes an event of exposure.
    fn exposure(&mut self, _exposure: Exposure) {}

    /// Takes the colour of the event that was handed out last.
    fn color(&mut self, _color: Color) {}

    /// Takes a piece of a payload.
    fn payload(&mut self, _payload: Payload<'_>) {}
}

impl<'a> ColumnsMut<'a> {
    /// The same columns with somebody who takes what stands beside the events; without, it is only counted.
    #[must_use]
    pub fn with_beside(mut self, beside: &'a mut dyn Beside) -> Self {
        self.beside = Some(beside);
        self
    }

    /// Who takes what stands beside the events, if anybody does.
    pub fn beside(&mut self) -> Option<&mut dyn Beside> {
        match &mut self.beside {
            Some(beside) => Some(&mut **beside),
            None => None,
        }
    }
}

#[cfg(feature = "alloc")]
pub use kept::{Kept, KeptPayloads, OwnedFrame};

#[cfg(feature = "alloc")]
mod kept {
    use alloc::vec::Vec;

    use super::{Beside, Color, Exposure, Frame, Imu, Payload, Sample, Special};

    /// A [`Frame`] with pixels of its own.
    ///
    /// ```
    /// use spikelet_events::{Beside, Frame, Kept};
    ///
    /// let mut kept = Kept::default();
    /// kept.frame(Frame { width: 1, height: 1, pixels: &[7], ..Frame::default() });
    /// assert_eq!(kept.frames[0].pixels, [7]);
    /// assert_eq!(kept.frames[0].facts.width, 1);
    /// ```
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OwnedFrame {
        /// All but the pixels, which are empty here.
        pub facts: Frame<'static>,
        /// Samples, channel by channel, pixel by pixel, row by row.
        pub pixels: Vec<u8>,
    }

    /// Everything beside the events of a recording, in file order.
    ///
    /// ```
    /// use spikelet_events::{Beside, Imu, Kept};
    ///
    /// let mut kept = Kept::default();
    /// kept.imu(Imu { t: 9, ..Imu::default() });
    /// assert_eq!(kept.imu.len(), 1);
    /// ```
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Kept {
        /// Samples of the inertial sensor.
        pub imu: Vec<Imu>,
        /// Frames.
        pub frames: Vec<OwnedFrame>,
        /// Readings of single pixels' grey levels.
        pub samples: Vec<Sample>,
        /// Marks.
        pub specials: Vec<Special>,
        /// Events of exposure.
        pub exposures: Vec<Exposure>,
        /// The colours of the events.
        pub colors: Vec<Color>,
        /// Payloads.
        pub payloads: KeptPayloads,
    }

    /// Whole payloads, one after another.
    ///
    /// ```
    /// use spikelet_events::{Beside, Kept, Payload};
    ///
    /// let mut kept = Kept::default();
    /// kept.payload(Payload { t: 5, length: 3, at: 0, bytes: b"a" });
    /// kept.payload(Payload { t: 5, length: 3, at: 1, bytes: b"bc" });
    /// assert_eq!((kept.payloads.t, kept.payloads.ends, kept.payloads.bytes), (vec![5], vec![3], b"abc".into()));
    /// ```
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct KeptPayloads {
        /// Times in microseconds.
        pub t: Vec<i64>,
        /// Where each ends in `bytes`; it begins where the one before ends.
        pub ends: Vec<u64>,
        /// All bytes; after the last end those of a payload that is not whole yet.
        pub bytes: Vec<u8>,
    }

    impl Beside for Kept {
        fn imu(&mut self, imu: Imu) {
            self.imu.push(imu);
        }

        fn frame(&mut self, frame: Frame<'_>) {
            let facts = Frame {
                pixels: &[],
                ..frame
            };
            let pixels = frame.pixels.to_vec();
            self.frames.push(OwnedFrame { facts, pixels });
        }

        fn sample(&mut self, sample: Sample) {
            self.samples.push(sample);
        }

        fn special(&mut self, special: Special) {
            self.specials.push(special);
        }

        fn exposure(&mut self, exposure: Exposure) {
            self.exposures.push(exposure);
        }

        fn color(&mut self, color: Color) {
            self.colors.push(color);
        }

        fn payload(&mut self, payload: Payload<'_>) {
            self.payloads.bytes.extend_from_slice(payload.bytes);
            if payload.is_last() {
                self.payloads.t.push(payload.t);
                self.payloads.ends.push(self.payloads.bytes.len() as u64);
            }
        }
    }
}
