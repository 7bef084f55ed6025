//! The layout of a text, from its first lines.

use super::order::Slot;
use super::{Order, Separator, is_remark, number};
use crate::{Error, SensorSize};

/// Rows that are looked at.
const ROWS: usize = 256;
/// No coordinate is as large, in millionths.
const LARGE: i128 = 65_535_000_000;
const NAMES_RULE: &str = "numbers, or names of columns with t, x, y and p among them";
const ROWS_RULE: &str = "a row of numbers, for none stands among the first bytes";
const COLUMNS_RULE: &str = "t, x, y and p, or stand under a row of names";

/// What is known before looking.
///
/// ```
/// use spikelet_events::format::csv::{Clues, Order, Sniffed};
///
/// // Any column could be the time here, so what the caller knows decides.
/// let clues = Clues { order: Some(Order::XYPT), is_whole: true, ..Clues::default() };
/// assert_eq!(Sniffed::of(b"1,1,1,1\n", clues)?.order, Order::XYPT);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Clues {
    /// The order of the columns; found out where none is given.
    pub order: Option<Order>,
    /// Whether the name ends in `.csv`: where the numbers do not tell, time is last there, else first.
    pub is_csv: bool,
    /// Whether the bytes are all there are, so that the last line needs no line feed.
    pub is_whole: bool,
}

/// What the order of columns is known from.
///
/// ```
/// use spikelet_events::format::csv::{Because, Clues, Sniffed};
///
/// let sniffed = Sniffed::of(b"t,x,y,p\n5,1,2,1\n", Clues::default())?;
/// assert_eq!(sniffed.because, Because::Names);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Because {
    /// The caller.
    Given,
    /// A row of names.
    Names,
    /// The numbers: only one column can be the time.
    Content,
    /// The end of the file name, for the numbers leave it open.
    Extension,
}

/// The layout of a text.
///
/// ```
/// use spikelet_events::format::csv::{Because, Clues, Order, Sniffed};
///
/// let text = b"82,84,0,134217690\r\n362,37,1,134217919\r\n";
/// let sniffed = Sniffed::of(text, Clues { is_whole: true, ..Clues::default() })?;
/// assert_eq!((sniffed.order, sniffed.because), (Order::XYPT, Because::Content));
/// assert!(!sniffed.is_seconds);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sniffed {
    /// The order of the columns.
    pub order: Order,
    /// Where that is known from.
    pub because: Because,
    /// What stands between values.
    pub separator: Separator,
    /// Whether times are in seconds, else in microseconds.
    pub is_seconds: bool,
    /// Whether any polarity is neither 0, 1, -1, `true` nor `false`.
    pub has_odd_polarity: bool,
    /// The sensor, where the first line says it.
    pub size: Option<SensorSize>,
    /// Bytes before the first row of numbers.
    pub bytes: usize,
    /// Lines before the first row of numbers.
    pub lines: u64,
}

/// What stands before the first row of numbers.
#[derive(Clone, Copy, Default)]
struct Preamble {
    names: Option<Order>,
    size: Option<SensorSize>,
    bytes: usize,
    lines: u64,
}

/// What the numbers of one column have in common.
#[derive(Clone, Copy)]
struct Column {
    is_nondecreasing: bool,
    is_fractional: bool,
    is_polarity: bool,
    last: i128,
    max: i128,
}

impl Column {
    const NEW: Self = Self {
        is_nondecreasing: true,
        is_fractional: false,
        is_polarity: true,
        last: i128::MIN,
        max: 0,
    };

    fn add(&mut self, text: &[u8]) {
        let is_word = text.eq_ignore_ascii_case(b"true") || text.eq_ignore_ascii_case(b"false");
        self.is_fractional |= !is_word && number::is_fractional(text);
        let Some(value) = number::millionths(text) else {
            self.is_polarity &= is_word;
            self.is_nondecreasing &= is_word;
            return;
        };
        self.is_polarity &= matches!(value, -1_000_000 | 0 | 1_000_000);
        self.is_nondecreasing &= value >= self.last;
        self.last = value;
        self.max = self.max.max(value);
    }

    /// Whether it grows as only a time does.
    fn is_time(&self) -> bool {
        self.is_nondecreasing && (self.is_fractional || self.max > LARGE)
    }
}

impl Sniffed {
    /// What [`Format::Csv`](crate::format::Format::Csv) writes.
    pub const METAVISION: Self = Self {
        order: Order::XYPT,
        because: Because::Given,
        separator: Separator::Comma,
        is_seconds: false,
        has_odd_polarity: false,
        size: None,
        bytes: 0,
        lines: 0,
    };
    /// What [`Format::Rpg`](crate::format::Format::Rpg) writes after its first line.
    pub const RPG: Self = Self {
        order: Order::TXYP,
        separator: Separator::Blank,
        is_seconds: true,
        lines: 1,
        ..Self::METAVISION
    };

    /// Looks at the first bytes of a text.
    ///
    /// # Errors
    /// [`Error::Text`]: the first rows are neither numbers nor known names, or nothing tells the columns.
    pub fn of(start: &[u8], clues: Clues) -> Result<Self, Error> {
        let whole_lines = match start.iter().rposition(|&byte| byte == b'\n') {
            _ if clues.is_whole => start,
            Some(last) => start.split_at(last + 1).0,
            None => &[],
        };
        let preamble = Preamble::of(whole_lines, clues)?;
        let data = whole_lines.get(preamble.bytes..).unwrap_or_default();
        let rows = data
            .split(|&byte| byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|row| !is_remark(row))
            .take(ROWS);
        if !clues.is_whole && rows.clone().next().is_none() {
            return Err(Error::Text {
                line: preamble.lines + 1,
                rule: ROWS_RULE,
            });
        }
        let separator = rows.clone().next().map_or(Separator::Comma, Separator::of);
        let (order, because) = match (clues.order, preamble.names) {
            (Some(given), _) => (given, Because::Given),
            (None, Some(named)) => (named, Because::Names),
            (None, None) => guess(rows.clone(), separator, clues, preamble.lines)?,
        };
        let column = |slot| {
            let mut column = Column::NEW;
            rows.clone()
                .filter_map(|row| separator.split(row).nth(order.place(slot)))
                .for_each(|value| column.add(value));
            column
        };
        Ok(Self {
            order,
            because,
            separator,
            is_seconds: column(Slot::Time).is_fractional,
            has_odd_polarity: !column(Slot::Polarity).is_polarity,
            size: preamble.size,
            bytes: preamble.bytes,
            lines: preamble.lines,
        })
    }
}

impl Preamble {
    fn of(lines: &[u8], clues: Clues) -> Result<Self, Error> {
        let mut preamble = Self::default();
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let row = line.trim_ascii();
            if is_remark(row) {
                // numpy writes the names as a remark.
                preamble.names = preamble.names.or_else(|| named(row.get(1..)?));
            } else if !preamble.takes(row, clues)? {
                break;
            }
            preamble.bytes += line.len();
            preamble.lines += 1;
        }
        Ok(preamble)
    }

    /// Takes in a size or names; false for a row of numbers.
    fn takes(&mut self, row: &[u8], clues: Clues) -> Result<bool, Error> {
        let is_first = self.size.is_none() && self.names.is_none();
        if let (true, Some(size)) = (is_first, size(row)) {
            self.size = Some(size);
            return Ok(true);
        }
        let first = Separator::of(row).split(row).next().unwrap_or_default();
        if number::millionths(first).is_some() || number::polarity(first).is_some() {
            return Ok(false);
        }
        self.names = named(row);
        if self.names.is_none() && clues.order.is_none() {
            return Err(Error::Text {
                line: self.lines + 1,
                rule: NAMES_RULE,
            });
        }
        Ok(true)
    }
}

/// The order that a row of names says, in quotes or not.
fn named(row: &[u8]) -> Option<Order> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    Order::of_names(Separator::of(row).split(row).map(|name| {
        let start = name.iter().position(|byte| !is_quote(byte));
        let end = name.iter().rposition(|byte| !is_quote(byte));
        match (start, end) {
            (Some(start), Some(end)) => name.get(start..=end).unwrap_or_default(),
            _ => name,
        }
    }))
}

/// Width and height, where a row holds just these.
fn size(row: &[u8]) -> Option<SensorSize> {
    let mut sides = Separator::of(row).split(row).map(|side| {
        let is_plain = side.iter().all(u8::is_ascii_digit);
        is_plain.then(|| number::whole(side)).flatten()
    });
    let (width, height) = (sides.next()??, sides.next()??);
    let size = SensorSize {
        width: width.try_into().ok()?,
        height: height.try_into().ok()?,
    };
    (sides.next().is_none() && size.is_addressable()).then_some(size)
}

/// The order of four columns without names.
fn guess<'a>(
    rows: impl Iterator<Item = &'a [u8]>,
    separator: Separator,
    clues: Clues,
    lines: u64,
) -> Result<(Order, Because), Error> {
    let tie = if clues.is_csv {
        Order::XYPT
    } else {
        Order::TXYP
    };
    let mut columns = [Column::NEW; 4];
    let (mut any, mut fitting) = (false, 0);
    for row in rows {
        any = true;
        if separator.split(row).count() != columns.len() {
            continue;
        }
        fitting += 1;
        for (column, value) in columns.iter_mut().zip(separator.split(row)) {
            column.add(value);
        }
    }
    if any && fitting == 0 {
        return Err(Error::Text {
            line: lines + 1,
            rule: COLUMNS_RULE,
        });
    }
    let [first, _, third, last] = columns;
    let is_time = (first.is_time(), last.is_time());
    // All zeros are a time that stands still as well as a polarity that stays off: they say nothing.
    let is_telling = first.max > 0 && last.max > 0;
    let first_may = first.is_nondecreasing && last.is_polarity;
    let last_may = last.is_nondecreasing && third.is_polarity;
    Ok(match is_time {
        (true, false) => (Order::TXYP, Because::Content),
        (false, true) => (Order::XYPT, Because::Content),
        _ if is_telling && first_may && !last_may => (Order::TXYP, Because::Content),
        _ if is_telling && last_may && !first_may => (Order::XYPT, Because::Content),
        _ => (tie, Because::Extension),
    })
}
