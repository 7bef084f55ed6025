//! Which instructions this machine has beyond its architecture's baseline.

/// What the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// The baseline of the architecture.
    Portable,
    /// AVX2 with F16C, which no processor has had without; the token shows that they were found.
    #[cfg(target_arch = "x86_64")]
    Avx2(Found),
}

/// Made by [`Isa::detect`] alone.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found(());

impl Isa {
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("f16c") {
            return Self::Avx2(Found(()));
        }
        Self::Portable
    }

    /// Whether it has stores that bypass the cache.
    pub(crate) fn streams(self) -> bool {
        self != Self::Portable
    }
}

/// Waits until streamed stores are visible to other threads.
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: part of SSE, which every x86-64 has.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
