//! Charged states as a backward run finds them, some steps at a time.

use std::ops::Range;

use crate::isa::Isa;
use crate::rows::Rows;
use crate::values::Values;

/// Steps whose charged states are at hand together.
pub(crate) struct Stretch<'a> {
    pub(crate) steps: Range<usize>,
    /// The states before its first step.
    pub(crate) states: Rows<'a>,
    pub(crate) charged: Charged<'a>,
    /// Steps and neurons of the whole run.
    pub(crate) size: (usize, usize),
    /// Where each state lies among those that were kept; empty where all were.
    pub(crate) places: &'a [Option<usize>],
}

/// Charged states of a stretch.
#[derive(Clone, Copy)]
pub(crate) enum Charged<'a> {
    /// As kept, `[K, T, N]`.
    Kept(Values<'a>),
    /// As replayed, `[S, steps, tile]`.
    Replayed(&'a [f32]),
}

impl<'a> Stretch<'a> {
    /// Those of the step `place` steps after the first, for the neurons of a tile; converted in `scratch`.
    pub(crate) fn charged<'s>(
        &self,
        place: usize,
        tile: &Range<usize>,
        (scratch, isa): (&'s mut [f32], Isa),
    ) -> Rows<'s>
    where
        'a: 's,
    {
        let (time, neurons) = self.size;
        let first = (self.steps.start + place) * neurons;
        let columns = first + tile.start..first + tile.end;
        match self.charged {
            Charged::Replayed(data) => {
                let width = tile.len();
                Rows::new(&data[place * width..], self.steps.len() * width, 0..width)
            }
            Charged::Kept(Values::F32(_)) => self.kept(columns),
            Charged::Kept(values) => {
                let rows = (0..values.len()).step_by(time * neurons);
                for (row, scratch) in rows.zip(scratch.chunks_exact_mut(tile.len())) {
                    let part = values.part(row + columns.start..row + columns.end);
                    part.widened(scratch, isa);
                }
                Rows::new(scratch, tile.len(), 0..tile.len()).placed(self.places)
            }
        }
    }

    /// The same of `columns` in `[T, N]`; no rows where they do not lie in memory as float32.
    pub(crate) fn kept(&self, columns: Range<usize>) -> Rows<'a> {
        let (time, neurons) = self.size;
        match self.charged {
            Charged::Kept(Values::F32(data)) => {
                Rows::new(data, time * neurons, columns).placed(self.places)
            }
            _ => Rows::default(),
        }
    }
}
