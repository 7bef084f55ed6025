//! Number formats of input and spikes, in the registers of a loop.

use std::array::from_fn;

use crate::half::{self, bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};

/// A number format, sixteen numbers at a time.
pub(super) trait Element {
    type Bits: Copy;
    /// What charged states are kept in beside it.
    type Kept: Element<Bits = f32>;

    fn widen<const L: usize>(bits: [Self::Bits; L]) -> [f32; L];

    /// Spikes are 0 or 1, which need no rounding.
    fn spikes<const L: usize>(spikes: [f32; L]) -> [Self::Bits; L];

    /// Any numbers, rounded to nearest even.
    fn narrow<const L: usize>(wide: [f32; L]) -> [Self::Bits; L];

    /// Stores a chunk, past the cache if `stream`, which asks for AVX and for chunks aligned to their size.
    fn store<const L: usize>(to: &mut [Self::Bits; L], bits: [Self::Bits; L], stream: bool);
}

/// float32, which leaves by whole lines if `WIDE`: for loops that are compiled for AVX-512.
pub(super) struct Floats<const WIDE: bool>;

pub(super) type Single = Floats<false>;

pub(super) type Wide = Floats<true>;

/// bfloat16.
pub(super) struct Brain;

/// float16.
pub(super) struct Half;

impl<const WIDE: bool> Element for Floats<WIDE> {
    type Bits = f32;
    type Kept = Self;

    #[inline(always)]
    fn widen<const L: usize>(bits: [f32; L]) -> [f32; L] {
        bits
    }

    #[inline(always)]
    fn spikes<const L: usize>(spikes: [f32; L]) -> [f32; L] {
        spikes
    }

    #[inline(always)]
    fn narrow<const L: usize>(wide: [f32; L]) -> [f32; L] {
        wide
    }

    #[inline(always)]
    fn store<const L: usize>(to: &mut [f32; L], bits: [f32; L], stream: bool) {
        #[cfg(target_arch = "x86_64")]
        if stream && WIDE && L == 16 {
            use std::arch::x86_64::{_mm512_loadu_ps, _mm512_stream_ps};
            // SAFETY: 16 floats, in a loop that is compiled for AVX-512; alignment is the caller's promise.
            unsafe { _mm512_stream_ps(to.as_mut_ptr(), _mm512_loadu_ps(bits.as_ptr())) };
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if stream && L.is_multiple_of(8) {
            use std::arch::x86_64::{_mm256_loadu_ps, _mm256_stream_ps};
            for start in (0..L).step_by(8) {
                // SAFETY: `start + 8 <= L`; AVX and alignment are the caller's promise, and 8 floats keep it.
                unsafe {
                    let vector = _mm256_loadu_ps(bits.as_ptr().add(start));
                    _mm256_stream_ps(to.as_mut_ptr().add(start), vector);
                }
            }
            return;
        }
        let _ = stream;
        *to = bits;
    }
}

impl Element for Brain {
    type Bits = u16;
    type Kept = Single;

    #[inline(always)]
    fn widen<const L: usize>(bits: [u16; L]) -> [f32; L] {
        #[cfg(target_arch = "x86_64")]
        if L.is_multiple_of(8) {
            use std::arch::x86_64::{
                _mm_loadu_si128, _mm256_castsi256_ps, _mm256_cvtepu16_epi32, _mm256_slli_epi32,
                _mm256_storeu_ps,
            };
            let mut wide = [0.0; L];
            for start in (0..L).step_by(8) {
                // SAFETY: `start + 8 <= L`; loops over whole chunks of this format are compiled for AVX2 alone.
                unsafe {
                    let vector =
                        _mm256_cvtepu16_epi32(_mm_loadu_si128(bits.as_ptr().add(start).cast()));
                    let vector = _mm256_castsi256_ps(_mm256_slli_epi32::<16>(vector));
                    _mm256_storeu_ps(wide.as_mut_ptr().add(start), vector);
                }
            }
            return wide;
        }
        from_fn(|i| bf16_to_f32(bits[i]))
    }

    #[inline(always)]
    fn spikes<const L: usize>(spikes: [f32; L]) -> [u16; L] {
        #[cfg(target_arch = "x86_64")]
        if L.is_multiple_of(16) {
            use std::arch::x86_64::{
                _mm256_loadu_si256, _mm256_packus_epi32, _mm256_permute4x64_epi64,
                _mm256_srli_epi32, _mm256_storeu_si256,
            };
            let mut bits = [0; L];
            for start in (0..L).step_by(16) {
                // SAFETY: `start + 16 <= L`; loops over whole chunks of this format are compiled for AVX2 alone.
                unsafe {
                    let half = |at: usize| {
                        _mm256_srli_epi32::<16>(_mm256_loadu_si256(spikes.as_ptr().add(at).cast()))
                    };
                    let packed = _mm256_packus_epi32(half(start), half(start + 8));
                    // Packing works on either half of the vectors; this puts the quarters in order.
                    let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
                    _mm256_storeu_si256(bits.as_mut_ptr().add(start).cast(), packed);
                }
            }
            return bits;
        }
        from_fn(|i| (spikes[i].to_bits() >> 16) as u16)
    }

    #[inline(always)]
    fn narrow<const L: usize>(wide: [f32; L]) -> [u16; L] {
        from_fn(|i| f32_to_bf16(wide[i]))
    }

    #[inline(always)]
    fn store<const L: usize>(to: &mut [u16; L], bits: [u16; L], stream: bool) {
        half::store(to, bits, stream);
    }
}

impl Element for Half {
    type Bits = u16;
    type Kept = Single;

    #[inline(always)]
    fn widen<const L: usize>(bits: [u16; L]) -> [f32; L] {
        #[cfg(target_arch = "x86_64")]
        if L.is_multiple_of(8) {
            use std::arch::x86_64::{_mm_loadu_si128, _mm256_cvtph_ps, _mm256_storeu_ps};
            let mut wide = [0.0; L];
            for start in (0..L).step_by(8) {
                // SAFETY: `start + 8 <= L`; loops over whole chunks of this format are compiled for F16C alone.
                unsafe {
                    let vector = _mm_loadu_si128(bits.as_ptr().add(start).cast());
                    _mm256_storeu_ps(wide.as_mut_ptr().add(start), _mm256_cvtph_ps(vector));
                }
            }
            return wide;
        }
        from_fn(|i| f16_to_f32(bits[i]))
    }

    /// The bits of 1 in float16 are among those of 1 in float32.
    #[inline(always)]
    fn spikes<const L: usize>(spikes: [f32; L]) -> [u16; L] {
        from_fn(|i| (spikes[i].to_bits() >> 16) as u16 & 0x3c00)
    }

    #[inline(always)]
    fn narrow<const L: usize>(wide: [f32; L]) -> [u16; L] {
        #[cfg(target_arch = "x86_64")]
        if L.is_multiple_of(8) {
            use std::arch::x86_64::{
                _MM_FROUND_TO_NEAREST_INT, _mm_storeu_si128, _mm256_cvtps_ph, _mm256_loadu_ps,
            };
            let mut bits = [0; L];
            for start in (0..L).step_by(8) {
                // SAFETY: as in `widen`.
                unsafe {
                    let vector = _mm256_loadu_ps(wide.as_ptr().add(start));
                    let vector = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(vector);
                    _mm_storeu_si128(bits.as_mut_ptr().add(start).cast(), vector);
                }
            }
            return bits;
        }
        from_fn(|i| f32_to_f16(wide[i]))
    }

    #[inline(always)]
    fn store<const L: usize>(to: &mut [u16; L], bits: [u16; L], stream: bool) {
        half::store(to, bits, stream);
    }
}
