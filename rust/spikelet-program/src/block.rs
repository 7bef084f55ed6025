//! The interpreter: a plan over rows of neurons, block by block.
//!
//! Each action is one loop over a block, so that choosing the loop costs once per block and not once per neuron. A block is
//! short enough for all registers to stay in the first-level cache. Inputs and outputs are no registers: an action reads
//! and writes the caller's rows directly, but for results that are to bypass the cache. Scalars are blocks filled once,
//! which spares a variant of every loop for each operand that might be a scalar.

use alloc::vec;
use alloc::vec::Vec;
use core::iter;
use core::mem::take;
use core::ops::Range;
use core::slice::{Chunks, ChunksMut};

use crate::bind::{Slot, Step};
use crate::loops::{CHUNK, Chunk, run};

/// Neurons per block. Longer ones spare dispatch but push registers out of a 32 KiB cache.
pub const BLOCK: usize = 256;

/// Chunks per block.
const CHUNKS: usize = BLOCK / CHUNK;

/// Part of a row; aligned so that no vector straddles two cache lines.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Block([Chunk; CHUNKS]);

/// A plan with its parameters and registers: what one thread needs to run it.
///
/// ```
/// use spikelet_program::{Plan, Program};
///
/// # let text = "spikelet-program 1\nstates v\nmembrane v\nstep_params threshold\nslope_params\nsection charge\n\
/// #     %0 = add s.v x\nh.v <- %0\nsection fire\n%0 = spike_ge h.v p.threshold\nz <- %0\ns.v <- h.v\n\
/// #     section slope\nslope <- 0x3f800000\nsection adjoint\n%0 = add g.v g.z\ng.x <- %0\ng.v <- %0\nend\n";
/// let program = Program::parse(text)?; // v grows by x and spikes from `threshold` on
/// let mut bound = Plan::forward(&program, &[]).bind(&[Some(1.0)]);
/// let (mut z, mut v) = ([0.0; 2], [0.5, 0.0]);
/// // A row for the input, and an empty one for the parameter, which is a number here.
/// bound.run(2, (&[&[0.75, 0.25], &[]], &mut [&mut z, &mut v]));
/// assert_eq!((z, v), ([1.0, 0.0], [1.25, 0.25]));
/// # Ok::<(), spikelet_program::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bound {
    steps: Vec<Step>,
    registers: Vec<Block>,
    /// Constants and what is known of scalar parameters.
    constants: Vec<Block>,
    /// Rows of a last chunk that is not whole.
    rest: Vec<Block>,
    /// How many rows come in and go out.
    rows: (usize, usize),
    /// Those that are read of what comes in.
    reads: Vec<usize>,
    /// Which of those that go out are results: not carried from step to step.
    results: Vec<bool>,
}

/// Input rows and output rows.
///
/// ```
/// let (x, mut z) = ([0.5; 4], [0.0; 4]);
/// let mut outputs = [&mut z[..]];
/// let rows: spikelet_program::InOut<'_, '_> = (&[&x], &mut outputs);
/// assert_eq!((rows.0.len(), rows.1.len()), (1, 1));
/// ```
pub type InOut<'a, 'b> = (&'a [&'b [f32]], &'a mut [&'b mut [f32]]);

/// Copies a block of a result to the caller's row: past the cache, for example.
///
/// ```
/// let leave: spikelet_program::Leave<'_> = &|block, row| row.copy_from_slice(block);
/// let mut row = [0.0; 2];
/// leave(&[1.0, 2.0], &mut row);
/// assert_eq!(row, [1.0, 2.0]);
/// ```
pub type Leave<'a> = &'a dyn Fn(&[f32], &mut [f32]);

impl Bound {
    /// Runs the plan on rows of `width` neurons.
    ///
    /// Rows are the plan's inputs and then one for each bound parameter, empty where it is a scalar or not read; and the
    /// plan's outputs.
    ///
    /// ```
    /// # let text = include_str!("../tests/lif.txt");
    /// use spikelet_program::{Plan, Program};
    ///
    /// let program = Program::parse(text)?;
    /// // v_leak, tau, threshold, reset.to; the surrogate's parameters are not read forward.
    /// let params = [Some(0.0), Some(2.0), Some(1.0), Some(0.0)];
    /// let mut bound = Plan::forward(&program, &[]).bind(&params);
    /// let (x, mut z, mut v) = ([1.0, 3.0], [f32::NAN; 2], [0.5; 2]);
    /// let none = [].as_slice();
    /// bound.run(2, (&[&x, none, none, none, none], &mut [&mut z, &mut v]));
    /// assert_eq!((z, v), ([0.0, 1.0], [0.75, 0.0]));
    /// # Ok::<(), spikelet_program::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the number of rows is not the plan's, or a row that it reads or writes is shorter than `width`.
    pub fn run(&mut self, width: usize, rows: InOut<'_, '_>) {
        self.run_here(width, rows, None);
    }

    /// [`Bound::run`] in AVX2 code.
    ///
    /// # Safety
    /// The machine must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub fn run_avx2(&mut self, width: usize, rows: InOut<'_, '_>) {
        self.run_here(width, rows, None);
    }

    /// [`Bound::run`] in AVX-512 code.
    ///
    /// With `leave`, results are computed in the cache and copied by it, whole blocks at a time.
    ///
    /// # Safety
    /// The machine must have AVX-512 F, VL, DQ and BW.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
    pub fn run_avx512(&mut self, width: usize, rows: InOut<'_, '_>, leave: Option<Leave<'_>>) {
        self.run_here(width, rows, leave);
    }

    pub(crate) fn new(
        mut steps: Vec<Step>,
        constants: impl Iterator<Item = f32>,
        registers: usize,
        (inputs, results): (usize, &[bool]),
    ) -> Self {
        let rows = (inputs, results.len());
        let is_read = |row: &usize| {
            let mut read = steps.iter().flat_map(Step::operands);
            read.any(|slot| slot == Slot::Read(*row))
        };
        let reads: Vec<usize> = (0..inputs).filter(is_read).collect();
        // From one block to the next only rows that are read are looked at.
        let place = |slot| match slot {
            Slot::Read(index) if index >= inputs => Slot::Read(index - inputs + reads.len()),
            Slot::Read(index) => Slot::Read(reads.binary_search(&index).unwrap_or_default()),
            Slot::Written(_) => slot,
        };
        for step in &mut steps {
            step.args = step.args.map(place);
        }
        Self {
            rest: vec![Block([[0.0; CHUNK]; CHUNKS]); reads.len() + rows.1],
            reads,
            registers: vec![Block([[0.0; CHUNK]; CHUNKS]); registers],
            constants: constants
                .map(|value| Block([[value; CHUNK]; CHUNKS]))
                .collect(),
            steps,
            rows,
            results: results.to_vec(),
        }
    }

    #[inline(always)]
    fn run_here(
        &mut self,
        width: usize,
        (inputs, outputs): InOut<'_, '_>,
        leave: Option<Leave<'_>>,
    ) {
        assert_eq!((inputs.len(), outputs.len()), self.rows, "rows of the plan");
        let mut read = self.reads.iter().map(|row| inputs[*row]);
        let is_long =
            read.all(|row| row.len() >= width) && outputs.iter().all(|row| row.len() >= width);
        assert!(is_long, "rows as wide as the run");
        let rest = width % CHUNK;
        self.run_whole(width / CHUNK, (inputs, outputs), leave);
        if rest > 0 {
            self.run_rest(width - rest..width, (inputs, outputs));
        }
    }

    /// All chunks that are whole.
    #[inline(always)]
    fn run_whole(
        &mut self,
        whole: usize,
        (inputs, outputs): InOut<'_, '_>,
        leave: Option<Leave<'_>>,
    ) {
        if whole == 0 {
            return;
        }
        let rows = outputs.iter_mut().zip(&self.results);
        let rows = rows.map(|(row, is_result)| RowMut {
            blocks: row.as_chunks_mut().0.chunks_mut(CHUNKS),
            leaves: leave.is_some() && *is_result,
        });
        let mut frame = Frame::new(
            self.reads.iter().map(|row| inputs[*row].as_chunks().0),
            rows,
            self.rest[self.reads.len()..].iter_mut(),
            (&self.constants, &mut self.registers),
        );
        for start in (0..whole).step_by(CHUNKS) {
            frame.advance(CHUNKS.min(whole - start));
            frame.run(&self.steps, leave);
        }
    }

    /// The last chunk, which is not whole: through rows of its own, so that all loops are over whole chunks.
    #[inline(always)]
    fn run_rest(&mut self, range: Range<usize>, (inputs, outputs): InOut<'_, '_>) {
        let (read, written) = self.rest.split_at_mut(self.reads.len());
        for (Block([chunk, ..]), row) in read.iter_mut().zip(&self.reads) {
            chunk[..range.len()].copy_from_slice(&inputs[*row][range.clone()]);
        }
        for (Block([chunk, ..]), row) in written.iter_mut().zip(&*outputs) {
            chunk[..range.len()].copy_from_slice(&row[range.clone()]);
        }
        let mut frame = Frame::new(
            read.iter().map(|block| &block.0[..]),
            iter::empty(),
            written.iter_mut(),
            (&self.constants, &mut self.registers),
        );
        frame.advance(1);
        frame.run(&self.steps, None);
        for (Block([chunk, ..]), row) in written.iter().zip(outputs) {
            row[range.clone()].copy_from_slice(&chunk[..range.len()]);
        }
    }
}

/// The blocks to come of a row that is written.
struct RowMut<'a> {
    blocks: ChunksMut<'a, Chunk>,
    /// Whether its blocks are made elsewhere and copied there.
    leaves: bool,
}

/// One block of neurons: where every slot of the plan is now, so that an operand is only looked up.
struct Frame<'a> {
    read: Vec<&'a [Chunk]>,
    written: Vec<&'a mut [Chunk]>,
    /// The blocks to come of rows that go along: the first of `read`.
    inputs: Vec<Chunks<'a, Chunk>>,
    /// Likewise of the first of `written`.
    outputs: Vec<RowMut<'a>>,
    count: usize,
}

impl<'a> Frame<'a> {
    /// `blocks` are where outputs are made that have no row here.
    #[inline(always)]
    fn new(
        inputs: impl Iterator<Item = &'a [Chunk]>,
        outputs: impl Iterator<Item = RowMut<'a>>,
        blocks: impl Iterator<Item = &'a mut Block>,
        (constants, registers): (&'a [Block], &'a mut [Block]),
    ) -> Self {
        let constants = constants.iter().map(|block| &block.0[..]);
        let blocks = blocks.chain(registers).map(|block| &mut block.0[..]);
        let inputs: Vec<_> = inputs.map(|row| row.chunks(CHUNKS)).collect();
        let none = inputs.iter().map(|_| &[][..]);
        Self {
            read: none.chain(constants).collect(),
            written: blocks.collect(),
            inputs,
            outputs: outputs.collect(),
            count: 0,
        }
    }

    /// Goes to the next block.
    #[inline(always)]
    fn advance(&mut self, count: usize) {
        self.count = count;
        for (now, blocks) in self.read.iter_mut().zip(&mut self.inputs) {
            *now = blocks.next().unwrap_or_default();
        }
        for (now, row) in self.written.iter_mut().zip(&mut self.outputs) {
            if !row.leaves {
                *now = row.blocks.next().unwrap_or_default();
            }
        }
    }

    #[inline(always)]
    fn run(&mut self, steps: &[Step], leave: Option<Leave<'_>>) {
        for step in steps {
            self.act(step);
            if let Some(leave) = leave {
                self.leave(step.to, leave);
            }
        }
    }

    /// Hands a result out as soon as it is made: what bypasses the cache takes its time, and loops run meanwhile.
    #[inline(always)]
    fn leave(&mut self, index: usize, leave: Leave<'_>) {
        let row = self.outputs.get_mut(index).filter(|row| row.leaves);
        if let Some(to) = row.and_then(|row| row.blocks.next()) {
            let block = &self.written[index][..self.count];
            leave(block.as_flattened(), to.as_flattened_mut());
        }
    }

    /// The target is taken out while it is written, which shows the compiler that it overlaps no operand.
    #[inline(always)]
    fn act(&mut self, step: &Step) {
        let row = take(&mut self.written[step.to]);
        let to = &mut row[..self.count];
        run(step.code, to, |place| match step.args[place] {
            Slot::Read(index) => self.read[index],
            Slot::Written(index) => &*self.written[index],
        });
        self.written[step.to] = row;
    }
}
