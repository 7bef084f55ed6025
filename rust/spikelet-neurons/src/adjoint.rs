//! Backward: the time loop in reverse.
//!
//! The same tiles as forward. What is needed of step `t` is its charged states, which either were kept, or are computed
//! again from the last checkpoint before `t`, a stretch of steps at a time, into memory that stays in the cache. The states
//! before step `t` are the reset of what step `t - 1` charged: not kept, computed again where the derivative reads them. At
//! the first step of a stretch they are at hand as they were, and must not be reset again.

use std::ops::Range;

use spikelet_program::Output;

use crate::error::{Error, length};
use crate::isa::{self, Isa};
use crate::kernel::{Kernel, check_params};
use crate::params::{Params, TileParams};
use crate::rows::{Grid, RowStep, Rows, RowsMut};
use crate::runner::{Adjoint as Adjoiner, AdjointPlan, Stepper};
use crate::scan::{PIECE, checkpoints, sizes};
use crate::step::{Backward, Earlier, Forward};
use crate::sums::Sums;
use crate::tiles::{self, Spare, Widths};
use crate::values::{Param, Target, Values, ValuesMut};

/// What a forward run kept.
///
/// ```
/// use spikelet_neurons::{Saved, Values};
///
/// let kept = [0.5; 4];
/// assert!(matches!(Saved::Charged(Values::F32(&kept)), Saved::Charged(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Saved<'a> {
    /// Every charged state, `[S, T, N]`.
    Charged(Values<'a>),
    /// The states before steps `every`, `2 * every`, ...: `[(T - 1) / every, S, N]`.
    Checkpoints {
        /// The distance in steps, at least 1.
        every: usize,
        /// The states.
        states: &'a [f32],
    },
}

/// A backward run over `[T, N]`; what is written may hold anything before.
#[derive(Debug)]
pub struct Adjoint<'a> {
    /// Time steps, `T`.
    pub time: usize,
    /// Neurons, `N`.
    pub neurons: usize,
    /// Gradient of the spikes, `[T, N]`; zeros if absent.
    pub grad_z: Option<Values<'a>>,
    /// Gradient of the last states, `[S, N]`; zeros if absent.
    pub grad_last: Option<&'a [f32]>,
    /// What the forward run kept.
    pub saved: Saved<'a>,
    /// Input of the forward run, `[T, N]`: needed with checkpoints, and where [`Kernel::reads_input`] says so.
    pub x: Option<Values<'a>>,
    /// States before the first step, `[S, N]`.
    pub initial: &'a [f32],
    /// Parameters of the step in the program's order.
    pub params: &'a [Param<'a>],
    /// Parameters of the surrogate in the program's order.
    pub slope_params: &'a [Param<'a>],
    /// Gradient of the input, `[T, N]`; written.
    pub grad_x: ValuesMut<'a>,
    /// Gradient of the initial states, `[S, N]`; written if present.
    pub grad_initial: Option<&'a mut [f32]>,
    /// For each parameter of the step its gradient, if it is wanted: 1 number for a scalar, else `[M]`; written.
    pub grad_params: &'a mut [Option<&'a mut [f32]>],
}

/// Tiles of the backward run.
const WIDTHS: Widths = Widths {
    most: 4096,
    least: 512,
};

/// Floats of charged states that a replayed stretch may fill: 512 KiB, a quarter to a half of a second-level cache.
const REPLAYED: usize = 1 << 17;

impl Kernel {
    /// Runs backward, in parallel on the rayon pool that it is called from, else on this thread.
    ///
    /// Gradients of parameters are summed in a fixed order: they do not depend on the number of threads.
    ///
    /// # Errors
    /// A tensor or parameter does not fit, or `x` is needed and absent; nothing is written then.
    pub fn adjoint(&self, run: Adjoint<'_>) -> Result<(), Error> {
        self.check_adjoint(&run)?;
        let Adjoint {
            time,
            neurons,
            mut grad_x,
            ..
        } = run;
        let isa = Isa::detect();
        let is_f32 = run.grad_z.is_none_or(|grad| grad.is_f32());
        let stream = isa.streams()
            && is_f32
            && grad_x.is_aligned(neurons)
            && self.wants_streams(4 * grad_x.len());
        let has_gradient = |index| {
            self.program
                .adjoint
                .output(Output::GradParam(index))
                .is_some()
        };
        let asked = run.grad_params.iter().enumerate();
        let wanted: Vec<bool> = asked
            .map(|(index, grad)| grad.is_some() && has_gradient(index))
            .collect();
        let mut sums = Sums::new(run.params, &wanted, neurons);
        let plan = AdjointPlan::new(self, &wanted, stream);
        let job = Job {
            kernel: self,
            plan: &plan,
            wanted: &wanted,
            time,
            neurons,
            grad_z: run.grad_z,
            grad_last: run.grad_last,
            saved: run.saved,
            x: run.x,
            initial: run.initial,
            params: [run.params, run.slope_params],
            grad_x: grad_x.grid(neurons),
            grad_initial: Grid::new(run.grad_initial.unwrap_or_default(), neurons),
            sums: &sums.shared(),
            stream,
            isa,
            runners: Spare::new(),
        };
        tiles::for_each(neurons, time, job.widths(), |tile| job.tile(tile));
        drop(job);
        sums.finish(run.grad_params);
        Ok(())
    }

    fn check_adjoint(&self, run: &Adjoint<'_>) -> Result<(), Error> {
        let size = sizes(run.time, run.neurons, self.program.states.len())?;
        length(
            "grad_z",
            size.steps,
            run.grad_z.map_or(size.steps, |grad| grad.len()),
        )?;
        length(
            "grad_last",
            size.states,
            run.grad_last.map_or(size.states, <[f32]>::len),
        )?;
        length("x", size.steps, run.x.map_or(size.steps, |x| x.len()))?;
        length("initial", size.states, run.initial.len())?;
        length("grad_x", size.steps, run.grad_x.len())?;
        length(
            "grad_initial",
            size.states,
            run.grad_initial
                .as_ref()
                .map_or(size.states, |grad| grad.len()),
        )?;
        check_params("params", run.params, &self.program.step_params, run.neurons)?;
        check_params(
            "slope_params",
            run.slope_params,
            &self.program.slope_params,
            run.neurons,
        )?;
        if run.grad_params.len() != run.params.len() {
            let (expected, got) = (run.params.len(), run.grad_params.len());
            return Err(Error::Count {
                what: "grad_params",
                expected,
                got,
            });
        }
        for (param, grad) in run.params.iter().zip(run.grad_params.iter()) {
            let expected = match param {
                Param::Scalar(_) => 1,
                Param::Lanes(numbers) => numbers.len(),
            };
            length(
                "grad_params",
                expected,
                grad.as_ref().map_or(expected, |grad| grad.len()),
            )?;
        }
        let wanted: Vec<bool> = run.grad_params.iter().map(Option::is_some).collect();
        match run.saved {
            Saved::Charged(values) => length("saved", size.kept, values.len())?,
            Saved::Checkpoints { every: 0, .. } => return Err(Error::Every),
            Saved::Checkpoints { every, states } => {
                length(
                    "saved",
                    checkpoints(run.time, every) * size.states,
                    states.len(),
                )?;
            }
        }
        let needs_input =
            matches!(run.saved, Saved::Checkpoints { .. }) || self.reads_input(&wanted);
        if needs_input && run.x.is_none() {
            return Err(Error::NeedsInput);
        }
        Ok(())
    }
}

/// A run with its arrays as rows.
struct Job<'a> {
    kernel: &'a Kernel,
    plan: &'a AdjointPlan<'a>,
    wanted: &'a [bool],
    time: usize,
    neurons: usize,
    grad_z: Option<Values<'a>>,
    grad_last: Option<&'a [f32]>,
    saved: Saved<'a>,
    x: Option<Values<'a>>,
    initial: &'a [f32],
    params: [&'a [Param<'a>]; 2],
    grad_x: Target<'a>,
    /// Empty where it is not wanted.
    grad_initial: Grid<'a, f32>,
    sums: &'a crate::sums::Shared<'a>,
    stream: bool,
    isa: Isa,
    runners: Spare<Runners<'a>>,
}

/// Who steps backward, and forward again where charged states were not kept.
struct Runners<'a> {
    adjoiner: Adjoiner<'a>,
    stepper: Stepper<'a>,
}

/// Steps whose charged states are at hand together.
struct Stretch<'a> {
    steps: Range<usize>,
    /// The states before its first step.
    states: Rows<'a>,
    charged: Charged<'a>,
}

/// Charged states of a stretch.
#[derive(Clone, Copy)]
enum Charged<'a> {
    /// As kept, `[S, T, N]`.
    Kept(Values<'a>),
    /// As replayed, `[S, every, tile]`.
    Replayed(&'a [f32], usize),
}

/// The thread's memory for one tile.
struct Scratch<'a> {
    grads: &'a mut [f32],
    sums: &'a mut [f32],
    replay: &'a mut [f32],
    states: &'a mut [f32],
    /// Converted numbers of one piece: gradient, input, result, charged and earlier states.
    pieces: &'a mut [f32],
}

impl Job<'_> {
    fn states(&self) -> usize {
        self.kernel.program.states.len()
    }

    fn every(&self) -> usize {
        match self.saved {
            Saved::Charged(_) => 0,
            Saved::Checkpoints { every, .. } => every.min(self.time),
        }
    }

    fn widths(&self) -> Widths {
        let replayed = (self.every() * self.states()).max(1);
        let most =
            (REPLAYED / replayed / tiles::GRAIN * tiles::GRAIN).clamp(tiles::GRAIN, WIDTHS.most);
        Widths {
            most,
            least: WIDTHS.least.min(most),
        }
    }

    fn wanted(&self) -> usize {
        self.wanted.iter().filter(|wanted| **wanted).count()
    }

    fn tile(&self, tile: Range<usize>) {
        let (states, width) = (self.states(), tile.len());
        let piece = self.piece(width);
        let lens = [
            states * width,
            self.wanted() * width,
            self.every() * states * width,
            states * width,
            (4 + 2 * states) * tiles::rounded(piece),
        ];
        let total = lens.into_iter().map(tiles::rounded).sum();
        tiles::with_scratch(total, |mut rest| {
            let [grads, sums, replay, states, pieces] = lens.map(|len| tiles::take(&mut rest, len));
            self.tile_in(
                &tile,
                Scratch {
                    grads,
                    sums,
                    replay,
                    states,
                    pieces,
                },
            );
        });
        if self.stream {
            isa::fence();
        }
    }

    /// Columns at a time: all, unless numbers are converted.
    fn piece(&self, width: usize) -> usize {
        let half = |values: &Values<'_>| !values.is_f32();
        let kept = match &self.saved {
            Saved::Charged(values) => half(values),
            Saved::Checkpoints { .. } => false,
        };
        let converts = kept
            || self.x.as_ref().is_some_and(half)
            || self.grad_z.as_ref().is_some_and(half)
            || matches!(self.grad_x, Target::Half(..));
        if converts { PIECE } else { width.max(1) }
    }

    fn tile_in(&self, tile: &Range<usize>, scratch: Scratch<'_>) {
        let width = tile.len();
        let params = self.params.map(|params| TileParams::new(params, tile));
        let whole = [params[0].whole(width), params[1].whole(width)];
        let make = || Runners {
            adjoiner: Adjoiner::new(self.plan, &self.kernel.program, whole, self.wanted),
            stepper: Stepper::new(self.kernel, whole[0], true, false),
        };
        self.runners
            .with(make, |runners| self.steps(runners, tile, whole, scratch));
    }

    fn steps(
        &self,
        runners: &mut Runners<'_>,
        tile: &Range<usize>,
        whole: [Params<'_>; 2],
        scratch: Scratch<'_>,
    ) {
        let (states, width) = (self.states(), tile.len());
        let Runners { adjoiner, stepper } = runners;
        let Scratch {
            grads,
            sums,
            replay,
            states: before,
            pieces,
        } = scratch;
        for (state, grads) in grads.chunks_exact_mut(width.max(1)).enumerate() {
            match self.grad_last {
                Some(last) => grads.copy_from_slice(&last[state * self.neurons..][tile.clone()]),
                None => grads.fill(0.0),
            }
        }
        sums.fill(0.0);
        let mut grads = RowsMut::new(grads, states, width);
        let mut rows = RowsMut::new(sums, self.wanted(), width);
        for steps in self.stretches().rev() {
            let first = self.first_states(steps.start, tile);
            let charged = match self.saved {
                Saved::Charged(values) => Charged::Kept(values),
                Saved::Checkpoints { .. } => {
                    let mut to = Replay {
                        charged: replay,
                        states: before,
                    };
                    self.replay(
                        stepper,
                        steps.clone(),
                        tile,
                        (first, whole[0]),
                        &mut to,
                        pieces,
                    );
                    Charged::Replayed(replay, steps.len())
                }
            };
            let stretch = Stretch {
                steps,
                states: first,
                charged,
            };
            for step in stretch.steps.clone().rev() {
                self.step(
                    adjoiner,
                    &stretch,
                    step,
                    tile,
                    whole,
                    (&mut grads, &mut rows),
                    pieces,
                );
            }
        }
        self.finish(tile, &mut grads, &mut rows);
    }

    fn stretches(&self) -> impl DoubleEndedIterator<Item = Range<usize>> + use<> {
        let (time, every) = (self.time, self.every());
        let length = if every == 0 { time.max(1) } else { every };
        (0..time.div_ceil(length)).map(move |index| index * length..time.min((index + 1) * length))
    }

    /// The states before step `step`, at which a stretch begins.
    fn first_states(&self, step: usize, tile: &Range<usize>) -> Rows<'_> {
        match self.saved {
            Saved::Checkpoints { every, states } if step > 0 => {
                let first = (step / every - 1) * self.states() * self.neurons;
                Rows::new(&states[first..], self.neurons, tile.clone())
            }
            _ => Rows::new(self.initial, self.neurons, tile.clone()),
        }
    }

    fn finish(&self, tile: &Range<usize>, grads: &mut RowsMut<'_>, sums: &mut RowsMut<'_>) {
        if !self.grad_initial.is_empty() {
            for state in 0..grads.count() {
                // SAFETY: tiles do not overlap, and nobody else writes gradients of initial states.
                unsafe { self.grad_initial.row(state, tile.clone()) }
                    .copy_from_slice(grads.get(state));
            }
        }
        for place in 0..sums.count() {
            // SAFETY: tiles do not overlap and begin at multiples of the grain.
            unsafe { self.sums.put(place, tile, sums.get(place)) };
        }
    }
}

/// Where a replay leaves what it computes.
struct Replay<'a> {
    charged: &'a mut [f32],
    states: &'a mut [f32],
}

impl Job<'_> {
    /// Computes the charged states of a stretch again.
    #[allow(clippy::too_many_arguments, reason = "a kernel")]
    fn replay(
        &self,
        stepper: &mut Stepper<'_>,
        steps: Range<usize>,
        tile: &Range<usize>,
        (first, params): (Rows<'_>, Params<'_>),
        to: &mut Replay<'_>,
        pieces: &mut [f32],
    ) {
        let (count, width, length) = (self.states(), tile.len(), steps.len());
        let Some(x) = self.x else { return };
        let mut states = RowsMut::new(to.states, count, width);
        for state in 0..count {
            states.get(state).copy_from_slice(first.get(state));
        }
        let piece = self.piece(width);
        let charged = Grid::new(to.charged, width);
        for (place, step) in steps.enumerate() {
            for start in (0..width).step_by(piece) {
                let columns = start..width.min(start + piece);
                let mut rest = &mut *pieces;
                let scratch = tiles::take(&mut rest, columns.len());
                let z = tiles::take(&mut rest, columns.len());
                let begin = step * self.neurons + tile.start;
                let x = x.read(
                    begin + columns.start..begin + columns.end,
                    scratch,
                    self.isa,
                );
                let at = RowStep {
                    row: place,
                    step: length,
                    count,
                };
                let row = Forward {
                    x,
                    params: params.part(columns.clone()),
                    states: states.part(columns.clone()),
                    z,
                    // SAFETY: the memory is this thread's, and no other row of it is borrowed.
                    charged: unsafe { charged.rows(at, columns) },
                    stream: false,
                };
                stepper.step(row, self.isa);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a kernel")]
    fn step(
        &self,
        adjoiner: &mut Adjoiner<'_>,
        stretch: &Stretch<'_>,
        step: usize,
        tile: &Range<usize>,
        params: [Params<'_>; 2],
        (grads, sums): (&mut RowsMut<'_>, &mut RowsMut<'_>),
        pieces: &mut [f32],
    ) {
        let (isa, width) = (self.isa, tile.len());
        let piece = self.piece(width);
        for start in (0..width).step_by(piece) {
            let columns = start..width.min(start + piece);
            let count = columns.len();
            let range = tile.start + columns.start..tile.start + columns.end;
            let first = step * self.neurons;
            let inside = first + range.start..first + range.end;
            let mut rest = &mut *pieces;
            let mut take = |len| tiles::take(&mut rest, len);
            let (gz, x, gx) = (take(count), take(count), take(count));
            let (now, before) = (take(self.states() * count), take(self.states() * count));
            let grad_z = if let Some(grad) = &self.grad_z {
                grad.read(inside.clone(), gz, isa)
            } else {
                gz.fill(0.0);
                gz
            };
            let x = match &self.x {
                Some(values) => values.read(inside, x, isa),
                None => &[],
            };
            let place = step - stretch.steps.start;
            let earlier = match place.checked_sub(1) {
                None => Earlier::States(stretch.states.part(columns.clone())),
                Some(place) => {
                    Earlier::Charged(self.charged(stretch, place, (&range, &columns), before))
                }
            };
            let charged = self.charged(stretch, place, (&range, &columns), now);
            // SAFETY: tiles and pieces do not overlap, and nobody else writes gradients of inputs.
            unsafe {
                self.grad_x.write(step, range, gx, isa, |grad_x| {
                    let row = Backward {
                        grad_z,
                        x,
                        charged,
                        earlier,
                        params: params[0].part(columns.clone()),
                        grad_x,
                        grads: grads.part(columns.clone()),
                        sums: sums.part(columns.clone()),
                        stream: self.stream,
                    };
                    adjoiner.step(row, params[1].part(columns.clone()), isa);
                });
            }
        }
    }

    /// Charged states of one step of a stretch, `place` steps after its first.
    fn charged<'s>(
        &self,
        stretch: &Stretch<'s>,
        place: usize,
        (range, columns): (&Range<usize>, &Range<usize>),
        scratch: &'s mut [f32],
    ) -> Rows<'s> {
        match stretch.charged {
            Charged::Replayed(data, length) => {
                let width = data.len() / (self.states() * self.every()).max(1);
                let first = place * width;
                Rows::new(
                    data.get(first..).unwrap_or_default(),
                    length * width,
                    columns.clone(),
                )
            }
            Charged::Kept(Values::F32(data)) => {
                let first = (stretch.steps.start + place) * self.neurons;
                Rows::new(&data[first..], self.time * self.neurons, range.clone())
            }
            Charged::Kept(values) => {
                let count = range.len();
                for (state, scratch) in scratch.chunks_exact_mut(count.max(1)).enumerate() {
                    let row = state * self.time + stretch.steps.start + place;
                    let first = row * self.neurons;
                    values.read(first + range.start..first + range.end, scratch, self.isa);
                }
                Rows::new(scratch, count, 0..count)
            }
        }
    }
}
