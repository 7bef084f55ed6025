//! From a graph of values to the loops that compute them: what is alive, and which operations share a loop.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::action::{Code, Link, OPERANDS};
use crate::graph::{Graph, Node, Use, Value};
use crate::program::Opcode;

/// An action on values that have no place yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) code: Code,
    pub(crate) to: Target,
    pub(crate) args: [Value; OPERANDS],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Value(Value),
    Row(usize),
}

impl Item {
    pub(crate) fn operands(&self) -> impl Iterator<Item = Value> {
        let code = self.code;
        let args = self.args.into_iter().enumerate();
        args.filter(move |(place, _)| code.reads(*place))
            .map(|(_, value)| value)
    }

    pub(crate) fn reads(&self, value: Value) -> bool {
        self.operands().any(|operand| operand == value)
    }
}

/// The operations that are needed, in chains where an intermediate result has no other use.
pub(crate) fn joined(graph: &Graph, uses: &[(Use, Value)]) -> Vec<Item> {
    let mut counts = vec![0_usize; graph.nodes.len()];
    for (_, value) in uses {
        // An output must keep its value: never joined away.
        counts[*value] += 2;
    }
    for (value, node) in graph.nodes.iter().enumerate().rev() {
        if let (Node::Op(code, args), true) = (node, counts[value] > 0) {
            for arg in &args[..code.operands()] {
                counts[*arg] += 1;
            }
        }
    }
    let mut joining = Joining {
        is_uniform: uniform(graph),
        counts,
        items: BTreeMap::new(),
    };
    for (value, node) in graph.nodes.iter().enumerate() {
        if let (Node::Op(code, args), true) = (node, joining.counts[value] > 0) {
            let item = joining.item(*code, *args);
            let to = Target::Value(value);
            joining.items.insert(value, Item { to, ..item });
        }
    }
    joining.items.into_values().collect()
}

/// Which values depend on constants and parameters alone: they are computed once where those are numbers.
fn uniform(graph: &Graph) -> Vec<bool> {
    let mut all: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        all.push(match node {
            Node::Row(_) => false,
            Node::Param(_) | Node::Constant(_) => true,
            Node::Op(code, args) => args[..code.operands()].iter().all(|arg| all[*arg]),
        });
    }
    all
}

/// A chain, and the values that it computes on its way.
struct Chain {
    item: Item,
    joined: Vec<Value>,
}

struct Joining {
    is_uniform: Vec<bool>,
    /// How often each value is read; more than once where it is an output.
    counts: Vec<usize>,
    items: BTreeMap<Value, Item>,
}

impl Joining {
    /// The item of an operation, together with the operands that nobody else uses and that fit into its loop.
    fn item(&mut self, code: Opcode, args: [Value; 3]) -> Item {
        let [a, b, c] = args;
        let sides = [(a, b, true), (b, a, false)];
        let chains = sides.into_iter().filter_map(|(inner, other, is_left)| {
            self.chain(inner, Link::new(code, is_left)?, other)
        });
        // Of two alike the later operand, which is likelier to be in the nearest cache.
        if let Some(chain) = chains.max_by_key(|chain| chain.joined.len()) {
            for value in &chain.joined {
                self.items.remove(value);
            }
            return chain.item;
        }
        Item {
            code: Code::One(code),
            to: Target::Row(0),
            args: [a, b, c, a, a, a],
        }
    }

    /// Operations that a value's own loop has, 0 where it must stay alone.
    fn length(&self, value: Value) -> usize {
        if self.counts[value] != 1 || self.is_uniform[value] {
            return 0;
        }
        let item = self.items.get(&value);
        item.map_or(0, |item| 1 + item.code.links())
    }

    /// The chain that computes `inner`, longer by one link to `other`.
    fn chain(&self, inner: Value, link: Link, other: Value) -> Option<Chain> {
        if self.length(inner) == 0 {
            return None;
        }
        let mut chain = Chain {
            item: *self.items.get(&inner)?,
            joined: vec![inner],
        };
        let (mut link, mut operands) = (link, [other; 2]);
        if let (Some(both), Some(factors)) = (link.with_product(), self.product(other)) {
            (link, operands) = (both, factors);
            chain.joined.push(other);
        }
        chain.item.code = chain.item.code.chained(link)?;
        let end = chain.item.code.links() * 2;
        chain.item.args[end..end + 2].copy_from_slice(&operands);
        Some(chain)
    }

    /// The factors of a value that is a product, and which nobody else uses.
    fn product(&self, value: Value) -> Option<[Value; 2]> {
        let item = self.items.get(&value)?;
        let is_free = self.length(value) == 1 && item.code == Code::One(Opcode::Mul);
        is_free.then(|| [item.args[0], item.args[1]])
    }
}
