//! Rows of neurons that lie at equal distances in one array: the memory of one step for a stretch of neurons.

use std::marker::PhantomData;
use std::ops::Range;

/// Rows that are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rows<'a> {
    data: &'a [f32],
    stride: usize,
    range: (usize, usize),
    /// Where rows lie that are not in order.
    places: &'a [Option<usize>],
}

impl<'a> Rows<'a> {
    /// Columns `range` of the rows that follow each other in `data` at distance `stride`.
    pub(crate) fn new(data: &'a [f32], stride: usize, range: Range<usize>) -> Self {
        let range = (range.start, range.end);
        Self {
            data,
            stride,
            range,
            places: &[],
        }
    }

    /// The same rows at other places, each at its own or at none.
    pub(crate) fn placed(self, places: &'a [Option<usize>]) -> Self {
        Self { places, ..self }
    }

    /// A row; empty where there is none.
    pub(crate) fn get(self, row: usize) -> &'a [f32] {
        let place = self.places.get(row).copied().unwrap_or(Some(row));
        let Some(first) = place.map(|place| place * self.stride) else {
            return &[];
        };
        self.data
            .get(first + self.range.0..first + self.range.1)
            .unwrap_or_default()
    }

    /// Columns of these columns.
    pub(crate) fn part(self, range: Range<usize>) -> Self {
        let (start, end) = (self.range.0 + range.start, self.range.0 + range.end);
        Self {
            range: (start, end),
            ..self
        }
    }
}

/// Rows that are written.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    /// The first element of the first row.
    first: *mut f32,
    count: usize,
    stride: usize,
    width: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

impl<'a> RowsMut<'a> {
    /// `count` rows of `width` that follow each other without gaps.
    pub(crate) fn new(data: &'a mut [f32], count: usize, width: usize) -> Self {
        assert!(data.len() >= count * width, "rows reach past the array");
        Self {
            first: data.as_mut_ptr(),
            count,
            stride: width,
            width,
            borrow: PhantomData,
        }
    }

    pub(crate) const fn none() -> Self {
        Self {
            first: std::ptr::null_mut(),
            count: 0,
            stride: 0,
            width: 0,
            borrow: PhantomData,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The same rows for a shorter time.
    pub(crate) fn again(&mut self) -> RowsMut<'_> {
        self.part(0..self.width)
    }

    /// Columns of these rows; none of none.
    pub(crate) fn part(&mut self, range: Range<usize>) -> RowsMut<'_> {
        if self.count == 0 {
            return RowsMut::none();
        }
        assert!(
            range.start <= range.end && range.end <= self.width,
            "columns reach past the rows"
        );
        RowsMut {
            // SAFETY: the range lies within a row.
            first: unsafe { self.first.add(range.start) },
            width: range.len(),
            borrow: PhantomData,
            ..*self
        }
    }

    pub(crate) fn get(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.count, "row {row} of {}", self.count);
        // SAFETY: the constructors vouch for `count` rows of `width`; the borrow of `self` keeps the row unique.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(row * self.stride), self.width) }
    }

    /// Each row.
    pub(crate) fn split(self) -> impl Iterator<Item = &'a mut [f32]> {
        let Self {
            first,
            count,
            stride,
            width,
            ..
        } = self;
        // SAFETY: as in `get`; rows do not overlap, as `stride >= width`, and each is given once.
        (0..count).map(move |row| unsafe {
            std::slice::from_raw_parts_mut(first.add(row * stride), width)
        })
    }

    /// Each of the first `S` rows; an empty slice beyond the last.
    pub(crate) fn array<const S: usize>(self) -> [&'a mut [f32]; S] {
        let mut rows = self.split();
        std::array::from_fn(|_| rows.next().unwrap_or_default())
    }
}

/// An array of rows whose columns are written by several threads, each its own.
pub(crate) struct Grid<'a, T> {
    first: *mut T,
    len: usize,
    stride: usize,
    borrow: PhantomData<&'a mut [T]>,
}

// SAFETY: a grid only hands out what its unsafe methods' callers promise to keep apart.
unsafe impl<T: Send> Send for Grid<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Grid<'_, T> {}

impl<'a, T> Grid<'a, T> {
    /// Rows of `stride` elements.
    pub(crate) fn new(data: &'a mut [T], stride: usize) -> Self {
        Self {
            first: data.as_mut_ptr(),
            len: data.len(),
            stride,
            borrow: PhantomData,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Columns `range` of a row.
    ///
    /// # Safety
    /// Until the result is gone, nobody else may use these columns of this row.
    #[allow(
        clippy::mut_from_ref,
        reason = "the caller promises that the columns are its own"
    )]
    pub(crate) unsafe fn row(&self, row: usize, range: Range<usize>) -> &'a mut [T] {
        let first = row * self.stride + range.start;
        assert!(
            range.start <= range.end && range.end <= self.stride && first + range.len() <= self.len,
            "row {row} reaches past the array"
        );
        // SAFETY: inside the array as just checked; unique as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(first), range.len()) }
    }
}

impl<'a> Grid<'a, f32> {
    /// Columns `range` of `count` rows that begin at `row` and are `step` rows apart.
    ///
    /// # Safety
    /// As for [`Grid::row`], for each of these rows.
    pub(crate) unsafe fn rows(&self, at: RowStep, range: Range<usize>) -> RowsMut<'a> {
        let RowStep { row, step, count } = at;
        if count == 0 {
            return RowsMut::none();
        }
        let last = (row + (count - 1) * step) * self.stride;
        assert!(
            step > 0
                && range.start <= range.end
                && range.end <= self.stride
                && last + range.end <= self.len,
            "rows from {row} reach past the array"
        );
        RowsMut {
            // SAFETY: inside the array as just checked.
            first: unsafe { self.first.add(row * self.stride + range.start) },
            count,
            stride: step * self.stride,
            width: range.len(),
            borrow: PhantomData,
        }
    }
}

/// Every `step`-th row from `row` on, `count` times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowStep {
    pub(crate) row: usize,
    pub(crate) step: usize,
    pub(crate) count: usize,
}
