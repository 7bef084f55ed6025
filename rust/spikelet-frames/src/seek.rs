//! Slices between boundaries that only go on.

use std::ops::Range;

/// Adjoining slices: number `k - 1` ends, and number `k` starts, at `boundary(k, start of k - 1)`.
pub(crate) fn cut(frames: u64, mut boundary: impl FnMut(u64, usize) -> usize) -> Vec<Range<usize>> {
    let mut start = 0;
    (1..=frames)
        .map(|k| {
            let stop = boundary(k, start);
            let slice = start..stop;
            start = stop;
            slice
        })
        .collect()
}

/// The first event from `from` on that comes `elapsed` microseconds or more after the first of all.
///
/// Strides double from `from`, then halve: the cost grows with the logarithm of the distance, so that
/// many short slices cost no more than one pass.
pub(crate) fn seek(t: &[i64], from: usize, elapsed: u128) -> usize {
    let Some(&first) = t.first() else { return 0 };
    let is_before = |&t: &i64| (t.wrapping_sub(first) as u64 as u128) < elapsed;
    let rest = t.get(from..).unwrap_or_default();
    let mut stride = 1;
    while rest.get(stride - 1).is_some_and(is_before) {
        stride *= 2;
    }
    // Everything below `stride / 2` is before; `stride - 1` is not, or lies past the end.
    let (low, high) = (stride / 2, stride.min(rest.len()));
    from + low
        + rest
            .get(low..high)
            .unwrap_or_default()
            .partition_point(is_before)
}
