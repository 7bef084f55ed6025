//! What can be wrong with the text of a program.

use alloc::string::String;

/// What a text breaks, and where; lines count from 1.
///
/// ```
/// use spikelet_program::{Error, Program};
///
/// let error = Program::parse("spikelet-program 2").unwrap_err();
/// assert_eq!(error.to_string(), "program line 1 must be `spikelet-program 1`, got `spikelet-program 2`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A line of the frame (version, names, sections, end) is not where it belongs.
    #[error("program line {line} must be `{rule}`, got `{found}`")]
    Frame {
        /// Where.
        line: usize,
        /// What belongs there.
        rule: &'static str,
        /// What stands there; empty past the end.
        found: String,
    },
    /// A name of the head is used twice.
    #[error("program line {line}: names must differ, got `{name}` twice")]
    NameTwice {
        /// Where.
        line: usize,
        /// The name.
        name: String,
    },
    /// A state is called like the input or the spike, whose gradients are `g.x` and `g.z`.
    #[error("program line {line}: a state must not be called `x` or `z`, got `{name}`; rename it")]
    Reserved {
        /// Where.
        line: usize,
        /// The name.
        name: String,
    },
    /// `membrane` is no state.
    #[error("program line {line}: `membrane` must be one of the states, got `{name}`")]
    Membrane {
        /// Where.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// No parameter is called `threshold`.
    #[error("program line {line}: `step_params` must name `threshold`")]
    Threshold {
        /// Where.
        line: usize,
    },
    /// A line of a section is neither `%n = operation operands` nor `output <- operand`.
    #[error(
        "program line {line} must be `%n = operation operands` or `output <- operand`, got `{found}`"
    )]
    Line {
        /// Where.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// Results are not numbered from 0 in order.
    #[error("program line {line} must define `%{expected}`, got `{found}`")]
    Number {
        /// Where.
        line: usize,
        /// The next number.
        expected: usize,
        /// What stands there.
        found: String,
    },
    /// There is no such operation.
    #[error("program line {line} must use an operation of the language, got `{name}`")]
    Operation {
        /// Where.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// An operation has too many or too few operands.
    #[error("program line {line}: `{name}` must have {expected} operands, got {found}")]
    Operands {
        /// Where.
        line: usize,
        /// The operation.
        name: String,
        /// How many it takes.
        expected: usize,
        /// How many stand there.
        found: usize,
    },
    /// An operand is no input of this section, no constant and no result.
    #[error(
        "program line {line}: an operand must be an input of section `{section}`, got `{name}`"
    )]
    Unknown {
        /// Where.
        line: usize,
        /// The section.
        section: &'static str,
        /// What stands there.
        name: String,
    },
    /// A result is read before it is computed.
    #[error("program line {line}: an operand must be computed on an earlier line, got `{name}`")]
    Early {
        /// Where.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// A condition stands where a number is needed.
    #[error(
        "program line {line}: a condition must only choose in `where`, got `{name}` as a number"
    )]
    ConditionAsNumber {
        /// Where.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// A number stands where a condition is needed.
    #[error("program line {line}: `where` must choose by a comparison, got `{name}`")]
    NumberAsCondition {
        /// Where.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// The section has no such output.
    #[error("program line {line}: an output must be one of section `{section}`, got `{name}`")]
    Output {
        /// Where.
        line: usize,
        /// The section.
        section: &'static str,
        /// What stands there.
        name: String,
    },
    /// An output is given twice.
    #[error("program line {line}: an output must be given once, got `{name}` again")]
    OutputTwice {
        /// Where.
        line: usize,
        /// The output.
        name: String,
    },
    /// An output is not given.
    #[error("program line {line}: section `{section}` must give `{name}` before it ends")]
    Missing {
        /// Where the section ends.
        line: usize,
        /// The section.
        section: &'static str,
        /// The output.
        name: String,
    },
    /// More of something than an engine provides for.
    #[error("program line {line}: at most {most} {what} are possible, got {found}")]
    Limit {
        /// Where.
        line: usize,
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
        /// How many there are.
        found: usize,
    },
}
