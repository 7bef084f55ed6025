//! What can be wrong with a run.

/// Why a kernel refuses.
///
/// ```
/// use spikelet_neurons::{Error, Kernel};
///
/// let error = Kernel::interpreted("").unwrap_err();
/// assert!(matches!(error, Error::Program(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is no program.
    #[error(transparent)]
    Program(#[from] spikelet_program::Error),
    /// A tensor has the wrong size.
    #[error("`{what}` must have {expected} numbers, got {got}")]
    Length {
        /// Which.
        what: &'static str,
        /// As the shape of the run says.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// There are too many or too few parameters.
    #[error("`{what}` must have {expected} entries, got {got}")]
    Count {
        /// Which list.
        what: &'static str,
        /// As the program says.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// A parameter's numbers do not fit the neurons.
    #[error("parameter `{name}` must have a length that divides {neurons} neurons, got {got}")]
    Period {
        /// Its name.
        name: String,
        /// How many neurons there are.
        neurons: usize,
        /// How many numbers came.
        got: usize,
    },
    /// Checkpoints at no distance.
    #[error("`every` must be at least 1 step, got 0")]
    Every,
    /// The derivative reads the input, which is not there.
    #[error(
        "`x` must be given: the derivative of this program or the replay from checkpoints reads it"
    )]
    NeedsInput,
    /// A state that the derivative reads is not kept.
    #[error("state `{name}` must be kept: a derivative of this program reads it")]
    NeedsState {
        /// Its name.
        name: String,
    },
    /// The shape of the run does not fit into memory.
    #[error("`time` times `neurons` times states must fit into memory, got {time} times {neurons}")]
    Size {
        /// Time steps.
        time: usize,
        /// Neurons.
        neurons: usize,
    },
}

pub(crate) fn length(what: &'static str, expected: usize, got: usize) -> Result<(), Error> {
    if expected != got {
        return Err(Error::Length {
            what,
            expected,
            got,
        });
    }
    Ok(())
}
