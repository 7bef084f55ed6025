//! The loops over a block of neurons.

use crate::action::{Code, First, Link};
use crate::math::{exp, maximum, minimum};
use crate::program::Opcode;

/// Neurons in a straight piece of code: whole vectors of every width.
pub(crate) const CHUNK: usize = 64;

pub(crate) type Chunk = [f32; CHUNK];

/// One loop over chunks of equal number. The function shows the compiler that what is written overlaps nothing read.
macro_rules! each {
    ($to:expr, |$($row:ident),+| $value:expr) => {{
        #[allow(clippy::too_many_arguments, reason = "an array of rows would hide what they are")]
        #[inline(always)]
        fn chunk<F: Fn($(each!(@number $row)),+) -> f32>(to: &mut Chunk, $($row: &Chunk,)+ value: F) {
            for lane in 0..CHUNK {
                to[lane] = value($($row[lane]),+);
            }
        }
        $(let $row = &$row[..$to.len()];)+
        for (index, to) in $to.iter_mut().enumerate() {
            chunk(to, $(&$row[index],)+ |$($row),+| $value);
        }
    }};
    (@number $row:ident) => { f32 };
}

/// Calls `$run` with the function of the operation that a chain begins with.
macro_rules! first {
    ($first:expr, $f:ident => $run:expr) => {
        match $first {
            First::Add => {
                let $f = |a: f32, b: f32| a + b;
                $run
            }
            First::Sub => {
                let $f = |a: f32, b: f32| a - b;
                $run
            }
            First::Mul => {
                let $f = |a: f32, b: f32| a * b;
                $run
            }
            First::Div => {
                let $f = |a: f32, b: f32| a / b;
                $run
            }
        }
    };
}

/// Calls `$run` with the function of a link and its one or two operands, of which the first is at `$place`.
macro_rules! link {
    ($link:expr, $at:ident, $place:expr, ($g:ident, $c:ident, $d:ident) => $run:expr) => {{
        let $c = $at($place);
        match $link {
            Link::Add => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| r + c, $c);
                $run
            }
            Link::Sub => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| r - c, $c);
                $run
            }
            Link::SubFrom => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| c - r, $c);
                $run
            }
            Link::Mul => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| r * c, $c);
                $run
            }
            Link::Div => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| r / c, $c);
                $run
            }
            Link::DivInto => {
                let ($g, $d) = (|r: f32, c: f32, _: f32| c / r, $c);
                $run
            }
            Link::AddMul => {
                let ($g, $d) = (|r: f32, c: f32, d: f32| r + c * d, $at($place + 1));
                $run
            }
            Link::SubMul => {
                let ($g, $d) = (|r: f32, c: f32, d: f32| r - c * d, $at($place + 1));
                $run
            }
        }
    }};
}

/// Does an action; `at` finds its operands, which have as many chunks as `to`.
#[inline(always)]
pub(crate) fn run<'a>(code: Code, to: &mut [Chunk], at: impl Fn(usize) -> &'a [Chunk]) {
    match code {
        Code::Copy => to.copy_from_slice(at(0)),
        Code::Accumulate => {
            for (to, a) in to.iter_mut().zip(at(0)) {
                add(to, a);
            }
        }
        Code::One(code) => match code.operands() {
            1 => one(code, to, at(0)),
            2 => two(code, to, [at(0), at(1)]),
            _ => choose(to, [at(0), at(1), at(2)]),
        },
        Code::Two(first, link) => {
            let (a, b) = (at(0), at(1));
            first!(first, f => link!(link, at, 2, (g, c, d) => each!(to, |a, b, c, d| g(f(a, b), c, d))));
        }
        Code::Three(first, middle, last) => {
            let (a, b) = (at(0), at(1));
            first!(first, f => link!(middle, at, 2, (g, c, d) => link!(last, at, 4, (h, i, k) =>
                each!(to, |a, b, c, d, i, k| h(g(f(a, b), c, d), i, k)))));
        }
    }
}

#[inline(always)]
fn add(to: &mut Chunk, a: &Chunk) {
    for lane in 0..CHUNK {
        to[lane] += a[lane];
    }
}

#[inline(always)]
fn one(code: Opcode, to: &mut [Chunk], a: &[Chunk]) {
    match code {
        Opcode::Neg => each!(to, |a| -a),
        Opcode::Abs => each!(to, |a| a.abs()),
        _ => each!(to, |a| exp(a)),
    }
}

#[inline(always)]
fn two(code: Opcode, to: &mut [Chunk], [a, b]: [&[Chunk]; 2]) {
    match code {
        Opcode::Add => each!(to, |a, b| a + b),
        Opcode::Sub => each!(to, |a, b| a - b),
        Opcode::Mul => each!(to, |a, b| a * b),
        Opcode::Div => each!(to, |a, b| a / b),
        Opcode::Min => each!(to, |a, b| minimum(a, b)),
        Opcode::Max => each!(to, |a, b| maximum(a, b)),
        Opcode::Less => each!(to, |a, b| truth(a < b)),
        Opcode::LessEqual => each!(to, |a, b| truth(a <= b)),
        Opcode::Greater | Opcode::SpikeGreater => each!(to, |a, b| truth(a > b)),
        _ => each!(to, |a, b| truth(a >= b)),
    }
}

#[inline(always)]
fn choose(to: &mut [Chunk], [a, b, c]: [&[Chunk]; 3]) {
    each!(to, |a, b, c| if a == 0.0 { c } else { b });
}

#[inline(always)]
fn truth(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}
