//! One step backward with the usual surrogate in the same loop.
//!
//! A loop for each pair of step and surrogate would be a crate of loops: one surrogate has them, with scalar parameters.

use std::array::from_fn;

use super::backward::{CHUNK, SlopeAt, Stretch, chunks};
use super::element::{Brain, Element, Half, Single, Wide};
use crate::generated::{USUAL_PARAMS, Usual};
use crate::isa::Isa;
use crate::params::Params;
use crate::step::{Slope, Step, UsualBackward};
use crate::values::{Values, ValuesMut};

/// Neurons at a time in AVX-512: one vector.
#[cfg(target_arch = "x86_64")]
const WIDE: usize = 16;

/// Whether [`usual_backward`] takes a row; numbers of one format are the caller's promise.
pub(crate) fn is_usual(params: [&Params<'_>; 2], isa: Isa) -> bool {
    isa != Isa::Portable && params.iter().all(|params| !params.has_rows())
}

pub(crate) fn usual_backward<K: Step<S, P>, const S: usize, const P: usize>(
    row: UsualBackward<'_>,
    wanted: &[bool],
    isa: Isa,
) {
    let UsualBackward {
        grad_z,
        x,
        grad_x,
        around,
        next,
        membrane,
        threshold,
    } = row;
    let slope = Made {
        membrane,
        threshold: around.params.scalar(threshold),
        params: from_fn(|k| around.surrogate.scalar(k)),
    };
    #[cfg(target_arch = "x86_64")]
    if let Isa::Avx2(found) = isa {
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2 and F16C; `found` knows of AVX-512.
        unsafe {
            match (grad_z, grad_x) {
                (Values::F32(grad_z), ValuesMut::F32(grad_x)) => {
                    let next = (next.grad_z.map_or(&[][..], Values::f32s), next.charged);
                    let row = Stretch {
                        grad_z,
                        x,
                        grad_x,
                        around,
                        next,
                    };
                    if found.has_avx512() {
                        avx512::<K, S, P>(row, slope, wanted);
                    } else {
                        avx2::<K, Single, S, P>(row, slope, wanted);
                    }
                }
                (Values::BF16(grad_z), ValuesMut::BF16(grad_x)) => {
                    let next = (next.grad_z.map_or(&[][..], Values::bits), next.charged);
                    let row = Stretch {
                        grad_z,
                        x,
                        grad_x,
                        around,
                        next,
                    };
                    avx2::<K, Brain, S, P>(row, slope, wanted);
                }
                (Values::F16(grad_z), ValuesMut::F16(grad_x)) => {
                    let next = (next.grad_z.map_or(&[][..], Values::bits), next.charged);
                    let row = Stretch {
                        grad_z,
                        x,
                        grad_x,
                        around,
                        next,
                    };
                    avx2::<K, Half, S, P>(row, slope, wanted);
                }
                _ => debug_assert!(false, "rows have one format"),
            }
        }
        return;
    }
    debug_assert!(false, "`is_usual` says who may come");
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn avx2<K: Step<S, P>, E: Element, const S: usize, const P: usize>(
    mut row: Stretch<'_, E::Bits>,
    slope: Made,
    wanted: &[bool],
) {
    let whole = row.grad_z.len() / CHUNK * CHUNK;
    let has_sums = row.around.sums.count() > 0;
    if has_sums {
        chunks::<K, E, _, S, P, CHUNK, false, true>(row.again(), &slope, wanted, 0);
    } else {
        chunks::<K, E, _, S, P, CHUNK, false, false>(row.again(), &slope, wanted, 0);
    }
    if whole < row.grad_z.len() {
        row.around.stream = false;
        if has_sums {
            chunks::<K, E, _, S, P, 1, false, true>(row, &slope, wanted, whole);
        } else {
            chunks::<K, E, _, S, P, 1, false, false>(row, &slope, wanted, whole);
        }
    }
}

/// Float32, by whole lines; a derivative with sums does not fit into the registers of AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,f16c")]
fn avx512<K: Step<S, P>, const S: usize, const P: usize>(
    mut row: Stretch<'_, f32>,
    slope: Made,
    wanted: &[bool],
) {
    let whole = row.grad_z.len() / WIDE * WIDE;
    if row.around.sums.count() > 0 {
        chunks::<K, Wide, _, S, P, WIDE, false, true>(row.again(), &slope, wanted, 0);
    } else {
        chunks::<K, Wide, _, S, P, WIDE, false, false>(row.again(), &slope, wanted, 0);
    }
    if whole < row.grad_z.len() {
        avx2::<K, Single, S, P>(row.behind(whole), slope, wanted);
    }
}

/// The surrogate's derivative at whatever the membrane was charged to.
#[derive(Clone, Copy)]
struct Made {
    membrane: usize,
    threshold: f32,
    params: [f32; USUAL_PARAMS],
}

impl<const S: usize, const L: usize> SlopeAt<S, L> for Made {
    #[inline(always)]
    fn at(&self, _: usize, charged: &[[f32; L]; S]) -> [f32; L] {
        let membrane = charged[if S == 1 { 0 } else { self.membrane }];
        from_fn(|i| Usual::slope(membrane[i] - self.threshold, self.params))
    }
}
