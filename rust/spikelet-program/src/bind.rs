//! Plans with their parameters: what is known of scalars is done once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::action::{Action, Code, OPERANDS, Place};
use crate::block::Bound;
use crate::plan::Plan;

/// An action with its places resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) code: Code,
    /// Among what is written: output rows, then registers.
    pub(crate) to: usize,
    pub(crate) args: [Slot; OPERANDS],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Among what is only read: input rows, then constants.
    Read(usize),
    /// Among what is written.
    Written(usize),
}

impl Step {
    pub(crate) fn operands(&self) -> impl Iterator<Item = Slot> {
        let code = self.code;
        let args = self.args.into_iter().enumerate();
        args.filter(move |(place, _)| code.reads(*place))
            .map(|(_, slot)| slot)
    }
}

impl Plan {
    /// Binds parameters: a number, or `None` for a row of its own behind the plan's input rows.
    ///
    /// Parameters that the plan does not read may be missing at the end.
    pub fn bind(&self, params: &[Option<f32>]) -> Bound {
        let mut binding = Binding {
            plan: self,
            params,
            constants: Vec::new(),
            known: BTreeMap::new(),
        };
        let mut steps = Vec::with_capacity(self.actions.len());
        for action in &self.actions {
            steps.extend(binding.step(action));
        }
        let rows = (self.inputs + params.len(), &self.results[..]);
        let constants = binding.constants.iter();
        Bound::new(
            steps,
            constants.map(|bits| f32::from_bits(*bits)),
            self.registers,
            rows,
        )
    }
}

struct Binding<'a> {
    plan: &'a Plan,
    params: &'a [Option<f32>],
    /// The bits of each.
    constants: Vec<u32>,
    /// Registers that hold one number.
    known: BTreeMap<Place, f32>,
}

impl Binding<'_> {
    /// The step of an action; none if its result is one number, a reciprocal above all, which is found here.
    fn step(&mut self, action: &Action) -> Option<Step> {
        let Action {
            mut code,
            to,
            mut args,
        } = *action;
        let is_register = matches!(to, Place::Register(_));
        if let (Code::One(op), true) = (code, is_register) {
            let scalars = args.map(|place| self.scalar(place));
            if scalars[..op.operands()].iter().all(Option::is_some) {
                let result = op.of(|place| scalars[place].unwrap_or_default());
                self.known.insert(to, result);
                return None;
            }
        }
        let mut slots = [Slot::Read(0); OPERANDS];
        for (place, arg) in args.iter_mut().enumerate() {
            if !code.reads(place) {
                continue;
            }
            // A division by a power of two is done as the multiplication that it equals: divisions bound the loops.
            let reciprocal = self.scalar(*arg).and_then(exact_reciprocal);
            let product = reciprocal.zip(code.with_product_at(place));
            slots[place] = match product {
                Some((reciprocal, product)) => {
                    code = product;
                    self.constant(reciprocal)
                }
                None => self.slot(*arg),
            };
        }
        self.known.remove(&to);
        let to = match to {
            Place::Register(index) => self.plan.results.len() + index,
            Place::Out(index) | Place::In(index) | Place::Constant(index) | Place::Param(index) => {
                index
            }
        };
        if slots[0] == Slot::Written(to) {
            code = code.in_place().unwrap_or(code);
        }
        Some(Step {
            code,
            to,
            args: slots,
        })
    }

    /// The number that a place holds for all neurons.
    fn scalar(&self, place: Place) -> Option<f32> {
        match place {
            Place::Constant(index) => self.plan.constants.get(index).copied(),
            Place::Param(index) => self.params.get(index).copied().flatten(),
            _ => self.known.get(&place).copied(),
        }
    }

    fn slot(&mut self, place: Place) -> Slot {
        if let Some(value) = self.scalar(place) {
            return self.constant(value);
        }
        match place {
            Place::In(index) | Place::Constant(index) => Slot::Read(index),
            Place::Param(index) => Slot::Read(self.plan.inputs + index),
            Place::Out(index) => Slot::Written(index),
            Place::Register(index) => Slot::Written(self.plan.results.len() + index),
        }
    }

    fn constant(&mut self, value: f32) -> Slot {
        let bits = value.to_bits();
        let known = self.constants.iter().position(|known| *known == bits);
        let index = known.unwrap_or_else(|| {
            self.constants.push(bits);
            self.constants.len() - 1
        });
        Slot::Read(self.plan.inputs + self.params.len() + index)
    }
}

/// The reciprocal of a power of two, where both are normal numbers.
fn exact_reciprocal(value: f32) -> Option<f32> {
    let (fraction, exponent) = (value.to_bits() << 9, value.to_bits() >> 23 & 0xff);
    (fraction == 0 && (1..=253).contains(&exponent)).then(|| 1.0 / value)
}
