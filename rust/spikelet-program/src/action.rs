//! What one loop over a block does, and to which rows.

use crate::program::Opcode;

/// Where an action finds or leaves a row of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    In(usize),
    Out(usize),
    Register(usize),
    Constant(usize),
    Param(usize),
}

/// The operation that a chain begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Add,
    Sub,
    Mul,
    Div,
}

/// A further operation of a chain: on what the chain has so far, `r`, and one or two more operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Add,
    /// `r - c`.
    Sub,
    /// `c - r`.
    SubFrom,
    Mul,
    /// `r / c`.
    Div,
    /// `r + c * d`, both rounded.
    AddMul,
    /// `r - c * d`, both rounded.
    SubMul,
}

/// How the last operations but one of a long chain scale what it has so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Mul,
    Div,
}

/// How a membrane is compared with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spike {
    /// `a >= b`.
    From,
    /// `a > b`.
    Above,
}

/// What a loop does. Chains spare the way of their intermediate results through memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    One(Opcode),
    Two(First, Link),
    Three(First, Link, Link),
    /// Two operations, `r * c` or `r / c`, and `r + d`: how what leaks comes to a state.
    Four(First, Link, Scale),
    /// `c / r` where `r` is the first operation.
    Under(First),
    /// `One` whose first operand is what the target holds.
    OneHere(First),
    /// `Two`, likewise.
    TwoHere(First, Link),
    /// `(1 - z) * c` where `z` is the spike of `a` and `b`, and perhaps a link: what a reset leaves to the silent.
    Silent(Spike, Option<Link>),
    /// `(1 - z) * c + z * e` where `z` is the spike of `a` and `b`: a reset to `e`.
    Reset(Spike),
    /// `e / (r * r + d)` where `r` is `(a - b) * c`: the derivative of an arc tangent, the usual surrogate's.
    Bell,
    /// `(1 - z) * f + (i * j - f * a + f * h) * s + g * s` where `z` is the spike of `a` and `b`, and `s` is `Bell`: what goes
    /// back through a spike, its reset to `h` and its step by `j` in another state.
    Fired(Spike),
    Copy,
    Accumulate,
}

/// Operands of the longest loop.
pub(crate) const OPERANDS: usize = 10;

/// One loop over a block. Operands of a link that takes one only leave a gap.
///
/// The letters in the descriptions of codes are these operands in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    pub(crate) code: Code,
    pub(crate) to: Place,
    pub(crate) args: [Place; OPERANDS],
}

impl Action {
    pub(crate) fn reads(&self, place: Place) -> bool {
        let mut args = self.args.iter().enumerate();
        args.any(|(index, arg)| *arg == place && self.code.reads(index))
    }
}

impl First {
    pub(crate) fn new(code: Opcode) -> Option<Self> {
        match code {
            Opcode::Add => Some(Self::Add),
            Opcode::Sub => Some(Self::Sub),
            Opcode::Mul => Some(Self::Mul),
            Opcode::Div => Some(Self::Div),
            _ => None,
        }
    }
}

impl Spike {
    pub(crate) fn new(code: Opcode) -> Option<Self> {
        match code {
            Opcode::SpikeGreaterEqual => Some(Self::From),
            Opcode::SpikeGreater => Some(Self::Above),
            _ => None,
        }
    }
}

impl Link {
    /// The operation as a link to what is its left operand or its right one.
    pub(crate) fn new(code: Opcode, is_left: bool) -> Option<Self> {
        match (code, is_left) {
            (Opcode::Add, _) => Some(Self::Add),
            (Opcode::Mul, _) => Some(Self::Mul),
            (Opcode::Sub, true) => Some(Self::Sub),
            (Opcode::Sub, false) => Some(Self::SubFrom),
            (Opcode::Div, true) => Some(Self::Div),
            _ => None,
        }
    }

    /// The link that also does the product which is its operand.
    pub(crate) fn with_product(self) -> Option<Self> {
        match self {
            Self::Add => Some(Self::AddMul),
            Self::Sub => Some(Self::SubMul),
            _ => None,
        }
    }

    fn operands(self) -> usize {
        match self {
            Self::AddMul | Self::SubMul => 2,
            _ => 1,
        }
    }
}

impl Code {
    /// The chain with one more link, if there is a loop for it.
    pub(crate) fn chained(self, link: Link) -> Option<Self> {
        match self {
            Self::One(code) => Some(Self::Two(First::new(code)?, link)),
            Self::Two(first, middle) => Some(Self::Three(first, middle, link)),
            Self::Three(first, middle, Link::Mul) if link == Link::Add => {
                Some(Self::Four(first, middle, Scale::Mul))
            }
            Self::Three(first, middle, Link::Div) if link == Link::Add => {
                Some(Self::Four(first, middle, Scale::Div))
            }
            Self::Silent(spike, None) => Some(Self::Silent(spike, Some(link))),
            _ => None,
        }
    }

    /// The same where the target holds the first operand, if there is a loop for it.
    pub(crate) fn in_place(self) -> Option<Self> {
        match self {
            Self::One(code) => Some(Self::OneHere(First::new(code)?)),
            Self::Two(first, link) => Some(Self::TwoHere(first, link)),
            _ => None,
        }
    }

    /// How many links it has.
    pub(crate) fn links(self) -> usize {
        match self {
            Self::Two(..) | Self::Silent(_, None) => 1,
            Self::Three(..) | Self::Silent(_, Some(_)) => 2,
            Self::Four(..) => 3,
            _ => 0,
        }
    }

    /// How many places of `args` it reaches to, the gaps of links included.
    pub(crate) fn reach(self) -> usize {
        match self {
            Self::One(code) => code.operands(),
            Self::OneHere(_) => 2,
            Self::Four(..) => 6,
            Self::Two(_, link) | Self::TwoHere(_, link) => 2 + link.operands(),
            Self::Three(_, _, link) | Self::Silent(_, Some(link)) => 4 + link.operands(),
            Self::Silent(_, None) | Self::Under(_) => 3,
            Self::Reset(_) | Self::Bell => 5,
            Self::Fired(_) => 10,
            Self::Copy | Self::Accumulate => 1,
        }
    }

    /// Whether it reads the operand at `place`.
    pub(crate) fn reads(self, place: usize) -> bool {
        match self {
            Self::Three(_, link, _) | Self::Four(_, link, _) if place == 3 => link.operands() == 2,
            Self::Silent(..) | Self::Reset(_) if place == 3 => false,
            _ => place < self.reach(),
        }
    }

    /// The same with the division by the operand at `place`, if there is one, made a product.
    pub(crate) fn with_product_at(self, place: usize) -> Option<Self> {
        match (self, place) {
            (Self::One(Opcode::Div), 1) => Some(Self::One(Opcode::Mul)),
            (Self::Two(First::Div, link), 1) => Some(Self::Two(First::Mul, link)),
            (Self::Two(first, Link::Div), 2) => Some(Self::Two(first, Link::Mul)),
            (Self::Three(first, Link::Div, last), 2) => Some(Self::Three(first, Link::Mul, last)),
            (Self::Three(first, link, Link::Div), 4) => Some(Self::Three(first, link, Link::Mul)),
            (Self::Four(first, Link::Div, scale), 2) => Some(Self::Four(first, Link::Mul, scale)),
            (Self::Four(first, link, Scale::Div), 4) => Some(Self::Four(first, link, Scale::Mul)),
            (Self::Under(First::Div), 1) => Some(Self::Under(First::Mul)),
            (Self::Silent(spike, Some(Link::Div)), 4) => Some(Self::Silent(spike, Some(Link::Mul))),
            _ => None,
        }
    }
}
