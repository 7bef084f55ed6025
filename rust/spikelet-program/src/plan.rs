//! Sections made ready for rows of neurons.

use alloc::vec::Vec;
use core::ops::Range;

use crate::action::{Action, Place};
use crate::graph::{Graph, Row, Use, Value};
use crate::program::{Input, Output, Program};
use crate::schedule::{Scheduled, schedule};

/// Where a derivative finds the states before a step.
///
/// ```
/// use spikelet_program::Earlier;
///
/// assert_ne!(Earlier::States, Earlier::Charged, "charged states need their `fire` done again");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// The rows hold the states themselves.
    States,
    /// The rows hold the charged states of the step before: its `fire` is done again.
    Charged,
}

/// One or more sections as a list of actions on rows and on registers.
///
/// Parameters are the step's, then the surrogate's. The rows that [`Bound::run`](crate::Bound::run) takes are named
/// at each constructor; a row that [`Plan::reads`] denies may be empty.
///
/// ```
/// # let text = include_str!("../tests/lif.txt");
/// use spikelet_program::{Plan, Program};
///
/// let plan = Plan::forward(&Program::parse(text)?, &[]);
/// let params = [Some(0.0), Some(2.0), Some(1.0), Some(0.0)]; // v_leak, tau, threshold, reset.to
/// let (mut z, mut v) = ([0.0; 2], [0.0; 2]);
/// let x: &[f32] = &[1.0, 3.0];
/// plan.bind(&params).run(2, (&[x, &[], &[], &[], &[]], &mut [&mut z, &mut v]));
/// assert_eq!((z, v), ([0.0, 1.0], [0.5, 0.0]));
/// # Ok::<(), spikelet_program::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) actions: Vec<Action>,
    pub(crate) registers: usize,
    pub(crate) constants: Vec<f32>,
    pub(crate) inputs: usize,
    /// For each output row, whether it is a result: not carried from step to step.
    pub(crate) results: Vec<bool>,
}

impl Plan {
    /// `charge` and `fire`: reads `x`; writes `z`, the states in place and, of each state that `keep` names, the charged
    /// one; of no state where `keep` is empty.
    pub fn forward(program: &Program, keep: &[bool]) -> Self {
        let states = program.states.len();
        let mut graph = Graph::default();
        let charged = graph.inline(
            &program.charge,
            |_| true,
            |graph, input| match input {
                Input::State(index) => graph.row(Row::Out(1 + index)),
                Input::Param(index) => graph.param(index),
                _ => graph.row(Row::In(0)),
            },
        );
        let charged: Vec<Value> = charged.into_iter().map(|(_, value)| value).collect();
        let fired = graph.inline(
            &program.fire,
            |_| true,
            |graph, input| match input {
                Input::Charged(index) => charged[index],
                Input::Param(index) => graph.param(index),
                _ => charged[program.membrane],
            },
        );
        let mut uses = Vec::new();
        // Charged states first: later operations then read them from their rows.
        let kept = charged.iter().zip(keep).filter(|(_, is_kept)| **is_kept);
        uses.extend(
            (1 + states..)
                .zip(kept)
                .map(|(row, (value, _))| (Use::Store(row), *value)),
        );
        for (output, value) in fired {
            match output {
                Output::State(index) => uses.push((Use::Store(1 + index), value)),
                _ => uses.push((Use::Store(0), value)),
            }
        }
        Self::new(&graph, &uses, (1, 1..1 + states))
    }

    /// `slope` and `adjoint`: reads `g.z`, `x`, the charged states and what [`Earlier`] says; writes `g.x`, the states'
    /// gradients in place, and adds to one row for each parameter that is `wanted`.
    pub fn backward(program: &Program, wanted: &[bool], earlier: Earlier) -> Self {
        let states = program.states.len();
        let mut graph = Graph::default();
        let slope = inline_slope(&mut graph, program, Row::In(2 + program.membrane));
        let before = match earlier {
            Earlier::States => Vec::new(),
            Earlier::Charged => inline_fire(&mut graph, program, 2 + states),
        };
        let gives = |output| match output {
            Output::GradParam(index) => wanted.get(index) == Some(&true),
            _ => true,
        };
        let found = graph.inline(&program.adjoint, gives, |graph, input| match input {
            Input::GradSpike | Input::Distance => graph.row(Row::In(0)),
            Input::X => graph.row(Row::In(1)),
            Input::Charged(index) => graph.row(Row::In(2 + index)),
            Input::State(index) => match before.get(index) {
                Some(value) => *value,
                None => graph.row(Row::In(2 + states + index)),
            },
            Input::GradState(index) => graph.row(Row::Out(1 + index)),
            Input::Slope => slope,
            Input::Param(index) => graph.param(index),
        });
        let mut rows = 1 + states..;
        let uses = found.into_iter().map(|(output, value)| match output {
            Output::GradState(index) => (Use::Store(1 + index), value),
            Output::GradParam(_) => (Use::Accumulate(rows.next().unwrap_or_default()), value),
            _ => (Use::Store(0), value),
        });
        let uses: Vec<(Use, Value)> = uses.collect();
        let carried = 1..uses.len();
        Self::new(&graph, &uses, (2 + 2 * states, carried))
    }

    /// `slope`: reads the charged membrane and writes the surrogate's derivative.
    pub fn slope(program: &Program) -> Self {
        let mut graph = Graph::default();
        let slope = inline_slope(&mut graph, program, Row::In(0));
        Self::new(&graph, &[(Use::Store(0), slope)], (1, 0..0))
    }

    /// Whether input row `index` is read at all.
    ///
    /// ```
    /// # let text = include_str!("../tests/lif.txt");
    /// use spikelet_program::{Earlier, Plan, Program};
    ///
    /// let program = Program::parse(text)?;
    /// let plan = Plan::backward(&program, &[], Earlier::Charged);
    /// // The derivative of a leaky integrate-and-fire neuron needs `h`, but neither `x` nor the earlier state.
    /// assert_eq!([0, 1, 2, 3].map(|row| plan.reads(row)), [true, false, true, false]);
    /// # Ok::<(), spikelet_program::Error>(())
    /// ```
    pub fn reads(&self, index: usize) -> bool {
        let row = Place::In(index);
        self.actions.iter().any(|action| action.reads(row))
    }

    /// `carried` are the output rows that go from step to step.
    fn new(graph: &Graph, uses: &[(Use, Value)], (inputs, carried): (usize, Range<usize>)) -> Self {
        let Scheduled {
            actions,
            registers,
            constants,
        } = schedule(graph, uses);
        Self {
            actions,
            registers,
            constants,
            inputs,
            results: (0..uses.len()).map(|row| !carried.contains(&row)).collect(),
        }
    }
}

fn inline_slope(graph: &mut Graph, program: &Program, membrane: Row) -> Value {
    let first = program.step_params.len();
    let found = graph.inline(
        &program.slope,
        |_| true,
        |graph, input| {
            if let Input::Param(index) = input {
                return graph.param(first + index);
            }
            let membrane = graph.row(membrane);
            let threshold = graph.param(program.threshold);
            graph.difference(membrane, threshold)
        },
    );
    // Parsing has made sure that there is exactly one output.
    found.first().map_or(0, |(_, value)| *value)
}

/// The states that the step before left, from its charged states.
fn inline_fire(graph: &mut Graph, program: &Program, first: usize) -> Vec<Value> {
    let found = graph.inline(
        &program.fire,
        |output| output != Output::Spike,
        |graph, input| match input {
            Input::Param(index) => graph.param(index),
            Input::Charged(index) => graph.row(Row::In(first + index)),
            _ => graph.row(Row::In(first)),
        },
    );
    found.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;
    use crate::action::{Code, First, Link, Scale, Spike};

    fn codes(plan: &Plan) -> Vec<Code> {
        plan.actions.iter().map(|action| action.code).collect()
    }

    #[test]
    fn what_is_around_a_spike_takes_loops_of_its_own() {
        let program = Program::parse(include_str!("../tests/adaptive.txt")).unwrap();
        let wanted: Vec<bool> = program
            .step_params
            .iter()
            .map(|name| name == "threshold")
            .collect();
        let backward = codes(&Plan::backward(&program, &wanted, Earlier::Charged));
        let kept = Code::Silent(Spike::From, Some(Link::Add));
        for code in [Code::Bell, Code::Reset(Spike::From), kept] {
            assert!(backward.contains(&code), "{code:?} in {backward:?}");
        }
        let spike = Code::One(crate::Opcode::SpikeGreaterEqual);
        assert!(!backward.contains(&spike), "nobody is left to read it");
        let forward = codes(&Plan::forward(&program, &[true; 2]));
        let compare = |code: &&Code| **code == spike || matches!(code, Code::Reset(_));
        assert_eq!(forward.iter().filter(compare).count(), 1, "{forward:?}");
    }

    #[test]
    fn what_goes_back_through_a_spike_is_one_loop_where_nobody_asks_for_its_parts() {
        let program = Program::parse(include_str!("../tests/adaptive.txt")).unwrap();
        let backward = codes(&Plan::backward(&program, &[], Earlier::Charged));
        assert!(backward.contains(&Code::Fired(Spike::From)), "{backward:?}");
        assert!(!backward.contains(&Code::Bell), "{backward:?}");
    }

    #[test]
    fn a_slope_that_does_not_weigh_the_reset_stays_out_of_its_loop() {
        let text = include_str!("../tests/adaptive.txt");
        let other = text.replace("%9 = mul %8 slope", "%9 = mul %8 p.tau");
        assert_ne!(text, other);
        let program = Program::parse(&other).unwrap();
        let backward = codes(&Plan::backward(&program, &[], Earlier::Charged));
        assert!(backward.contains(&Code::Bell), "{backward:?}");
    }

    #[test]
    fn what_leaks_into_a_state_is_one_loop_with_the_sum() {
        let program = Program::parse(include_str!("../tests/lif.txt")).unwrap();
        let forward = codes(&Plan::forward(&program, &[true; 2]));
        let leak = Code::Four(First::Sub, Link::SubFrom, Scale::Div);
        assert!(forward.contains(&leak), "{forward:?}");
    }

    #[test]
    fn a_state_that_its_last_loop_reads_first_is_replaced_in_place() {
        let program = Program::parse(include_str!("../tests/adaptive.txt")).unwrap();
        for earlier in [Earlier::States, Earlier::Charged] {
            let backward = codes(&Plan::backward(&program, &[], earlier));
            assert!(!backward.contains(&Code::Copy), "{backward:?}");
        }
    }
}
