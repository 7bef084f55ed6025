//! All instructions of this machine beside each other; elsewhere only the best are run.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use crate::adjoint::{Adjoint, Saved};
use crate::isa::Isa;
use crate::kernel::{Kernel, Stores};
use crate::scan::{Save, Scan};
use crate::tiles::Memory;
use crate::values::{Param, Values, ValuesMut};

const TIME: usize = 5;
const NAME: &str = "LIF, Hard, ATan\n";
const PARAMS: [Param<'_>; 4] = [
    Param::Scalar(0.125),
    Param::Scalar(1.7),
    Param::Scalar(1.0),
    Param::Scalar(-0.25),
];

fn kernel(stores: Stores) -> Kernel {
    let programs = include_str!("../../tests/common/programs.txt");
    let (before, text) = programs.split_once(NAME).unwrap();
    let (_, hashes) = before.rsplit_once("# ").unwrap();
    let (step, slope) = hashes.trim_end().split_once(' ').unwrap();
    let (text, _) = text.split_once("# ").unwrap();
    let kernel = Kernel::new(text, step, slope).unwrap();
    assert!(kernel.served_by().starts_with("fused LIF, Hard"));
    kernel.with_stores(stores)
}

fn input(neurons: usize) -> Vec<f32> {
    let number = |seed: usize| (seed * 7919 % 64) as f32 / 24.0 - 0.5;
    (0..TIME * neurons).map(number).collect()
}

/// Memory for a result, of NaN.
fn unwritten(memory: &mut Memory, len: usize) -> &mut [f32] {
    let row = &mut memory.floats(len)[..len];
    row.fill(f32::NAN);
    row
}

fn forward(kernel: &Kernel, isa: Isa, x: &[f32], (z, kept): (&mut [f32], &mut [f32])) {
    let run = Scan {
        time: TIME,
        neurons: x.len() / TIME,
        x: Values::F32(x),
        initial: &[0.25],
        params: &PARAMS,
        z: ValuesMut::F32(z),
        last: None,
        save: Save::Charged(ValuesMut::F32(kept)),
    };
    kernel.scan_in(isa, None, run).unwrap();
}

fn backward(kernel: &Kernel, isa: Isa, x: &[f32], (kept, to): (&[f32], (&mut [f32], &mut [f32]))) {
    let (grad_x, of_params) = to;
    let mut grad_params: Vec<_> = of_params.chunks_mut(1).map(Some).collect();
    grad_params.resize_with(PARAMS.len(), || None);
    let run = Adjoint {
        time: TIME,
        neurons: x.len() / TIME,
        grad_z: Some(Values::F32(x)),
        grad_last: None,
        saved: Saved::Charged(Values::F32(kept)),
        x: Some(Values::F32(x)),
        initial: &[0.25],
        params: &PARAMS,
        slope_params: &[1.0, 2.0].map(Param::Scalar),
        grad_x: ValuesMut::F32(grad_x),
        grad_initial: None,
        grad_params: &mut grad_params,
    };
    kernel.adjoint_in(isa, None, run).unwrap();
}

/// Spikes, charged states, and gradients of the input and of so many parameters.
fn bits(isa: Isa, stores: Stores, (neurons, learned): (usize, usize)) -> [Vec<u32>; 4] {
    let (kernel, x) = (kernel(stores), input(neurons));
    let mut memories: [Memory; 3] = Default::default();
    let [z, kept, grad_x] = memories.each_mut().map(|memory| unwritten(memory, x.len()));
    let mut of_params = vec![f32::NAN; learned];
    forward(&kernel, isa, &x, (&mut *z, &mut *kept));
    backward(&kernel, isa, &x, (kept, (&mut *grad_x, &mut of_params)));
    [&*z, &*kept, &*grad_x, &of_params].map(|row| row.iter().map(|v| v.to_bits()).collect())
}

#[test]
fn all_instructions_give_the_same_bits() {
    // Rows that are streamed are whole lines; others leave a rest behind whole vectors.
    for (stores, neurons) in [(Stores::Plain, 83), (Stores::Streaming, 80)] {
        for learned in [0, 2] {
            let wanted = bits(Isa::Portable, stores, (neurons, learned));
            let [z, kept, grad_x, _] = &wanted;
            assert!(z.contains(&0) && z.contains(&1.0_f32.to_bits()));
            assert!(
                kept.iter()
                    .chain(grad_x)
                    .all(|bits| !f32::from_bits(*bits).is_nan())
            );
            for isa in Isa::all() {
                let found = bits(isa, stores, (neurons, learned));
                assert_eq!(found, wanted, "{isa:?}, {stores:?}, {learned}");
            }
        }
    }
}
