// Compiles the kernels of this folder as plain C++, one thread after another, so that they are tested
// with no GPU. Build with -ffp-contract=off: kernels are compiled with -fmad=false.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#define __device__
#define __global__
#define __forceinline__ inline
#define __restrict__ __restrict

struct spikelet_index {
    unsigned x;
};
static spikelet_index blockIdx, blockDim, threadIdx;

static inline float spikelet_bits_to_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

static inline unsigned spikelet_float_to_bits(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}

// Round to nearest even, with subnormals, infinities and NaN; what the hardware conversion does.
static inline unsigned short spikelet_float_to_half(float value) {
    const unsigned bits = spikelet_float_to_bits(value);
    const unsigned sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (unsigned short)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) return (unsigned short)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) {
        // Below the smallest normal half, adding 0.5 aligns the wanted bits and rounds them.
        const float shifted = spikelet_bits_to_float(magnitude) + 0.5f;
        return (unsigned short)(sign | (spikelet_float_to_bits(shifted) - 0x3f000000u));
    }
    const unsigned odd = (magnitude >> 13) & 1u;
    return (unsigned short)(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

static inline float spikelet_half_to_float(unsigned short half) {
    const unsigned sign = (unsigned)(half & 0x8000u) << 16, exponent = (half >> 10) & 31u, fraction = half & 1023u;
    if (exponent == 0) {
        const float value = (float)fraction * 5.9604644775390625e-8f;
        return sign ? -value : value;
    }
    const unsigned widened = exponent == 31 ? 255u : exponent + 112u;
    return spikelet_bits_to_float(sign | (widened << 23) | (fraction << 13));
}
