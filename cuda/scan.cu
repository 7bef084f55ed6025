// The multi-step loops over [T, N], written once. The step of one program is printed in front:
//
//   SPIKELET_STATES, SPIKELET_PARAMS, SPIKELET_SLOPE_PARAMS, SPIKELET_MEMBRANE, SPIKELET_THRESHOLD
//   spikelet_charge(x, s, p, h)                        states after the input
//   spikelet_fire(h, p, s) -> z                        spike and next states
//   spikelet_slope(u, q) -> slope                      the surrogate
//   spikelet_adjoint(gz, g, slope, h, s, x, p, g_out, gp) -> gx
//
// One thread owns one neuron: its state lives in registers, every row is read and written coalesced, and
// nothing depends on the launch. Indices are 64-bit. SPIKELET_EVERY is the distance of checkpoints.

typedef long long spikelet_int;

// Parameter k of neuron n is values[offset[k] + n % period[k]]; a scalar has period 1.
__device__ __forceinline__ void spikelet_gather(const float* values, const spikelet_int* offset,
                                                const spikelet_int* period, int count, spikelet_int n, float* p) {
    for (int k = 0; k < count; ++k) p[k] = values[offset[k] + n % period[k]];
}

__device__ __forceinline__ spikelet_int spikelet_neuron() {
    return (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
}

// Saved for backward: 0 nothing, 1 charged states [T, S, N], 2 states before every SPIKELET_EVERY-th step.
extern "C" __global__ void spikelet_forward(spikelet_int T, spikelet_int N, int save,
                                            const spikelet_element* __restrict__ x, const float* __restrict__ values,
                                            const spikelet_int* __restrict__ offset,
                                            const spikelet_int* __restrict__ period,
                                            const float* __restrict__ s0, spikelet_element* __restrict__ z,
                                            float* __restrict__ s_end, float* __restrict__ saved) {
    const spikelet_int n = spikelet_neuron();
    if (n >= N) return;
    float p[SPIKELET_PARAMS + 1], s[SPIKELET_STATES], h[SPIKELET_STATES];
    spikelet_gather(values, offset, period, SPIKELET_PARAMS, n, p);
    for (int k = 0; k < SPIKELET_STATES; ++k) s[k] = s0[k * N + n];
#pragma unroll 4
    for (spikelet_int t = 0; t < T; ++t) {
        if (save == 2 && t % SPIKELET_EVERY == 0)
            for (int k = 0; k < SPIKELET_STATES; ++k) saved[(t / SPIKELET_EVERY * SPIKELET_STATES + k) * N + n] = s[k];
        spikelet_charge(spikelet_load(x + t * N + n), s, p, h);
        if (save == 1)
            for (int k = 0; k < SPIKELET_STATES; ++k) saved[(t * SPIKELET_STATES + k) * N + n] = h[k];
        spikelet_store(z + t * N + n, spikelet_fire(h, p, s));
    }
    for (int k = 0; k < SPIKELET_STATES; ++k) s_end[k * N + n] = s[k];
}

// One step of the adjoint: g becomes the cotangent of the states before the step.
__device__ __forceinline__ float spikelet_back(float gz, float* g, const float* h, const float* s, float x,
                                               const float* p, const float* q, float* gp_sum) {
    float gp[SPIKELET_PARAMS + 1], g_out[SPIKELET_STATES];
    const float slope = spikelet_slope(h[SPIKELET_MEMBRANE] - p[SPIKELET_THRESHOLD], q);
    const float gx = spikelet_adjoint(gz, g, slope, h, s, x, p, g_out, gp);
    for (int k = 0; k < SPIKELET_STATES; ++k) g[k] = g_out[k];
    for (int k = 0; k < SPIKELET_PARAMS; ++k) gp_sum[k] += gp[k];
    return gx;
}

// From charged states: s before step t is what fire made of step t - 1. gp is [SPIKELET_PARAMS, N], summed
// over time by its neuron's thread, so that the sum over neurons is the caller's and has a fixed order.
extern "C" __global__ void spikelet_backward(
    spikelet_int T, spikelet_int N, int save, const spikelet_element* __restrict__ gz,
    const spikelet_element* __restrict__ x, const float* __restrict__ values,
    const spikelet_int* __restrict__ offset, const spikelet_int* __restrict__ period,
    const float* __restrict__ slope_values, const spikelet_int* __restrict__ slope_offset,
    const spikelet_int* __restrict__ slope_period, const float* __restrict__ s0, const float* __restrict__ g_end,
    const float* __restrict__ saved, spikelet_element* __restrict__ gx, float* __restrict__ g0,
    float* __restrict__ gp) {
    const spikelet_int n = spikelet_neuron();
    if (n >= N) return;
    float p[SPIKELET_PARAMS + 1], q[SPIKELET_SLOPE_PARAMS + 1], g[SPIKELET_STATES], gp_sum[SPIKELET_PARAMS + 1];
    float h[SPIKELET_EVERY][SPIKELET_STATES], s[SPIKELET_EVERY][SPIKELET_STATES];
    spikelet_gather(values, offset, period, SPIKELET_PARAMS, n, p);
    spikelet_gather(slope_values, slope_offset, slope_period, SPIKELET_SLOPE_PARAMS, n, q);
    for (int k = 0; k < SPIKELET_STATES; ++k) g[k] = g_end[k * N + n];
    for (int k = 0; k < SPIKELET_PARAMS; ++k) gp_sum[k] = 0.0f;
    const spikelet_int chunks = (T + SPIKELET_EVERY - 1) / SPIKELET_EVERY;
    for (spikelet_int chunk = chunks - 1; chunk >= 0; --chunk) {
        const spikelet_int first = chunk * SPIKELET_EVERY;
        const int steps = (int)(T - first < SPIKELET_EVERY ? T - first : SPIKELET_EVERY);
        float now[SPIKELET_STATES];
        for (int k = 0; k < SPIKELET_STATES; ++k) {
            if (save == 2) now[k] = saved[(chunk * SPIKELET_STATES + k) * N + n];
            else if (first == 0) now[k] = s0[k * N + n];
            else now[k] = saved[((first - 1) * SPIKELET_STATES + k) * N + n];
        }
        if (save == 1 && first > 0) {
            float before[SPIKELET_STATES];
            for (int k = 0; k < SPIKELET_STATES; ++k) before[k] = now[k];
            spikelet_fire(before, p, now);
        }
#pragma unroll
        for (int i = 0; i < SPIKELET_EVERY; ++i) {
            if (i >= steps) break;
            for (int k = 0; k < SPIKELET_STATES; ++k) s[i][k] = now[k];
            if (save == 1)
                for (int k = 0; k < SPIKELET_STATES; ++k) h[i][k] = saved[((first + i) * SPIKELET_STATES + k) * N + n];
            else
                spikelet_charge(spikelet_load(x + (first + i) * N + n), now, p, h[i]);
            spikelet_fire(h[i], p, now);
        }
#pragma unroll
        for (int i = SPIKELET_EVERY - 1; i >= 0; --i) {
            if (i >= steps) continue;
            const spikelet_int at = (first + i) * N + n;
            const float input = SPIKELET_READS_INPUT ? spikelet_load(x + at) : 0.0f;
            spikelet_store(gx + at, spikelet_back(spikelet_load(gz + at), g, h[i], s[i], input, p, q, gp_sum));
        }
    }
    for (int k = 0; k < SPIKELET_STATES; ++k) g0[k * N + n] = g[k];
    if (gp)
        for (int k = 0; k < SPIKELET_PARAMS; ++k) gp[k * N + n] = gp_sum[k];
}
