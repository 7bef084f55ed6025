//! Items to bytes.

use core::iter;

use super::super::plain::{Block, EncodeUnits, largest};
use super::super::records::BLOCK;
use super::{Head, Kind, MAX_SIZE, NAME};
use crate::codec::Pieces;
use crate::{Alongside, BesideKind, Color, Columns, Encode, Error, Event, Exposure, SensorSize};

/// The longest pause that is written: 2.4 hours, 68 MB of DVS bytes.
const LONGEST_US: i64 = 1 << 33;
/// The longest step that a DVS event tells by itself.
const LONGEST_STEP: u64 = 126;

/// Events to bytes: DVS, ATIS or colour.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::es};
///
/// let mut encoder = es::Encoder::dvs(SensorSize { width: 1280, height: 720 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[10], &[320], &[240], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0x15, 0x40, 0x01, 0xf0, 0x00]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    kind: Kind,
    size: SensorSize,
    previous: i64,
    events: u64,
    /// Events of change and of exposure together.
    items: u64,
}

impl Encoder {
    /// An encoder of DVS events.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn dvs(size: SensorSize) -> Result<Self, Error> {
        Self::new(Kind::Dvs, size)
    }

    /// An encoder of ATIS events.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn atis(size: SensorSize) -> Result<Self, Error> {
        Self::new(Kind::Atis, size)
    }

    /// An encoder of coloured events, which takes their colours by [`Encode::push_with`].
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn color(size: SensorSize) -> Result<Self, Error> {
        Self::new(Kind::Color, size)
    }

    fn new(kind: Kind, size: SensorSize) -> Result<Self, Error> {
        super::super::check_size(NAME, size, MAX_SIZE)?;
        Ok(Self {
            kind,
            size,
            previous: 0,
            events: 0,
            items: 0,
        })
    }

    /// Encodes events of change and of exposure in one order of time, as [`Encode::push`] does.
    ///
    /// Where `is_exposure` is true, `p` says whether the threshold is the second. Only what stands in both is
    /// encoded, should one be shorter.
    ///
    /// ```
    /// use spikelet_events::{Columns, SensorSize, format::es};
    ///
    /// let mut encoder = es::Encoder::atis(SensorSize { width: 304, height: 240 })?;
    /// let mut bytes = Vec::new();
    /// let flat = Columns::new(&[10, 139], &[5, 7], &[6, 8], &[true, false])?;
    /// encoder.push_flat(flat, &[false, true], &mut |piece| bytes.extend_from_slice(piece))?;
    /// assert_eq!(bytes, [0x2a, 5, 0, 6, 0, 0xfe, 0x0d, 7, 0, 8, 0]);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Encode::push`]; [`Error::Unfit`]: an exposure event in a stream of DVS events.
    pub fn push_flat(
        &mut self,
        flat: Columns<'_>,
        is_exposure: &[bool],
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let result = flat
            .iter()
            .zip(is_exposure)
            .try_for_each(|(event, &is_exposure)| self.item(event, is_exposure, &mut out));
        out.flush();
        result
    }

    fn item(&mut self, event: Event, is_exposure: bool, out: &mut Pieces<'_>) -> Result<(), Error> {
        let Event { t, x, y, p } = event;
        super::super::check_pixel(self.size, event, self.items)?;
        let step = self.step(t)?;
        let first = match self.kind {
            Kind::Atis => (pauses_of_63(step, out) << 2) | (p as u8) << 1 | is_exposure as u8,
            Kind::Color => return Err(unfit("colors", "be one for each event")),
            _ if is_exposure => {
                return Err(unfit("exposures", "be left out of a stream of DVS events"));
            }
            _ => (pauses_of_127(step, out) << 1) | p as u8,
        };
        let ([x_low, x_high], [y_low, y_high]) = (x.to_le_bytes(), y.to_le_bytes());
        out.put([first, x_low, x_high, y_low, y_high]);
        self.previous = t;
        self.events += !is_exposure as u64;
        self.items += 1;
        Ok(())
    }

    fn colored(&mut self, event: Event, color: Color, out: &mut Pieces<'_>) -> Result<(), Error> {
        let (Event { t, x, y, p }, Color { r, g, b }) = (event, color);
        super::super::check_pixel(self.size, event, self.items)?;
        if p {
            return Err(unfit("colors", "belong to events without a polarity"));
        }
        let step = self.step(t)?;
        let first = pauses_of_254(step, out);
        let ([x_low, x_high], [y_low, y_high]) = (x.to_le_bytes(), y.to_le_bytes());
        out.put([first, x_low, x_high, y_low, y_high, r, g, b]);
        self.previous = t;
        self.events += 1;
        self.items += 1;
        Ok(())
    }

    /// Events of change, and those of exposure at their places among both.
    fn with_exposures(
        &mut self,
        events: Columns<'_>,
        exposures: &[Exposure],
        out: &mut Pieces<'_>,
    ) -> Result<(), Error> {
        let (mut changes, mut exposures) = (events.iter(), exposures.iter().peekable());
        loop {
            let here = self.items;
            match exposures.peek() {
                Some(exposure) if exposure.index == here => {
                    let &Exposure {
                        t,
                        x,
                        y,
                        is_second: p,
                        ..
                    } = *exposure;
                    exposures.next();
                    self.item(Event { t, x, y, p }, true, out)?;
                }
                Some(exposure) if exposure.index < here => {
                    return Err(unfit(
                        "exposures",
                        "have an `index` above that of the item before",
                    ));
                }
                next => match changes.next() {
                    Some(event) => self.item(event, false, out)?,
                    None if next.is_none() => return Ok(()),
                    None => return Err(unfit("exposures", "lie among the events by `index`")),
                },
            }
        }
    }

    /// Microseconds since the event before.
    fn step(&self, t: i64) -> Result<i64, Error> {
        let (format, index, previous) = (NAME, self.items, self.previous);
        if t < 0 {
            return Err(Error::Early { format, index, t });
        }
        if t < previous {
            return Err(Error::Backward {
                format,
                index,
                previous,
                t,
            });
        }
        if t - previous > LONGEST_US {
            return Err(Error::Gap {
                format,
                index,
                previous,
                t,
                longest: LONGEST_US,
            });
        }
        Ok(t - previous)
    }
}

fn unfit(what: &'static str, rule: &'static str) -> Error {
    let format = NAME;
    Error::Unfit { what, rule, format }
}

/// Writes what a step of at most 253 µs cannot hold, and returns that step.
fn pauses_of_254(step: i64, out: &mut Pieces<'_>) -> u8 {
    for _ in 0..step / 254 {
        out.put([0xff]);
    }
    (step % 254) as u8
}

/// Writes what a step of at most 126 µs cannot hold, and returns that step.
fn pauses_of_127(step: i64, out: &mut Pieces<'_>) -> u8 {
    let mut pauses = step / 127;
    while pauses >= 64 {
        out.put([0xff; 64]);
        pauses -= 64;
    }
    for _ in 0..pauses {
        out.put([0xff]);
    }
    (step % 127) as u8
}

/// Writes what a step of at most 62 µs cannot hold, and returns that step.
fn pauses_of_63(step: i64, out: &mut Pieces<'_>) -> u8 {
    let pauses = step / 63;
    for _ in 0..pauses / 3 {
        out.put([0xff]);
    }
    if pauses % 3 > 0 {
        out.put([0xfc | (pauses % 3) as u8]);
    }
    (step % 63) as u8
}

/// An event of change, so many microseconds after the one before.
fn dvs_unit(step: i64, Event { x, y, p, .. }: Event) -> [u8; 5] {
    let ([x_low, x_high], [y_low, y_high]) = (x.to_le_bytes(), y.to_le_bytes());
    [(step << 1) as u8 | p as u8, x_low, x_high, y_low, y_high]
}

impl EncodeUnits<5> for Encoder {
    /// Steps that a DVS event tells by itself.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let before = iter::once(&self.previous).chain(t);
        let is_short = t.iter().zip(before).fold(true, |all, (t, before)| {
            all & (t.wrapping_sub(*before) as u64 <= LONGEST_STEP)
        });
        self.kind == Kind::Dvs && is_short && self.size.contains(largest(x), largest(y))
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 5] {
        dvs_unit(event.t - self.previous, event)
    }

    #[inline]
    fn units(&self, (t, x, y, p): Block<'_>) -> [[u8; 5]; BLOCK] {
        let (mut units, mut previous) = ([[0; 5]; BLOCK], self.previous);
        for ((((place, &t), &x), &y), &p) in units.iter_mut().zip(t).zip(x).zip(y).zip(p) {
            *place = dvs_unit(t - previous, Event { t, x, y, p });
            previous = t;
        }
        units
    }

    fn passed(&mut self, t: i64) {
        self.previous = t;
        self.events += BLOCK as u64;
        self.items += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        self.item(event, false, out)
    }
}

impl Encode for Encoder {
    fn start(&mut self, sink: &mut dyn FnMut(&[u8])) {
        sink(&Head::printed(self.kind, self.size));
    }

    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside.refuse_all_but(&[BesideKind::Exposures, BesideKind::Colors], NAME)?;
        let is_colorless = self.kind != Kind::Color && beside.colors.is_empty();
        if is_colorless && beside.exposures.is_empty() {
            return self.push(events, sink);
        }
        let mut out = Pieces::new(sink);
        let result = if is_colorless {
            self.with_exposures(events, beside.exposures, &mut out)
        } else if beside.colors.len() != events.len() || self.kind != Kind::Color {
            Err(unfit(
                "colors",
                "be one for each event of a stream of colours",
            ))
        } else {
            let mut pairs = events.iter().zip(beside.colors);
            pairs.try_for_each(|(event, &color)| self.colored(event, color, &mut out))
        };
        out.flush();
        result
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.push_units(events, sink)
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        0
    }
}
