// What the time loops share: the functions of the language, the element types of tensors, and a thread's reads
// and writes. One thread owns `spikelet_width` neighbouring neurons and moves their numbers as one vector.
//
// In front of this text stand the constants of one program and one call (`spikelet.dynamics.cuda`).

typedef long long spikelet_int;

// NaN if either is, as torch has it.
__device__ __forceinline__ float spikelet_min(float a, float b) { return a < b || a != a ? a : b; }
__device__ __forceinline__ float spikelet_max(float a, float b) { return a > b || a != a ? a : b; }

__device__ __forceinline__ float spikelet_power_of_two(int n) { return __uint_as_float((unsigned)(n + 127) << 23); }

// The lines of `spikelet-program`'s `exp` in the same order, for the same bits; its comments say why they are so.
__device__ __forceinline__ float spikelet_exp(float v) {
    const float round = 12582912.0f;
    v = v < -104.0f ? -104.0f : v;
    v = v > 89.0f ? 89.0f : v;
    const float rounded = v * 1.44269504088896341f + round;
    const float whole = rounded - round;
    float r = v - whole * 0.693359375f;
    r = r - whole * -2.1219444e-4f;
    float p = 1.98756915e-4f;
    p = p * r + 1.39819995e-3f;
    p = p * r + 8.3334519e-3f;
    p = p * r + 4.16657959e-2f;
    p = p * r + 1.66666655e-1f;
    p = p * r + 5.00000012e-1f;
    p = p * (r * r) + r;
    p = p + 1.0f;
    const int n = (int)(__float_as_uint(rounded) - __float_as_uint(round));
    const int half = n >> 1;
    return p * spikelet_power_of_two(half) * spikelet_power_of_two((int)((unsigned)n - (unsigned)half));
}

struct spikelet_half {
    unsigned short bits;
};
struct spikelet_bfloat {
    unsigned short bits;
};

#ifdef __CUDACC_RTC__
__device__ __forceinline__ float spikelet_half_value(unsigned short half) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half));
    return value;
}
__device__ __forceinline__ unsigned short spikelet_half_bits(float value) {
    unsigned short half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
    return half;
}
#endif

__device__ __forceinline__ float spikelet_widen(float value) { return value; }
__device__ __forceinline__ float spikelet_widen(spikelet_half half) { return spikelet_half_value(half.bits); }
__device__ __forceinline__ float spikelet_widen(spikelet_bfloat value) {
    return __uint_as_float((unsigned)value.bits << 16);
}

__device__ __forceinline__ void spikelet_narrow(float value, float* to) { *to = value; }
__device__ __forceinline__ void spikelet_narrow(float value, spikelet_half* to) {
    to->bits = spikelet_half_bits(value);
}
__device__ __forceinline__ void spikelet_narrow(float value, spikelet_bfloat* to) {
    const unsigned bits = __float_as_uint(value);
    const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    to->bits = (unsigned short)(nan ? 0x7fffu : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// A thread's neighbouring numbers: as elements, and as the word in which they travel.
template <int bytes> struct spikelet_word;
template <> struct spikelet_word<2> { typedef unsigned short type; };
template <> struct spikelet_word<4> { typedef unsigned type; };
template <> struct spikelet_word<8> { typedef uint2 type; };
template <> struct spikelet_word<16> { typedef uint4 type; };
template <class E> union spikelet_vector {
    typedef typename spikelet_word<sizeof(E) * spikelet_width>::type word;
    word whole;
    E each[spikelet_width];
};

// Everything is read once or long after: past the cache it does not push out what the next kernel reads.
template <class E> __device__ __forceinline__ void spikelet_read(const E* at, float* to) {
    spikelet_vector<E> vector;
    vector.whole = __ldcs((const typename spikelet_vector<E>::word*)at);
    for (int j = 0; j < spikelet_width; ++j) to[j] = spikelet_widen(vector.each[j]);
}

template <class E> __device__ __forceinline__ void spikelet_write(E* at, const float* from) {
    spikelet_vector<E> vector;
    for (int j = 0; j < spikelet_width; ++j) spikelet_narrow(from[j], &vector.each[j]);
    *(typename spikelet_vector<E>::word*)at = vector.whole;
}

// `count` rows of N, of which the thread's neurons hold one number each.
template <int count, class E>
__device__ __forceinline__ void spikelet_read_rows(const E* at, spikelet_int N, float (*to)[count]) {
    for (int k = 0; k < count; ++k) {
        float row[spikelet_width];
        spikelet_read(at + k * N, row);
        for (int j = 0; j < spikelet_width; ++j) to[j][k] = row[j];
    }
}

template <int count, class E>
__device__ __forceinline__ void spikelet_write_rows(E* at, spikelet_int N, const float (*from)[count]) {
    for (int k = 0; k < count; ++k) {
        float row[spikelet_width];
        for (int j = 0; j < spikelet_width; ++j) row[j] = from[j][k];
        spikelet_write(at + k * N, row);
    }
}

// The parameters of a call: tensors `[]` or `[M]`, where neuron n takes number n % M, then plain numbers, first of
// the step, then of the surrogate.
struct spikelet_values {
    const float* at[spikelet_tensors + 1];
    spikelet_int period[spikelet_tensors + 1];
    float numbers[spikelet_params - spikelet_tensors + spikelet_slope_params + 1];
};

__device__ __forceinline__ void spikelet_gather(const spikelet_values& values, spikelet_int n,
                                                float (*p)[spikelet_params]) {
    for (int k = 0; k < spikelet_params; ++k)
        for (int j = 0; j < spikelet_width; ++j)
            p[j][k] = k < spikelet_tensors ? values.at[k][(n + j) % values.period[k]]
                                           : values.numbers[k - spikelet_tensors];
}

// The first of this thread's neurons.
__device__ __forceinline__ spikelet_int spikelet_first() {
    return ((spikelet_int)blockIdx.x * blockDim.x + threadIdx.x) * spikelet_width;
}
