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
pub(crate) struct Found {
    has_avx512: bool,
}

#[cfg(target_arch = "x86_64")]
impl Found {
    /// Whether the machine has AVX-512 F, VL, DQ and BW too.
    pub(crate) fn has_avx512(self) -> bool {
        self.has_avx512
    }
}

impl Isa {
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("f16c") {
            let has_avx512 = std::is_x86_feature_detected!("avx512f")
                && std::is_x86_feature_detected!("avx512vl")
                && std::is_x86_feature_detected!("avx512dq")
                && std::is_x86_feature_detected!("avx512bw");
            return Self::Avx2(Found { has_avx512 });
        }
        Self::Portable
    }

    /// Each that this machine can do.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx2(found) = Self::detect() {
            let without = Found { has_avx512: false };
            all.push(Self::Avx2(without));
            all.extend(found.has_avx512.then_some(Self::Avx2(found)));
        }
        all
    }

    /// Whether it has stores that bypass the cache.
    pub(crate) fn streams(self) -> bool {
        self != Self::Portable
    }
}

/// Asks for memory that is read soon.
#[inline(always)]
pub(crate) fn ask_for<T>(at: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: part of SSE, which every x86-64 has; it changes no value.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(at).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Waits until streamed stores are visible to other threads.
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: part of SSE, which every x86-64 has.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
