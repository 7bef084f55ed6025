//! Sections joined to one graph of values, in which equal values are one.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::program::{Input, Opcode, Operand, Output, Section};

/// A value of the graph, by its place in `Graph::nodes`.
pub(crate) type Value = usize;

/// Memory of the caller, one row of neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    /// Only read.
    In(usize),
    /// Written, and where it is an input too (states), read before.
    Out(usize),
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    Row(Row),
    Param(usize),
    /// The bits of a float32.
    Constant(u32),
    Op(Opcode, [Value; 3]),
}

/// What becomes of a value in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is stored in this output row.
    Store(usize),
    /// It is added to this output row.
    Accumulate(usize),
}

/// Values in an order in which they can be computed.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    known: BTreeMap<Node, Value>,
}

impl Graph {
    pub(crate) fn row(&mut self, row: Row) -> Value {
        self.add(Node::Row(row))
    }

    pub(crate) fn param(&mut self, index: usize) -> Value {
        self.add(Node::Param(index))
    }

    /// `a - b`, as the distance to the threshold is no operation of the text.
    pub(crate) fn difference(&mut self, a: Value, b: Value) -> Value {
        self.op(Opcode::Sub, [a, b, a])
    }

    /// Adds the operations that `wanted` outputs of a section need; `bind` says what its inputs are.
    pub(crate) fn inline(
        &mut self,
        section: &Section,
        wanted: impl Fn(Output) -> bool,
        mut bind: impl FnMut(&mut Self, Input) -> Value,
    ) -> Vec<(Output, Value)> {
        let outputs = section.outputs.iter().filter(|(output, _)| wanted(*output));
        let outputs: Vec<&(Output, Operand)> = outputs.collect();
        let needed = needed(section, outputs.iter().map(|(_, operand)| *operand));
        let mut values = Vec::with_capacity(section.ops.len());
        for (op, needed) in section.ops.iter().zip(needed) {
            let mut args = [0; 3];
            // A place holder keeps the numbering; nothing reads it.
            if needed {
                for (arg, operand) in args.iter_mut().zip(&op.operands) {
                    *arg = self.operand(*operand, &values, &mut bind);
                }
                for unused in op.operands.len()..3 {
                    args[unused] = args[0];
                }
                values.push(self.op(op.code, args));
            } else {
                values.push(0);
            }
        }
        let outputs = outputs.into_iter();
        outputs
            .map(|(output, operand)| (*output, self.operand(*operand, &values, &mut bind)))
            .collect()
    }

    fn operand(
        &mut self,
        operand: Operand,
        values: &[Value],
        bind: &mut impl FnMut(&mut Self, Input) -> Value,
    ) -> Value {
        match operand {
            Operand::Result(index) => values[index],
            Operand::Constant(constant) => self.add(Node::Constant(constant.to_bits())),
            Operand::Input(input) => bind(self, input),
        }
    }

    /// An operation; a sum with a negated value becomes a difference, which rounds alike.
    fn op(&mut self, code: Opcode, args: [Value; 3]) -> Value {
        let [a, b, _] = args;
        match (code, self.negated(a), self.negated(b)) {
            (Opcode::Add, _, Some(b)) => self.add(Node::Op(Opcode::Sub, [a, b, a])),
            (Opcode::Add, Some(a), None) => self.add(Node::Op(Opcode::Sub, [b, a, b])),
            (Opcode::Sub, _, Some(b)) => self.add(Node::Op(Opcode::Add, [a, b, a])),
            _ => self.add(Node::Op(code, args)),
        }
    }

    fn negated(&self, value: Value) -> Option<Value> {
        match self.nodes[value] {
            Node::Op(Opcode::Neg, [inner, ..]) => Some(inner),
            _ => None,
        }
    }

    fn add(&mut self, node: Node) -> Value {
        let next = self.nodes.len();
        let value = *self.known.entry(node).or_insert(next);
        if value == next {
            self.nodes.push(node);
        }
        value
    }
}

/// Which operations of a section the given operands need.
fn needed(section: &Section, roots: impl Iterator<Item = Operand>) -> Vec<bool> {
    let mut needed = alloc::vec![false; section.ops.len()];
    let mark = |needed: &mut [bool], operand: Operand| {
        if let Operand::Result(index) = operand {
            needed[index] = true;
        }
    };
    roots.for_each(|root| mark(&mut needed, root));
    for index in (0..section.ops.len()).rev() {
        if needed[index] {
            for operand in &section.ops[index].operands {
                mark(&mut needed, *operand);
            }
        }
    }
    needed
}
