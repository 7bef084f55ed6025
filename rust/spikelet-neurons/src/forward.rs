//! Forward: the time loop.
//!
//! Neurons are divided into tiles. For each tile time runs, and within a step the neurons of the tile: the states of a
//! tile stay in the cache while `x` and `z` are read and written in long pieces. Narrow tiles are the classic mistake: 256
//! neurons touch 1 KiB of each stream per step, which costs 1.7 times the time.

use std::ops::Range;

use crate::crew::Crew;
use crate::half::{Format, Threshold, narrow, stay};
use crate::isa::{self, Isa};
use crate::kernel::Kernel;
use crate::params::{Params, TileParams};
use crate::rows::{Grid, RowStep, RowsMut};
use crate::run::count_kept;
use crate::scan::{Save, Scan};
use crate::step::{Forward, Neurons};
use crate::stepper::Stepper;
use crate::tiles::{self, Memory, Spare, Widths};
use crate::values::{Param, Target, Values};

/// A run that fits, with its arrays as rows.
pub(crate) struct Job<'a> {
    kernel: &'a Kernel,
    time: usize,
    neurons: usize,
    x: Values<'a>,
    initial: &'a [f32],
    params: &'a [Param<'a>],
    z: Target<'a>,
    /// Nothing where nobody asks for the last states.
    last: Option<Grid<'a, f32>>,
    kept: Option<Target<'a>>,
    /// For each state whether it is kept charged; empty where none is.
    keep: Vec<bool>,
    /// 0 without checkpoints.
    every: usize,
    checkpoints: Grid<'a, f32>,
    stream: bool,
    isa: Isa,
    workers: Spare<Worker<'a>>,
}

/// What a thread needs.
struct Worker<'a> {
    stepper: Stepper<'a>,
    /// Charged states on their way to 16 bits.
    wide: Memory,
    /// States of a tile that end with it.
    states: Memory,
}

impl<'a> Job<'a> {
    pub(crate) fn new(kernel: &'a Kernel, run: &'a mut Scan<'_>, stream: bool, isa: Isa) -> Self {
        let neurons = run.neurons;
        let keep = match &run.save {
            Save::Charged(_) => vec![true; kernel.program.states.len()],
            Save::Some { states, .. } => states.to_vec(),
            Save::Nothing | Save::Checkpoints { .. } => Vec::new(),
        };
        let (kept, every, checkpoints) = match &mut run.save {
            Save::Nothing => (None, 0, &mut [][..]),
            Save::Charged(values) | Save::Some { values, .. } => {
                (Some(values.grid(neurons)), 0, &mut [][..])
            }
            Save::Checkpoints { every, states } => (None, *every, &mut **states),
        };
        Self {
            kernel,
            time: run.time,
            neurons,
            x: run.x,
            initial: run.initial,
            params: run.params,
            z: run.z.grid(neurons),
            last: run.last.as_deref_mut().map(|last| Grid::new(last, neurons)),
            kept,
            keep,
            every,
            checkpoints: Grid::new(checkpoints, neurons),
            stream,
            isa,
            workers: Spare::new(),
        }
    }

    pub(crate) fn run(&self, crew: Option<&Crew>) {
        tiles::for_each(crew, (self.neurons, self.time), Widths::USUAL, |tile| {
            self.tile(&tile);
        });
    }

    fn tile(&self, tile: &Range<usize>) {
        let params = TileParams::new(self.params, tile);
        let whole = params.whole(tile.len());
        let make = || Worker {
            stepper: Stepper::new(self.kernel, whole, &self.keep),
            wide: Memory::default(),
            states: Memory::default(),
        };
        let count = self.kernel.program.states.len();
        self.workers.with(make, |worker| {
            let Worker {
                stepper,
                wide,
                states,
            } = worker;
            let mut states = self.states(states, tile);
            for state in 0..count {
                let to = states.get(state);
                if self.initial.len() == count {
                    to.fill(self.initial[state]);
                } else {
                    to.copy_from_slice(&self.initial[state * self.neurons..][tile.clone()]);
                }
            }
            for step in 0..self.time {
                self.checkpoint(step, tile, &mut states);
                let neurons = Neurons {
                    params: whole,
                    states: states.again(),
                    charged: RowsMut::none(),
                    stream: self.stream,
                };
                self.step((stepper, wide), step, tile, neurons);
            }
        });
        if self.stream {
            isa::fence();
        }
    }

    /// Where the states of a tile are while time runs: where the last ones are to be, else in `own`.
    fn states<'m>(&'m self, own: &'m mut Memory, tile: &Range<usize>) -> RowsMut<'m> {
        let (count, width) = (self.kernel.program.states.len(), tile.len());
        let Some(last) = &self.last else {
            return RowsMut::new(own.floats(count * width), count, width);
        };
        let all = RowStep {
            row: 0,
            step: 1,
            count,
        };
        // SAFETY: tiles do not overlap, and nobody else writes the last states.
        unsafe { last.rows(all, tile.clone()) }
    }

    fn checkpoint(&self, step: usize, tile: &Range<usize>, states: &mut RowsMut<'_>) {
        if self.every == 0 || step == 0 || !step.is_multiple_of(self.every) {
            return;
        }
        let first = (step / self.every - 1) * states.count();
        for state in 0..states.count() {
            // SAFETY: tiles do not overlap, and nobody else writes checkpoints.
            let to = unsafe { self.checkpoints.row(first + state, tile.clone()) };
            to.copy_from_slice(states.get(state));
        }
    }

    fn step(
        &self,
        (stepper, wide): (&mut Stepper<'_>, &mut Memory),
        step: usize,
        tile: &Range<usize>,
        neurons: Neurons<'_>,
    ) {
        let (first, width, count) = (step * self.neurons, tile.len(), count_kept(&self.keep));
        let params = neurons.params;
        let x = self.x.part(first + tile.start..first + tile.end);
        let steps = ((step + 1 < self.time).then_some(step + 1), 0);
        let next = self.x.part(tiles::ahead(steps, tile, self.neurons));
        // SAFETY: tiles do not overlap, and nobody else writes spikes.
        let z = unsafe { self.z.row(step, tile.clone()) };
        let mut row = Forward {
            x,
            next,
            z,
            neurons,
        };
        let at = RowStep {
            row: step,
            step: self.time,
            count,
        };
        let (grid, format) = match &self.kept {
            None => return stepper.step(row, self.isa),
            Some(Target::F32(grid)) => {
                // SAFETY: tiles do not overlap, and nobody else writes charged states.
                row.neurons.charged = unsafe { grid.rows(at, tile.clone()) };
                return stepper.step(row, self.isa);
            }
            Some(Target::F16(grid)) => (grid, Format::F16),
            Some(Target::BF16(grid)) => (grid, Format::BF16),
        };
        let wide = &mut wide.floats(count * width)[..count * width];
        row.neurons.charged = RowsMut::new(wide, count, width);
        stepper.step(row, self.isa);
        let membrane = count_kept(&self.keep[..self.kernel.program.membrane]);
        for (place, row) in wide.chunks_exact(width).enumerate() {
            // SAFETY: as for charged states in float32.
            let to = unsafe { grid.row(step + place * self.time, tile.clone()) };
            narrow(row, to, (format, false), self.isa);
            if place == membrane {
                stay(row, to, self.threshold(params), format);
            }
        }
    }

    fn threshold<'p>(&self, params: Params<'p>) -> Threshold<'p> {
        let index = self.kernel.program.threshold;
        Threshold {
            row: params.row(index),
            scalar: params.scalar(index),
            is_strict: self.kernel.program.is_strict(),
        }
    }
}
