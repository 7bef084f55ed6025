//! The time loops of spiking neurons over `[T, N]`, forward and backward.
//!
//! A [`Kernel`] is a neuron made ready: from the text of its program, served by a fused step where its content is one
//! of the built-in neurons, else by the interpreter. [`Kernel::scan`] runs `T` steps of `N` neurons, [`Kernel::adjoint`] runs them
//! backward. Both work on slices that the caller owns, on the rayon pool that they are called from;
//! [`Kernel::scan_beside`] and [`Kernel::adjoint_beside`] on this thread and a [`Crew`].
//!
//! ```
//! # let text = include_str!("../../spikelet-program/tests/lif.txt");
//! use spikelet_neurons::{Kernel, Param, Save, Scan, Values, ValuesMut};
//!
//! let kernel = Kernel::interpreted(text)?;
//! // Two steps of one neuron: v_leak, tau, threshold, reset.to.
//! let (mut z, mut last) = ([f32::NAN; 2], [f32::NAN; 1]);
//! kernel.scan(Scan {
//!     time: 2,
//!     neurons: 1,
//!     x: Values::F32(&[1.0, 3.0]),
//!     initial: &[0.0],
//!     params: &[Param::Scalar(0.0), Param::Scalar(2.0), Param::Scalar(1.0), Param::Scalar(0.0)],
//!     z: ValuesMut::F32(&mut z),
//!     last: Some(&mut last),
//!     save: Save::Nothing,
//! })?;
//! assert_eq!((z, last), ([0.0, 1.0], [0.0]));
//! # Ok::<(), spikelet_neurons::Error>(())
//! ```

mod adjoiner;
mod adjoint;
mod backward;
mod beside;
mod crew;
mod error;
mod forward;
mod fused;
mod generated;
mod half;
mod interpret;
mod isa;
mod kernel;
mod params;
mod processor;
mod rows;
mod run;
mod scan;
mod step;
mod stepper;
mod stretch;
mod sums;
mod tiles;
mod values;

pub use adjoint::{Adjoint, Saved};
pub use crew::Crew;
pub use error::Error;
pub use kernel::{Kernel, Stores};
pub use scan::{Save, Scan, checkpoints};
pub use values::{Param, Values, ValuesMut};
