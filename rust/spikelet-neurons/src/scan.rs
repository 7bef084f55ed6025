//! Forward: the time loop.
//!
//! Neurons are divided into tiles. For each tile time runs, and within a step the neurons of the tile: the states of a
//! tile stay in the cache while `x` and `z` are read and written in long pieces. Narrow tiles are the classic mistake: 256 neurons
//! touch 1 KiB of each stream per step, which costs 1.7 times the time.

use std::ops::Range;

use crate::error::{Error, length};
use crate::isa::{self, Isa};
use crate::kernel::{Kernel, Stores, check_params};
use crate::params::TileParams;
use crate::rows::{Grid, RowStep, RowsMut};
use crate::runner::Stepper;
use crate::step::Forward;
use crate::tiles::{self, Spare, Widths};
use crate::values::{Param, Target, Values, ValuesMut};

/// Neurons at a time where numbers are converted: both forms of a piece stay in the first-level cache.
pub(crate) const PIECE: usize = 1024;

/// Results of this size are streamed past the cache, in bytes; half of a common last-level cache.
pub(crate) const LARGE: usize = 8 << 20;

/// What a forward run keeps for its backward run.
///
/// ```
/// use spikelet_neurons::Save;
///
/// assert!(matches!(Save::default(), Save::Nothing));
/// ```
#[derive(Debug, Default)]
pub enum Save<'a> {
    /// Nothing: there will be none.
    #[default]
    Nothing,
    /// Every charged state, `[S, T, N]`; in 16 bits at half the memory and with gradients as exact as that.
    Charged(ValuesMut<'a>),
    /// The states before steps `every`, `2 * every`, ...: `[(T - 1) / every, S, N]`. The backward run needs `x`.
    Checkpoints {
        /// The distance in steps, at least 1.
        every: usize,
        /// Where they go.
        states: &'a mut [f32],
    },
}

/// A forward run over `[T, N]`; what is written may hold anything before.
#[derive(Debug)]
pub struct Scan<'a> {
    /// Time steps, `T`.
    pub time: usize,
    /// Neurons, `N`.
    pub neurons: usize,
    /// Input, `[T, N]`.
    pub x: Values<'a>,
    /// States before the first step, `[S, N]`.
    pub initial: &'a [f32],
    /// Parameters of the step in the program's order.
    pub params: &'a [Param<'a>],
    /// Spikes, `[T, N]`; written.
    pub z: ValuesMut<'a>,
    /// States after the last step, `[S, N]`; written.
    pub last: &'a mut [f32],
    /// What is kept; written.
    pub save: Save<'a>,
}

/// How many checkpoints lie inside `time` steps; the initial states are none of them.
///
/// ```
/// use spikelet_neurons::checkpoints;
///
/// assert_eq!([0, 1, 16, 17, 33].map(|time| checkpoints(time, 16)), [0, 0, 0, 1, 2]);
/// ```
pub const fn checkpoints(time: usize, every: usize) -> usize {
    match time.saturating_sub(1).checked_div(every) {
        Some(count) => count,
        None => 0,
    }
}

impl Kernel {
    /// Runs forward, in parallel on the rayon pool that it is called from, else on this thread.
    ///
    /// # Errors
    /// A tensor or parameter does not fit; nothing is written then.
    pub fn scan(&self, mut run: Scan<'_>) -> Result<(), Error> {
        self.check_scan(&run)?;
        let isa = Isa::detect();
        let stream = self.streams(&run, isa);
        let (neurons, time) = (run.neurons, run.time);
        let mut none = [];
        let (kept, every, checkpoints) = match &mut run.save {
            Save::Nothing => (None, 0, Grid::new(&mut none, neurons)),
            Save::Charged(values) => (Some(values.grid(neurons)), 0, Grid::new(&mut none, neurons)),
            Save::Checkpoints { every, states } => (None, *every, Grid::new(states, neurons)),
        };
        let job = Job {
            kernel: self,
            time,
            neurons,
            x: run.x,
            initial: run.initial,
            params: run.params,
            z: run.z.grid(neurons),
            last: Grid::new(run.last, neurons),
            kept,
            every,
            checkpoints,
            stream,
            isa,
            steppers: Spare::new(),
        };
        tiles::for_each(neurons, time, WIDTHS, |tile| job.tile(tile));
        Ok(())
    }

    fn check_scan(&self, run: &Scan<'_>) -> Result<(), Error> {
        let states = self.program.states.len();
        let size = sizes(run.time, run.neurons, states)?;
        length("x", size.steps, run.x.len())?;
        length("initial", size.states, run.initial.len())?;
        length("z", size.steps, run.z.len())?;
        length("last", size.states, run.last.len())?;
        check_params("params", run.params, &self.program.step_params, run.neurons)?;
        match &run.save {
            Save::Nothing => Ok(()),
            Save::Charged(values) => length("save", size.kept, values.len()),
            Save::Checkpoints { every: 0, .. } => Err(Error::Every),
            Save::Checkpoints { every, states } => length(
                "save",
                checkpoints(run.time, *every) * size.states,
                states.len(),
            ),
        }
    }

    fn streams(&self, run: &Scan<'_>, isa: Isa) -> bool {
        let charged = match &run.save {
            Save::Charged(values) => values.is_aligned(run.neurons),
            _ => true,
        };
        let is_possible =
            isa.streams() && run.x.is_f32() && run.z.is_aligned(run.neurons) && charged;
        is_possible && self.wants_streams(4 * run.z.len())
    }

    /// Whether results of so many bytes are to be streamed where they can.
    pub(crate) fn wants_streams(&self, bytes: usize) -> bool {
        match self.stores {
            Stores::Auto => bytes >= LARGE,
            Stores::Plain => false,
            Stores::Streaming => true,
        }
    }
}

/// Tiles of the forward run.
const WIDTHS: Widths = Widths {
    most: 4096,
    least: 512,
};

/// Numbers in the tensors of a run.
pub(crate) struct Sizes {
    pub(crate) steps: usize,
    pub(crate) states: usize,
    pub(crate) kept: usize,
}

pub(crate) fn sizes(time: usize, neurons: usize, states: usize) -> Result<Sizes, Error> {
    let too_large = Error::Size { time, neurons };
    let steps = time.checked_mul(neurons).ok_or(too_large.clone())?;
    let kept = steps
        .checked_mul(states)
        .filter(|kept| *kept <= isize::MAX as usize / 8);
    Ok(Sizes {
        steps,
        states: neurons.checked_mul(states).ok_or(too_large.clone())?,
        kept: kept.ok_or(too_large)?,
    })
}

/// A run with its arrays as rows.
struct Job<'a> {
    kernel: &'a Kernel,
    time: usize,
    neurons: usize,
    x: Values<'a>,
    initial: &'a [f32],
    params: &'a [Param<'a>],
    z: Target<'a>,
    last: Grid<'a, f32>,
    kept: Option<Target<'a>>,
    every: usize,
    checkpoints: Grid<'a, f32>,
    stream: bool,
    isa: Isa,
    steppers: Spare<Stepper<'a>>,
}

impl Job<'_> {
    fn tile(&self, tile: Range<usize>) {
        let params = TileParams::new(self.params, &tile);
        let make = || {
            Stepper::new(
                self.kernel,
                params.whole(tile.len()),
                self.kept.is_some(),
                self.stream,
            )
        };
        self.steppers
            .with(make, |stepper| self.steps(stepper, &tile, &params));
        if self.stream {
            isa::fence();
        }
    }

    fn steps(&self, stepper: &mut Stepper<'_>, tile: &Range<usize>, params: &TileParams<'_>) {
        let (count, width) = (self.kernel.program.states.len(), tile.len());
        let all = RowStep {
            row: 0,
            step: 1,
            count,
        };
        // SAFETY: tiles do not overlap, and nobody else writes the last states.
        let mut states = unsafe { self.last.rows(all, tile.clone()) };
        for state in 0..count {
            let first = &self.initial[state * self.neurons..][tile.clone()];
            states.get(state).copy_from_slice(first);
        }
        let piece = if self.converts() { PIECE } else { width.max(1) };
        tiles::with_scratch((2 + count) * tiles::rounded(piece), |scratch| {
            for step in 0..self.time {
                self.checkpoint(step, tile, &mut states);
                for start in (0..width).step_by(piece) {
                    let columns = start..width.min(start + piece);
                    let row = Piece {
                        step,
                        range: tile.start + columns.start..tile.start + columns.end,
                        params: params.whole(width).part(columns.clone()),
                        states: states.part(columns),
                    };
                    self.step(stepper, row, scratch);
                }
            }
        });
    }

    /// Whether any tensor is not float32.
    fn converts(&self) -> bool {
        let half = |target: &Target<'_>| matches!(target, Target::Half(..));
        !self.x.is_f32() || half(&self.z) || self.kept.as_ref().is_some_and(half)
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

    fn step(&self, stepper: &mut Stepper<'_>, piece: Piece<'_>, mut scratch: &mut [f32]) {
        let (isa, width) = (self.isa, piece.range.len());
        let Piece {
            step,
            range,
            params,
            states,
        } = piece;
        let count = states.count();
        let x_scratch = tiles::take(&mut scratch, width);
        let z_scratch = tiles::take(&mut scratch, width);
        let first = step * self.neurons;
        let x = self
            .x
            .read(first + range.start..first + range.end, x_scratch, isa);
        let stream = self.stream;
        let at = RowStep {
            row: step,
            step: self.time,
            count,
        };
        let forward = |charged: RowsMut<'_>, stepper: &mut Stepper<'_>, z: &mut [f32]| {
            stepper.step(
                Forward {
                    x,
                    params,
                    states,
                    z,
                    charged,
                    stream,
                },
                isa,
            );
        };
        // SAFETY: tiles and pieces do not overlap, and nobody else writes spikes or what is kept.
        unsafe {
            self.z
                .write(step, range.clone(), z_scratch, isa, |z| match &self.kept {
                    None => forward(RowsMut::none(), stepper, z),
                    Some(Target::F32(grid)) => forward(grid.rows(at, range), stepper, z),
                    Some(Target::Half(grid, format)) => {
                        let wide = tiles::take(&mut scratch, count * width);
                        forward(RowsMut::new(wide, count, width), stepper, z);
                        for (state, row) in wide.chunks_exact(width).enumerate() {
                            let to = grid.row(step + state * self.time, range.clone());
                            crate::half::narrow(row, to, *format, isa);
                        }
                    }
                });
        }
    }
}

/// One step of a piece of a tile.
struct Piece<'a> {
    step: usize,
    range: Range<usize>,
    params: crate::params::Params<'a>,
    states: RowsMut<'a>,
}
