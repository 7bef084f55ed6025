//! The loops over a block of neurons.

use crate::action::{Code, First, Link, Scale, Spike};
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

/// The same where the first operand is what is there.
macro_rules! each_here {
    ($to:expr, |$old:ident, $($row:ident),+| $value:expr) => {{
        #[inline(always)]
        fn chunk<F: Fn(f32, $(each!(@number $row)),+) -> f32>(to: &mut Chunk, $($row: &Chunk,)+ value: F) {
            for lane in 0..CHUNK {
                to[lane] = value(to[lane], $($row[lane]),+);
            }
        }
        $(let $row = &$row[..$to.len()];)+
        for (index, to) in $to.iter_mut().enumerate() {
            chunk(to, $(&$row[index],)+ |$old, $($row),+| $value);
        }
    }};
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

/// Calls `$run` with the function of a spike.
macro_rules! spike {
    ($spike:expr, $f:ident => $run:expr) => {
        match $spike {
            Spike::From => {
                let $f = |a: f32, b: f32| truth(a >= b);
                $run
            }
            Spike::Above => {
                let $f = |a: f32, b: f32| truth(a > b);
                $run
            }
        }
    };
}

/// Does an action; `at` finds its operands, which have at least as many chunks as `to`.
#[inline(always)]
pub(crate) fn run<'a>(code: Code, to: &mut [Chunk], at: impl Fn(usize) -> &'a [Chunk]) {
    match code {
        Code::Copy => to.copy_from_slice(&at(0)[..to.len()]),
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
        Code::Four(first, link, scale) => {
            let (a, b, e, k) = (at(0), at(1), at(4), at(5));
            match scale {
                Scale::Mul => first!(first, f => link!(link, at, 2, (g, c, d) =>
                    each!(to, |a, b, c, d, e, k| g(f(a, b), c, d) * e + k))),
                Scale::Div => first!(first, f => link!(link, at, 2, (g, c, d) =>
                    each!(to, |a, b, c, d, e, k| g(f(a, b), c, d) / e + k))),
            }
        }
        Code::Under(first) => {
            let (a, b, c) = (at(0), at(1), at(2));
            first!(first, f => each!(to, |a, b, c| c / f(a, b)));
        }
        Code::OneHere(first) => {
            let b = at(1);
            first!(first, f => each_here!(to, |a, b| f(a, b)));
        }
        Code::TwoHere(first, link) => {
            let b = at(1);
            first!(first, f => link!(link, at, 2, (g, c, d) => each_here!(to, |a, b, c, d| g(f(a, b), c, d))));
        }
        Code::Silent(..) | Code::Reset(_) | Code::Bell => around_spikes(code, to, at),
        Code::Fired(spike) => fired(spike, to, at),
    }
}

/// What every neuron's step has around its spike.
#[inline(always)]
fn around_spikes<'a>(code: Code, to: &mut [Chunk], at: impl Fn(usize) -> &'a [Chunk]) {
    let (a, b, c) = (at(0), at(1), at(2));
    match code {
        Code::Silent(spike, None) => {
            spike!(spike, z => each!(to, |a, b, c| (1.0 - z(a, b)) * c));
        }
        Code::Silent(spike, Some(link)) => {
            spike!(spike, z => link!(link, at, 4, (g, d, e) =>
                each!(to, |a, b, c, d, e| g((1.0 - z(a, b)) * c, d, e))));
        }
        Code::Reset(spike) => {
            let e = at(4);
            spike!(spike, z => each!(to, |a, b, c, e| (1.0 - z(a, b)) * c + z(a, b) * e));
        }
        _ => {
            let (d, e) = (at(3), at(4));
            each!(to, |a, b, c, d, e| e / (square((a - b) * c) + d));
        }
    }
}

/// What goes back through a spike: most of a usual derivative, whose division runs beside the rest.
#[inline(always)]
fn fired<'a>(spike: Spike, to: &mut [Chunk], at: impl Fn(usize) -> &'a [Chunk]) {
    let (a, b, c, d, e) = (at(0), at(1), at(2), at(3), at(4));
    let (f, g, h, i, j) = (at(5), at(6), at(7), at(8), at(9));
    let passed = |z: f32, f: f32, w: f32, g: f32, s: f32| (1.0 - z) * f + w * s + g * s;
    spike!(spike, z => each!(to, |a, b, c, d, e, f, g, h, i, j|
        passed(z(a, b), f, i * j - f * a + f * h, g, e / (square((a - b) * c) + d))));
}

#[inline(always)]
fn square(a: f32) -> f32 {
    a * a
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
