//! Decoding from the middle of a recording on, ahead of those who decode what comes before.
//!
//! A decoder begins there with a state that is guessed from a few bytes before. Whoever arrives from before compares:
//! where the states are the same, what was decoded ahead is right, whatever the file holds; else it is decoded anew.

use super::AnyDecoder;
use super::records::{Records, Units};
use crate::{Counts, Decode, OwnedColumns, Trigger};

/// Bytes from which a state is guessed: whole units of every format, and many more than cameras let pass between
/// two words of time or row.
pub(super) const LEAD_BYTES: usize = 2400;

/// A decoder that can begin in the middle.
pub(crate) trait Ahead: Decode + Clone {
    /// A place in `input` between two units, about at `near`.
    fn boundary(&self, input: &[u8], near: usize) -> Option<usize>;

    /// The same state with nothing counted.
    fn uncounted(&self) -> Self;

    /// The state behind `before`, as far as its end tells, with nothing counted; `room` is for events of no use.
    fn guess(&self, before: &[u8], room: &mut OwnedColumns) -> Self;

    /// How many events `piece` gives from here on, where that is told sooner than it is decoded. What is damaged may
    /// give others: whoever decodes it compares.
    fn events_in(&self, _piece: &[u8]) -> Option<usize> {
        None
    }

    /// Goes on to `end`, which began as `guess`; false where it did not begin here, or cannot be counted together.
    fn take_over(&mut self, guess: &Self, end: &Self) -> bool;
}

impl<F: Units<N> + Clone + PartialEq, const N: usize> Ahead for Records<F, N> {
    fn boundary(&self, _input: &[u8], near: usize) -> Option<usize> {
        let first = (N - self.partial.len()) % N;
        Some(first + near.saturating_sub(first) / N * N)
    }

    fn uncounted(&self) -> Self {
        self.with_counts(Counts::ZERO)
    }

    fn guess(&self, before: &[u8], room: &mut OwnedColumns) -> Self {
        let mut decoder = Self::begin(self.state.clone());
        let far = before.len().saturating_sub(LEAD_BYTES);
        let (far, lead) = before.split_at(far);
        decoder.state.look_back(far.as_rchunks().1);
        pass(&mut decoder, lead, room);
        decoder.uncounted()
    }

    fn events_in(&self, piece: &[u8]) -> Option<usize> {
        let mut events = self.state.events_in(&[])?;
        let mut partial = self.partial;
        partial.feed(piece, |units| {
            events += self.state.events_in(units).unwrap_or_default();
            units.len()
        });
        Some(events)
    }

    fn take_over(&mut self, guess: &Self, end: &Self) -> bool {
        let is_here = self.uncounted() == *guess;
        let counts = self.counts.followed_by(&end.counts);
        let Some(counts) = counts.filter(|_| is_here) else {
            return false;
        };
        *self = end.with_counts(counts);
        true
    }
}

/// Decodes without keeping the events.
pub(super) fn pass(decoder: &mut impl Decode, input: &[u8], room: &mut OwnedColumns) {
    let mut rest = input;
    loop {
        let mut triggers = [Trigger::default(); 64];
        let mut out = room.all_mut().with_triggers(&mut triggers);
        let used = decoder.push(rest, &mut out);
        rest = rest.get(used..).unwrap_or_default();
        if used == 0 || rest.is_empty() {
            break;
        }
    }
}

macro_rules! splitting {
    ($any:expr, $one:ident => $call:expr, else $other:expr) => {
        match $any {
            AnyDecoder::Bin40($one) => $call,
            AnyDecoder::Evt2($one) => $call,
            AnyDecoder::Evt21($one) => $call,
            AnyDecoder::Evt3($one) => $call,
            AnyDecoder::Dat($one) => $call,
            AnyDecoder::Aedat1($one) => $call,
            AnyDecoder::Aedat2($one) => $call,
            AnyDecoder::Csv($one) => $call,
            AnyDecoder::Aedat4($one) => $call,
            AnyDecoder::Aedat3(_) | AnyDecoder::Es(_) => $other,
        }
    };
}

impl AnyDecoder {
    /// Whether it can begin in the middle.
    pub(crate) fn is_shareable(&self) -> bool {
        splitting!(self, _decoder => true, else false)
    }

    /// [`Ahead::boundary`]; none for formats that are decoded from the front alone.
    pub(crate) fn boundary(&self, input: &[u8], near: usize) -> Option<usize> {
        splitting!(self, decoder => decoder.boundary(input, near), else None)
    }

    /// [`Ahead::uncounted`].
    pub(crate) fn uncounted(&self) -> Self {
        splitting!(self, decoder => decoder.uncounted().into(), else self.clone())
    }

    /// [`Ahead::guess`].
    pub(crate) fn guess(&self, before: &[u8], room: &mut OwnedColumns) -> Self {
        splitting!(self, decoder => decoder.guess(before, room).into(), else self.clone())
    }

    /// [`Ahead::events_in`].
    pub(crate) fn events_in(&self, piece: &[u8]) -> Option<usize> {
        splitting!(self, decoder => decoder.events_in(piece), else None)
    }

    /// [`Ahead::take_over`].
    pub(crate) fn take_over(&mut self, guess: &Self, end: &Self) -> bool {
        match (self, guess, end) {
            (Self::Bin40(here), Self::Bin40(guess), Self::Bin40(end)) => here.take_over(guess, end),
            (Self::Evt2(here), Self::Evt2(guess), Self::Evt2(end)) => here.take_over(guess, end),
            (Self::Evt21(here), Self::Evt21(guess), Self::Evt21(end)) => here.take_over(guess, end),
            (Self::Evt3(here), Self::Evt3(guess), Self::Evt3(end)) => here.take_over(guess, end),
            (Self::Dat(here), Self::Dat(guess), Self::Dat(end)) => here.take_over(guess, end),
            (Self::Aedat1(here), Self::Aedat1(guess), Self::Aedat1(end)) => {
                here.take_over(guess, end)
            }
            (Self::Aedat2(here), Self::Aedat2(guess), Self::Aedat2(end)) => {
                here.take_over(guess, end)
            }
            (Self::Csv(here), Self::Csv(guess), Self::Csv(end)) => here.take_over(guess, end),
            (Self::Aedat4(here), Self::Aedat4(guess), Self::Aedat4(end)) => {
                here.take_over(guess, end)
            }
            _ => false,
        }
    }
}

macro_rules! into_any {
    ($($format:ident, $variant:ident;)*) => {
        $(impl From<super::$format::Decoder> for AnyDecoder {
            fn from(decoder: super::$format::Decoder) -> Self {
                Self::$variant(decoder)
            }
        })*
    };
}
into_any! {
    bin40, Bin40;
    evt2, Evt2;
    evt21, Evt21;
    evt3, Evt3;
    dat, Dat;
    aedat1, Aedat1;
    aedat2, Aedat2;
    csv, Csv;
    aedat4, Aedat4;
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::AnyDecoder;
    use crate::format::{AnyEncoder, Format, aedat2::Chip};
    use crate::{Columns, Encode, OwnedColumns, SensorSize, Trigger};

    const SIZE: SensorSize = SensorSize {
        width: 128,
        height: 128,
    };

    /// Events of which 300 share a microsecond, so that the upper time stays for many words.
    fn encoded(format: Format) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = AnyEncoder::new(format, SIZE, None).ok()?;
        for index in 0..60_000_u32 {
            let (t, x, y) = (index as i64 / 300, index % 127, index / 127 % 128);
            let (t, p) = ([t], [index % 3 == 0]);
            let (x, y) = ([x as u16], [y as u16]);
            let event = Columns::new(&t, &x, &y, &p).ok()?;
            encoder
                .push(event, &mut |piece| bytes.extend_from_slice(piece))
                .ok()?;
        }
        Some(bytes)
    }

    fn pass(decoder: &mut AnyDecoder, input: &[u8], room: &mut OwnedColumns) {
        let mut rest = input;
        while !rest.is_empty() {
            let mut triggers = [Trigger::default(); 64];
            let mut out = room.all_mut().with_triggers(&mut triggers);
            let used = decoder.push(rest, &mut out);
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    #[test]
    fn the_state_in_the_middle_of_a_recording_is_guessed_rightly() {
        let shared = [
            Format::Bin40,
            Format::Evt2,
            Format::Evt21,
            Format::Evt3,
            Format::Dat,
            Format::Aedat1,
            Format::Csv,
            Format::Rpg,
            Format::Aedat4,
        ];
        for format in shared {
            let bytes = encoded(format).unwrap_or_default();
            let mut room = OwnedColumns::zeroed(1 << 16);
            let mut decoder =
                AnyDecoder::new(format, None).unwrap_or_else(|error| panic!("{error}"));
            assert!(decoder.is_shareable());
            // Who has seen a packet knows the stream.
            let first = decoder.boundary(&bytes, 1).unwrap_or_default();
            let (first, bytes) = bytes.split_at(first);
            pass(&mut decoder, first, &mut room);
            let middle = decoder.boundary(bytes, bytes.len() / 2).unwrap_or_default();
            let (before, after) = bytes.split_at(middle);
            assert!(before.len() > 50_000, "{}", format.name());
            let guess = decoder.guess(before, &mut room);
            pass(&mut decoder, before, &mut room);
            let mut end = guess.clone();
            pass(&mut end, after, &mut room);
            assert!(decoder.take_over(&guess, &end), "{}", format.name());
            assert_eq!(decoder.counts().events, 60_000);
        }
    }

    #[test]
    fn events_told_beforehand_are_those_that_come() {
        let mut told = Vec::new();
        for format in Format::ALL {
            let Some(mut bytes) = encoded(format) else {
                continue;
            };
            // Words and records of every kind, and one that is not whole.
            for (index, place) in bytes.iter_mut().skip(4096).step_by(97).enumerate() {
                *place = (index * 151) as u8;
            }
            bytes.pop();
            let Ok(mut decoder) = AnyDecoder::new(format, Chip::of_size(SIZE)) else {
                continue;
            };
            let mut room = OwnedColumns::zeroed(1 << 16);
            let (first, rest) = bytes.split_at(4095);
            pass(&mut decoder, first, &mut room);
            let before = decoder.counts().events;
            if let Some(events) = decoder.events_in(rest) {
                pass(&mut decoder, rest, &mut room);
                assert_eq!(
                    before + events as u64,
                    decoder.counts().events,
                    "{}",
                    format.name()
                );
                told.push(format.name());
            }
        }
        assert_eq!(told, ["bin40", "aedat2", "evt2", "aedat1", "dat"]);
    }
}
