//! Which column of a text is which.

/// Most columns of a text.
pub const MAX_COLUMNS: usize = 12;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Time = 0,
    X = 1,
    Y = 2,
    Polarity = 3,
    Ignored = 4,
}

/// The order of the columns of a text.
///
/// ```
/// use spikelet_events::format::csv::Order;
///
/// assert_eq!(Order::named("x y p t"), Some(Order::XYPT));
/// assert_eq!(Order::named("index, t, x, y, polarity").map(|order| order.columns()), Some(5));
/// assert_eq!(Order::named("t x y"), None, "there is no polarity");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    slots: [Slot; MAX_COLUMNS],
    columns: usize,
}

impl Order {
    /// Time first: RPG, E2VID and most others.
    pub const TXYP: Self = Self::of_four([Slot::Time, Slot::X, Slot::Y, Slot::Polarity]);
    /// Time last: Metavision and aestream.
    pub const XYPT: Self = Self::of_four([Slot::X, Slot::Y, Slot::Polarity, Slot::Time]);

    const fn of_four([a, b, c, d]: [Slot; 4]) -> Self {
        let mut slots = [Slot::Ignored; MAX_COLUMNS];
        (slots[0], slots[1], slots[2], slots[3]) = (a, b, c, d);
        Self { slots, columns: 4 }
    }

    /// The order that names say; other names than those of `t`, `x`, `y`, `p` are columns to ignore.
    ///
    /// None where one of the four is missing or said twice, or there are more than [`MAX_COLUMNS`].
    pub fn named(names: &str) -> Option<Self> {
        let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b';');
        let names = names.as_bytes().split(is_between);
        Self::of_names(names.filter(|name| !name.is_empty()))
    }

    pub(super) fn of_names<'a>(names: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut order = Self {
            slots: [Slot::Ignored; MAX_COLUMNS],
            columns: 0,
        };
        let mut seen = [0; 5];
        for name in names {
            let slot = slot_named(name);
            *order.slots.get_mut(order.columns)? = slot;
            order.columns += 1;
            *seen.get_mut(slot as usize)? += 1;
        }
        (seen[..4] == [1; 4]).then_some(order)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The four columns of events in their order, as `"x y p t"`.
    pub fn name(&self) -> &'static str {
        let mut known = [Slot::Ignored; 4];
        let used = self.slots().iter().filter(|&&slot| slot != Slot::Ignored);
        for (place, &slot) in known.iter_mut().zip(used) {
            *place = slot;
        }
        let named = NAMES.iter().find(|(slots, _)| *slots == known);
        named.map_or("", |(_, name)| name)
    }

    /// The columns, where there are no others than the four of events.
    pub(super) const fn four(&self) -> Option<[Slot; 4]> {
        let [a, b, c, d, ..] = self.slots;
        match self.columns {
            4 => Some([a, b, c, d]),
            _ => None,
        }
    }

    pub(super) fn slots(&self) -> &[Slot] {
        self.slots.get(..self.columns).unwrap_or_default()
    }

    /// The column that holds `wanted`.
    pub(super) fn place(&self, wanted: Slot) -> usize {
        let place = self.slots.iter().position(|&slot| slot == wanted);
        place.unwrap_or_default()
    }
}

/// The names that columns go by.
fn slot_named(name: &[u8]) -> Slot {
    let is = |known: &[&str]| {
        known
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    if is(&["t", "ts", "time", "timestamp", "timestamps", "t_us"]) {
        Slot::Time
    } else if is(&["x"]) {
        Slot::X
    } else if is(&["y"]) {
        Slot::Y
    } else if is(&["p", "pol", "polarity", "polarities", "on"]) {
        Slot::Polarity
    } else {
        Slot::Ignored
    }
}

use Slot::{Polarity as P, Time as T, X, Y};

const NAMES: [([Slot; 4], &str); 24] = [
    ([T, X, Y, P], "t x y p"),
    ([T, X, P, Y], "t x p y"),
    ([T, Y, X, P], "t y x p"),
    ([T, Y, P, X], "t y p x"),
    ([T, P, X, Y], "t p x y"),
    ([T, P, Y, X], "t p y x"),
    ([X, T, Y, P], "x t y p"),
    ([X, T, P, Y], "x t p y"),
    ([X, Y, T, P], "x y t p"),
    ([X, Y, P, T], "x y p t"),
    ([X, P, T, Y], "x p t y"),
    ([X, P, Y, T], "x p y t"),
    ([Y, T, X, P], "y t x p"),
    ([Y, T, P, X], "y t p x"),
    ([Y, X, T, P], "y x t p"),
    ([Y, X, P, T], "y x p t"),
    ([Y, P, T, X], "y p t x"),
    ([Y, P, X, T], "y p x t"),
    ([P, T, X, Y], "p t x y"),
    ([P, T, Y, X], "p t y x"),
    ([P, X, T, Y], "p x t y"),
    ([P, X, Y, T], "p x y t"),
    ([P, Y, T, X], "p y t x"),
    ([P, Y, X, T], "p y x t"),
];
