// Events to frames. In front of this text stands prelude.cu. `slices` is [T, 2], first event and one past the last
// of each frame; `lanes` threads share a frame, neighbours taking neighbouring events. Events lie on the sensor
// and in order of time: the caller has checked it.
//
// No result depends on the launch or on which thread comes first: counts are whole numbers, which floats add
// exactly, weights are added in whole steps of 2^-30, and of the events of a cell the latest number wins.

// The part of one thread: frame, first event, one past the last.
struct spikelet_share {
    spikelet_int frame, event, stop;
};

__device__ __forceinline__ spikelet_share spikelet_shared(spikelet_int lanes, const spikelet_int* slices) {
    const spikelet_int thread = (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
    const spikelet_int frame = thread / lanes;
    return {frame, slices[2 * frame] + thread % lanes, slices[2 * frame + 1]};
}

// Whether this thread has a frame at all.
__device__ __forceinline__ bool spikelet_has_frame(spikelet_int lanes, spikelet_int T) {
    return ((spikelet_int)blockIdx.x * blockDim.x + threadIdx.x) / lanes < T;
}

// Frames [T, channels, H, W] of zeros. is_signed: off events count down.
extern "C" __global__ void spikelet_count(spikelet_int T, spikelet_int lanes, spikelet_int channels,
                                          spikelet_int is_signed, spikelet_int H, spikelet_int W,
                                          const spikelet_int* __restrict__ slices,
                                          const unsigned short* __restrict__ x, const unsigned short* __restrict__ y,
                                          const unsigned char* __restrict__ p, float* __restrict__ frames) {
    if (!spikelet_has_frame(lanes, T)) return;
    const spikelet_share share = spikelet_shared(lanes, slices);
    for (spikelet_int i = share.event; i < share.stop; i += lanes) {
        const spikelet_int plane = share.frame * channels + (channels == 2 && p[i] ? 1 : 0);
        atomicAdd(frames + (plane * H + y[i]) * W + x[i], is_signed && !p[i] ? -1.0f : 1.0f);
    }
}

__device__ __forceinline__ void spikelet_add_weight(unsigned long long* cell, double weight, bool is_down) {
    const spikelet_int steps = (spikelet_int)(weight * 1073741824.0 + 0.5);
    atomicAdd(cell, (unsigned long long)(is_down ? -steps : steps));
}

// Sums [T, channels, bins, H, W] of zeros, in steps of 2^-30: each event, or with is_time its time within the slice
// from 0 to 1, is shared by the bins before and behind it.
extern "C" __global__ void spikelet_spread(spikelet_int T, spikelet_int lanes, spikelet_int channels,
                                           spikelet_int bins, spikelet_int is_signed, spikelet_int is_time,
                                           spikelet_int H, spikelet_int W,
                                           const spikelet_int* __restrict__ slices,
                                           const spikelet_int* __restrict__ t,
                                           const unsigned short* __restrict__ x,
                                           const unsigned short* __restrict__ y,
                                           const unsigned char* __restrict__ p,
                                           unsigned long long* __restrict__ sums) {
    if (!spikelet_has_frame(lanes, T)) return;
    const spikelet_share share = spikelet_shared(lanes, slices);
    if (share.event >= share.stop) return;
    const spikelet_int first = t[slices[2 * share.frame]], span = t[share.stop - 1] - first;
    for (spikelet_int i = share.event; i < share.stop; i += lanes) {
        const double elapsed = span > 0 ? (double)(t[i] - first) / (double)span : 0.0;
        const double place = span > 0 ? (double)(t[i] - first) * (double)(bins - 1) / (double)span : 0.0;
        const spikelet_int bin = (spikelet_int)place;
        const double behind = place - (double)bin, weight = is_time ? elapsed : 1.0;
        const bool is_down = is_signed && !p[i];
        const spikelet_int plane = (share.frame * channels + (channels == 2 && p[i] ? 1 : 0)) * bins + bin;
        unsigned long long* const cell = sums + (plane * H + y[i]) * W + x[i];
        spikelet_add_weight(cell, weight * (1.0 - behind), is_down);
        if (bin + 1 < bins) spikelet_add_weight(cell + H * W, weight * behind, is_down);
    }
}

extern "C" __global__ void spikelet_settle(spikelet_int cells, const spikelet_int* __restrict__ sums,
                                           float* __restrict__ frames) {
    const spikelet_int cell = (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
    if (cell < cells) frames[cell] = (float)((double)sums[cell] * (1.0 / 1073741824.0));
}

// latest [T, channels, H, W] of zeros: the number of the last event of the cell, counted from 1; with has_newer, of
// the last before that of `newer`.
extern "C" __global__ void spikelet_latest(spikelet_int T, spikelet_int lanes, spikelet_int channels, spikelet_int H,
                                           spikelet_int W, spikelet_int has_newer,
                                           const spikelet_int* __restrict__ slices,
                                           const unsigned short* __restrict__ x,
                                           const unsigned short* __restrict__ y,
                                           const unsigned char* __restrict__ p,
                                           const unsigned* __restrict__ newer, unsigned* __restrict__ latest) {
    if (!spikelet_has_frame(lanes, T)) return;
    const spikelet_share share = spikelet_shared(lanes, slices);
    for (spikelet_int i = share.event; i < share.stop; i += lanes) {
        const spikelet_int plane = share.frame * channels + (channels == 2 && p[i] ? 1 : 0);
        const spikelet_int cell = (plane * H + y[i]) * W + x[i];
        const unsigned number = (unsigned)(i + 1);
        if (!has_newer || number < newer[cell]) atomicMax(latest + cell, number);
    }
}

// What an event is still worth after so many microseconds.
__device__ __forceinline__ float spikelet_left(spikelet_int age, float us, spikelet_int is_linear) {
    const float share = (float)(unsigned long long)age / us;
    return is_linear ? spikelet_max(1.0f - share, 0.0f) : spikelet_exp(-share);
}

// One thread a cell goes through the frames: what is left of its last event at the reference time of each.
extern "C" __global__ void spikelet_fade(spikelet_int T, spikelet_int cells, spikelet_int is_signed,
                                         spikelet_int has_memory, spikelet_int is_linear, spikelet_int us_bits,
                                         const spikelet_int* __restrict__ at, const spikelet_int* __restrict__ t,
                                         const unsigned char* __restrict__ p, const unsigned* __restrict__ latest,
                                         float* __restrict__ frames) {
    const spikelet_int cell = (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
    if (cell >= cells) return;
    const float us = __uint_as_float((unsigned)us_bits);
    unsigned last = 0;
    for (spikelet_int k = 0; k < T; ++k) {
        const unsigned now = latest[k * cells + cell];
        last = now || !has_memory ? now : last;
        float left = 0.0f;
        if (last) {
            left = spikelet_left(at[k] - t[last - 1], us, is_linear);
            if (is_signed && !p[last - 1]) left = -left;
        }
        frames[k * cells + cell] = left;
    }
}

// One thread a cell and frame: the ages of its last `depth` events, the newest first, at most oldest. `latest` is
// [depth, T, cells] with cells [channels, H * W]; ages are [T, channels, depth, H * W].
extern "C" __global__ void spikelet_age(spikelet_int T, spikelet_int cells, spikelet_int pixels, spikelet_int depth,
                                        spikelet_int has_memory, spikelet_int oldest_bits,
                                        const spikelet_int* __restrict__ at, const spikelet_int* __restrict__ t,
                                        const unsigned* __restrict__ latest, float* __restrict__ ages) {
    const spikelet_int thread = (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread >= T * cells) return;
    const spikelet_int k = thread / cells, cell = thread % cells;
    float* const queue = ages + (thread / pixels * depth) * pixels + cell % pixels;
    const float oldest = __uint_as_float((unsigned)oldest_bits);
    spikelet_int found = 0;
    // Back in time until there are enough.
    for (spikelet_int frame = k; found < depth && frame >= (has_memory ? 0 : k); --frame) {
        for (spikelet_int rank = 0; found < depth; ++rank, ++found) {
            const unsigned number = rank < depth ? latest[(rank * T + frame) * cells + cell] : 0;
            if (!number) break;
            queue[found * pixels] = spikelet_min((float)(unsigned long long)(at[k] - t[number - 1]), oldest);
        }
    }
    for (; found < depth; ++found) queue[found * pixels] = oldest;
}

// Sums [groups, side, side] of zeros, in steps of 2^-30: around each event, what is left of the earlier ones of its
// group that are at most `history` old. `events` [n] are numbers of events, group by group and in order of time
// within each, `group` [n] theirs, `starts` where each group begins among them; radius is (side - 1) / 2.
extern "C" __global__ void spikelet_recall(spikelet_int n, spikelet_int radius, spikelet_int history,
                                           spikelet_int is_linear, spikelet_int us_bits,
                                           const spikelet_int* __restrict__ events,
                                           const spikelet_int* __restrict__ group,
                                           const spikelet_int* __restrict__ starts,
                                           const spikelet_int* __restrict__ t,
                                           const unsigned short* __restrict__ x,
                                           const unsigned short* __restrict__ y,
                                           unsigned long long* __restrict__ sums) {
    const spikelet_int place = (spikelet_int)blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= n) return;
    const spikelet_int side = 2 * radius + 1, event = events[place], first = starts[group[place]];
    unsigned long long* const surface = sums + group[place] * side * side;
    const float us = __uint_as_float((unsigned)us_bits);
    for (spikelet_int before = place - 1; before >= first; --before) {
        const spikelet_int other = events[before], age = t[event] - t[other];
        if ((unsigned long long)age > (unsigned long long)history) break;
        const spikelet_int right = x[other] - x[event] + radius, down = y[other] - y[event] + radius;
        if (right < 0 || right >= side || down < 0 || down >= side) continue;
        spikelet_add_weight(surface + down * side + right, spikelet_left(age, us, is_linear), false);
    }
}
