//! Plans on the rows of a run.

use spikelet_program::{Bound, InOut, Plan};

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

/// Runs a plan.
pub(crate) fn run(bound: &mut Bound, width: usize, rows: InOut<'_, '_>, isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has AVX-512, as `found` says.
        Isa::Avx2(found) if found.has_avx512() => unsafe { bound.run_avx512(width, rows) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { bound.run_avx2(width, rows) },
        Isa::Portable => bound.run(width, rows),
    }
}
