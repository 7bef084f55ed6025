//! float16 and bfloat16 to float32 and back; to nearest, ties to even.

use crate::isa::Isa;

/// A 16-bit number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    F16,
    BF16,
}

/// float32 from 16-bit numbers, exactly.
pub(crate) fn widen(from: &[u16], to: &mut [f32], format: Format, isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2 and F16C.
        Isa::Avx2(_) => unsafe { widen_avx2(from, to, format) },
        Isa::Portable => widen_here(from, to, format),
    }
}

/// 16-bit numbers from float32; past the cache if `stream`, which asks for a row aligned to 32 bytes.
pub(crate) fn narrow(from: &[f32], to: &mut [u16], (format, stream): (Format, bool), isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2 and F16C.
        Isa::Avx2(_) => unsafe { narrow_avx2(from, to, (format, stream)) },
        Isa::Portable => narrow_here(from, to, format),
    }
}

/// On which side of a threshold a neuron fires.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threshold<'a> {
    /// One for each neuron, or none.
    pub(crate) row: &'a [f32],
    /// Of all neurons, where there is no row.
    pub(crate) scalar: f32,
    /// Whether the threshold itself is not enough.
    pub(crate) is_strict: bool,
}

/// Takes the neighbour where rounding `from` to `to` has crossed the threshold: what was kept of a neuron must fire as
/// the neuron did, or the derivative is that of another spike.
pub(crate) fn stay(from: &[f32], to: &mut [u16], threshold: Threshold<'_>, format: Format) {
    let widen = |bits| match format {
        Format::F16 => f16_to_f32(bits),
        Format::BF16 => bf16_to_f32(bits),
    };
    for (i, (value, bits)) in from.iter().zip(to).enumerate() {
        let limit = threshold.row.get(i).copied().unwrap_or(threshold.scalar);
        let fires = |v: f32| {
            if threshold.is_strict {
                v > limit
            } else {
                v >= limit
            }
        };
        let kept = widen(*bits);
        if fires(kept) != fires(*value) {
            // Magnitudes are ordered as their bits; zero steps away from zero.
            let is_further = value.abs() > kept.abs();
            *bits = if is_further { *bits + 1 } else { *bits - 1 };
        }
    }
}

/// Stores 16-bit numbers, past the cache if `stream`, which asks for AVX and for chunks aligned to their size.
#[inline(always)]
pub(crate) fn store<const L: usize>(to: &mut [u16; L], bits: [u16; L], stream: bool) {
    #[cfg(target_arch = "x86_64")]
    if stream && L == 8 {
        use std::arch::x86_64::{_mm_loadu_si128, _mm_stream_si128};
        // SAFETY: eight numbers; alignment is the caller's promise.
        unsafe {
            let vector = _mm_loadu_si128(bits.as_ptr().cast());
            _mm_stream_si128(to.as_mut_ptr().cast(), vector);
        }
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if stream && L.is_multiple_of(16) {
        use std::arch::x86_64::{_mm256_loadu_si256, _mm256_stream_si256};
        for start in (0..L).step_by(16) {
            // SAFETY: `start + 16 <= L`; AVX and alignment are the caller's promise, and 16 numbers keep it.
            unsafe {
                let vector = _mm256_loadu_si256(bits.as_ptr().add(start).cast());
                _mm256_stream_si256(to.as_mut_ptr().add(start).cast(), vector);
            }
        }
        return;
    }
    let _ = stream;
    *to = bits;
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn widen_avx2(from: &[u16], to: &mut [f32], format: Format) {
    use std::arch::x86_64::{_mm_loadu_si128, _mm256_cvtph_ps, _mm256_storeu_ps};
    if format == Format::BF16 {
        return widen_here(from, to, format);
    }
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        // SAFETY: eight numbers on either side.
        unsafe {
            let vector = _mm256_cvtph_ps(_mm_loadu_si128(from.as_ptr().cast()));
            _mm256_storeu_ps(to.as_mut_ptr(), vector);
        }
    }
    widen_here(from_rest, to_rest, format);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn narrow_avx2(from: &[f32], to: &mut [u16], (format, stream): (Format, bool)) {
    if !stream {
        return narrow_some_avx2(from, to, format);
    }
    let mut bits = [0; 512];
    for (from, to) in from.chunks(512).zip(to.chunks_mut(512)) {
        let bits = &mut bits[..from.len()];
        narrow_some_avx2(from, bits, format);
        let (chunks, rest) = to.as_chunks_mut::<16>();
        let (whole, bits_rest) = bits.as_chunks::<16>();
        for (to, bits) in chunks.iter_mut().zip(whole) {
            store(to, *bits, true);
        }
        rest.copy_from_slice(bits_rest);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn narrow_some_avx2(from: &[f32], to: &mut [u16], format: Format) {
    use std::arch::x86_64::{
        _MM_FROUND_TO_NEAREST_INT, _mm_storeu_si128, _mm256_cvtps_ph, _mm256_loadu_ps,
    };
    if format == Format::BF16 {
        return narrow_here(from, to, format);
    }
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        // SAFETY: eight numbers on either side.
        unsafe {
            let vector =
                _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(from.as_ptr()));
            _mm_storeu_si128(to.as_mut_ptr().cast(), vector);
        }
    }
    narrow_here(from_rest, to_rest, format);
}

#[inline(always)]
fn widen_here(from: &[u16], to: &mut [f32], format: Format) {
    match format {
        Format::F16 => to
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = f16_to_f32(*from)),
        Format::BF16 => to
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = bf16_to_f32(*from)),
    }
}

#[inline(always)]
fn narrow_here(from: &[f32], to: &mut [u16], format: Format) {
    match format {
        Format::F16 => to
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = f32_to_f16(*from)),
        Format::BF16 => to
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = f32_to_bf16(*from)),
    }
}

#[inline(always)]
pub(crate) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[inline(always)]
pub(crate) fn f32_to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    // A NaN must not be rounded to infinity.
    let quiet = (bits >> 16) | 0x40;
    (if value.is_nan() { quiet } else { rounded }) as u16
}

#[inline(always)]
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let bits = u32::from(bits);
    let magnitude = bits & 0x7fff;
    // 2^112 moves the exponent from bias 15 to bias 127, and makes subnormals normal.
    let finite = f32::from_bits(magnitude << 13) * f32::from_bits((112 + 127) << 23);
    let special = (magnitude << 13) | 0x7f80_0000;
    let value = if magnitude >= 0x7c00 {
        special
    } else {
        finite.to_bits()
    };
    f32::from_bits(value | ((bits & 0x8000) << 16))
}

#[inline(always)]
pub(crate) fn f32_to_f16(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) & 0x8000;
    let magnitude = bits & 0x7fff_ffff;
    // Adding 0.5 shifts a subnormal's bits to the end of the mantissa and rounds them there.
    let shifted = f32::from_bits(magnitude) + 0.5;
    let subnormal = shifted.to_bits().wrapping_sub(0.5_f32.to_bits());
    let even = 0xfff + ((magnitude >> 13) & 1);
    let normal = magnitude.wrapping_add(even).wrapping_sub(112 << 23) >> 13;
    let finite = if magnitude < 0x3880_0000 {
        subnormal
    } else {
        normal
    };
    // From halfway between the largest float16 and the next power of two on: infinity.
    let bounded = if magnitude >= 0x477f_f000 {
        0x7c00
    } else {
        finite
    };
    let quiet = 0x7e00 | ((magnitude >> 13) & 0x3ff);
    (sign
        | if magnitude > 0x7f80_0000 {
            quiet
        } else {
            bounded
        }) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [Format; 2] = [Format::F16, Format::BF16];

    fn isas() -> [Isa; 2] {
        [Isa::Portable, Isa::detect()]
    }

    /// The number that 16 bits stand for, by the definition of the format.
    fn meaning(bits: u16, format: Format) -> f64 {
        let (digits, bias) = match format {
            Format::F16 => (10, 15),
            Format::BF16 => (7, 127),
        };
        let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
        let most = (1 << (15 - digits)) - 1;
        let exponent = i32::from(bits >> digits) & most;
        let fraction = f64::from(bits & ((1 << digits) - 1)) / f64::from(1_u32 << digits);
        match exponent {
            0 => sign * fraction * 2.0_f64.powi(1 - bias),
            _ if exponent == most && fraction != 0.0 => f64::NAN,
            _ if exponent == most => sign * f64::INFINITY,
            _ => sign * (1.0 + fraction) * 2.0_f64.powi(exponent - bias),
        }
    }

    fn narrowed(values: &[f32], format: Format, isa: Isa) -> Vec<u16> {
        let mut bits = vec![0x5555; values.len()];
        narrow(values, &mut bits, (format, false), isa);
        bits
    }

    #[test]
    fn every_16_bit_number_is_widened_exactly_and_comes_back() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        for (format, isa) in FORMATS
            .into_iter()
            .flat_map(|format| isas().map(|isa| (format, isa)))
        {
            let mut wide = vec![-1.0; all.len()];
            widen(&all, &mut wide, format, isa);
            let back = narrowed(&wide, format, isa);
            for (bits, (value, back)) in all.iter().zip(wide.iter().zip(back)) {
                let expected = meaning(*bits, format);
                if expected.is_nan() {
                    assert!(
                        value.is_nan() && meaning(back, format).is_nan(),
                        "{bits:#06x}"
                    );
                } else {
                    assert_eq!(
                        f64::from(*value).to_bits(),
                        expected.to_bits(),
                        "{bits:#06x}"
                    );
                    assert_eq!(back, *bits, "{value}");
                }
            }
        }
    }

    #[test]
    fn rounding_is_to_nearest_and_ties_to_even() {
        for (format, infinity) in [(Format::F16, 0x7c00_u16), (Format::BF16, 0x7f80)] {
            for isa in isas() {
                // Pairs of neighbours, their middle, and the numbers beside the middle; past the largest lies 2^16 or 2^128.
                let mut values = Vec::new();
                let mut expected = Vec::new();
                for low in 0..infinity {
                    let step = meaning(low, format) - meaning(low.max(1) - 1, format);
                    let high = match low + 1 {
                        next if next == infinity => meaning(low, format) + step,
                        next => meaning(next, format),
                    };
                    let middle = f64::midpoint(meaning(low, format), high) as f32;
                    let even = if low % 2 == 0 { low } else { low + 1 };
                    for (value, bits) in [
                        (middle.next_down(), low),
                        (middle, even),
                        (middle.next_up(), low + 1),
                    ] {
                        values.extend([value, -value]);
                        expected.extend([bits, bits | 0x8000]);
                    }
                }
                assert_eq!(narrowed(&values, format, isa), expected, "{format:?}");
            }
        }
    }

    #[test]
    fn too_large_is_infinite_and_nan_stays() {
        for isa in isas() {
            let values = [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1.0e6];
            assert_eq!(
                narrowed(&values, Format::F16, isa),
                [0x7c00, 0xfc00, 0x7c00, 0xfc00]
            );
            assert_eq!(
                narrowed(&values[..3], Format::BF16, isa),
                [0x7f80, 0xff80, 0x7f80]
            );
            let last = f32::from_bits(0x7f80_0001);
            for format in FORMATS {
                let bits = narrowed(&[f32::NAN, last, -last], format, isa);
                assert!(
                    bits.iter().all(|bits| meaning(*bits, format).is_nan()),
                    "{bits:?}"
                );
            }
        }
    }
}
