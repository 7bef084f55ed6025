//! From a graph of values to the loops that compute them: what is alive, and which operations share a loop.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::action::{Code, First, Link, OPERANDS, Spike};
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

    /// Whether its result may take the place of `value`: it does not read it, or reads it where its loop writes.
    pub(crate) fn may_replace(&self, value: Value) -> bool {
        match self.operands().filter(|operand| *operand == value).count() {
            0 => true,
            1 => self.args[0] == value && self.code.in_place().is_some(),
            _ => false,
        }
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
        graph,
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

/// A loop of several operations, and the values that it computes on its way, as often as each was read for it.
struct Chain {
    item: Item,
    joined: Vec<Value>,
}

struct Joining<'a> {
    graph: &'a Graph,
    is_uniform: Vec<bool>,
    /// How often each value is read; more than once where it is an output.
    counts: Vec<usize>,
    items: BTreeMap<Value, Item>,
}

impl Joining<'_> {
    /// The item of an operation, together with the operands that nobody else uses and that fit into its loop.
    fn item(&mut self, code: Opcode, args: [Value; 3]) -> Item {
        let [a, b, c] = args;
        let sides = [(a, b, true), (b, a, false)];
        let chains = sides.into_iter().filter_map(|(inner, other, is_left)| {
            self.chain(inner, Link::new(code, is_left)?, other)
        });
        // Of two alike the later operand, which is likelier to be in the nearest cache.
        let chains = chains.max_by_key(|chain| chain.joined.len());
        let chain = self.around_spike(code, [a, b]).or(chains);
        if let Some(chain) = chain.or_else(|| self.under(code, [a, b])) {
            for value in &chain.joined {
                self.counts[*value] -= 1;
                if self.counts[*value] == 0 {
                    self.items.remove(value);
                }
            }
            return chain.item;
        }
        Item {
            code: Code::One(code),
            to: Target::Row(0),
            args: filled([a, b, c]),
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
        let code = chain.item.code.chained(link)?;
        match code {
            Code::Four(..) => chain.item.args[5] = other,
            _ => chain.item.args[code.links() * 2..][..2].copy_from_slice(&operands),
        }
        chain.item.code = code;
        Some(chain)
    }

    /// `above / below`, where `below` is one operation.
    fn under(&self, code: Opcode, [above, below]: [Value; 2]) -> Option<Chain> {
        let item = self
            .items
            .get(&below)
            .filter(|_| code == Opcode::Div && self.length(below) > 0)?;
        let Code::One(first) = item.code else {
            return None;
        };
        let [a, b, ..] = item.args;
        Some(Chain {
            item: Item {
                code: Code::Under(First::new(first)?),
                to: Target::Row(0),
                args: filled([a, b, above]),
            },
            joined: vec![below],
        })
    }

    /// The factors of a value that is a product, and which nobody else uses.
    fn product(&self, value: Value) -> Option<[Value; 2]> {
        let item = self.items.get(&value)?;
        let is_free = self.length(value) == 1 && item.code == Code::One(Opcode::Mul);
        is_free.then(|| [item.args[0], item.args[1]])
    }

    /// The loops that are there for what the steps of most neurons have around their spike.
    fn around_spike(&self, code: Opcode, [a, b]: [Value; 2]) -> Option<Chain> {
        match code {
            Opcode::Mul => self.silent(a, b).or_else(|| self.silent(b, a)),
            Opcode::Add => {
                let reset = self.reset(a, b).or_else(|| self.reset(b, a));
                let fired = || self.fired(a, b).or_else(|| self.fired(b, a));
                reset.or_else(fired)
            }
            Opcode::Div => self.bell(a, b),
            _ => None,
        }
    }

    /// `(1 - z) * other`, where `inner` is the difference. Only where a reset may be all that reads `z` beside it: a spike
    /// that must be computed anyway is read, which took a sixth less time forward.
    fn silent(&self, inner: Value, other: Value) -> Option<Chain> {
        let Node::Op(Opcode::Sub, [one, z, _]) = self.graph.nodes[inner] else {
            return None;
        };
        let (spike, [a, b]) = self.spike(z)?;
        let is_one = self.graph.nodes[one] == Node::Constant(1.0_f32.to_bits());
        let is_free = self.length(inner) == 1 && self.counts[z] <= 2;
        (is_one && is_free).then(|| Chain {
            item: Item {
                code: Code::Silent(spike, None),
                to: Target::Row(0),
                args: filled([a, b, other]),
            },
            joined: vec![inner, z],
        })
    }

    /// `kept + z * to`, where `kept` is what the same spike `z` leaves to the silent.
    fn reset(&self, kept: Value, product: Value) -> Option<Chain> {
        let item = self.items.get(&kept).filter(|_| self.length(kept) > 0)?;
        let Code::Silent(spike, None) = item.code else {
            return None;
        };
        let [p, q] = self.product(product)?;
        let is_same = |z| self.spike(z) == Some((spike, [item.args[0], item.args[1]]));
        let (z, to) = if is_same(p) { (p, q) } else { (q, p) };
        is_same(z).then(|| {
            let mut item = *item;
            item.code = Code::Reset(spike);
            item.args[4] = to;
            Chain {
                item,
                joined: vec![kept, product, z],
            }
        })
    }

    /// `above / (r * r + d)`, where `r` is `(a - b) * c`.
    fn bell(&self, above: Value, below: Value) -> Option<Chain> {
        let sum = self.items.get(&below).filter(|_| self.length(below) > 0)?;
        let [r, again, d, ..] = sum.args;
        let is_square = sum.code == Code::Two(First::Mul, Link::Add) && r == again;
        let root = self.items.get(&r).filter(|_| is_square)?;
        let is_free = self.counts[r] == 2 && !self.is_uniform[r];
        let [a, b, c, ..] = root.args;
        (is_free && root.code == Code::Two(First::Sub, Link::Mul)).then(|| Chain {
            item: Item {
                code: Code::Bell,
                to: Target::Row(0),
                args: filled([a, b, c, d, above]),
            },
            joined: vec![below, r, r],
        })
    }

    /// `kept + at * slope`, where `kept` is what a spike leaves to the silent plus `reset * slope`, `reset` is what a spike
    /// more would change, and `slope` is the same spike's bell.
    fn fired(&self, kept: Value, passed: Value) -> Option<Chain> {
        let item = self.items.get(&kept).filter(|_| self.length(kept) > 0)?;
        let Code::Silent(spike, Some(Link::AddMul)) = item.code else {
            return None;
        };
        let [a, b, f, _, p, q, ..] = item.args;
        let [m, n] = self.product(passed)?;
        let (at, slope) = if n == p || n == q { (m, n) } else { (n, m) };
        let reset = match slope {
            _ if slope == p => q,
            _ if slope == q => p,
            _ => return None,
        };
        let bell = self.items.get(&slope).filter(|_| self.counts[slope] == 2)?;
        let [c, d, e] = [bell.args[2], bell.args[3], bell.args[4]];
        let is_bell = bell.code == Code::Bell && bell.args[..2] == [a, b];
        let (to, [i, j]) = self.moved(reset, [f, a])?;
        is_bell.then(|| Chain {
            item: Item {
                code: Code::Fired(spike),
                to: Target::Row(0),
                args: [a, b, c, d, e, f, at, to, i, j],
            },
            joined: vec![kept, passed, slope, slope, reset],
        })
    }

    /// `to` and the factors of `step` in `step - f * a + f * to`.
    fn moved(&self, reset: Value, [f, a]: [Value; 2]) -> Option<(Value, [Value; 2])> {
        let item = self.items.get(&reset).filter(|_| self.length(reset) > 0)?;
        let [i, j, p, q, r, s, ..] = item.args;
        let is_sum = item.code == Code::Three(First::Mul, Link::SubMul, Link::AddMul);
        let is_change = [p, q] == [f, a] || [p, q] == [a, f];
        let to = match f {
            _ if f == r => s,
            _ if f == s => r,
            _ => return None,
        };
        (is_sum && is_change).then_some((to, [i, j]))
    }

    /// What a value compares, if it is a spike.
    fn spike(&self, value: Value) -> Option<(Spike, [Value; 2])> {
        match self.graph.nodes[value] {
            Node::Op(code, [a, b, _]) => Some((Spike::new(code)?, [a, b])),
            _ => None,
        }
    }
}

/// Operands with those that no loop reads: the first one again.
fn filled<const COUNT: usize>(args: [Value; COUNT]) -> [Value; OPERANDS] {
    core::array::from_fn(|place| args.get(place).copied().unwrap_or(args[0]))
}
