//! The surrogate's derivative.

use std::array::from_fn;

use super::{Lanes, cut, cut_mut};
use crate::isa::Isa;
use crate::step::{Slope, SlopeRow};

/// Neurons at a time where parameters are rows; else the loop is left to the compiler.
const CHUNK: usize = 8;

pub(crate) fn slope<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32], isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { avx2::<K, P>(row, to) },
        Isa::Portable => here::<K, P>(row, to),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32]) {
    here::<K, P>(row, to);
}

#[inline(always)]
fn here<K: Slope<P>, const P: usize>(row: SlopeRow<'_>, to: &mut [f32]) {
    let threshold = row.step.row(row.threshold);
    if threshold.is_empty() && !row.surrogate.has_rows() {
        let threshold = row.step.scalar(row.threshold);
        let p: [f32; P] = from_fn(|k| row.surrogate.scalar(k));
        for (to, membrane) in to.iter_mut().zip(row.membrane) {
            *to = K::slope(membrane - threshold, p);
        }
        return;
    }
    chunks::<K, P, CHUNK>(row, to, 0);
    chunks::<K, P, 1>(row, to, to.len() / CHUNK * CHUNK);
}

#[inline(always)]
fn chunks<K: Slope<P>, const P: usize, const L: usize>(
    row: SlopeRow<'_>,
    to: &mut [f32],
    skip: usize,
) {
    let membrane = cut::<_, L>(row.membrane, skip);
    let threshold = [[[row.step.scalar(row.threshold); L]]];
    let threshold = Lanes::new([row.step.row(row.threshold)], &threshold, skip);
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[row.surrogate.scalar(k); L]]);
    let lanes = Lanes::new(from_fn(|k| row.surrogate.row(k)), &splat, skip);
    for (chunk, (to, membrane)) in cut_mut::<_, L>(to, skip)
        .iter_mut()
        .zip(membrane)
        .enumerate()
    {
        let ([threshold], p) = (threshold.at(chunk), lanes.at(chunk));
        for i in 0..L {
            to[i] = K::slope(membrane[i] - threshold[i], from_fn(|k| p[k][i]));
        }
    }
}
