//! From a graph of values to a list of actions: what is alive, which pairs are joined, where each value lives.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::graph::{Graph, Node, Row, Use, Value};
use crate::program::Opcode;

/// Where an action finds or leaves a row of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    In(usize),
    Out(usize),
    Register(usize),
    Constant(usize),
    Param(usize),
}

/// The first operation of a pair, which one loop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Add,
    Sub,
    Mul,
    Div,
}

/// The second operation of a pair, on the first one's result `r` and one more operand `c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    Add,
    /// `r - c`.
    Sub,
    /// `c - r`.
    SubFrom,
    Mul,
    /// `r / c`.
    Div,
    /// `c / r`.
    DivInto,
}

impl First {
    /// The operation on two numbers.
    pub(crate) fn of(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
        }
    }
}

impl Second {
    /// The operation, and whether the first one's result is its left operand.
    pub(crate) fn alone(self) -> (Opcode, bool) {
        match self {
            Self::Add => (Opcode::Add, true),
            Self::Sub => (Opcode::Sub, true),
            Self::SubFrom => (Opcode::Sub, false),
            Self::Mul => (Opcode::Mul, true),
            Self::Div => (Opcode::Div, true),
            Self::DivInto => (Opcode::Div, false),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    One(Opcode),
    /// `second(first(a, b), c)`.
    Pair(First, Second),
    Copy,
    Accumulate,
}

/// One loop over a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    pub(crate) code: Code,
    pub(crate) to: Place,
    pub(crate) args: [Place; 3],
}

pub(crate) struct Scheduled {
    pub(crate) actions: Vec<Action>,
    pub(crate) registers: usize,
    pub(crate) constants: Vec<f32>,
}

/// An action on values that have no place yet.
#[derive(Debug, Clone, Copy)]
struct Item {
    code: Code,
    to: Target,
    args: [Value; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Value(Value),
    Row(usize),
}

pub(crate) fn schedule(graph: &Graph, uses: &[(Use, Value)]) -> Scheduled {
    let items = with_sums(&joined(graph, uses), uses);
    let bound = bind_outputs(graph, &items, uses);
    let mut items = items;
    let places = Places::new(graph, bound);
    append_copies(graph, &places, uses, &mut items);
    places.allot(&items)
}

/// The operations that are needed, pairs joined where the first result has no other use.
fn joined(graph: &Graph, uses: &[(Use, Value)]) -> Vec<Item> {
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
    let mut items: BTreeMap<Value, Item> = BTreeMap::new();
    for (value, node) in graph.nodes.iter().enumerate() {
        if let (Node::Op(code, args), true) = (node, counts[value] > 0) {
            let item = join(*code, *args, &counts, &mut items);
            items.insert(
                value,
                Item {
                    to: Target::Value(value),
                    ..item
                },
            );
        }
    }
    items.into_values().collect()
}

/// The item of an operation, together with an operand that nobody else uses and that fits into its loop.
///
/// Longer chains were tried: three operations in one loop save 2 to 5 % and need ten times the code.
fn join(
    code: Opcode,
    args: [Value; 3],
    counts: &[usize],
    items: &mut BTreeMap<Value, Item>,
) -> Item {
    let [a, b, _] = args;
    let item = |code, args| Item {
        code,
        to: Target::Row(0),
        args,
    };
    // The later operand first: it is likelier to be in the nearest cache.
    for (inner, other, is_left) in [(b, a, false), (a, b, true)] {
        let own = items.get(&inner).filter(|_| counts[inner] == 1);
        let single = own.and_then(|item| match item.code {
            Code::One(code) => Some((first(code)?, item.args)),
            _ => None,
        });
        if let (Some((first, [x, y, _])), Some(last)) = (single, second(code, is_left)) {
            items.remove(&inner);
            return item(Code::Pair(first, last), [x, y, other]);
        }
    }
    item(Code::One(code), args)
}

/// The operation as the first of a pair.
fn first(code: Opcode) -> Option<First> {
    match code {
        Opcode::Add => Some(First::Add),
        Opcode::Sub => Some(First::Sub),
        Opcode::Mul => Some(First::Mul),
        Opcode::Div => Some(First::Div),
        _ => None,
    }
}

/// The operation as the second of a pair, whose first is its left operand or its right one.
fn second(code: Opcode, is_left: bool) -> Option<Second> {
    match (code, is_left) {
        (Opcode::Add, _) => Some(Second::Add),
        (Opcode::Mul, _) => Some(Second::Mul),
        (Opcode::Sub, true) => Some(Second::Sub),
        (Opcode::Sub, false) => Some(Second::SubFrom),
        (Opcode::Div, true) => Some(Second::Div),
        (Opcode::Div, false) => Some(Second::DivInto),
        _ => None,
    }
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
                args: [*used; 3],
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
/// look at what the row held before.
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
            let read_later = items[made..].iter().any(|item| reads(item, before));
            !read_later && !uses.iter().any(|(_, value)| *value == before)
        });
        if is_free {
            bound.entry(*value).or_insert(row);
        }
    }
    bound
}

fn reads(item: &Item, value: Value) -> bool {
    operands(item).contains(&value)
}

fn operands(item: &Item) -> &[Value] {
    let count = match item.code {
        Code::One(code) => code.operands(),
        Code::Pair(..) => 3,
        Code::Copy | Code::Accumulate => 1,
    };
    &item.args[..count]
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
                args: [from; 3],
            });
            from = next;
            next += 1;
        }
        copies.push(Item {
            code: Code::Copy,
            to: Target::Row(row),
            args: [from; 3],
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
            let [a, b, c] = item.args;
            let args = [self.place(a), self.place(b), self.place(c)];
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
            for value in operands(item) {
                if !items[index + 1..].iter().any(|later| reads(later, *value)) {
                    self.free.extend(self.in_registers.remove(value));
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
            // An operand beyond the operation's count repeats one that may be gone; it is never read.
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
