// Compiles the kernels of this folder as plain C++, one thread after another, so that they are tested
// with no GPU. Build with -ffp-contract=off: kernels are compiled with --fmad=false.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#define __device__
#define __global__
#define __forceinline__ inline
#define __restrict__ __restrict

struct spikelet_index {
    unsigned x;
};
static spikelet_index blockIdx, blockDim, threadIdx;

struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

// One thread after another: nothing can come between.
template <class T> static inline T atomicAdd(T* at, T value) {
    const T before = *at;
    *at = before + value;
    return before;
}
template <class T> static inline T atomicMax(T* at, T value) {
    const T before = *at;
    *at = before < value ? value : before;
    return before;
}

template <class T> static inline T __ldcs(const T* at) { return *at; }

static inline float __uint_as_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

static inline unsigned __float_as_uint(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}

// Round to nearest even, with subnormals, infinities and NaN; what the hardware conversion does.
static inline unsigned short spikelet_half_bits(float value) {
    const unsigned bits = __float_as_uint(value);
    const unsigned sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return 0x7fffu;
    if (magnitude >= 0x477ff000u) return (unsigned short)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) {
        // Below the smallest normal half, adding 0.5 aligns the wanted bits and rounds them.
        const float shifted = __uint_as_float(magnitude) + 0.5f;
        return (unsigned short)(sign | (__float_as_uint(shifted) - 0x3f000000u));
    }
    const unsigned odd = (magnitude >> 13) & 1u;
    return (unsigned short)(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

static inline float spikelet_half_value(unsigned short half) {
    const unsigned sign = (unsigned)(half & 0x8000u) << 16, exponent = (half >> 10) & 31u, fraction = half & 1023u;
    if (exponent == 0) {
        const float value = (float)fraction * 5.9604644775390625e-8f;
        return sign ? -value : value;
    }
    const unsigned widened = exponent == 31 ? 255u : exponent + 112u;
    return __uint_as_float(sign | (widened << 23) | (fraction << 13));
}

template <class... A, std::size_t... I>
static void spikelet_call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*(A*)arguments[I]...);
}

// Launches as `cuLaunchKernel` does: each argument by its address.
template <class... A>
static void spikelet_launch(void (*kernel)(A...), unsigned blocks, unsigned threads, void** arguments) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)
            spikelet_call(kernel, arguments, std::index_sequence_for<A...>());
}
