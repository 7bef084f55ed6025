//! Lines to events.

use super::order::{MAX_COLUMNS, Slot};
use super::quick::Quick;
use super::{Order, Separator, Sniffed, is_remark, number};
use crate::filler::Filler;
use crate::{ColumnsMut, Counts, Decode, Event};

/// Longest line in bytes, its line feed included; a longer one is bad, unless it is a remark.
pub const MAX_LINE: usize = 256;

/// Digits that surely fit into 64 bits.
const SURE_DIGITS: usize = 18;

/// Lines to events. A last line without its line feed waits for one: push `b"\n"` after the end.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::csv};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = csv::Decoder::new(&csv::Sniffed::METAVISION);
/// decoder.push(b"82,84,0,1000\n82,84", &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 5), "a line and the begin of one");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    order: Order,
    separator: Separator,
    is_seconds: bool,
    quick: Quick,
    /// Number of the line that comes next.
    line: u64,
    /// The beginning of a line that the input did not complete.
    pending: [u8; MAX_LINE],
    pending_len: usize,
    /// Bytes of the line that did not fit there.
    overlong: usize,
    last_line_bytes: usize,
    counts: Counts,
}

impl Decoder {
    /// A decoder at the first byte after what was sniffed.
    pub const fn new(sniffed: &Sniffed) -> Self {
        Self {
            order: sniffed.order,
            separator: sniffed.separator,
            is_seconds: sniffed.is_seconds,
            quick: Quick::new(sniffed),
            line: sniffed.lines + 1,
            pending: [0; MAX_LINE],
            pending_len: 0,
            overlong: 0,
            last_line_bytes: 1,
            counts: Counts::ZERO,
        }
    }

    /// Goes on with a line begun before; None when there is no place for its event.
    fn complete(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> Option<usize> {
        let end = input.iter().position(|&byte| byte == b'\n');
        let head = end.map_or(input, |end| input.split_at(end + 1).0);
        let mut line = self.pending;
        let fitting = head.len().min(MAX_LINE - self.pending_len);
        for (place, &byte) in line.iter_mut().skip(self.pending_len).zip(head) {
            *place = byte;
        }
        let length = self.pending_len + fitting;
        let overlong = self.overlong + head.len() - fitting;
        if end.is_none() {
            (self.pending, self.pending_len, self.overlong) = (line, length, overlong);
            return Some(head.len());
        }
        let whole = line.get(..length).unwrap_or_default();
        let read = if overlong == 0 {
            self.read(whole)
        } else {
            read_overlong(whole)
        };
        if !self.place(read, length + overlong, out) {
            return None;
        }
        (self.pending_len, self.overlong) = (0, 0);
        Some(head.len())
    }

    /// Lines in a tight loop, until one is not plain or `out` is full; returns the number of bytes taken.
    fn run(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut places = Filler::new(out.places());
        let mut rest = input;
        while places.has_room(1) {
            let line = self.quick.event(rest).or_else(|| self.plain(rest));
            let Some((event, after)) = line else {
                break;
            };
            places.write(event);
            places.n += 1;
            self.last_line_bytes = rest.len() - after.len();
            rest = after;
        }
        let filled = places.n;
        self.line += filled as u64;
        self.counts.events += filled as u64;
        out.advance(filled);
        input.len() - rest.len()
    }

    /// The event of a line of nothing but digits and single separators; None where a closer look is needed.
    #[inline]
    fn plain<'a>(&self, line: &'a [u8]) -> Option<(Event, &'a [u8])> {
        let mut values = [0u64; 5];
        let mut rest = line;
        let slots = self.order.slots();
        let last = slots.len() - 1;
        for (column, &slot) in slots.iter().enumerate() {
            let is_minus = slot == Slot::Polarity && rest.first() == Some(&b'-');
            let value;
            (value, rest) = if slot == Slot::Time && self.is_seconds {
                seconds(rest)?
            } else {
                digits(rest.get(is_minus as usize..)?)?
            };
            values[slot as usize] = match (is_minus, value) {
                (false, _) => value,
                (true, 1) => 0,
                (true, _) => return None,
            };
            rest = match (self.separator, rest) {
                (_, [b'\n', after @ ..] | [b'\r', b'\n', after @ ..]) if column == last => after,
                (_, _) if column == last => return None,
                (Separator::Comma, [b',', after @ ..])
                | (Separator::Semicolon, [b';', after @ ..])
                | (Separator::Blank, [b' ' | b'\t', after @ ..]) => after,
                _ => return None,
            };
        }
        let [t, x, y, p, _] = values;
        let event = Event {
            t: t.try_into().ok()?,
            x: x.try_into().ok()?,
            y: y.try_into().ok()?,
            p: p != 0,
        };
        (p <= 1).then_some((event, rest))
    }

    /// Any line, its line feed included: an event, nothing, or a bad row.
    fn read(&self, line: &[u8]) -> Read {
        let row = line.trim_ascii();
        if is_remark(row) {
            return Read::Nothing;
        }
        self.event(row).map_or(Read::Bad, Read::Event)
    }

    fn event(&self, row: &[u8]) -> Option<Event> {
        let mut columns = [&[] as &[u8]; MAX_COLUMNS];
        let mut count = 0;
        for value in self.separator.split(row) {
            *columns.get_mut(count)? = value;
            count += 1;
        }
        if count != self.order.columns() {
            return None;
        }
        let column = |slot| columns.get(self.order.place(slot)).copied();
        let t = column(Slot::Time)?;
        Some(Event {
            t: if self.is_seconds {
                i64::try_from(number::millionths(t)?).ok()?
            } else {
                number::whole(t)?
            },
            x: number::whole(column(Slot::X)?)?.try_into().ok()?,
            y: number::whole(column(Slot::Y)?)?.try_into().ok()?,
            p: number::polarity(column(Slot::Polarity)?)?,
        })
    }

    /// Counts a line and hands out its event; false when there is no place for it.
    fn place(&mut self, read: Read, bytes: usize, out: &mut ColumnsMut<'_>) -> bool {
        match read {
            Read::Event(event) if !out.push(event) => return false,
            Read::Event(_) => {
                self.counts.events += 1;
                self.last_line_bytes = bytes;
            }
            Read::Bad => {
                self.counts.bad_lines += 1;
                self.counts.first_bad_line.get_or_insert(self.line);
                let before = self.counts.events;
                self.counts.events_before_bad_line.get_or_insert(before);
            }
            Read::Nothing => {}
        }
        self.line += 1;
        true
    }
}

/// What a line is.
#[derive(Clone, Copy)]
enum Read {
    Event(Event),
    Bad,
    Nothing,
}

/// A line longer than [`MAX_LINE`].
fn read_overlong(start: &[u8]) -> Read {
    if matches!(start.trim_ascii_start(), [b'#' | b'%', ..]) {
        Read::Nothing
    } else {
        Read::Bad
    }
}

/// A number of few digits, and what follows it.
#[inline]
fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(digit as u64);
        rest = after;
    }
    let count = text.len() - rest.len();
    (1..=SURE_DIGITS).contains(&count).then_some((value, rest))
}

/// Seconds with at most six digits after the point, in microseconds, and what follows.
#[inline]
fn seconds(text: &[u8]) -> Option<(u64, &[u8])> {
    const MISSING: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let (whole, rest) = digits(text)?;
    let (fraction, places, rest) = match rest {
        [b'.', after @ ..] => {
            let (fraction, rest) = digits(after)?;
            (fraction, after.len() - rest.len(), rest)
        }
        _ => (0, 0, rest),
    };
    let fraction = fraction * MISSING.get(places)?;
    let value = whole.checked_mul(1_000_000)?.checked_add(fraction)?;
    Some((value, rest))
}

impl Decode for Decoder {
    /// The shortest line.
    const UNIT_BYTES: usize = 8;
    const MAX_EVENTS_PER_UNIT: usize = 1;
    const CLOSING: &'static [u8] = b"\n";

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut used = 0;
        if self.pending_len > 0 {
            match self.complete(input, out) {
                Some(taken) => used = taken,
                None => return 0,
            }
        }
        loop {
            used += self.run(input.get(used..).unwrap_or_default(), out);
            let rest = input.get(used..).unwrap_or_default();
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
                if rest.is_empty() || self.pending_len > 0 {
                    return used;
                }
                return used + self.complete(rest, out).unwrap_or_default();
            };
            let line = rest.split_at(end + 1).0;
            let read = if line.len() <= MAX_LINE {
                self.read(line)
            } else {
                read_overlong(line)
            };
            if !self.place(read, line.len(), out) {
                return used;
            }
            used += line.len();
        }
    }

    fn finish(&mut self) {
        self.counts.tail_bytes = (self.pending_len + self.overlong) as u64;
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }

    fn last_unit_bytes(&self) -> usize {
        self.last_line_bytes
    }
}

#[cfg(feature = "std")]
impl crate::format::ahead::Ahead for Decoder {
    /// Behind the line feed that comes next.
    fn boundary(&self, input: &[u8], near: usize) -> Option<usize> {
        let rest = input.get(near..)?;
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        Some(near + end + 1)
    }

    /// Lines are counted too.
    fn uncounted(&self) -> Self {
        Self {
            line: 0,
            counts: Counts::ZERO,
            ..self.clone()
        }
    }

    fn guess(&self, _before: &[u8], _room: &mut crate::OwnedColumns) -> Self {
        Self {
            pending_len: 0,
            overlong: 0,
            ..self.uncounted()
        }
    }

    fn take_over(&mut self, guess: &Self, end: &Self) -> bool {
        let is_here = self.overlong == guess.overlong && self.pending().eq(guess.pending());
        let Some(counts) = self.counts.followed_by(&end.counts).filter(|_| is_here) else {
            return false;
        };
        *self = Self {
            line: self.line + end.line,
            counts,
            ..end.clone()
        };
        true
    }
}

#[cfg(feature = "std")]
impl Decoder {
    fn pending(&self) -> &[u8] {
        self.pending.get(..self.pending_len).unwrap_or_default()
    }
}
