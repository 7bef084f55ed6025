//! Plans on the rows of a run.

use spikelet_program::{Bound, InOut, Leave, Plan};

use crate::isa::Isa;
use crate::params::Params;

/// A plan with the scalars of some parameters; rows come with every run.
pub(crate) fn bind(plan: &Plan, params: &[Params<'_>]) -> Bound {
    let scalar = |params: &Params<'_>, index| {
        let is_scalar = params.row(index).is_empty();
        is_scalar.then(|| params.scalar(index))
    };
    let all = params
        .iter()
        .flat_map(|params| (0..params.len()).map(|index| scalar(params, index)));
    plan.bind(&all.collect::<Vec<_>>())
}

/// Appends one row for each parameter.
pub(crate) fn extend<'a>(inputs: &mut Vec<&'a [f32]>, params: Params<'a>) {
    inputs.extend((0..params.len()).map(|index| params.row(index)));
}

/// Runs a plan; results leave past the cache if `stream`, where the machine stores whole lines.
pub(crate) fn run(
    bound: &mut Bound,
    width: usize,
    rows: InOut<'_, '_>,
    (stream, isa): (bool, Isa),
) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(found) if found.has_avx512() => {
            // SAFETY: the machine has AVX-512, as `found` says.
            let streamed = |from: &[f32], to: &mut [f32]| unsafe { streamed(from, to) };
            let leave: Leave<'_> = &streamed;
            // SAFETY: as above.
            unsafe { bound.run_avx512(width, rows, stream.then_some(leave)) }
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { bound.run_avx2(width, rows) },
        Isa::Portable => bound.run(width, rows),
    }
}

/// Copies a block past the cache, a whole line with each store.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn streamed(from: &[f32], to: &mut [f32]) {
    use std::arch::x86_64::{_mm512_loadu_ps, _mm512_stream_ps};
    let is_whole = from.len() == to.len() && to.len().is_multiple_of(16);
    if !is_whole || !to.as_ptr().addr().is_multiple_of(64) {
        return to.copy_from_slice(from);
    }
    let (lines, _) = from.as_chunks::<16>();
    for (from, to) in lines.iter().zip(to.as_chunks_mut::<16>().0) {
        // SAFETY: a line is 16 floats, and each begins at a multiple of 64 bytes as the first does.
        unsafe { _mm512_stream_ps(to.as_mut_ptr(), _mm512_loadu_ps(from.as_ptr())) };
    }
}
