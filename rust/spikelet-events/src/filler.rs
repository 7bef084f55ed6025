//! Filling columns in a tight loop.
#![expect(
    clippy::inline_always,
    reason = "a call per word costs a quarter of the speed of evt3: 183 for 245 Mev/s"
)]

use crate::Event;
use crate::columns::Places;

/// For every mask of 8 columns, the columns of its set bits from 0 up.
static COLUMNS: [[u16; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut n, mut bit) = (0, 0);
        while bit < 8 {
            if mask >> bit & 1 == 1 {
                table[mask][n] = bit;
                n += 1;
            }
            bit += 1;
        }
        mask += 1;
    }
    table
};

/// Free places of equal length, and how many of them are filled.
pub(crate) struct Filler<'a> {
    pub(crate) t: &'a mut [i64],
    pub(crate) x: &'a mut [u16],
    pub(crate) y: &'a mut [u16],
    pub(crate) p: &'a mut [bool],
    pub(crate) n: usize,
}

impl<'a> Filler<'a> {
    pub(crate) fn new(places: Places<'a>) -> Self {
        let Places { t, x, y, p } = places;
        let room = t.len();
        // Of one length as the compiler sees it, too: one check then serves four columns.
        let (x, y, p) = (&mut x[..room], &mut y[..room], &mut p[..room]);
        Self { t, x, y, p, n: 0 }
    }

    #[inline(always)]
    pub(crate) fn has_room(&self, places: usize) -> bool {
        self.n + places <= self.t.len()
    }

    /// Writes to the next place, which must be free, without counting it as filled.
    #[inline(always)]
    pub(crate) fn write(&mut self, event: Event) {
        let n = self.n;
        (self.t[n], self.x[n], self.y[n], self.p[n]) = (event.t, event.x, event.y, event.p);
    }

    /// Fills the next place; false when none is free.
    #[inline(always)]
    pub(crate) fn push(&mut self, event: Event) -> bool {
        let is_free = self.has_room(1);
        if is_free {
            self.write(event);
            self.n += 1;
        }
        is_free
    }

    /// Fills places with an event at `first.x + i` for every bit `i` of `mask`, from 0 up.
    ///
    /// Eight places must be free whatever the mask: all are written, so that nothing branches on it.
    #[inline(always)]
    pub(crate) fn spread(&mut self, first: Event, mask: u8) {
        let n = self.n;
        let columns = &COLUMNS[mask as usize];
        let x: [u16; 8] = core::array::from_fn(|i| columns[i] + first.x);
        self.t[n..n + 8].copy_from_slice(&[first.t; 8]);
        self.x[n..n + 8].copy_from_slice(&x);
        self.y[n..n + 8].copy_from_slice(&[first.y; 8]);
        self.p[n..n + 8].copy_from_slice(&[first.p; 8]);
        self.n += mask.count_ones() as usize;
    }

    /// Fills the next `N` places, which must be free, column by column: several lanes at a time.
    #[inline(always)]
    pub(crate) fn fill<U: Copy, const N: usize>(
        &mut self,
        units: &[U; N],
        event: impl Fn(U) -> Event,
    ) {
        let places = self.n..self.n + N;
        for (place, &unit) in self.t[places.clone()].iter_mut().zip(units) {
            *place = event(unit).t;
        }
        for (place, &unit) in self.x[places.clone()].iter_mut().zip(units) {
            *place = event(unit).x;
        }
        for (place, &unit) in self.y[places.clone()].iter_mut().zip(units) {
            *place = event(unit).y;
        }
        for (place, &unit) in self.p[places].iter_mut().zip(units) {
            *place = event(unit).p;
        }
        self.n += N;
    }

    /// [`fill`](Self::fill) from two parts of each unit that stand apart.
    #[inline(always)]
    pub(crate) fn fill_apart<U: Copy, V: Copy, const N: usize>(
        &mut self,
        first: &[U; N],
        second: &[V; N],
        event: impl Fn(U, V) -> Event,
    ) {
        let places = self.n..self.n + N;
        let parts = || first.iter().zip(second);
        for (place, (&first, &second)) in self.t[places.clone()].iter_mut().zip(parts()) {
            *place = event(first, second).t;
        }
        for (place, (&first, &second)) in self.x[places.clone()].iter_mut().zip(parts()) {
            *place = event(first, second).x;
        }
        for (place, (&first, &second)) in self.y[places.clone()].iter_mut().zip(parts()) {
            *place = event(first, second).y;
        }
        for (place, (&first, &second)) in self.p[places].iter_mut().zip(parts()) {
            *place = event(first, second).p;
        }
        self.n += N;
    }
}
