// Forward: the time loop over [T, N]. In front of this text stand prelude.cu and the step of one program:
//
//   spikelet_charge(x, s, p, h)   states after the input
//   spikelet_fire(h, p, s) -> z   spike and next states
//
// States live in registers. Input is read `spikelet_ahead` rows at a time, and the next rows before these are
// computed, so that few threads too keep the memory busy. No result depends on the launch.

__device__ __forceinline__ void spikelet_read_ahead(const spikelet_element* x, spikelet_int t, spikelet_int T,
                                                    spikelet_int N, float (*rows)[spikelet_width]) {
#pragma unroll
    for (int i = 0; i < spikelet_ahead; ++i)
        if (t + i < T) spikelet_read(x + (t + i) * N, rows[i]);
}

// Charged states in float32.
__device__ __forceinline__ void spikelet_keep(float* at, spikelet_int N, const float (*h)[spikelet_states],
                                              const float (*)[spikelet_params], const float*) {
    spikelet_write_rows(at, N, h);
}

// The same in 16 bits. What is kept of a neuron must fire as the neuron did, or the derivative is that of another
// spike: where rounding crosses the threshold, the neighbour is taken.
__device__ __forceinline__ void spikelet_keep(spikelet_bfloat* at, spikelet_int N, const float (*h)[spikelet_states],
                                              const float (*p)[spikelet_params], const float* spikes) {
    float kept[spikelet_width][spikelet_states], after[spikelet_states];
    for (int j = 0; j < spikelet_width; ++j) {
        for (int k = 0; k < spikelet_states; ++k) kept[j][k] = h[j][k];
        spikelet_bfloat rounded;
        const float v = h[j][spikelet_membrane];
        spikelet_narrow(v, &rounded);
        const float near = kept[j][spikelet_membrane] = spikelet_widen(rounded);
        if (spikelet_fire(kept[j], p[j], after) != spikes[j]) {
            // Magnitudes are ordered as their bits; zero steps away from zero.
            rounded.bits += (v < 0.0f ? v < near : v > near) ? 1 : -1;
            kept[j][spikelet_membrane] = spikelet_widen(rounded);
        }
    }
    spikelet_write_rows(at, N, kept);
}

// kept: nothing; charged states [T, S, N]; or the states before steps K, 2 K, ..., [(T - 1) / K, S, N].
extern "C" __global__ void spikelet_scan(spikelet_int T, spikelet_int N, const spikelet_values values,
                                         const spikelet_element* __restrict__ x, const float* __restrict__ initial,
                                         spikelet_element* __restrict__ z, float* __restrict__ last,
                                         spikelet_kept* __restrict__ kept) {
    const spikelet_int n = spikelet_first();
    if (n >= N) return;
    float p[spikelet_width][spikelet_params], s[spikelet_width][spikelet_states], h[spikelet_width][spikelet_states];
    float rows[spikelet_ahead][spikelet_width], next[spikelet_ahead][spikelet_width];
    spikelet_gather(values, n, p);
    spikelet_read_rows(initial + n, N, s);
    spikelet_read_ahead(x + n, 0, T, N, next);
    int since = 0;
    for (spikelet_int first = 0; first < T; first += spikelet_ahead) {
        for (int i = 0; i < spikelet_ahead; ++i)
            for (int j = 0; j < spikelet_width; ++j) rows[i][j] = next[i][j];
        spikelet_read_ahead(x + n, first + spikelet_ahead, T, N, next);
#pragma unroll
        for (int i = 0; i < spikelet_ahead; ++i) {
            const spikelet_int t = first + i;
            if (t >= T) break;
            if (spikelet_every && since++ == spikelet_every) {
                spikelet_write_rows(kept + n, N, s);
                kept += spikelet_states * N;
                since = 1;
            }
            float spikes[spikelet_width];
            for (int j = 0; j < spikelet_width; ++j) {
                spikelet_charge(rows[i][j], s[j], p[j], h[j]);
                spikes[j] = spikelet_fire(h[j], p[j], s[j]);
            }
            if (spikelet_charged) spikelet_keep(kept + t * spikelet_states * N + n, N, h, p, spikes);
            spikelet_write(z + t * N + n, spikes);
        }
    }
    spikelet_write_rows(last + n, N, s);
}
