//! The memory of tensors as slices, and what the operator's numbers say of it.

use std::borrow::Cow;

use spikelet_neurons::{Param, Save, Saved, Values, ValuesMut, checkpoints};

/// Bits of the code that do not name states.
const LEFT_OUT: usize = 8;

/// Address and length of a parameter in float32.
pub(crate) type Lanes = (usize, usize);

pub(crate) fn narrowed(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&number| number as f32).collect()
}

/// The states before the first step: those of a tensor, or where its address is 0 one number for each state.
///
/// # Safety
/// As for [`borrowed`].
pub(crate) unsafe fn initial(address: usize, rest: &[f32], length: usize) -> &[f32] {
    if address == 0 {
        return rest;
    }
    // SAFETY: the caller's promise.
    unsafe { borrowed(address, length) }
}

/// The states before the first step: one tensor of all, or one for each, which need not follow each other; without any,
/// one number for each.
///
/// # Safety
/// As for [`borrowed`], for each address.
pub(crate) unsafe fn together<'a>(
    addresses: &[usize],
    (states, neurons): (usize, usize),
    rest: &[f64],
) -> Cow<'a, [f32]> {
    // SAFETY: the caller's promise.
    let tensor = |address: usize, length| unsafe { borrowed::<f32>(address, length) };
    match addresses {
        [] => Cow::Owned(narrowed(rest)),
        [all] => Cow::Borrowed(tensor(*all, states * neurons)),
        each => {
            let each = each.iter().map(|state| tensor(*state, neurons));
            Cow::Owned(each.collect::<Vec<_>>().concat())
        }
    }
}

/// The operator's code of what is kept, taken apart.
pub(crate) struct Keep {
    code: usize,
    /// For each state whether it is kept charged.
    states: Vec<bool>,
}

impl Keep {
    pub(crate) fn new(code: usize, states: usize) -> Self {
        let left_out = code >> LEFT_OUT;
        Self {
            code: code & ((1 << LEFT_OUT) - 1),
            states: (0..states)
                .map(|state| left_out >> state & 1 == 0)
                .collect(),
        }
    }

    /// How many numbers are kept of charged states.
    fn charged(&self, steps: usize) -> usize {
        steps * self.states.iter().filter(|is_kept| **is_kept).count()
    }
}

/// The code of the states that are left out, from bit `LEFT_OUT` of the operator's code on.
pub(crate) fn left_out(reads: &[bool]) -> usize {
    let bits = reads.iter().enumerate().filter(|(_, is_read)| !**is_read);
    bits.map(|(state, _)| 1 << (LEFT_OUT + state)).sum()
}

/// What the forward run keeps.
///
/// # Safety
/// As for [`borrowed_mut`].
pub(crate) unsafe fn save(kept: usize, keep: &Keep, (time, neurons): (usize, usize)) -> Save<'_> {
    let (charged, states) = (keep.charged(time * neurons), &keep.states);
    // SAFETY: the caller's promise.
    unsafe {
        match keep.code {
            0 => Save::Nothing,
            1 => Save::Some {
                states,
                values: ValuesMut::F32(borrowed_mut(kept, charged)),
            },
            2 => Save::Some {
                states,
                values: ValuesMut::BF16(borrowed_mut(kept, charged)),
            },
            every => {
                let states = states.len();
                let length = checkpoints(time, every) * states * neurons;
                Save::Checkpoints {
                    every,
                    states: borrowed_mut(kept, length),
                }
            }
        }
    }
}

/// What the forward run has kept.
///
/// # Safety
/// As for [`borrowed`].
pub(crate) unsafe fn saved(kept: usize, keep: &Keep, (time, neurons): (usize, usize)) -> Saved<'_> {
    let (charged, states) = (keep.charged(time * neurons), &keep.states);
    // SAFETY: the caller's promise.
    unsafe {
        match keep.code {
            0 | 1 => Saved::Some {
                states,
                values: Values::F32(borrowed(kept, charged)),
            },
            2 => Saved::Some {
                states,
                values: Values::BF16(borrowed(kept, charged)),
            },
            every => {
                let states = states.len();
                let length = checkpoints(time, every) * states * neurons;
                Saved::Checkpoints {
                    every,
                    states: borrowed(kept, length),
                }
            }
        }
    }
}

/// # Safety
/// As for [`borrowed`].
pub(crate) unsafe fn values<'a>(address: usize, length: usize, element: u8) -> Values<'a> {
    // SAFETY: the caller's promise.
    unsafe {
        match element {
            0 => Values::F32(borrowed(address, length)),
            1 => Values::F16(borrowed(address, length)),
            _ => Values::BF16(borrowed(address, length)),
        }
    }
}

/// # Safety
/// As for [`borrowed_mut`].
pub(crate) unsafe fn values_mut<'a>(address: usize, length: usize, element: u8) -> ValuesMut<'a> {
    // SAFETY: the caller's promise.
    unsafe {
        match element {
            0 => ValuesMut::F32(borrowed_mut(address, length)),
            1 => ValuesMut::F16(borrowed_mut(address, length)),
            _ => ValuesMut::BF16(borrowed_mut(address, length)),
        }
    }
}

/// # Safety
/// As for [`borrowed`].
pub(crate) unsafe fn lanes<'a>(params: &[Lanes]) -> Vec<Param<'a>> {
    let one = |&(address, length): &Lanes| {
        // SAFETY: the caller's promise.
        let numbers: &[f32] = unsafe { borrowed(address, length) };
        if let [number] = numbers {
            Param::Scalar(*number)
        } else {
            Param::Lanes(numbers)
        }
    };
    params.iter().map(one).collect()
}

/// The memory of a tensor.
///
/// # Safety
/// * `address` is that of `length` initialised values of type `T`, aligned, or `length` is 0.
/// * Nobody writes to them while the slice lives.
pub(crate) unsafe fn borrowed<'a, T>(address: usize, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address), length) }
}

/// The memory of a fresh tensor; its values are written before they are read.
///
/// # Safety
/// * `address` is that of memory for `length` values of type `T`, aligned, or `length` is 0; every bit pattern is a
///   value of `T`.
/// * Nobody else reads or writes it while the slice lives.
pub(crate) unsafe fn borrowed_mut<'a, T>(address: usize, length: usize) -> &'a mut [T] {
    if length == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe {
        std::slice::from_raw_parts_mut(std::ptr::with_exposed_provenance_mut(address), length)
    }
}
