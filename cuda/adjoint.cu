// Backward: the time loop in reverse, a stretch of `spikelet_stretch` steps at a time. In front of this text stand
// prelude.cu and the step of one program:
//
//   spikelet_charge, spikelet_fire                               as for scan.cu
//   spikelet_slope(u, q) -> slope                                the surrogate
//   spikelet_adjoint(gz, g, slope, h, s, x, p, g_out, gp) -> gx  gp of the wanted parameters alone
//
// The charged states of a stretch were kept, or are computed again from the states before it. The states before
// step t are what fire made of step t - 1: not kept, computed again. Where a replayed stretch begins they are at
// hand, and must not be reset again.

// What is known of one step.
struct spikelet_step {
    float grad_z[spikelet_width], x[spikelet_width], h[spikelet_width][spikelet_states];
};

constexpr int spikelet_sums = spikelet_wanted ? spikelet_wanted : 1;

// The states before step t, where a stretch begins.
__device__ __forceinline__ void spikelet_read_before(spikelet_int t, spikelet_int n, spikelet_int N,
                                                     const float* initial, const spikelet_kept* kept,
                                                     const float (*p)[spikelet_params], float (*s)[spikelet_states]) {
    if (t == 0) {
        spikelet_read_rows(initial + n, N, s);
    } else if (spikelet_every) {
        spikelet_read_rows(kept + (t / spikelet_stretch - 1) * spikelet_states * N + n, N, s);
    } else if (spikelet_reads_states) {
        float h[spikelet_width][spikelet_states];
        spikelet_read_rows(kept + (t - 1) * spikelet_states * N + n, N, h);
        for (int j = 0; j < spikelet_width; ++j) spikelet_fire(h[j], p[j], s[j]);
    }
}

__device__ __forceinline__ void spikelet_read_step(spikelet_int t, spikelet_int n, spikelet_int N,
                                                   const spikelet_element* grad_z, const spikelet_element* x,
                                                   const spikelet_kept* kept, spikelet_step& step) {
    spikelet_read(grad_z + t * N + n, step.grad_z);
    if (spikelet_reads_input) spikelet_read(x + t * N + n, step.x);
    if (spikelet_charged) spikelet_read_rows(kept + t * spikelet_states * N + n, N, step.h);
}

// Charged states of the first `count` steps of a stretch, from the states before it.
__device__ __forceinline__ void spikelet_replay(spikelet_int count, const float (*s)[spikelet_states],
                                                const float (*p)[spikelet_params], spikelet_step* steps) {
    for (int j = 0; j < spikelet_width; ++j) {
        float now[spikelet_states];
        for (int k = 0; k < spikelet_states; ++k) now[k] = s[j][k];
#pragma unroll spikelet_unrolled
        for (int i = 0; i < spikelet_stretch; ++i) {
            // No `break`: with one the steps would be kept in memory.
            if (i < count) {
                spikelet_charge(steps[i].x[j], now, p[j], steps[i].h[j]);
                spikelet_fire(steps[i].h[j], p[j], now);
            }
        }
    }
}

// One step of neuron j: g becomes the gradient of the states before it.
__device__ __forceinline__ float spikelet_back(const spikelet_step& step, int j, const float* s, const float* p,
                                               const float* q, float* g, float* sums) {
    float g_out[spikelet_states], gp[spikelet_sums];
    const float* const h = step.h[j];
    const float slope = spikelet_slope(h[spikelet_membrane] - p[spikelet_threshold], q);
    const float grad_x = spikelet_adjoint(step.grad_z[j], g, slope, h, s, step.x[j], p, g_out, gp);
    for (int k = 0; k < spikelet_states; ++k) g[k] = g_out[k];
    for (int k = 0; k < spikelet_wanted; ++k) sums[k] += gp[k];
    return grad_x;
}

// grad_params is [wanted, N], summed over time by its neuron's thread: the sum over neurons is the caller's.
extern "C" __global__ void spikelet_scan_backward(
    spikelet_int T, spikelet_int N, const spikelet_values values, const spikelet_element* __restrict__ grad_z,
    const float* __restrict__ grad_last, const spikelet_element* __restrict__ x, const float* __restrict__ initial,
    const spikelet_kept* __restrict__ kept, spikelet_element* __restrict__ grad_x, float* __restrict__ grad_initial,
    float* __restrict__ grad_params) {
    const spikelet_int n = spikelet_first();
    if (n >= N) return;
    float p[spikelet_width][spikelet_params], s[spikelet_width][spikelet_states], g[spikelet_width][spikelet_states];
    float sums[spikelet_width][spikelet_sums] = {};
    const float* const q = values.numbers + (spikelet_params - spikelet_tensors);
    spikelet_gather(values, n, p);
    spikelet_read_rows(grad_last + n, N, g);
    const spikelet_int stretches = (T + spikelet_stretch - 1) / spikelet_stretch;
    for (spikelet_int first = (stretches - 1) * spikelet_stretch; first >= 0; first -= spikelet_stretch) {
        // All reads of a stretch come before its arithmetic, so that they are under way together.
        spikelet_step steps[spikelet_stretch];
        spikelet_read_before(first, n, N, initial, kept, p, s);
#pragma unroll spikelet_unrolled
        for (int i = 0; i < spikelet_stretch; ++i) {
            if (first + i >= T) break;
            spikelet_read_step(first + i, n, N, grad_z, x, kept, steps[i]);
        }
        if (spikelet_every) spikelet_replay(T - first, s, p, steps);
#pragma unroll spikelet_unrolled
        for (int i = spikelet_stretch - 1; i >= 0; --i) {
            if (first + i >= T) continue;
            float row[spikelet_width];
            for (int j = 0; j < spikelet_width; ++j) {
                float before[spikelet_states];
                for (int k = 0; k < spikelet_states; ++k) before[k] = s[j][k];
                if (i > 0) spikelet_fire(steps[i - 1].h[j], p[j], before);
                row[j] = spikelet_back(steps[i], j, before, p[j], q, g[j], sums[j]);
            }
            spikelet_write(grad_x + (first + i) * N + n, row);
        }
    }
    spikelet_write_rows(grad_initial + n, N, g);
    if (spikelet_wanted) spikelet_write_rows(grad_params + n, N, sums);
}
