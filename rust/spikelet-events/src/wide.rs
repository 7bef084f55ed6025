//! Loops in the instructions of the processor that runs them, where it has more than the baseline's; for the crates of
//! spikelet.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for those instructions"
)]

/// Runs `work`, which AVX2 may shorten; what it calls must be inlined.
///
/// ```
/// use spikelet_events::wide::widely;
///
/// assert_eq!(widely(|| [1u16, 7, 3].iter().copied().max()), Some(7));
/// ```
#[inline(always)]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(all(feature = "wide", target_arch = "x86_64"))]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(work);
    }
    work()
}
