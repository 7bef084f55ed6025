//! Loops over a stretch of neurons around a fused step.
//!
//! The equations arrive as scalar functions. The loops hand them eight neurons at a time as arrays, which the compiler
//! turns into one vector each: read from the disassembly, the loop of a leaky integrate-and-fire neuron is one vector
//! instruction per operation. Arrays rather than plain indexing, because a streaming store needs the vector in hand.
//! The same text is compiled twice on x86-64: for the baseline, and for AVX2 as found at run time.

use std::array::from_fn;

use crate::isa::Isa;
use crate::step::{Backward, Earlier, Forward, Slope, SlopeRow, Step};

/// Neurons at a time forward: a whole cache line, so that streamed lines are complete at once (a fifth faster than
/// halves where several rows are written).
const FORWARD: usize = 16;

/// Neurons at a time backward: one AVX2 vector. With two, the values of a derivative do not fit into the registers.
const BACKWARD: usize = 8;

/// Parameters of every chunk: rows, or for scalars one chunk that stands for all.
struct Lanes<'a, const P: usize, const L: usize> {
    chunks: [&'a [[f32; L]]; P],
    /// All bits, or none where there is one chunk only.
    mask: [usize; P],
}

impl<'a, const P: usize, const L: usize> Lanes<'a, P, L> {
    #[inline(always)]
    fn new(rows: [&'a [f32]; P], splat: &'a [[[f32; L]; 1]; P], skip: usize) -> Self {
        let cut = |row: &'a [f32]| row.get(skip..).unwrap_or_default().as_chunks::<L>().0;
        Self {
            chunks: from_fn(|k| {
                if rows[k].is_empty() {
                    &splat[k][..]
                } else {
                    cut(rows[k])
                }
            }),
            mask: from_fn(|k| if rows[k].is_empty() { 0 } else { usize::MAX }),
        }
    }

    #[inline(always)]
    fn at(&self, chunk: usize) -> [[f32; L]; P] {
        from_fn(|k| self.chunks[k][chunk & self.mask[k]])
    }
}

/// Stores a chunk past the cache if `stream`.
#[inline(always)]
fn store<const L: usize>(to: &mut [f32; L], value: [f32; L], stream: bool) {
    #[cfg(target_arch = "x86_64")]
    if stream && L.is_multiple_of(8) {
        use std::arch::x86_64::{_mm256_loadu_ps, _mm256_stream_ps};
        for start in (0..L).step_by(8) {
            // SAFETY: `start + 8 <= L`; `stream` is set only where AVX was found and rows are aligned to 64 bytes, and
            // chunks of a multiple of 8 keep 32 of them.
            unsafe {
                let vector = _mm256_loadu_ps(value.as_ptr().add(start));
                _mm256_stream_ps(to.as_mut_ptr().add(start), vector);
            }
        }
        return;
    }
    let _ = stream;
    *to = value;
}

/// Splits rows into chunks of `L` from `skip` on.
#[inline(always)]
fn cut<const L: usize>(row: &[f32], skip: usize) -> &[[f32; L]] {
    row.get(skip..).unwrap_or_default().as_chunks::<L>().0
}

#[inline(always)]
fn cut_mut<const L: usize>(row: &mut [f32], skip: usize) -> &mut [[f32; L]] {
    row.get_mut(skip..)
        .unwrap_or_default()
        .as_chunks_mut::<L>()
        .0
}

pub(crate) fn forward<K: Step<S, P>, const S: usize, const P: usize>(row: Forward<'_>, isa: Isa) {
    let (lanes, keep) = (row.params.has_rows(), row.charged.count() > 0);
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe {
            match (lanes, keep) {
                (false, false) => forward_avx2::<K, S, P, false, false>(row),
                (false, true) => forward_avx2::<K, S, P, false, true>(row),
                (true, false) => forward_avx2::<K, S, P, true, false>(row),
                (true, true) => forward_avx2::<K, S, P, true, true>(row),
            }
        },
        Isa::Portable if keep => forward_here::<K, S, P, true, true>(row),
        Isa::Portable => forward_here::<K, S, P, true, false>(row),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn forward_avx2<K, const S: usize, const P: usize, const LANES: bool, const KEEP: bool>(
    row: Forward<'_>,
) where
    K: Step<S, P>,
{
    forward_here::<K, S, P, LANES, KEEP>(row);
}

#[inline(always)]
fn forward_here<K, const S: usize, const P: usize, const LANES: bool, const KEEP: bool>(
    mut row: Forward<'_>,
) where
    K: Step<S, P>,
{
    let whole = row.x.len() / FORWARD * FORWARD;
    let rest = row.x.len() - whole;
    let part = Forward {
        states: row.states.again(),
        charged: row.charged.again(),
        z: &mut *row.z,
        ..row
    };
    forward_chunks::<K, S, P, FORWARD, LANES, KEEP>(part, 0);
    if rest > 0 {
        forward_chunks::<K, S, P, 1, true, KEEP>(
            Forward {
                stream: false,
                ..row
            },
            whole,
        );
    }
}

#[inline(always)]
fn forward_chunks<
    K: Step<S, P>,
    const S: usize,
    const P: usize,
    const L: usize,
    const LANES: bool,
    const KEEP: bool,
>(
    row: Forward<'_>,
    skip: usize,
) {
    let x = cut::<L>(row.x, skip);
    let count = x.len();
    let states = row
        .states
        .array::<S>()
        .map(|row| &mut cut_mut::<L>(row, skip)[..count]);
    let charged = row.charged.array::<S>();
    let charged = charged.map(|row| {
        if KEEP {
            &mut cut_mut::<L>(row, skip)[..count]
        } else {
            &mut []
        }
    });
    let z = &mut cut_mut::<L>(row.z, skip)[..count];
    let scalars: [f32; P] = from_fn(|k| row.params.scalar(k));
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[scalars[k]; L]]);
    let lanes = Lanes::new(from_fn(|k| row.params.row(k)), &splat, skip);
    for chunk in 0..count {
        let p = if LANES {
            lanes.at(chunk)
        } else {
            from_fn(|k| [scalars[k]; L])
        };
        let s: [[f32; L]; S] = from_fn(|k| states[k][chunk]);
        let (mut spike, mut next, mut kept) = ([0.0; L], [[0.0; L]; S], [[0.0; L]; S]);
        for i in 0..L {
            let p = from_fn(|k| p[k][i]);
            let h = K::charge(x[chunk][i], from_fn(|k| s[k][i]), p);
            let (z, s) = K::fire(h, p);
            spike[i] = z;
            for k in 0..S {
                next[k][i] = s[k];
                kept[k][i] = h[k];
            }
        }
        store(&mut z[chunk], spike, row.stream);
        for k in 0..S {
            states[k][chunk] = next[k];
            if KEEP {
                store(&mut charged[k][chunk], kept[k], row.stream);
            }
        }
    }
}

pub(crate) fn backward<K: Step<S, P>, const S: usize, const P: usize>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
    isa: Isa,
) {
    let (lanes, sums) = (row.params.has_rows(), row.sums.count() > 0);
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe {
            match (lanes, sums) {
                (false, false) => backward_avx2::<K, S, P, false, false>(row, slope, wanted),
                (false, true) => backward_avx2::<K, S, P, false, true>(row, slope, wanted),
                (true, false) => backward_avx2::<K, S, P, true, false>(row, slope, wanted),
                (true, true) => backward_avx2::<K, S, P, true, true>(row, slope, wanted),
            }
        },
        Isa::Portable if sums => backward_here::<K, S, P, true, true>(row, slope, wanted),
        Isa::Portable => backward_here::<K, S, P, true, false>(row, slope, wanted),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn backward_avx2<K, const S: usize, const P: usize, const LANES: bool, const SUMS: bool>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
) where
    K: Step<S, P>,
{
    backward_here::<K, S, P, LANES, SUMS>(row, slope, wanted);
}

#[inline(always)]
fn backward_here<K, const S: usize, const P: usize, const LANES: bool, const SUMS: bool>(
    mut row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
) where
    K: Step<S, P>,
{
    let whole = row.grad_z.len() / BACKWARD * BACKWARD;
    let rest = row.grad_z.len() - whole;
    let part = Backward {
        grads: row.grads.again(),
        sums: row.sums.again(),
        grad_x: &mut *row.grad_x,
        ..row
    };
    let reads_state = K::READS.state || (SUMS && K::PARAMS_READ.state);
    // A derivative that does not read the earlier state takes the loop that need not fire again.
    if reads_state && matches!(row.earlier, Earlier::Charged(_)) {
        backward_chunks::<K, S, P, BACKWARD, LANES, SUMS, true>(part, slope, wanted, 0);
    } else {
        backward_chunks::<K, S, P, BACKWARD, LANES, SUMS, false>(part, slope, wanted, 0);
    }
    if rest > 0 {
        let tail = Backward {
            stream: false,
            ..row
        };
        if matches!(tail.earlier, Earlier::Charged(_)) {
            backward_chunks::<K, S, P, 1, true, SUMS, true>(tail, slope, wanted, whole);
        } else {
            backward_chunks::<K, S, P, 1, true, SUMS, false>(tail, slope, wanted, whole);
        }
    }
}

#[inline(always)]
fn backward_chunks<
    K: Step<S, P>,
    const S: usize,
    const P: usize,
    const L: usize,
    const LANES: bool,
    const SUMS: bool,
    const AGAIN: bool,
>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
    skip: usize,
) {
    let reads_state = K::READS.state || (SUMS && K::PARAMS_READ.state);
    let reads_input = K::READS.input || (SUMS && K::PARAMS_READ.input);
    let grad_z = cut::<L>(row.grad_z, skip);
    let count = grad_z.len();
    let slope = &cut::<L>(slope, skip)[..count];
    let x = if reads_input {
        &cut::<L>(row.x, skip)[..count]
    } else {
        &[]
    };
    let charged: [&[[f32; L]]; S] = from_fn(|k| &cut::<L>(row.charged.get(k), skip)[..count]);
    let (Earlier::States(earlier) | Earlier::Charged(earlier)) = row.earlier;
    let earlier: [&[[f32; L]]; S] = from_fn(|k| {
        if reads_state {
            &cut::<L>(earlier.get(k), skip)[..count]
        } else {
            &[]
        }
    });
    let grad_x = &mut cut_mut::<L>(row.grad_x, skip)[..count];
    let grads = row
        .grads
        .array::<S>()
        .map(|row| &mut cut_mut::<L>(row, skip)[..count]);
    let mut rows = row.sums.split();
    let sums: [&mut [[f32; L]]; P] = from_fn(|k| match wanted.get(k) {
        Some(true) if SUMS => &mut cut_mut::<L>(rows.next().unwrap_or_default(), skip)[..count],
        _ => &mut [],
    });
    let scalars: [f32; P] = from_fn(|k| row.params.scalar(k));
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[scalars[k]; L]]);
    let lanes = Lanes::new(from_fn(|k| row.params.row(k)), &splat, skip);
    for chunk in 0..count {
        let p = if LANES {
            lanes.at(chunk)
        } else {
            from_fn(|k| [scalars[k]; L])
        };
        let g: [[f32; L]; S] = from_fn(|k| grads[k][chunk]);
        let h: [[f32; L]; S] = from_fn(|k| charged[k][chunk]);
        let s: [[f32; L]; S] = from_fn(|k| {
            if reads_state {
                earlier[k][chunk]
            } else {
                [0.0; L]
            }
        });
        let input = if reads_input { x[chunk] } else { [0.0; L] };
        let (mut into_x, mut into, mut parts) = ([0.0; L], [[0.0; L]; S], [[0.0; L]; P]);
        for i in 0..L {
            let p = from_fn(|k| p[k][i]);
            let s = from_fn(|k| s[k][i]);
            let s = if AGAIN { K::fire(s, p).1 } else { s };
            let (of_z, slope) = (grad_z[chunk][i], slope[chunk][i]);
            let h = from_fn(|k| h[k][i]);
            let (of_x, of_s, of_p) =
                K::adjoint(of_z, from_fn(|k| g[k][i]), slope, h, s, input[i], p);
            into_x[i] = of_x;
            for k in 0..S {
                into[k][i] = of_s[k];
            }
            for k in 0..P {
                parts[k][i] = of_p[k];
            }
        }
        store(&mut grad_x[chunk], into_x, row.stream);
        for k in 0..S {
            grads[k][chunk] = into[k];
        }
        for k in 0..P {
            if let (true, Some(sum)) = (SUMS, sums[k].get_mut(chunk)) {
                *sum = from_fn(|i| sum[i] + parts[k][i]);
            }
        }
    }
}

pub(crate) fn slope<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32], isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { slope_avx2::<K, P>(row, to) },
        Isa::Portable => slope_here::<K, P>(row, to),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn slope_avx2<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32]) {
    slope_here::<K, P>(row, to);
}

#[inline(always)]
fn slope_here<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32]) {
    let threshold = row.step.row(row.threshold);
    if threshold.is_empty() && !row.surrogate.has_rows() {
        let threshold = row.step.scalar(row.threshold);
        let p: [f32; P] = from_fn(|k| row.surrogate.scalar(k));
        for (to, membrane) in to.iter_mut().zip(row.membrane) {
            *to = K::slope(membrane - threshold, p);
        }
        return;
    }
    slope_lanes::<K, P, BACKWARD>(row, to, 0);
    slope_lanes::<K, P, 1>(row, to, to.len() / BACKWARD * BACKWARD);
}

#[inline(always)]
fn slope_lanes<K: Slope<P>, const P: usize, const L: usize>(
    row: SlopeRow<'_>,
    to: &mut [f32],
    skip: usize,
) {
    let membrane = cut::<L>(row.membrane, skip);
    let threshold = [[[row.step.scalar(row.threshold); L]]];
    let threshold = Lanes::new([row.step.row(row.threshold)], &threshold, skip);
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[row.surrogate.scalar(k); L]]);
    let lanes = Lanes::new(from_fn(|k| row.surrogate.row(k)), &splat, skip);
    for (chunk, (to, membrane)) in cut_mut::<L>(to, skip).iter_mut().zip(membrane).enumerate() {
        let ([threshold], p) = (threshold.at(chunk), lanes.at(chunk));
        for i in 0..L {
            to[i] = K::slope(membrane[i] - threshold[i], from_fn(|k| p[k][i]));
        }
    }
}

/// Copies a row past the cache where `isa` can; both have the same length, a multiple of a cache line.
pub(crate) fn stream(from: &[f32], to: &mut [f32], isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { stream_avx2(from, to) },
        Isa::Portable => to.copy_from_slice(from),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn stream_avx2(from: &[f32], to: &mut [f32]) {
    let (from, to) = (cut::<FORWARD>(from, 0), cut_mut::<FORWARD>(to, 0));
    to.iter_mut()
        .zip(from)
        .for_each(|(to, from)| store(to, *from, true));
}
