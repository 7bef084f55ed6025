"""Plain loops that say what is right, slowly; nothing of the package is imported here."""

import numpy as np

# Neurons: IF and LIF step by step in float32, gradients by hand in float64 from the float32 membrane.


def atan_slope(u, alpha=2.0):
    return alpha / 2 / (1 + (np.pi / 2 * alpha * u) ** 2)


def sigmoid_slope(u, alpha=4.0):
    return alpha / (2 * np.cosh(alpha * u / 2)) ** 2


def fast_sigmoid_slope(u, alpha=25.0):
    return 1 / (1 + alpha * abs(u)) ** 2


def neuron_forward(x, *, tau=None, v_leak=0.0, decay_input=True, threshold=1.0, reset="hard", to=0.0, v0=0.0):
    """IF (`tau=None`) or LIF on `x` `[T, N]`: spikes, membrane before and after the reset, each `[T, N]`.

    `tau` is one number or `[N]`; `reset` is "hard", "soft" or "none".
    """
    one = np.float32(1)
    v_leak, threshold, to = np.float32(v_leak), np.float32(threshold), np.float32(to)
    steps, size = x.shape
    z, charged, after = (np.full((steps, size), np.nan, np.float32) for _ in range(3))
    taus = None if tau is None else np.broadcast_to(np.asarray(tau, np.float32), (size,))
    for n in range(size):
        v = np.float32(v0)
        for t in range(steps):
            if taus is None:
                v = v + x[t, n]
            elif decay_input:
                v = v + (x[t, n] - (v - v_leak)) / taus[n]
            else:
                v = v - (v - v_leak) / taus[n] + x[t, n]
            charged[t, n] = v
            spike = one if v >= threshold else np.float32(0)
            z[t, n] = spike
            if reset == "hard":
                v = spike * to + (one - spike) * v
            elif reset == "soft":
                v = v - spike * threshold
            after[t, n] = v
    return z, charged, after


def neuron_gradient(
    x, grad_z, grad_v, *, slope, detach=False, tau=None, v_leak=0.0, decay_input=True, threshold=1.0,
    reset="hard", to=0.0, v0=0.0,
):  # fmt: skip
    """Gradients of `sum(grad_z * z) + sum(grad_v * v[-1])` for `x`, `v0` and `tau`.

    Backwards in time: with `g` the slope and `r = dv/dh` of the reset, `dh = grad_z g + (grad_v + c) r`.
    """
    z, charged, after = neuron_forward(
        x, tau=tau, v_leak=v_leak, decay_input=decay_input, threshold=threshold, reset=reset, to=to, v0=v0
    )
    z, charged, after = (a.astype(np.float64) for a in (z, charged, after))
    before = np.concatenate([np.full((1, x.shape[1]), v0), after[:-1]])
    grad_x, grad_tau = np.zeros(x.shape), np.zeros(x.shape[1])
    carried = np.asarray(grad_v, np.float64)
    for t in reversed(range(x.shape[0])):
        g = slope(charged[t] - threshold)
        through_spike = 0.0 if detach else g
        r = {
            "hard": 1 - z[t] + (to - charged[t]) * through_spike,
            "soft": 1 - threshold * through_spike,
            "none": 1.0,
        }[reset]
        dh = grad_z[t] * g + carried * r
        if tau is None:
            grad_x[t], carried = dh, dh
            continue
        pull = x[t] - (before[t] - v_leak) if decay_input else -(before[t] - v_leak)
        grad_tau -= dh * pull / tau**2
        grad_x[t] = dh / tau if decay_input else dh
        carried = dh * (1 - 1 / tau)
    return grad_x, carried, grad_tau


# Frames: where each event falls, one at a time in Python's whole numbers.


def frame_of_events(t, kind, number, *, drop_last=False):
    """The index of the frame of each event by the written rule; None for an event that is left out.

    `kind` names the window: "ByTime", "ByCount", "IntoByTime", "IntoByCount", "SpikingJellyByTime",
    "SpikingJellyByNumber" or "SpikingJellyByDuration"; `number` is its argument.
    """
    t = [int(time) for time in t]
    count = len(t)
    span = t[-1] - t[0] if count else 0
    frames = []
    for i in range(count):
        elapsed = t[i] - t[0]
        if kind == "ByTime":
            frame = elapsed // number
            is_whole = (frame + 1) * number <= span + 1
        elif kind == "ByCount":
            frame = i // number
            is_whole = (frame + 1) * number <= count
        elif kind == "IntoByTime":
            frame = elapsed * number // (span + 1)
        elif kind == "IntoByCount":
            frame = i * number // count
        elif kind == "SpikingJellyByTime":
            frame = min(elapsed // (span // number), number - 1)
        elif kind == "SpikingJellyByNumber":
            frame = min(i // (count // number), number - 1) if count >= number else number - 1
        elif kind == "SpikingJellyByDuration":
            frame = min(elapsed // number, -(-span // number) - 1)
        frames.append(None if drop_last and not is_whole else frame)
    return frames


def frame_counts(x, y, p, frame_of, *, frames, size):
    """`[frames, 2, H, W]` whole numbers: one event after another, off events first; `size` is (W, H)."""
    width, height = size
    counts = np.zeros((frames, 2, height, width), np.int64)
    for i, frame in enumerate(frame_of):
        if frame is not None:
            counts[frame, 1 if p[i] else 0, y[i], x[i]] += 1
    return counts


# Representations: one cell of one slice at a time, in float64. `events` is a list of (t, x, y, p).


def frame_of_cells(events, size, channels, value):
    """`[C, H, W]` of `value(events of the cell)`; `channels` maps p to its channel, or None."""
    width, height = size
    frame = np.zeros((max(channels.values()) + 1, height, width))
    for channel, row, column in np.ndindex(frame.shape):
        fell = [e for e in events if (e[1], e[2]) == (column, row) and channels[bool(e[3])] == channel]
        frame[channel, row, column] = value(fell)
    return frame


def voxel_weight(t, b, *, first, last, bins, kernel, tau=None):
    """How much of an event at `t` falls into bin `b` of a slice from `first` to `last`."""
    span = last - first
    gap = span / (bins - 1) if bins > 1 else 0.0
    if gap == 0.0:
        position, age = 0.0, (0.0 if b == 0 else -1.0)
    else:
        position, age = (t - first) / gap, b * gap - (t - first)
    if kernel == "trilinear":
        return max(0.0, 1.0 - abs(b - position))
    if age < -1e-9 * max(span, 1):
        return 0.0
    share = max(age, 0.0) / tau
    return np.exp(-share) if kernel == "exponential" else share * np.exp(1.0 - share)


def faded(age, kind, us):
    """What is left after `age` microseconds."""
    return np.exp(-age / us) if kind == "exponential" else max(0.0, 1.0 - age / us)


def tore_queue(times, at, *, depth, youngest, oldest):
    """Values of the last `depth` of sorted `times`, newest first."""
    ages = [at - t for t in reversed(times)][:depth]
    ages += [oldest] * (depth - len(ages))
    return [max(0.0, np.log1p(min(age, oldest)) - np.log1p(youngest)) for age in ages]


def averaged_surfaces(events, size, *, cell, side, history, kind, us):
    """`[cells, 2, s, s]`: each event against every earlier one of its cell and polarity."""
    width, height = size
    columns, rows = -(-width // cell), -(-height // cell)
    sums = np.zeros((rows * columns, 2, side, side))
    counts = np.zeros((rows * columns, 2))
    for i, (t, x, y, p) in enumerate(events):
        place = (y // cell) * columns + x // cell, int(p)
        counts[place] += 1
        sums[place][side // 2, side // 2] += 1
        for earlier, other_x, other_y, other_p in events[:i]:
            same = ((other_y // cell) * columns + other_x // cell, int(other_p)) == place
            dx, dy = other_x - x + side // 2, other_y - y + side // 2
            if same and t - earlier <= history and 0 <= dx < side and 0 <= dy < side:
                sums[place][dy, dx] += faded(t - earlier, kind, us)
    return sums / np.maximum(counts, 1)[:, :, None, None]
