//! Backward: the time loop in reverse.
//!
//! The same tiles as forward. What is needed of step `t` is its charged states, which either were kept, or are computed
//! again from the last checkpoint before `t`, a stretch of steps at a time, into memory that stays in the cache. The states
//! before step `t` are the reset of what step `t - 1` charged: not kept, computed again where the derivative reads them. At
//! the first step of a stretch they are at hand as they were, and must not be reset again.

use std::ops::Range;

use crate::adjoiner::{Adjoiner, AdjointPlan, Tensors};
use crate::adjoint::{Adjoint, Saved};
use crate::crew::Crew;
use crate::isa::{self, Isa};
use crate::kernel::Kernel;
use crate::params::{Params, TileParams};
use crate::rows::{Grid, RowStep, Rows, RowsMut};
use crate::step::{Around, Earlier, Forward, Neurons, Next, Reads};
use crate::stepper::Stepper;
use crate::stretch::{Charged, Stretch};
use crate::sums::Shared;
use crate::tiles::{self, Spare, Widths};
use crate::values::{Param, Target, Values, ValuesMut};

/// Floats of charged states that a replayed stretch may fill: 512 KiB, a quarter to a half of a second-level cache.
const REPLAYED: usize = 1 << 17;

/// A run that fits, with its arrays as rows.
pub(crate) struct Job<'a> {
    kernel: &'a Kernel,
    plan: &'a AdjointPlan<'a>,
    wanted: &'a [bool],
    sums: &'a Shared<'a>,
    time: usize,
    neurons: usize,
    grad_z: Option<Values<'a>>,
    grad_last: Option<&'a [f32]>,
    saved: Saved<'a>,
    x: Option<Values<'a>>,
    reads: Reads,
    /// Where each state lies among those that were kept; empty where all were.
    places: Vec<Option<usize>>,
    initial: &'a [f32],
    params: [&'a [Param<'a>]; 2],
    grad_x: Target<'a>,
    /// Empty where it is not wanted.
    grad_initial: Grid<'a, f32>,
    stream: bool,
    isa: Isa,
    workers: Spare<Worker<'a>>,
}

/// What a thread needs.
struct Worker<'a> {
    adjoiner: Adjoiner<'a>,
    stepper: Stepper<'a>,
}

/// The gradients that a tile carries from step to step.
struct Carried<'a> {
    grads: RowsMut<'a>,
    sums: RowsMut<'a>,
}

/// A tile with its parameters.
struct Tile<'a> {
    range: Range<usize>,
    params: [Params<'a>; 2],
}

impl<'a> Job<'a> {
    pub(crate) fn new(
        kernel: &'a Kernel,
        run: &'a mut Adjoint<'_>,
        (plan, wanted, sums): (&'a AdjointPlan<'a>, &'a [bool], &'a Shared<'a>),
        (stream, isa): (bool, Isa),
    ) -> Self {
        let neurons = run.neurons;
        let grad_initial = run.grad_initial.as_deref_mut().unwrap_or_default();
        Self {
            kernel,
            plan,
            wanted,
            sums,
            time: run.time,
            neurons,
            grad_z: run.grad_z,
            grad_last: run.grad_last,
            saved: run.saved,
            x: run.x,
            reads: kernel.reads(wanted),
            places: run.saved.places(),
            initial: run.initial,
            params: [run.params, run.slope_params],
            grad_x: run.grad_x.grid(neurons),
            grad_initial: Grid::new(grad_initial, neurons),
            stream,
            isa,
            workers: Spare::new(),
        }
    }

    pub(crate) fn run(&self, crew: Option<&Crew>) {
        tiles::for_each(crew, (self.neurons, self.time), self.widths(), |tile| {
            self.tile(tile);
        });
    }

    fn states(&self) -> usize {
        self.kernel.program.states.len()
    }

    /// Steps of a stretch.
    fn every(&self) -> usize {
        match self.saved {
            Saved::Checkpoints { every, .. } => every.min(self.time).max(1),
            _ => self.time.max(1),
        }
    }

    /// Floats per neuron that a replay fills.
    fn replayed(&self) -> usize {
        match self.saved {
            Saved::Checkpoints { .. } => self.every() * self.states(),
            _ => 0,
        }
    }

    fn widths(&self) -> Widths {
        let most = REPLAYED / self.replayed().max(1) / tiles::GRAIN * tiles::GRAIN;
        let most = most.clamp(tiles::GRAIN, Widths::USUAL.most);
        Widths {
            most,
            least: Widths::USUAL.least.min(most),
        }
    }

    fn tile(&self, range: Range<usize>) {
        let (states, width) = (self.states(), range.len());
        let wanted = self.wanted.iter().filter(|wanted| **wanted).count();
        // Gradients of states, sums, replayed and converted charged states, states before the first step.
        let lens = [states, wanted, self.replayed(), 2 * states, states].map(|rows| rows * width);
        let params = self.params.map(|params| TileParams::new(params, &range));
        let params = [params[0].whole(width), params[1].whole(width)];
        let make = || Worker {
            adjoiner: Adjoiner::new(self.plan, &self.kernel.program, params, self.wanted),
            stepper: Stepper::new(self.kernel, params[0], &vec![true; states]),
        };
        let tile = Tile { range, params };
        self.workers.with(make, |worker| {
            let total = lens.into_iter().map(tiles::rounded).sum();
            tiles::with_scratch(total, |scratch| self.steps(worker, &tile, lens, scratch));
        });
        if self.stream {
            isa::fence();
        }
    }

    fn steps(
        &self,
        worker: &mut Worker<'_>,
        tile: &Tile<'_>,
        lens: [usize; 5],
        mut rest: &mut [f32],
    ) {
        let Worker { adjoiner, stepper } = worker;
        let (states, width) = (self.states(), tile.range.len());
        let [grads, sums, replay, scratch, initial] = lens.map(|len| tiles::take(&mut rest, len));
        let initial = self.initial_rows(&tile.range, initial);
        for (state, grads) in grads.chunks_exact_mut(width).enumerate() {
            match self.grad_last {
                Some(last) => {
                    grads.copy_from_slice(&last[state * self.neurons..][tile.range.clone()]);
                }
                None => grads.fill(0.0),
            }
        }
        sums.fill(0.0);
        let mut carried = Carried {
            grads: RowsMut::new(grads, states, width),
            sums: RowsMut::new(sums, lens[1] / width, width),
        };
        for steps in self.stretches().rev() {
            let first = self.first_states(steps.start, &tile.range, initial);
            let charged = match self.saved {
                Saved::Charged(values) | Saved::Some { values, .. } => Charged::Kept(values),
                Saved::Checkpoints { .. } => {
                    let filled = &mut replay[..states * steps.len() * width];
                    self.replay(
                        stepper,
                        tile,
                        (&steps, first),
                        (&mut *filled, &mut *scratch),
                    );
                    Charged::Replayed(filled)
                }
            };
            let stretch = Stretch {
                steps,
                states: first,
                charged,
                size: (self.time, self.neurons),
                places: &self.places,
            };
            for step in stretch.steps.clone().rev() {
                self.step(
                    adjoiner,
                    tile,
                    (&stretch, step),
                    (&mut carried, &mut *scratch),
                );
            }
        }
        self.finish(&tile.range, &mut carried);
    }

    fn stretches(&self) -> impl DoubleEndedIterator<Item = Range<usize>> + use<> {
        let (time, every) = (self.time, self.every());
        (0..time.div_ceil(every)).map(move |index| index * every..time.min((index + 1) * every))
    }

    /// The states before step `step`, at which a stretch begins.
    fn first_states<'r>(&self, step: usize, tile: &Range<usize>, initial: Rows<'r>) -> Rows<'r>
    where
        'a: 'r,
    {
        match self.saved {
            Saved::Checkpoints { every, states } if step > 0 => {
                let first = (step / every - 1) * self.states() * self.neurons;
                Rows::new(&states[first..], self.neurons, tile.clone())
            }
            _ => initial,
        }
    }

    /// The states before the first step: the caller's rows, or the caller's numbers as rows in `scratch`.
    fn initial_rows<'r>(&self, tile: &Range<usize>, scratch: &'r mut [f32]) -> Rows<'r>
    where
        'a: 'r,
    {
        let width = tile.len();
        if self.initial.len() != self.states() {
            return Rows::new(self.initial, self.neurons, tile.clone());
        }
        for (row, value) in scratch.chunks_exact_mut(width).zip(self.initial) {
            row.fill(*value);
        }
        Rows::new(scratch, width, 0..width)
    }

    fn finish(&self, tile: &Range<usize>, carried: &mut Carried<'_>) {
        if !self.grad_initial.is_empty() {
            for state in 0..carried.grads.count() {
                // SAFETY: tiles do not overlap, and nobody else writes gradients of initial states.
                let to = unsafe { self.grad_initial.row(state, tile.clone()) };
                to.copy_from_slice(carried.grads.get(state));
            }
        }
        for place in 0..carried.sums.count() {
            let sums = (&*carried.sums.get(place), self.isa);
            // SAFETY: tiles do not overlap and begin at multiples of the grain.
            unsafe { self.sums.put(place, tile, sums) };
        }
    }

    /// Computes the charged states of a stretch again, so many neurons at a time that their states and the spikes, which
    /// nobody reads, stay in the first-level cache.
    fn replay(
        &self,
        stepper: &mut Stepper<'_>,
        tile: &Tile<'_>,
        (steps, first): (&Range<usize>, Rows<'_>),
        (to, scratch): (&mut [f32], &mut [f32]),
    ) {
        let Some(x) = self.x else { return };
        let (count, charged) = (self.states(), Grid::new(to, tile.range.len()));
        for range in tiles::pieces(tile.range.len()) {
            let (states, spikes) = scratch.split_at_mut(count * range.len());
            let mut states = RowsMut::new(states, count, range.len());
            for state in 0..count {
                let first = first.part(range.clone());
                states.get(state).copy_from_slice(first.get(state));
            }
            for (row, step) in steps.clone().enumerate() {
                let first = step * self.neurons + tile.range.start;
                let step = steps.len();
                let neurons = Neurons {
                    params: tile.params[0].part(range.clone()),
                    states: states.again(),
                    // SAFETY: the memory is this thread's, and no other row of it is borrowed.
                    charged: unsafe { charged.rows(RowStep { row, step, count }, range.clone()) },
                    stream: false,
                };
                let row = Forward {
                    x: x.part(first + range.start..first + range.end),
                    next: x.part(0..0),
                    z: ValuesMut::F32(&mut spikes[..range.len()]),
                    neurons,
                };
                stepper.step(row, self.isa);
            }
        }
    }

    fn step(
        &self,
        adjoiner: &mut Adjoiner<'_>,
        tile: &Tile<'_>,
        (stretch, step): (&Stretch<'_>, usize),
        (carried, scratch): (&mut Carried<'_>, &mut [f32]),
    ) {
        let first = step * self.neurons;
        let inside = first + tile.range.start..first + tile.range.end;
        let (now, before) = scratch.split_at_mut(self.states() * tile.range.len());
        let place = step - stretch.steps.start;
        let earlier = match place.checked_sub(1) {
            None => Earlier::States(stretch.states),
            Some(place) => {
                Earlier::Charged(stretch.charged(place, &tile.range, (before, self.isa)))
            }
        };
        let tensors = Tensors {
            grad_z: self.grad_z.map(|values| values.part(inside.clone())),
            x: self
                .x
                .filter(|_| self.reads.input)
                .map(|values| values.part(inside)),
            next: self.next(stretch, step, &tile.range),
            // SAFETY: tiles do not overlap, and nobody else writes gradients of inputs.
            grad_x: unsafe { self.grad_x.row(step, tile.range.clone()) },
        };
        let around = Around {
            charged: stretch.charged(place, &tile.range, (now, self.isa)),
            earlier,
            params: tile.params[0],
            surrogate: tile.params[1],
            grads: carried.grads.again(),
            sums: carried.sums.again(),
            stream: self.stream,
        };
        adjoiner.step(tensors, around, self.isa);
    }

    /// What is read first by the step after `step`, as far as it lies in memory.
    fn next<'s>(&self, stretch: &Stretch<'s>, step: usize, tile: &Range<usize>) -> Next<'s>
    where
        'a: 's,
    {
        // So many steps on in reverse, or as far into the tile behind.
        let ahead = |steps| {
            let first = (self.time + step).saturating_sub(steps);
            tiles::ahead((step.checked_sub(steps), first), tile, self.neurons)
        };
        // The charged states of the next step are this one's earlier states.
        let steps = if self.reads.state { 2 } else { 1 };
        Next {
            grad_z: self.grad_z.map(|values| values.part(ahead(1))),
            charged: stretch.kept(ahead(steps)),
        }
    }
}
