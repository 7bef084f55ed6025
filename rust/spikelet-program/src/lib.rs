//! A spiking neuron as data: a short list of operations, its text form, and an interpreter for blocks of neurons.
//!
//! A [`Program`] has four [`Section`]s, each a list of scalar float32 operations in order:
//!
//! | section | inputs | outputs |
//! |---|---|---|
//! | `charge` | `x`, states `s.*`, `p.*` | charged states `h.*` |
//! | `fire` | `h.*`, `p.*` | spike `z`, next states `s.*` |
//! | `slope` | `u` (membrane minus threshold), `p.*` | `slope`, the surrogate's derivative |
//! | `adjoint` | `g.z`, `g.*`, `slope`, `h.*`, `s.*`, `x`, `p.*` | `g.x`, `g.*` one step earlier, `gp.*` |
//!
//! Two ways to run it. [`Section::evaluate`] is the plain meaning on single numbers, the oracle of every engine.
//! A [`Plan`] is one or more sections made ready for rows of neurons: dead operations removed, others joined to
//! chains, registers allotted by liveness, inputs and outputs bound to the caller's memory. It runs block by
//! block, so that registers stay in the first-level cache. Both give the same bits: every operation rounds once, in
//! the order written, and nothing is contracted.
//!
//! ```
//! use spikelet_program::{Input, Program};
//!
//! let text = "\
//! spikelet-program 1
//! states v
//! membrane v
//! step_params threshold
//! slope_params
//! section charge
//! %0 = add s.v x
//! h.v <- %0
//! section fire
//! %0 = spike_ge h.v p.threshold
//! %1 = mul %0 p.threshold
//! %2 = sub h.v %1
//! z <- %0
//! s.v <- %2
//! section slope
//! slope <- 0x3f800000
//! section adjoint
//! %0 = add g.v g.z
//! g.x <- %0
//! g.v <- %0
//! end
//! ";
//! let program = Program::parse(text)?;
//! let fired = program.fire.evaluate(|input| match input {
//!     Input::Charged(_) => 1.5,
//!     _ => 1.0,
//! });
//! assert_eq!(fired, [1.0, 0.5]);
//! # Ok::<(), spikelet_program::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod action;
mod bind;
mod block;
mod error;
mod evaluate;
mod graph;
mod join;
mod loops;
pub mod math;
mod names;
mod parse;
mod plan;
mod program;
mod schedule;

pub use block::{BLOCK, Bound, InOut, Leave};
pub use error::Error;
pub use plan::{Earlier, Plan};
pub use program::{Input, Op, Opcode, Operand, Output, Program, Section};
