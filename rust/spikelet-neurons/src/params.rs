//! Parameters of a stretch of neurons.

use std::borrow::Cow;
use std::ops::Range;

use crate::values::Param;

/// The parameters of one tile: rows as long as the tile, cut from the caller's or repeated.
pub(crate) struct TileParams<'a> {
    scalars: Vec<f32>,
    rows: Vec<Cow<'a, [f32]>>,
}

impl<'a> TileParams<'a> {
    pub(crate) fn new(params: &[Param<'a>], tile: &Range<usize>) -> Self {
        let scalar = |param: &Param<'_>| match param {
            Param::Scalar(value) => *value,
            Param::Lanes(_) => 0.0,
        };
        let row = |param: &Param<'a>| match *param {
            Param::Scalar(_) => Cow::Borrowed(&[][..]),
            Param::Lanes(numbers) => cyclic(numbers, tile),
        };
        Self {
            scalars: params.iter().map(scalar).collect(),
            rows: params.iter().map(row).collect(),
        }
    }

    pub(crate) fn whole(&self, width: usize) -> Params<'_> {
        Params {
            scalars: &self.scalars,
            rows: &self.rows,
            range: (0, width),
        }
    }
}

/// Numbers `tile` of the endless repetition of `numbers`.
fn cyclic<'a>(numbers: &'a [f32], tile: &Range<usize>) -> Cow<'a, [f32]> {
    if tile.is_empty() || numbers.is_empty() {
        return Cow::Borrowed(&[]);
    }
    let first = tile.start % numbers.len();
    match numbers.get(first..first + tile.len()) {
        Some(row) => Cow::Borrowed(row),
        None => Cow::Owned(
            numbers
                .iter()
                .copied()
                .cycle()
                .skip(first)
                .take(tile.len())
                .collect(),
        ),
    }
}

/// Parameters of part of a tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<'a> {
    scalars: &'a [f32],
    rows: &'a [Cow<'a, [f32]>],
    range: (usize, usize),
}

impl<'a> Params<'a> {
    /// Whether any of them differs between neurons.
    pub(crate) fn has_rows(&self) -> bool {
        self.rows.iter().any(|row| !row.is_empty())
    }

    pub(crate) fn len(&self) -> usize {
        self.scalars.len()
    }

    pub(crate) fn scalar(&self, index: usize) -> f32 {
        self.scalars[index]
    }

    /// The row of a parameter; empty for a scalar.
    pub(crate) fn row(&self, index: usize) -> &'a [f32] {
        let (start, end) = self.range;
        self.rows[index].get(start..end).unwrap_or_default()
    }

    pub(crate) fn part(self, range: Range<usize>) -> Self {
        let (start, end) = (self.range.0 + range.start, self.range.0 + range.end);
        Self {
            range: (start, end),
            ..self
        }
    }
}
