//! The three slicing rules of `SpikingJelly` 2.0 (`spikingjelly/datasets`), kept to the last event.

use std::num::NonZeroU64;
use std::ops::Range;

use crate::Error;
use crate::seek::{cut, seek};

/// Bins of `floor((t_last - t_first) / n)` microseconds; what is left over joins the last one.
pub(crate) fn by_time(t: &[i64], n: NonZeroU64) -> Result<Vec<Range<usize>>, Error> {
    let (first, last) = match (t.first(), t.last()) {
        (Some(&first), Some(&last)) => (first, last),
        _ => (0, 0),
    };
    let width = last.abs_diff(first) / n;
    let mut slices = cut(n.get(), |k, from| seek(t, from, k as u128 * width as u128));
    if let Some(bin) = slices.iter().position(Range::is_empty) {
        return Err(Error::EmptyBin {
            bin: bin as u64,
            bins: n.get(),
            start: first.wrapping_add_unsigned(bin as u64 * width),
            width,
        });
    }
    give_rest_to_last(&mut slices, t.len());
    Ok(slices)
}

/// `floor(events / n)` events each; what is left over joins the last slice.
pub(crate) fn by_number(events: usize, n: NonZeroU64) -> Vec<Range<usize>> {
    let each = events as u64 / n;
    let mut slices = cut(n.get(), |k, _| (k * each) as usize);
    give_rest_to_last(&mut slices, events);
    slices
}

/// `frames = ceil((t_last - t_first) / us)` windows; an event at exactly `frames * us` joins the last one.
pub(crate) fn by_duration(
    t: &[i64],
    us: NonZeroU64,
    frames: u64,
) -> Result<Vec<Range<usize>>, Error> {
    if frames == 0 {
        return Err(Error::NoDuration {
            events: t.len(),
            us: us.get(),
        });
    }
    let mut slices = cut(frames, |k, from| {
        seek(t, from, k as u128 * us.get() as u128)
    });
    give_rest_to_last(&mut slices, t.len());
    Ok(slices)
}

fn give_rest_to_last(slices: &mut [Range<usize>], events: usize) {
    if let Some(last) = slices.last_mut() {
        last.end = events;
    }
}
