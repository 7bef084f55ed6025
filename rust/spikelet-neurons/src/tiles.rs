//! How the neurons are divided, and the memory that a thread keeps for its work.

use std::cell::RefCell;
use std::iter;
use std::ops::Range;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::beside;
use crate::crew::Crew;

/// Tiles begin at multiples of it: whole cache lines in every format, and whole groups of `sums`.
pub(crate) const GRAIN: usize = 256;

/// Neurons at a time where numbers are converted: both forms of a piece stay in the first-level cache.
pub(crate) const PIECE: usize = 1024;

/// Below this many neuron-steps a tile is not worth a thread of its own.
const WORTH: usize = 1 << 16;

/// Tiles per thread: enough that a thread that was put aside for a while does not hold up the rest.
const SHARES: usize = 6;

/// The widths of tiles between which the number of threads decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    pub(crate) most: usize,
    pub(crate) least: usize,
}

impl Widths {
    pub(crate) const USUAL: Self = Self {
        most: 4096,
        least: 512,
    };
}

/// Runs `work` on tiles of all `neurons`, on this thread and beside it on a crew or, without one, on the threads of
/// the rayon pool that this is called from, if it is.
///
/// Each thread takes the next tile when it is done with one, and this thread begins at once: another that wakes up late,
/// which takes milliseconds on a busy machine, finds less to do, and is not waited for if it finds nothing. Every neuron's
/// numbers come out the same whatever the tiles are.
pub(crate) fn for_each(
    crew: Option<&Crew>,
    (neurons, time): (usize, usize),
    widths: Widths,
    work: impl Fn(Range<usize>) + Sync,
) {
    // Outside a pool, rayon would start its global one.
    let here = || rayon::current_thread_index().map_or(1, |_| rayon::current_num_threads());
    let threads = crew.map_or_else(here, |crew| 1 + crew.threads());
    let width = width(neurons, time, widths, threads);
    let count = neurons.div_ceil(width);
    let next = AtomicUsize::new(0);
    let take = || {
        let next = || Some(next.fetch_add(1, Relaxed)).filter(|index| *index < count);
        for index in iter::from_fn(next) {
            work(index * width..neurons.min((index + 1) * width));
        }
    };
    match threads.min(count).saturating_sub(1) {
        0 => take(),
        others => beside::run(crew, others, &take),
    }
}

/// Where in `[T, N]` a tile reads next: its columns of the step `next`, else those of the tile behind, which then reads
/// the step `first`; nothing where none as wide is left.
pub(crate) fn ahead(
    (next, first): (Option<usize>, usize),
    tile: &Range<usize>,
    neurons: usize,
) -> Range<usize> {
    let at = |step, column| step * neurons + column;
    match next {
        Some(step) => at(step, tile.start)..at(step, tile.end),
        None if tile.end + tile.len() <= neurons => {
            at(first, tile.end)..at(first, tile.end + tile.len())
        }
        None => 0..0,
    }
}

/// `width` neurons in pieces.
pub(crate) fn pieces(width: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = (0..width).step_by(PIECE);
    starts.map(move |start| start..width.min(start + PIECE))
}

fn width(neurons: usize, time: usize, widths: Widths, threads: usize) -> usize {
    if threads == 1 {
        return widths.most;
    }
    let share = neurons.div_ceil(SHARES * threads).next_multiple_of(GRAIN);
    let worth = WORTH.div_ceil(time.max(1)).next_multiple_of(GRAIN);
    share.max(worth).clamp(widths.least, widths.most)
}

/// Floats that begin at a cache line.
#[derive(Default)]
pub(crate) struct Memory(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(#[allow(dead_code, reason = "read through a pointer")] [f32; 16]);

impl Memory {
    /// At least `len` of them, which hold anything.
    pub(crate) fn floats(&mut self, len: usize) -> &mut [f32] {
        let needed = len.div_ceil(16);
        if self.0.len() < needed {
            self.0.resize(needed, Line([0.0; 16]));
        }
        let len = 16 * self.0.len();
        // SAFETY: a line is 16 floats without padding, and lines follow each other.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast::<f32>(), len) }
    }
}

thread_local! {
    static SCRATCH: RefCell<Memory> = const { RefCell::new(Memory(Vec::new())) };
}

/// Lends `work` at least `len` floats of this thread's memory, which hold anything and which the thread keeps: fresh
/// pages would cost more than the work.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with(|scratch| {
        // Taken out, so that work which lends again gets memory of its own.
        let mut memory = scratch.take();
        let result = work(memory.floats(len));
        scratch.replace(memory);
        result
    })
}

/// Things that tiles use one after another and that are dear to make.
pub(crate) struct Spare<T>(Mutex<Vec<T>>);

impl<T> Spare<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Lends `work` one that is free, or a new one.
    pub(crate) fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let free = self.all().pop();
        let mut one = free.unwrap_or_else(make);
        let result = work(&mut one);
        self.all().push(one);
        result
    }

    fn all(&self) -> MutexGuard<'_, Vec<T>> {
        // A thread that panics holds none of them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts `len` floats from the front, rounded up so that the next piece is aligned too.
#[expect(clippy::mut_mut, reason = "the caller's own slice grows shorter")]
pub(crate) fn take<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let (piece, behind) = std::mem::take(rest).split_at_mut(rounded(len));
    *rest = behind;
    &mut piece[..len]
}

/// What `take` needs for a piece.
pub(crate) const fn rounded(len: usize) -> usize {
    len.next_multiple_of(16)
}
