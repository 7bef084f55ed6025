//! Readings of single pixels to frames.

use alloc::vec::Vec;

use crate::{Frame, OwnedFrame, Sample, SensorSize};

/// What was read of a pixel since its frame began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Readings {
    reset: Option<u16>,
    signal: Option<u16>,
}

/// The part of the sensor that a frame covers: first and last column and row.
#[derive(Clone, Copy, Debug)]
struct Region {
    x: (u16, u16),
    y: (u16, u16),
}

/// Puts frames together from readings of single pixels.
///
/// A DAVIS reads every pixel twice: after its reset and after its exposure. Light lowers the second reading, so the
/// value of a pixel is `reset - signal`, and 0 where noise makes that negative. A frame begins with the reading of a
/// pixel that was read before, or with a reset after all pixels were read twice, and is given away once it has ended and every pixel read was read twice, over a whole
/// rectangle of them; others are counted. Its times are those of the readings: `start` and `exposure_start` of the
/// first after reset, `exposure_end` of the first after exposure and `end` of the last, as jAER counts them for the
/// rolling shutter; `t` is `exposure_start`. Rows come from the top, though `y` counts from the bottom as stored.
///
/// ```
/// use spikelet_events::{Sample, SensorSize, format::aedat2::Frames};
///
/// let mut frames = Frames::new(SensorSize { width: 240, height: 180 });
/// let reset = Sample { t: 5, x: 10, y: 5, read: 0, value: 700 };
/// assert!(frames.push(reset).is_none());
/// assert!(frames.push(Sample { t: 9, read: 1, value: 600, ..reset }).is_none(), "it may go on");
/// let frame = frames.finish().expect("the one pixel was read twice");
/// assert_eq!(frame.pixels, 100u16.to_le_bytes());
/// assert_eq!((frame.facts.exposure_start, frame.facts.exposure_end), (5, 9));
/// ```
#[derive(Clone, Debug)]
pub struct Frames {
    size: SensorSize,
    /// Of every pixel, row by row; none before the first reading.
    pixels: Vec<Readings>,
    /// Times of the first and last reading of each kind: after reset, after exposure.
    reset: Option<(i64, i64)>,
    signal: Option<(i64, i64)>,
    region: Option<Region>,
    /// Pixels read after reset and not yet after exposure.
    open: usize,
    incomplete: u64,
}

impl Frames {
    /// Frames of a sensor; readings outside it make their frame incomplete.
    pub fn new(size: SensorSize) -> Self {
        Self {
            // Addresses reach no further, so nobody's size sets more memory aside.
            size: SensorSize {
                width: size.width.min(1 << 10),
                height: size.height.min(1 << 9),
            },
            pixels: Vec::new(),
            reset: None,
            signal: None,
            region: None,
            open: 0,
            incomplete: 0,
        }
    }

    /// Frames whose pixels were not all read twice, or fill no rectangle: left out.
    pub const fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// Takes a reading, and gives the frame before it if it begins another; a third kind of reading is passed over.
    pub fn push(&mut self, sample: Sample) -> Option<OwnedFrame> {
        if sample.read > 1 {
            return None;
        }
        let is_again = self.readings(sample).is_some_and(|pixel| {
            if sample.read == 0 {
                pixel.reset.is_some()
            } else {
                pixel.signal.is_some()
            }
        });
        let is_over = sample.read == 0 && self.open == 0 && self.signal.is_some();
        let done = if is_again || is_over {
            self.finish()
        } else {
            None
        };
        self.take(sample);
        done
    }

    /// Gives the last frame.
    pub fn finish(&mut self) -> Option<OwnedFrame> {
        let region = self.region.take()?;
        let frame = self.frame(region);
        self.incomplete += frame.is_none() as u64;
        self.pixels.fill(Readings::default());
        (self.reset, self.signal, self.open) = (None, None, 0);
        frame
    }

    fn readings(&mut self, sample: Sample) -> Option<&mut Readings> {
        if !self.size.contains(sample.x, sample.y) {
            return None;
        }
        let place = sample.y as usize * self.size.width as usize + sample.x as usize;
        self.pixels.get_mut(place)
    }

    fn take(
        &mut self,
        Sample {
            t,
            x,
            y,
            read,
            value,
        }: Sample,
    ) {
        let SensorSize { width, height } = self.size;
        if self.pixels.is_empty() {
            self.pixels
                .resize(width as usize * height as usize, Readings::default());
        }
        let (span, is_reset) = match read {
            0 => (&mut self.reset, true),
            _ => (&mut self.signal, false),
        };
        let first = span.map_or(t, |span| span.0);
        *span = Some((first, t));
        let mut region = self.region.unwrap_or(Region {
            x: (x, x),
            y: (y, y),
        });
        region.x = (region.x.0.min(x), region.x.1.max(x));
        region.y = (region.y.0.min(y), region.y.1.max(y));
        self.region = Some(region);
        if let Some(pixel) = self.readings(Sample {
            t,
            x,
            y,
            read,
            value,
        }) {
            let place = if is_reset {
                &mut pixel.reset
            } else {
                &mut pixel.signal
            };
            *place = Some(value);
            match (is_reset, *pixel) {
                (true, Readings { signal: None, .. }) => self.open += 1,
                (false, Readings { reset: Some(_), .. }) => self.open = self.open.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// The frame of a region, if all of it was read twice.
    fn frame(&self, Region { x, y }: Region) -> Option<OwnedFrame> {
        let ((exposure_start, _), (exposure_end, end)) = (self.reset?, self.signal?);
        let (columns, rows) = (
            x.0 as usize..x.1 as usize + 1,
            y.0 as usize..y.1 as usize + 1,
        );
        let facts = Frame {
            t: exposure_start,
            start: exposure_start,
            end,
            exposure_start,
            exposure_end,
            x: x.0 as i32,
            y: y.1 as i32,
            width: columns.len() as u32,
            height: rows.len() as u32,
            channels: 1,
            sample_bytes: 2,
            pixels: &[],
        };
        let mut pixels = Vec::with_capacity(2 * columns.len() * rows.len());
        let width = self.size.width as usize;
        for row in rows.rev() {
            let line = self.pixels.get(row * width..)?.get(..width)?;
            for pixel in line.get(columns.clone())? {
                let value = pixel.reset?.saturating_sub(pixel.signal?);
                pixels.extend(value.to_le_bytes());
            }
        }
        Some(OwnedFrame { facts, pixels })
    }
}
