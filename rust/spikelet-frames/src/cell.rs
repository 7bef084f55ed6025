//! Number types that count.

mod sealed {
    pub trait Sealed {}
}

/// A number type that counts events in one cell: `u8`, `u16`, `i16` or `f32`.
///
/// ```
/// use spikelet_frames::Cell;
///
/// assert_eq!(<u16 as Cell>::FULL, 65_535);
/// // Above this, adding 1 to a float no longer changes it.
/// assert_eq!(<f32 as Cell>::FULL, 16_777_216);
/// assert!(<i16 as Cell>::HAS_SIGN);
/// ```
pub trait Cell: Copy + Default + Send + sealed::Sealed {
    /// The largest count that a cell holds exactly.
    const FULL: u64;

    /// Whether a cell can count down below 0, to `-FULL`.
    const HAS_SIGN: bool;

    /// One event.
    #[doc(hidden)]
    const ONE: Self;

    /// Counts one event in a cell that is not full.
    #[doc(hidden)]
    fn add_one(&mut self);

    /// Counts more events in a cell that holds them.
    #[doc(hidden)]
    fn add(&mut self, events: u16);

    /// Counts one event up or down in a cell that is not full and has a sign.
    #[doc(hidden)]
    fn step(&mut self, up: bool);

    /// Whether the cell cannot count another event.
    #[doc(hidden)]
    fn is_full(self) -> bool;

    /// A count that a cell holds.
    #[doc(hidden)]
    fn of(count: i64) -> Self;
}

macro_rules! integer_cell {
    ($($integer:ty, $has_sign:literal);*) => {$(
        impl sealed::Sealed for $integer {}
        impl Cell for $integer {
            const FULL: u64 = <$integer>::MAX as u64;
            const HAS_SIGN: bool = $has_sign;
            const ONE: Self = 1;

            fn add_one(&mut self) {
                *self = self.wrapping_add(1);
            }

            fn add(&mut self, events: u16) {
                *self = self.wrapping_add(events as Self);
            }

            fn step(&mut self, up: bool) {
                // A choice between two numbers, no branch.
                let one = if up { 1 } else { (0 as Self).wrapping_sub(1) };
                *self = self.wrapping_add(one);
            }

            fn is_full(self) -> bool {
                self == <$integer>::MAX
            }

            fn of(count: i64) -> Self {
                count as Self
            }
        }
    )*};
}

integer_cell!(u8, false; u16, false; i16, true);

impl sealed::Sealed for f32 {}
impl Cell for f32 {
    const FULL: u64 = 1 << f32::MANTISSA_DIGITS;
    const HAS_SIGN: bool = true;
    const ONE: Self = 1.0;

    fn add_one(&mut self) {
        *self += 1.0;
    }

    fn add(&mut self, events: u16) {
        *self += f32::from(events);
    }

    fn step(&mut self, up: bool) {
        *self += if up { 1.0 } else { -1.0 };
    }

    fn is_full(self) -> bool {
        self >= Self::FULL as f32
    }

    fn of(count: i64) -> Self {
        count as Self
    }
}
