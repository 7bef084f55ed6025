//! Loops in the instructions of the processor that runs them, where it has more than the baseline's; for the crates of
//! spikelet.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for those instructions"
)]

/// Runs `work`, which AVX2 may shorten; what it calls must be inlined.
#[cfg(all(feature = "wide", target_arch = "x86_64"))]
#[inline(always)]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    match pulp::x86::V3::try_new() {
        Some(simd) => simd.vectorize(work),
        None => work(),
    }
}

/// Runs `work`.
#[cfg(not(all(feature = "wide", target_arch = "x86_64")))]
#[inline(always)]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    work()
}
