//! Programs of neurons over the memory of tensors, which the engine in Python owns and has checked.

use std::num::NonZeroUsize;

use pyo3::prelude::*;
use spikelet_neurons::{Adjoint, Crew, Kernel as Neurons, Param, Saved, Scan, Values, ValuesMut};

use crate::error::engine_error;
use crate::memory::{
    Keep, Lanes, borrowed, borrowed_mut, initial, lanes, left_out, narrowed, save, saved, together,
    values, values_mut,
};
use crate::pool;

/// Below this many neuron-steps a second thread costs more than it gives.
const WORTH_THREADS: usize = 1 << 16;

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Kernel>()
}

/// A program made ready to run: fused where its content is a built-in's, else interpreted.
#[pyclass(frozen, module = "spikelet._core")]
struct Kernel(Neurons);

/// Time steps, neurons and the tensor's element: 0 float32, 1 float16, 2 bfloat16.
type Shape = (usize, usize, u8);

#[pymethods]
impl Kernel {
    /// `program`: the hashes of step and slope, a line break, and the program's text.
    #[new]
    fn new(program: &str) -> PyResult<Self> {
        let (hashes, text) = program.split_once('\n').unwrap_or_default();
        let (step, slope) = hashes.split_once(' ').unwrap_or_default();
        let kernel =
            Neurons::new(text, step, slope).map_err(|error| engine_error(error.to_string()))?;
        Ok(Self(kernel))
    }

    /// Who runs it.
    #[getter]
    fn served_by(&self) -> &str {
        self.0.served_by()
    }

    /// The states that need not be kept charged, as the operator's code has them; `params` says whether gradients of
    /// parameters may be asked for.
    fn left_out(&self, params: bool) -> usize {
        left_out(self.0.reads_charged(params))
    }

    /// Runs `[T, N]` forward; every address belongs to contiguous memory that outlives the call.
    ///
    /// `start` holds the address of all states or of each, or is empty to begin from `rest`, one number for each. A `last`
    /// of 0 is not written.
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "a kernel's call, converted from Python lists"
    )]
    fn forward(
        &self,
        py: Python<'_>,
        shape: Shape,
        x: usize,
        z: usize,
        start: Vec<usize>,
        rest: Vec<f64>,
        last: usize,
        params: Vec<Lanes>,
        numbers: Vec<f64>,
        keep: usize,
        kept: usize,
        threads: usize,
    ) -> PyResult<()> {
        let (time, neurons, element) = shape;
        let states = self.0.program().states.len();
        let keep = Keep::new(keep, states);
        // SAFETY: the engine passes addresses of contiguous tensors of these sizes and types, holds them until
        // this call returns, and writes to none of them meanwhile; outputs are fresh memory that nobody else has.
        let (x, z, initial, last, params, save) = unsafe {
            (
                values(x, time * neurons, element),
                values_mut(z, time * neurons, element),
                together(&start, (states, neurons), &rest),
                (last != 0).then(|| borrowed_mut::<f32>(last, states * neurons)),
                lanes(&params),
                save(kept, &keep, (time, neurons)),
            )
        };
        let (params, _) = self.with_numbers(params, &numbers);
        let run = Scan {
            time,
            neurons,
            x,
            initial: &initial,
            params: &params,
            z,
            last,
            save,
        };
        self.crewed(py, threads, time * neurons, |kernel, crew| {
            kernel.scan_beside(crew, run)
        })
    }

    /// Runs `[T, N]` backward; an address of 0 is an absent input or an unwanted gradient.
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "a kernel's call, converted from Python lists"
    )]
    fn backward(
        &self,
        py: Python<'_>,
        shape: Shape,
        grad_z: usize,
        grad_last: usize,
        x: usize,
        state: usize,
        params: Vec<Lanes>,
        numbers: Vec<f64>,
        keep: usize,
        kept: usize,
        grad_x: usize,
        grad_initial: usize,
        grads: Vec<usize>,
        threads: usize,
        rest: Vec<f64>,
    ) -> PyResult<()> {
        let (time, neurons, element) = shape;
        let states = self.0.program().states.len();
        let keep = Keep::new(keep, states);
        let rest = narrowed(&rest);
        // SAFETY: as in `forward`; an address of 0 is looked at before it is used.
        let (step, mut grad_params, run) = unsafe {
            let mut grad_params: Vec<Option<&mut [f32]>> = params
                .iter()
                .zip(&grads)
                .map(|(&(_, length), &at)| (at != 0).then(|| borrowed_mut(at, length)))
                .collect();
            grad_params.resize_with(self.0.program().step_params.len(), || None);
            let run = Backward {
                grad_z: values(grad_z, time * neurons, element),
                grad_last: (grad_last != 0).then(|| borrowed(grad_last, states * neurons)),
                saved: saved(kept, &keep, (time, neurons)),
                x: (x != 0).then(|| values(x, time * neurons, element)),
                initial: initial(state, &rest, states * neurons),
                grad_x: values_mut(grad_x, time * neurons, element),
                grad_initial: (grad_initial != 0)
                    .then(|| borrowed_mut::<f32>(grad_initial, states * neurons)),
            };
            (lanes(&params), grad_params, run)
        };
        let (step, slope) = self.with_numbers(step, &numbers);
        let run = Adjoint {
            time,
            neurons,
            grad_z: Some(run.grad_z),
            grad_last: run.grad_last,
            saved: run.saved,
            x: run.x,
            initial: run.initial,
            params: &step,
            slope_params: &slope,
            grad_x: run.grad_x,
            grad_initial: run.grad_initial,
            grad_params: &mut grad_params,
        };
        self.crewed(py, threads, time * neurons, |kernel, crew| {
            kernel.adjoint_beside(crew, run)
        })
    }
}

/// The memory of a backward run.
struct Backward<'a> {
    grad_z: Values<'a>,
    grad_last: Option<&'a [f32]>,
    saved: Saved<'a>,
    x: Option<Values<'a>>,
    initial: &'a [f32],
    grad_x: ValuesMut<'a>,
    grad_initial: Option<&'a mut [f32]>,
}

impl Kernel {
    /// All parameters of the step and of the slope: the tensors come first, plain numbers after them.
    fn with_numbers<'a>(
        &self,
        mut step: Vec<Param<'a>>,
        numbers: &[f64],
    ) -> (Vec<Param<'a>>, Vec<Param<'a>>) {
        let rest = self
            .0
            .program()
            .step_params
            .len()
            .saturating_sub(step.len());
        let (first, slope) = numbers.split_at(rest.min(numbers.len()));
        step.extend(first.iter().map(|&number| Param::Scalar(number as f32)));
        (
            step,
            slope
                .iter()
                .map(|&number| Param::Scalar(number as f32))
                .collect(),
        )
    }

    fn crewed(
        &self,
        py: Python<'_>,
        threads: usize,
        steps: usize,
        run: impl FnOnce(&Neurons, Option<&Crew>) -> Result<(), spikelet_neurons::Error> + Send,
    ) -> PyResult<()> {
        let wanted = if steps < WORTH_THREADS { 1 } else { threads };
        let crew = pool::crew(py, NonZeroUsize::new(wanted).unwrap_or(NonZeroUsize::MIN))?;
        py.detach(|| run(&self.0, crew.as_deref()))
            .map_err(|error| engine_error(error.to_string()))
    }
}
