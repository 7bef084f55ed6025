//! One step backward.

use std::array::from_fn;

use super::element::{Element, Single};
use super::{Lanes, cut, cut_mut};
use crate::isa::{Isa, ask_for};
use crate::rows::Rows;
use crate::step::{Around, Backward, Earlier, Step};

/// Neurons at a time: one AVX2 vector. With two, the values of a derivative do not fit into the registers.
pub(super) const CHUNK: usize = 8;

pub(crate) fn backward<K: Step<S, P>, const S: usize, const P: usize>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
    isa: Isa,
) {
    let (lanes, sums) = (row.around.params.has_rows(), row.around.sums.count() > 0);
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe {
            match (lanes, sums) {
                (false, false) => avx2::<K, S, P, false, false>(row, slope, wanted),
                (false, true) => avx2::<K, S, P, false, true>(row, slope, wanted),
                (true, false) => avx2::<K, S, P, true, false>(row, slope, wanted),
                (true, true) => avx2::<K, S, P, true, true>(row, slope, wanted),
            }
        },
        Isa::Portable if sums => here::<K, S, P, true, true>(row, slope, wanted),
        Isa::Portable => here::<K, S, P, true, false>(row, slope, wanted),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<K, const S: usize, const P: usize, const LANES: bool, const SUMS: bool>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
) where
    K: Step<S, P>,
{
    here::<K, S, P, LANES, SUMS>(row, slope, wanted);
}

#[inline(always)]
fn here<K, const S: usize, const P: usize, const LANES: bool, const SUMS: bool>(
    row: Backward<'_>,
    slope: &[f32],
    wanted: &[bool],
) where
    K: Step<S, P>,
{
    let mut row = Stretch {
        grad_z: row.grad_z,
        x: row.x,
        grad_x: row.grad_x,
        around: row.around,
        next: (&[], Rows::default()),
    };
    let width = row.grad_z.len();
    let whole = width / CHUNK * CHUNK;
    let slopes = Given(cut::<f32, CHUNK>(slope, 0));
    chunks::<K, Single, _, S, P, CHUNK, LANES, SUMS>(row.again(), &slopes, wanted, 0);
    if whole < width {
        row.around.stream = false;
        let slopes = Given(cut::<f32, 1>(slope, whole));
        chunks::<K, Single, _, S, P, 1, true, SUMS>(row, &slopes, wanted, whole);
    }
}

/// A row whose numbers have a known format.
pub(super) struct Stretch<'a, B> {
    pub(super) grad_z: &'a [B],
    pub(super) x: &'a [f32],
    pub(super) grad_x: &'a mut [B],
    pub(super) around: Around<'a>,
    /// Gradients and charged states that are read next, or empty.
    pub(super) next: (&'a [B], Rows<'a>),
}

impl<B> Stretch<'_, B> {
    /// The same for a shorter time.
    pub(super) fn again(&mut self) -> Stretch<'_, B> {
        let width = self.grad_z.len();
        Stretch {
            grad_z: self.grad_z,
            x: self.x,
            grad_x: &mut *self.grad_x,
            around: self.around.part(0..width),
            next: self.next,
        }
    }
}

impl Stretch<'_, f32> {
    /// The neurons from `start` on, too few to be streamed.
    pub(super) fn behind(&mut self, start: usize) -> Stretch<'_, f32> {
        let width = self.grad_z.len();
        let mut around = self.around.part(start..width);
        around.stream = false;
        Stretch {
            grad_z: &self.grad_z[start..],
            x: self.x.get(start..).unwrap_or_default(),
            grad_x: &mut self.grad_x[start..],
            around,
            next: (&[], Rows::default()),
        }
    }
}

/// Where the loop finds the surrogate's derivative.
pub(super) trait SlopeAt<const S: usize, const L: usize> {
    fn at(&self, chunk: usize, charged: &[[f32; L]; S]) -> [f32; L];
}

/// Computed before.
struct Given<'a, const L: usize>(&'a [[f32; L]]);

impl<const S: usize, const L: usize> SlopeAt<S, L> for Given<'_, L> {
    #[inline(always)]
    fn at(&self, chunk: usize, _: &[[f32; L]; S]) -> [f32; L] {
        self.0[chunk]
    }
}

#[inline(always)]
pub(super) fn chunks<
    K: Step<S, P>,
    E: Element,
    Z: SlopeAt<S, L>,
    const S: usize,
    const P: usize,
    const L: usize,
    const LANES: bool,
    const SUMS: bool,
>(
    row: Stretch<'_, E::Bits>,
    slope: &Z,
    wanted: &[bool],
    skip: usize,
) {
    let reads_state = K::READS.state || (SUMS && K::PARAMS_READ.state);
    let is_again = matches!(row.around.earlier, Earlier::Charged(_));
    // A derivative that does not read the earlier state takes the loop that need not fire again.
    if reads_state && is_again {
        some::<K, E, Z, S, P, L, LANES, SUMS, true>(row, slope, wanted, skip);
    } else {
        some::<K, E, Z, S, P, L, LANES, SUMS, false>(row, slope, wanted, skip);
    }
}

#[inline(always)]
fn some<
    K: Step<S, P>,
    E: Element,
    Z: SlopeAt<S, L>,
    const S: usize,
    const P: usize,
    const L: usize,
    const LANES: bool,
    const SUMS: bool,
    const AGAIN: bool,
>(
    row: Stretch<'_, E::Bits>,
    slope: &Z,
    wanted: &[bool],
    skip: usize,
) {
    let reads_state = K::READS.state || (SUMS && K::PARAMS_READ.state);
    let reads_input = K::READS.input || (SUMS && K::PARAMS_READ.input);
    let grad_z = cut::<_, L>(row.grad_z, skip);
    let count = grad_z.len();
    let x = if reads_input {
        &cut::<f32, L>(row.x, skip)[..count]
    } else {
        &[]
    };
    let charged: [&[[f32; L]]; S] =
        from_fn(|k| &cut::<f32, L>(row.around.charged.get(k), skip)[..count]);
    let (Earlier::States(earlier) | Earlier::Charged(earlier)) = row.around.earlier;
    let earlier: [&[[f32; L]]; S] = from_fn(|k| {
        if reads_state {
            &cut::<f32, L>(earlier.get(k), skip)[..count]
        } else {
            &[]
        }
    });
    let next_z = cut::<_, L>(row.next.0, skip);
    let next_z = next_z.get(..count).unwrap_or(grad_z);
    let next_charged: [&[[f32; L]]; S] = from_fn(|k| {
        let next = cut::<_, L>(row.next.1.get(k), skip).get(..count);
        next.unwrap_or(charged[k])
    });
    let grad_x = &mut cut_mut::<_, L>(row.grad_x, skip)[..count];
    let grads = row
        .around
        .grads
        .array::<S>()
        .map(|row| &mut cut_mut::<f32, L>(row, skip)[..count]);
    let mut rows = row.around.sums.split();
    let sums: [&mut [[f32; L]]; P] = from_fn(|k| match wanted.get(k) {
        Some(true) if SUMS => {
            &mut cut_mut::<f32, L>(rows.next().unwrap_or_default(), skip)[..count]
        }
        _ => &mut [],
    });
    let scalars: [f32; P] = from_fn(|k| row.around.params.scalar(k));
    let splat: [[[f32; L]; 1]; P] = from_fn(|k| [[scalars[k]; L]]);
    let lanes = Lanes::new(from_fn(|k| row.around.params.row(k)), &splat, skip);
    for chunk in 0..count {
        ask_for(&next_z[chunk]);
        for next in next_charged {
            ask_for(&next[chunk]);
        }
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
        let (of_z, slope) = (E::widen(grad_z[chunk]), slope.at(chunk, &h));
        let (mut into_x, mut into, mut parts) = ([0.0; L], [[0.0; L]; S], [[0.0; L]; P]);
        for i in 0..L {
            let p = from_fn(|k| p[k][i]);
            let s = from_fn(|k| s[k][i]);
            let s = if AGAIN { K::fire(s, p).1 } else { s };
            let h = from_fn(|k| h[k][i]);
            let (of_x, of_s, of_p) =
                K::adjoint(of_z[i], from_fn(|k| g[k][i]), slope[i], h, s, input[i], p);
            into_x[i] = of_x;
            for k in 0..S {
                into[k][i] = of_s[k];
            }
            for k in 0..P {
                parts[k][i] = of_p[k];
            }
        }
        E::store(&mut grad_x[chunk], E::narrow(into_x), row.around.stream);
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
