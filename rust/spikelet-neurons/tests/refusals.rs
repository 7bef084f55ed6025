//! What does not fit is refused with its name and size, and nothing is written.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

mod common;

use common::{ADAPTIVE, nan, sample};
use spikelet_neurons::{Adjoint, Error, Kernel, Param, Save, Saved, Scan, Values, ValuesMut};

const PARAMS: [Param<'static>; 4] = [
    Param::Scalar(0.0),
    Param::Scalar(2.0),
    Param::Scalar(1.0),
    Param::Scalar(0.0),
];
const SLOPE: [Param<'static>; 2] = [Param::Scalar(1.0), Param::Scalar(1.0)];

fn scan(change: impl FnOnce(&mut Scan<'_>)) -> String {
    let kernel = sample("LIF, Hard, ATan").kernel();
    let (mut z, mut last) = (nan(6), nan(3));
    let mut run = Scan {
        time: 2,
        neurons: 3,
        x: Values::F32(&[0.0; 6]),
        initial: &[0.0; 3],
        params: &PARAMS,
        z: ValuesMut::F32(&mut z),
        last: Some(&mut last),
        save: Save::Nothing,
    };
    change(&mut run);
    let message = kernel.scan(run).unwrap_err().to_string();
    assert!(
        z.iter().chain(&last).all(|value| value.is_nan()),
        "nothing is written"
    );
    message
}

fn adjoint(change: impl FnOnce(&mut Adjoint<'_>)) -> String {
    let kernel = sample("LIF, Hard, ATan").kernel();
    let mut grad_x = nan(6);
    let mut run = Adjoint {
        time: 2,
        neurons: 3,
        grad_z: Some(Values::F32(&[0.0; 6])),
        grad_last: None,
        saved: Saved::Charged(Values::F32(&[0.0; 6])),
        x: None,
        initial: &[0.0; 3],
        params: &PARAMS,
        slope_params: &SLOPE,
        grad_x: ValuesMut::F32(&mut grad_x),
        grad_initial: None,
        grad_params: &mut [None, None, None, None],
    };
    change(&mut run);
    let message = kernel.adjoint(run).unwrap_err().to_string();
    assert!(
        grad_x.iter().all(|value| value.is_nan()),
        "nothing is written"
    );
    message
}

#[test]
fn a_forward_run_names_what_does_not_fit() {
    assert_eq!(
        scan(|run| run.x = Values::BF16(&[0; 5])),
        "`x` must have 6 numbers, got 5"
    );
    assert_eq!(
        scan(|run| run.initial = &[0.0; 2]),
        "`initial` must have 3 numbers, got 2"
    );
    assert_eq!(
        scan(|run| run.z = ValuesMut::F32(&mut [])),
        "`z` must have 6 numbers, got 0"
    );
    assert_eq!(
        scan(|run| run.last = Some(&mut [])),
        "`last` must have 3 numbers, got 0"
    );
    assert_eq!(
        scan(|run| run.params = &PARAMS[1..]),
        "`params` must have 4 entries, got 3"
    );
    const SHORT: [Param<'static>; 4] = [PARAMS[0], Param::Lanes(&[1.0; 2]), PARAMS[2], PARAMS[3]];
    assert_eq!(
        scan(|run| run.params = &SHORT),
        "parameter `tau` must have a length that divides 3 neurons, got 2"
    );
    let save = Save::Charged(ValuesMut::F16(&mut []));
    assert_eq!(
        scan(|run| run.save = save),
        "`save` must have 6 numbers, got 0"
    );
    let save = Save::Checkpoints {
        every: 0,
        states: &mut [],
    };
    assert_eq!(
        scan(|run| run.save = save),
        "`every` must be at least 1 step, got 0"
    );
    let save = Save::Checkpoints {
        every: 1,
        states: &mut [],
    };
    assert_eq!(
        scan(|run| run.save = save),
        "`save` must have 3 numbers, got 0"
    );
    assert_eq!(
        scan(|run| run.time = usize::MAX / 2),
        format!(
            "`time` times `neurons` times states must fit into memory, got {} times 3",
            usize::MAX / 2
        )
    );
}

#[test]
fn a_backward_run_names_what_does_not_fit() {
    assert_eq!(
        adjoint(|run| run.grad_z = Some(Values::F32(&[]))),
        "`grad_z` must have 6 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.grad_last = Some(&[])),
        "`grad_last` must have 3 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.saved = Saved::Charged(Values::F32(&[]))),
        "`saved` must have 6 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.x = Some(Values::F32(&[]))),
        "`x` must have 6 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.initial = &[]),
        "`initial` must have 3 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.grad_x = ValuesMut::F32(&mut [])),
        "`grad_x` must have 6 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.grad_initial = Some(&mut [])),
        "`grad_initial` must have 3 numbers, got 0"
    );
    assert_eq!(
        adjoint(|run| run.params = &[]),
        "`params` must have 4 entries, got 0"
    );
    assert_eq!(
        adjoint(|run| run.slope_params = &[]),
        "`slope_params` must have 2 entries, got 0"
    );
    assert_eq!(
        adjoint(|run| run.grad_params = &mut []),
        "`grad_params` must have 4 entries, got 0"
    );
    assert_eq!(
        adjoint(|run| run.grad_params = vec![None, Some(&mut [][..]), None, None].leak()),
        "`grad_params` must have 1 numbers, got 0"
    );
    let needs =
        "`x` must be given: the derivative of this program or the replay from checkpoints reads it";
    assert_eq!(
        adjoint(|run| run.saved = Saved::Checkpoints {
            every: 2,
            states: &[]
        }),
        needs
    );
    assert_eq!(
        adjoint(|run| run.saved = Saved::Checkpoints {
            every: 0,
            states: &[]
        }),
        "`every` must be at least 1 step, got 0"
    );
}

#[test]
fn a_text_that_is_no_program_is_refused() {
    let error = Kernel::new("spikelet-program 1\nstates", "", "").unwrap_err();
    assert!(matches!(error, Error::Program(_)));
    assert_eq!(
        error.to_string(),
        "program line 3 must be `membrane ...`, got ``"
    );
}

#[test]
fn a_kernel_says_what_it_reads_and_learns() {
    let kernel = sample("LIF, Hard, ATan").kernel();
    assert_eq!(kernel.learnable(), [true, true, true, false]);
    assert!(!kernel.reads_input(&[true; 4]));
    let adaptive = Kernel::interpreted(ADAPTIVE).unwrap();
    assert_eq!(format!("{adaptive:?}"), "Kernel(\"interpreter\")");
    assert!(!adaptive.reads_input(&[]));
}

#[test]
fn what_a_derivative_reads_must_be_kept() {
    let kernel = Kernel::interpreted(ADAPTIVE).unwrap();
    let numbers = kernel.program().step_params.len();
    let params = vec![Param::Scalar(1.0); numbers];
    let scan = |states: &[bool], kept: usize| {
        kernel.scan(Scan {
            time: 1,
            neurons: 2,
            x: Values::F32(&[1.0, 2.0]),
            initial: &[0.0; 2],
            params: &params,
            z: ValuesMut::F32(&mut [0.0; 2]),
            last: None,
            save: Save::Some {
                states,
                values: ValuesMut::F32(&mut vec![0.0; kept]),
            },
        })
    };
    assert_eq!(scan(&[true, false], 2), Ok(()));
    let error = scan(&[false, true], 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "state `v` must be kept: a derivative of this program reads it"
    );
    assert!(matches!(scan(&[true], 2), Err(Error::Count { .. })));
    assert!(matches!(
        scan(&[true, false], 4),
        Err(Error::Length { expected: 2, .. })
    ));
    let mut grad = [0.0];
    let error = kernel.adjoint(Adjoint {
        time: 1,
        neurons: 2,
        grad_z: None,
        grad_last: None,
        saved: Saved::Some {
            states: &[true, false],
            values: Values::F32(&[0.0; 2]),
        },
        x: None,
        initial: &[0.0; 2],
        params: &params,
        slope_params: &SLOPE,
        grad_x: ValuesMut::F32(&mut [0.0; 2]),
        grad_initial: None,
        grad_params: &mut std::iter::once(Some(&mut grad[..]))
            .chain((1..numbers).map(|_| None))
            .collect::<Vec<_>>(),
    });
    assert!(matches!(error, Err(Error::NeedsState { name }) if name == "u"));
}

#[test]
fn absent_gradients_are_zeros() {
    let kernel = sample("LIF, Hard, ATan").kernel();
    for grad_z in [None, Some(Values::F32(&[0.0; 6]))] {
        let (mut grad_x, mut grad_initial, mut grad_to) = (nan(6), nan(3), [f32::NAN]);
        let run = Adjoint {
            time: 2,
            neurons: 3,
            grad_z,
            grad_last: Some(&[1.0, 2.0, 3.0]),
            saved: Saved::Charged(Values::F32(&[0.0; 6])),
            x: None,
            initial: &[0.0; 3],
            params: &PARAMS,
            slope_params: &SLOPE,
            grad_x: ValuesMut::F32(&mut grad_x),
            grad_initial: Some(&mut grad_initial),
            grad_params: &mut [None, None, None, Some(&mut grad_to)],
        };
        kernel.adjoint(run).unwrap();
        assert_eq!(grad_initial, [0.25, 0.5, 0.75]);
        assert_eq!(grad_x, [0.25, 0.5, 0.75, 0.5, 1.0, 1.5]);
        // The reset's target has no gradient in the language.
        assert_eq!(grad_to, [0.0]);
    }
}
