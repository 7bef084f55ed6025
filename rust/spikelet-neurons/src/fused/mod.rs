//! Loops over a stretch of neurons around a fused step.
//!
//! The equations arrive as scalar functions. The loops hand them eight or sixteen neurons at a time as arrays, which the
//! compiler turns into vectors: read from the disassembly, the loop of a leaky integrate-and-fire neuron is one vector
//! instruction per operation. Arrays rather than plain indexing, because a streaming store needs the vector in hand.
//! The same text is compiled several times on x86-64: for the baseline, for AVX2 and, where it stores most, for AVX-512,
//! as found at run time.

mod backward;
mod element;
mod forward;
mod slope;
#[cfg(test)]
mod tests;
mod usual;

use std::array::from_fn;

pub(crate) use backward::backward;
pub(crate) use forward::{forward, is_direct};
pub(crate) use slope::slope;
pub(crate) use usual::{is_usual, usual_backward};

/// Parameters of every chunk: rows, or for scalars one chunk that stands for all.
struct Lanes<'a, const P: usize, const L: usize> {
    chunks: [&'a [[f32; L]]; P],
    /// All bits, or none where there is one chunk only.
    mask: [usize; P],
}

impl<'a, const P: usize, const L: usize> Lanes<'a, P, L> {
    #[inline(always)]
    fn new(rows: [&'a [f32]; P], splat: &'a [[[f32; L]; 1]; P], skip: usize) -> Self {
        let chunks = |k: usize| {
            if rows[k].is_empty() {
                &splat[k][..]
            } else {
                cut(rows[k], skip)
            }
        };
        Self {
            chunks: from_fn(chunks),
            mask: from_fn(|k| if rows[k].is_empty() { 0 } else { usize::MAX }),
        }
    }

    #[inline(always)]
    fn at(&self, chunk: usize) -> [[f32; L]; P] {
        from_fn(|k| self.chunks[k][chunk & self.mask[k]])
    }
}

/// Splits a row into chunks of `L` from `skip` on.
#[inline(always)]
fn cut<T, const L: usize>(row: &[T], skip: usize) -> &[[T; L]] {
    row.get(skip..).unwrap_or_default().as_chunks().0
}

#[inline(always)]
fn cut_mut<T, const L: usize>(row: &mut [T], skip: usize) -> &mut [[T; L]] {
    row.get_mut(skip..).unwrap_or_default().as_chunks_mut().0
}
