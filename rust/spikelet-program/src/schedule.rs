//! Where each value lives: from loops on values to actions on rows and registers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::action::{Action, Code, OPERANDS, Place};
use crate::graph::{Graph, Node, Row, Use, Value};
use crate::join::{Item, Target, joined};

pub(crate) struct Scheduled {
    pub(crate) actions: Vec<Action>,
    pub(crate) registers: usize,
    pub(crate) constants: Vec<f32>,
}

pub(crate) fn schedule(graph: &Graph, uses: &[(Use, Value)]) -> Scheduled {
    let items = with_sums(&joined(graph, uses), uses);
    let bound = bind_outputs(graph, &items, uses);
    let mut items = items;
    let places = Places::new(graph, bound);
    append_copies(graph, &places, uses, &mut items);
    places.allot(&items)
}

/// Adds to running sums as soon as a value is known, so that it need not live on.
fn with_sums(items: &[Item], uses: &[(Use, Value)]) -> Vec<Item> {
    let mut all = Vec::with_capacity(items.len() + uses.len());
    let use_of = |value: Value, all: &mut Vec<Item>| {
        for (use_, used) in uses.iter().filter(|(_, used)| *used == value) {
            let Use::Accumulate(row) = *use_ else {
                continue;
            };
            all.push(Item {
                code: Code::Accumulate,
                to: Target::Row(row),
                args: [*used; OPERANDS],
            });
        }
    };
    let is_computed = |value: Value| items.iter().any(|item| item.to == Target::Value(value));
    let mut given: Vec<Value> = uses.iter().map(|(_, value)| *value).collect();
    given.retain(|value| !is_computed(*value));
    given.sort_unstable();
    given.dedup();
    for value in given {
        use_of(value, &mut all);
    }
    for item in items {
        all.push(*item);
        if let Target::Value(value) = item.to {
            use_of(value, &mut all);
        }
    }
    all
}

/// Values that are computed right into an output row: those computed by an operation, once, and after the last
/// look at what the row held before, or with it where their loop can.
fn bind_outputs(graph: &Graph, items: &[Item], uses: &[(Use, Value)]) -> BTreeMap<Value, usize> {
    let mut bound = BTreeMap::new();
    for (use_, value) in uses {
        let Use::Store(row) = *use_ else { continue };
        let Some(made) = items
            .iter()
            .position(|item| item.to == Target::Value(*value))
        else {
            continue;
        };
        let before = graph
            .nodes
            .iter()
            .position(|node| *node == Node::Row(Row::Out(row)));
        let is_free = before.is_none_or(|before| {
            let read_later = items[made + 1..].iter().any(|item| item.reads(before));
            let is_output = uses.iter().any(|(_, value)| *value == before);
            !read_later && !is_output && items[made].may_replace(before)
        });
        if is_free {
            bound.entry(*value).or_insert(row);
        }
    }
    bound
}

/// Copies what is not computed in place; a row that is itself overwritten goes through a register.
fn append_copies(graph: &Graph, places: &Places<'_>, uses: &[(Use, Value)], items: &mut Vec<Item>) {
    let mut copies = Vec::new();
    let mut next = graph.nodes.len();
    for (use_, value) in uses {
        let Use::Store(row) = *use_ else { continue };
        if places.bound.get(value) == Some(&row) {
            continue;
        }
        let mut from = *value;
        if let Node::Row(Row::Out(_)) = graph.nodes[*value] {
            items.push(Item {
                code: Code::Copy,
                to: Target::Value(next),
                args: [from; OPERANDS],
            });
            from = next;
            next += 1;
        }
        copies.push(Item {
            code: Code::Copy,
            to: Target::Row(row),
            args: [from; OPERANDS],
        });
    }
    items.append(&mut copies);
}

/// Gives every value a place.
struct Places<'a> {
    graph: &'a Graph,
    bound: BTreeMap<Value, usize>,
    in_registers: BTreeMap<Value, usize>,
    free: Vec<usize>,
    registers: usize,
    constants: Vec<f32>,
}

impl<'a> Places<'a> {
    fn new(graph: &'a Graph, bound: BTreeMap<Value, usize>) -> Self {
        Self {
            graph,
            bound,
            in_registers: BTreeMap::new(),
            free: Vec::new(),
            registers: 0,
            constants: Vec::new(),
        }
    }

    fn allot(mut self, items: &[Item]) -> Scheduled {
        let mut actions = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let args = item.args.map(|value| self.place(value));
            let to = match item.to {
                Target::Row(row) => Place::Out(row),
                Target::Value(value) => self.target(value),
            };
            actions.push(Action {
                code: item.code,
                to,
                args,
            });
            // Only now: a result never takes the register of its own operand.
            for value in item.operands() {
                if !items[index + 1..].iter().any(|later| later.reads(value)) {
                    self.free.extend(self.in_registers.remove(&value));
                }
            }
        }
        Scheduled {
            actions,
            registers: self.registers,
            constants: self.constants,
        }
    }

    fn target(&mut self, value: Value) -> Place {
        if let Some(row) = self.bound.get(&value) {
            return Place::Out(*row);
        }
        // The register freed last is the likeliest to be in the nearest cache.
        let register = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.in_registers.insert(value, register);
        Place::Register(register)
    }

    fn place(&mut self, value: Value) -> Place {
        if let Some(register) = self.in_registers.get(&value) {
            return Place::Register(*register);
        }
        if let Some(row) = self.bound.get(&value) {
            return Place::Out(*row);
        }
        match self.graph.nodes.get(value) {
            Some(Node::Row(Row::In(index))) => Place::In(*index),
            Some(Node::Row(Row::Out(index))) => Place::Out(*index),
            Some(Node::Param(index)) => Place::Param(*index),
            Some(Node::Constant(bits)) => Place::Constant(self.constant(f32::from_bits(*bits))),
            // An operand that the loop does not read repeats one that may be gone.
            _ => Place::In(0),
        }
    }

    fn constant(&mut self, value: f32) -> usize {
        let same = |known: &f32| known.to_bits() == value.to_bits();
        self.constants.iter().position(same).unwrap_or_else(|| {
            self.constants.push(value);
            self.constants.len() - 1
        })
    }
}
