//! One step forward.

use std::array::from_fn;

use super::element::{Brain, Element, Half, Single, Wide};
use super::{Lanes, cut, cut_mut};
use crate::isa::{Isa, ask_for};
use crate::step::{Forward, Neurons, Step};
use crate::values::{Values, ValuesMut};

/// Neurons at a time: a whole cache line, so that streamed lines are complete at once (a fifth faster than halves where
/// several rows are written).
const CHUNK: usize = 16;

/// Whether [`forward`] takes a row as it is; else input and spikes must be float32.
///
/// Every format costs a loop of its own, so 16-bit ones have it only in AVX2 and for scalar parameters.
pub(crate) fn is_direct(row: &Forward<'_>, isa: Isa) -> bool {
    match (&row.x, &row.z) {
        (Values::F32(_), ValuesMut::F32(_)) => true,
        (Values::F16(_), ValuesMut::F16(_)) | (Values::BF16(_), ValuesMut::BF16(_)) => {
            isa != Isa::Portable && !row.neurons.params.has_rows()
        }
        _ => false,
    }
}

pub(crate) fn forward<K: Step<S, P>, const S: usize, const P: usize>(row: Forward<'_>, isa: Isa) {
    let (lanes, keep) = (
        row.neurons.params.has_rows(),
        row.neurons.charged.count() > 0,
    );
    let Forward {
        x,
        next,
        z,
        neurons,
    } = row;
    match (isa, x, z) {
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2(found), Values::F32(x), ValuesMut::F32(z)) => {
            let row = Stretch {
                x,
                next: next.f32s(),
                z,
                neurons,
            };
            // SAFETY: `Isa::Avx2` exists only where the machine has AVX2 and F16C.
            unsafe {
                match (lanes, keep) {
                    (false, false) if found.has_avx512() => avx512::<K, S, P, false>(row),
                    (false, true) if found.has_avx512() => avx512::<K, S, P, true>(row),
                    (false, false) => avx2::<K, Single, S, P, false, false>(row),
                    (false, true) => avx2::<K, Single, S, P, false, true>(row),
                    (true, false) => avx2::<K, Single, S, P, true, false>(row),
                    (true, true) => avx2::<K, Single, S, P, true, true>(row),
                }
            }
        }
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2(_), Values::BF16(x), ValuesMut::BF16(z)) => {
            let row = Stretch {
                x,
                next: next.bits(),
                z,
                neurons,
            };
            // SAFETY: as above.
            unsafe {
                if keep {
                    avx2::<K, Brain, S, P, false, true>(row);
                } else {
                    avx2::<K, Brain, S, P, false, false>(row);
                }
            }
        }
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2(_), Values::F16(x), ValuesMut::F16(z)) => {
            let row = Stretch {
                x,
                next: next.bits(),
                z,
                neurons,
            };
            // SAFETY: as above.
            unsafe {
                if keep {
                    avx2::<K, Half, S, P, false, true>(row);
                } else {
                    avx2::<K, Half, S, P, false, false>(row);
                }
            }
        }
        (Isa::Portable, Values::F32(x), ValuesMut::F32(z)) => {
            let row = Stretch {
                x,
                next: next.f32s(),
                z,
                neurons,
            };
            if keep {
                here::<K, Single, S, P, true, true>(row);
            } else {
                here::<K, Single, S, P, true, false>(row);
            }
        }
        _ => debug_assert!(false, "`is_direct` says what may come"),
    }
}

/// A row whose numbers have a known format.
struct Stretch<'a, B> {
    x: &'a [B],
    /// As `x`, or empty.
    next: &'a [B],
    z: &'a mut [B],
    neurons: Neurons<'a>,
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn avx2<K, E, const S: usize, const P: usize, const LANES: bool, const KEEP: bool>(
    row: Stretch<'_, E::Bits>,
) where
    K: Step<S, P>,
    E: Element,
{
    here::<K, E, S, P, LANES, KEEP>(row);
}

/// Scalar parameters and float32, as most neurons have.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,f16c")]
fn avx512<K: Step<S, P>, const S: usize, const P: usize, const KEEP: bool>(row: Stretch<'_, f32>) {
    here::<K, Wide, S, P, false, KEEP>(row);
}

#[inline(always)]
fn here<K, E, const S: usize, const P: usize, const LANES: bool, const KEEP: bool>(
    mut row: Stretch<'_, E::Bits>,
) where
    K: Step<S, P>,
    E: Element,
{
    let whole = row.x.len() / CHUNK * CHUNK;
    let part = Stretch {
        x: row.x,
        next: row.next,
        z: &mut *row.z,
        neurons: row.neurons.again(),
    };
    chunks::<K, E, S, P, CHUNK, LANES, KEEP>(part, 0);
    if whole < row.x.len() {
        row.neurons.stream = false;
        chunks::<K, E, S, P, 1, true, KEEP>(row, whole);
    }
}

#[inline(always)]
fn chunks<
    K: Step<S, P>,
    E: Element,
    const S: usize,
    const P: usize,
    const L: usize,
    const LANES: bool,
    const KEEP: bool,
>(
    row: Stretch<'_, E::Bits>,
    skip: usize,
) {
    let Stretch {
        x,
        next: next_x,
        z,
        neurons,
    } = row;
    let x = cut::<_, L>(x, skip);
    let count = x.len();
    let next_x = cut::<_, L>(next_x, skip).get(..count).unwrap_or(x);
    let z = &mut cut_mut::<_, L>(z, skip)[..count];
    let states = neurons
        .states
        .array::<S>()
        .map(|row| &mut cut_mut::<_, L>(row, skip)[..count]);
    let charged = neurons.charged.array::<S>();
    let charged = charged.map(|row| {
        if KEEP {
            &mut cut_mut::<_, L>(row, skip)[..count]
        } else {
            &mut []
        }
    });
    let scalars: [f32; P] = from_fn(|k| neurons.params.scalar(k));
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[scalars[k]; L]]);
    let lanes = Lanes::new(from_fn(|k| neurons.params.row(k)), &splat, skip);
    for chunk in 0..count {
        let p = if LANES {
            lanes.at(chunk)
        } else {
            from_fn(|k| [scalars[k]; L])
        };
        ask_for(&next_x[chunk]);
        let x = E::widen(x[chunk]);
        let s: [[f32; L]; S] = from_fn(|k| states[k][chunk]);
        let (mut spike, mut next, mut kept) = ([0.0; L], [[0.0; L]; S], [[0.0; L]; S]);
        for i in 0..L {
            let p = from_fn(|k| p[k][i]);
            let h = K::charge(x[i], from_fn(|k| s[k][i]), p);
            let (z, s) = K::fire(h, p);
            spike[i] = z;
            for k in 0..S {
                next[k][i] = s[k];
                kept[k][i] = h[k];
            }
        }
        E::store(&mut z[chunk], E::spikes(spike), neurons.stream);
        for k in 0..S {
            states[k][chunk] = next[k];
            if KEEP {
                E::Kept::store(&mut charged[k][chunk], kept[k], neurons.stream);
            }
        }
    }
}
