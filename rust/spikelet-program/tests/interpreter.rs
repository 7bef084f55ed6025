//! Plans equal the scalar evaluation of the same program bit for bit, special values included.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

use proptest::prelude::*;
use spikelet_program::{
    BLOCK, Earlier, Input, Op, Opcode, Operand, Output, Plan, Program, Section,
};

const STATES: usize = 2;
const PARAMS: usize = 3;

/// Numbers at which operations behave in special ways, and ordinary ones.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -3.0_f32..3.0,
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, -1.0, 0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 1.0e-42,
        ]),
    ]
}

type Seed = (usize, [usize; 3], f32);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    prop::collection::vec((0..CODES.len() + 7, any::<[usize; 3]>(), number()), 1..24)
}

const CODES: [Opcode; 16] = [
    Opcode::Add,
    Opcode::Sub,
    Opcode::Mul,
    Opcode::Div,
    Opcode::Neg,
    Opcode::Abs,
    Opcode::Exp,
    Opcode::Min,
    Opcode::Max,
    Opcode::Where,
    Opcode::Less,
    Opcode::LessEqual,
    Opcode::Greater,
    Opcode::GreaterEqual,
    Opcode::SpikeGreaterEqual,
    Opcode::SpikeGreater,
];

/// A section made of seeds: operands are drawn from what may be read at that place.
fn section(seeds: &[Seed], inputs: &[Input], outputs: &[Output]) -> Section {
    let mut section = Section::default();
    let pick = |section: &Section, choice: usize, constant: f32, conditions: bool| {
        let is_condition = |op: &Op| op.code.is_condition();
        let results = section.ops.iter().enumerate();
        let results = results.filter(|(_, op)| is_condition(op) == conditions);
        let mut from: Vec<Operand> = results.map(|(index, _)| Operand::Result(index)).collect();
        if !conditions {
            // Late results more often than inputs, so that chains and pairs arise.
            from.extend(from.clone());
            from.extend(inputs.iter().map(|input| Operand::Input(*input)));
            from.push(Operand::Constant(constant));
        }
        (!from.is_empty()).then(|| from[choice % from.len()])
    };
    for (code, choices, constant) in seeds {
        let Some(code) = CODES.get(*code).copied() else {
            let any = |choice: &usize| pick(&section, *choice, *constant, false);
            let [a, b, c] = choices.each_ref().map(any).map(Option::unwrap);
            around_spike(&mut section, code - CODES.len(), [a, b, c]);
            continue;
        };
        let operand = |place: usize| {
            let chooses = code == Opcode::Where && place == 0;
            pick(&section, choices[place], *constant, chooses)
        };
        let operands: Option<Vec<Operand>> = (0..code.operands()).map(operand).collect();
        if let Some(operands) = operands {
            section.ops.push(Op { code, operands });
        }
    }
    for (index, output) in outputs.iter().enumerate() {
        let (_, choices, constant) = seeds[index % seeds.len()];
        let operand = pick(&section, choices[index % 3], constant, false);
        section
            .outputs
            .push((*output, operand.unwrap_or(Operand::Constant(0.0))));
    }
    section
}

/// What the interpreter has loops of its own for: what a spike leaves, a reset, the derivative of an arc tangent, and what
/// goes back through all of them.
fn around_spike(section: &mut Section, kind: usize, [a, b, c]: [Operand; 3]) {
    let one = Operand::Constant(1.0);
    let mut push = |code, operands: [Operand; 2]| {
        let operands = operands.to_vec();
        section.ops.push(Op { code, operands });
        Operand::Result(section.ops.len() - 1)
    };
    let bell = (kind >= 4).then(|| {
        let distance = push(Opcode::Sub, [a, b]);
        let root = push(Opcode::Mul, [distance, c]);
        let square = push(Opcode::Mul, [root, root]);
        let below = push(Opcode::Add, [square, one]);
        push(Opcode::Div, [b, below])
    });
    if kind == 4 {
        return;
    }
    let rules = [Opcode::SpikeGreaterEqual, Opcode::SpikeGreater];
    let z = push(rules[kind % 2], [a, b]);
    let silent = push(Opcode::Sub, [one, z]);
    if let Some(bell) = bell {
        let kept = push(Opcode::Mul, [c, silent]);
        let (lost, to) = (push(Opcode::Mul, [c, a]), push(Opcode::Mul, [c, b]));
        let more = push(Opcode::Mul, [b, b]);
        let rest = push(Opcode::Sub, [more, lost]);
        let reset = push(Opcode::Add, [rest, to]);
        let of_reset = push(Opcode::Mul, [reset, bell]);
        let of_spike = push(Opcode::Mul, [a, bell]);
        let sum = push(Opcode::Add, [kept, of_reset]);
        push(Opcode::Add, [sum, of_spike]);
        return;
    }
    let kept = push(Opcode::Mul, [a, silent]);
    if kind < 2 {
        let to = push(Opcode::Mul, [z, c]);
        push(Opcode::Add, [to, kept]);
    }
}

fn program(parts: &[Vec<Seed>; 4]) -> Program {
    let states = 0..STATES;
    let params: Vec<Input> = (0..PARAMS).map(Input::Param).collect();
    let charged: Vec<Input> = states.clone().map(Input::Charged).collect();
    let earlier: Vec<Input> = states.clone().map(Input::State).collect();
    let grads: Vec<Input> = states.clone().map(Input::GradState).collect();
    let all = |parts: &[&[Input]]| parts.concat();
    let mut given = vec![Output::GradInput];
    given.extend(states.clone().map(Output::GradState));
    given.extend((0..PARAMS).map(Output::GradParam));
    let mut fired = vec![Output::Spike];
    fired.extend(states.clone().map(Output::State));
    let back = [Input::GradSpike, Input::Slope, Input::X];
    Program {
        states: vec!["v".into(), "u".into()],
        membrane: 1,
        step_params: vec!["a".into(), "threshold".into(), "b".into()],
        slope_params: vec!["c".into(), "d".into(), "e".into()],
        threshold: 1,
        charge: section(
            &parts[0],
            &all(&[&earlier, &params, &[Input::X]]),
            &states.map(Output::Charged).collect::<Vec<_>>(),
        ),
        fire: section(&parts[1], &all(&[&charged, &params]), &fired),
        slope: section(
            &parts[2],
            &all(&[&params, &[Input::Distance]]),
            &[Output::Slope],
        ),
        adjoint: section(
            &parts[3],
            &all(&[&back, &charged, &earlier, &grads, &params]),
            &given,
        ),
    }
}

fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Rows of numbers, cut from one list at different places.
fn row(numbers: &[f32], width: usize, shift: usize) -> Vec<f32> {
    (0..width)
        .map(|i| numbers[(i * (shift + 1) + 7 * shift) % numbers.len()])
        .collect()
}

/// Parameters: numbers, and behind the plan's inputs the rows of those that are `None`.
fn params(numbers: &[f32], lanes: &[bool], width: usize) -> (Vec<Option<f32>>, Vec<Vec<f32>>) {
    let scalar = |index: usize| (!lanes[index]).then(|| numbers[index % numbers.len()]);
    let scalars: Vec<Option<f32>> = (0..lanes.len()).map(scalar).collect();
    let rows = scalars
        .iter()
        .enumerate()
        .map(|(index, scalar)| match scalar {
            Some(value) => vec![*value; width],
            None => row(numbers, width, 11 + index),
        });
    let rows = rows.collect();
    (scalars, rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn forward_plans_equal_the_scalar_meaning(
        parts in [seeds(), seeds(), seeds(), seeds()],
        numbers in prop::collection::vec(number(), 40),
        lanes in prop::collection::vec(any::<bool>(), 2 * PARAMS),
        keep: [bool; 2],
        width in prop::sample::select(vec![0, 1, 7, BLOCK, 2 * BLOCK + 3]),
    ) {
        let program = program(&parts);
        let (scalars, param_rows) = params(&numbers, &lanes, width);
        let x = row(&numbers, width, 0);
        let before = [row(&numbers, width, 1), row(&numbers, width, 2)];
        let mut state = before.clone();
        let mut out = vec![vec![f32::NAN; width]; 3];
        let mut inputs: Vec<&[f32]> = vec![&x];
        inputs.extend(param_rows.iter().map(Vec::as_slice));
        {
            let [z, h0, h1] = &mut out[..] else { unreachable!() };
            let [s0, s1] = &mut state;
            let mut outputs: Vec<&mut [f32]> = vec![z, s0, s1];
            let charged = keep.iter().zip([h0, h1]).filter(|(is_kept, _)| **is_kept);
            outputs.extend(charged.map(|(_, row)| row.as_mut_slice()));
            let mut bound = Plan::forward(&program, &keep).bind(&scalars);
            bound.run(width, (&inputs, &mut outputs));
        }
        for i in 0..width {
            let charged = program.charge.evaluate(|input| match input {
                Input::State(k) => before[k][i],
                Input::Param(k) => param_rows[k][i],
                _ => x[i],
            });
            let fired = program.fire.evaluate(|input| match input {
                Input::Charged(k) => charged[k],
                Input::Param(k) => param_rows[k][i],
                _ => unreachable!(),
            });
            prop_assert!(same(out[0][i], fired[0]), "z {} {}", out[0][i], fired[0]);
            for k in 0..STATES {
                prop_assert!(same(state[k][i], fired[1 + k]), "s {} {}", state[k][i], fired[1 + k]);
                prop_assert!(!keep[k] || same(out[1 + k][i], charged[k]));
            }
        }
    }

    #[test]
    fn backward_plans_equal_the_scalar_meaning(
        parts in [seeds(), seeds(), seeds(), seeds()],
        numbers in prop::collection::vec(number(), 40),
        lanes in prop::collection::vec(any::<bool>(), 2 * PARAMS),
        wanted in prop::collection::vec(any::<bool>(), PARAMS),
        again: bool,
        width in prop::sample::select(vec![1, 9, BLOCK + 5]),
    ) {
        let program = program(&parts);
        let (scalars, param_rows) = params(&numbers, &lanes, width);
        let rows: Vec<Vec<f32>> = (0..6).map(|shift| row(&numbers, width, shift)).collect();
        let before: Vec<Vec<f32>> = (6..8).map(|shift| row(&numbers, width, shift)).collect();
        let mut inputs: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        inputs.extend(param_rows.iter().map(Vec::as_slice));
        let mut out = vec![vec![f32::NAN; width]];
        out.extend(before.clone());
        out.extend(wanted.iter().filter(|one| **one).map(|_| vec![0.5; width]));
        let earlier = if again { Earlier::Charged } else { Earlier::States };
        {
            let mut outputs: Vec<&mut [f32]> = out.iter_mut().map(Vec::as_mut_slice).collect();
            let mut bound = Plan::backward(&program, &wanted, earlier).bind(&scalars);
            bound.run(width, (&inputs, &mut outputs));
        }
        for i in 0..width {
            let param = |k: usize| param_rows[k][i];
            let distance = rows[2 + 1][i] - param(1);
            let slope = program.slope.evaluate(|input| match input {
                Input::Param(k) => param(PARAMS + k),
                _ => distance,
            });
            let left = program.fire.evaluate(|input| match input {
                Input::Charged(k) => rows[4 + k][i],
                Input::Param(k) => param(k),
                _ => unreachable!(),
            });
            let found = program.adjoint.evaluate(|input| match input {
                Input::GradSpike => rows[0][i],
                Input::X => rows[1][i],
                Input::Charged(k) => rows[2 + k][i],
                Input::State(k) => if again { left[1 + k] } else { rows[4 + k][i] },
                Input::GradState(k) => before[k][i],
                Input::Slope => slope[0],
                Input::Param(k) => param(k),
                Input::Distance => unreachable!(),
            });
            for k in 0..=STATES {
                prop_assert!(same(out[k][i], found[k]), "{k}: {} {}", out[k][i], found[k]);
            }
            let sums = (0..PARAMS).filter(|k| wanted[*k]);
            for (place, k) in sums.enumerate() {
                let (sum, part) = (out[1 + STATES + place][i], found[1 + STATES + k]);
                prop_assert!(same(sum, 0.5 + part), "gp {k}: {sum} {part}");
            }
        }
    }
}
