// What the generated steps and the time loops share: the numbers of the language, and conversion of the
// tensor's element type. Elements: 0 float, 1 half, 2 bfloat16 (SPIKELET_ELEMENT).

#ifdef __CUDACC_RTC__
__device__ __forceinline__ float spikelet_bits_to_float(unsigned bits) { return __uint_as_float(bits); }
__device__ __forceinline__ unsigned spikelet_float_to_bits(float value) { return __float_as_uint(value); }

__device__ __forceinline__ float spikelet_half_to_float(unsigned short half) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half));
    return value;
}

__device__ __forceinline__ unsigned short spikelet_float_to_half(float value) {
    unsigned short half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
    return half;
}
#endif

#if SPIKELET_ELEMENT == 0
typedef float spikelet_element;
__device__ __forceinline__ float spikelet_load(const float* at) { return *at; }
__device__ __forceinline__ void spikelet_store(float* at, float value) { *at = value; }
#elif SPIKELET_ELEMENT == 1
typedef unsigned short spikelet_element;
__device__ __forceinline__ float spikelet_load(const unsigned short* at) { return spikelet_half_to_float(*at); }
__device__ __forceinline__ void spikelet_store(unsigned short* at, float value) {
    *at = spikelet_float_to_half(value);
}
#else
typedef unsigned short spikelet_element;
__device__ __forceinline__ float spikelet_load(const unsigned short* at) {
    return spikelet_bits_to_float((unsigned)*at << 16);
}
__device__ __forceinline__ void spikelet_store(unsigned short* at, float value) {
    const unsigned bits = spikelet_float_to_bits(value);
    const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    const unsigned rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    *at = (unsigned short)(nan ? (bits >> 16) | 64u : rounded);
}
#endif

// NaN if either is, as torch has it.
__device__ __forceinline__ float spikelet_min(float a, float b) { return a != a ? a : (a < b ? a : b); }
__device__ __forceinline__ float spikelet_max(float a, float b) { return a != a ? a : (a > b ? a : b); }
