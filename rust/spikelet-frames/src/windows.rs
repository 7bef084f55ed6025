//! How a recording is cut into slices. Only timestamps and counts are looked at, never pixels.

use std::num::NonZeroU64;
use std::ops::Range;

use crate::Error;
use crate::seek::{cut, seek};
use crate::spikingjelly;

/// A rule that cuts a recording into slices, one per frame.
///
/// Slices are half-open and in order; only sliding windows overlap or leave gaps. Timestamps must not go backwards; where they do,
/// the slices mean nothing, but they still lie inside the recording.
///
/// ```
/// use std::num::NonZeroU64;
/// use spikelet_frames::Window;
///
/// let t = [3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33];
/// let window = Window::IntoByTime { n: NonZeroU64::new(3).unwrap() };
/// assert_eq!(window.slices(&t, 100)?, [0..6, 6..9, 9..12]);
/// # Ok::<(), spikelet_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// Slice `k` holds `t_first + k * us <= t < t_first + (k + 1) * us`; empty ones are kept.
    ByTime {
        /// Microseconds in one window.
        us: NonZeroU64,
        /// Leave out the last window when the recording ends inside it.
        drop_last: bool,
    },
    /// Every slice holds `n` events, the last one what is left.
    ByCount {
        /// Events in one window.
        n: NonZeroU64,
        /// Leave out the last window when it holds fewer than `n` events.
        drop_last: bool,
    },
    /// Slice `k` holds `t_first + k * stride_us <= t < t_first + k * stride_us + us`, up to the first one that
    /// reaches behind the last event; empty ones are kept.
    SlidingByTime {
        /// Microseconds in one window.
        us: NonZeroU64,
        /// Microseconds from the start of one window to the start of the next.
        stride_us: NonZeroU64,
        /// Leave out the last window when the recording ends inside it.
        drop_last: bool,
    },
    /// Slice `k` holds `n` events from number `k * stride` on, the last one what is left.
    SlidingByCount {
        /// Events in one window.
        n: NonZeroU64,
        /// Events from the start of one window to the start of the next.
        stride: NonZeroU64,
        /// Leave out the last window when it holds fewer than `n` events.
        drop_last: bool,
    },
    /// `n` slices of equal real duration: event `i` falls in slice
    /// `floor((t_i - t_first) * n / (t_last - t_first + 1))`.
    IntoByTime {
        /// Number of slices.
        n: NonZeroU64,
    },
    /// `n` slices of nearly equal count: event `i` of `N` falls in slice `floor(i * n / N)`.
    IntoByCount {
        /// Number of slices.
        n: NonZeroU64,
    },
    /// `frames_number=n, split_by="time"` of `SpikingJelly` 2.0: whole-microsecond bins, the remainder in
    /// the last one, an error where a bin is empty.
    SpikingJellyByTime {
        /// Number of slices.
        n: NonZeroU64,
    },
    /// `frames_number=n, split_by="number"` of `SpikingJelly` 2.0: the remainder in the last slice.
    SpikingJellyByNumber {
        /// Number of slices.
        n: NonZeroU64,
    },
    /// `duration=us` of `SpikingJelly` 2.0: an event at a whole multiple of `us` that is the recording's
    /// last falls in the slice before.
    SpikingJellyByDuration {
        /// Microseconds in one window.
        us: NonZeroU64,
    },
}

impl Window {
    /// How many slices a recording gives, without making them.
    ///
    /// One wrong timestamp can mean billions of windows; ask before allocating.
    ///
    /// # Errors
    /// [`Error::Backwards`] when a window by time meets a last timestamp before the first one.
    ///
    /// ```
    /// use std::num::NonZeroU64;
    /// use spikelet_frames::Window;
    ///
    /// let window = Window::ByTime { us: NonZeroU64::MIN, drop_last: false };
    /// assert_eq!(window.frames(&[0, i64::MAX])?, 1 << 63);
    /// # Ok::<(), spikelet_frames::Error>(())
    /// ```
    pub fn frames(&self, t: &[i64]) -> Result<u64, Error> {
        let events = t.len() as u64;
        Ok(match *self {
            Self::ByTime { us, drop_last } => match (span(t)?, drop_last) {
                (None, _) => 0,
                // Saturates for a span of 2^64 - 1 microseconds alone, which no limit lets pass.
                (Some(span), false) => (span / us).saturating_add(1),
                (Some(span), true) => ((span as u128 + 1) / us.get() as u128) as u64,
            },
            Self::ByCount {
                n,
                drop_last: false,
            } => events.div_ceil(n.get()),
            Self::ByCount { n, drop_last: true } => events / n,
            Self::SlidingByTime {
                us,
                stride_us,
                drop_last,
            } => span(t)?.map_or(0, |span| {
                strides(span as u128 + 1, (us, stride_us), drop_last)
            }),
            Self::SlidingByCount {
                n,
                stride,
                drop_last,
            } => match events {
                0 => 0,
                _ => strides(events as u128, (n, stride), drop_last),
            },
            Self::IntoByTime { n } | Self::SpikingJellyByTime { n } => {
                span(t)?;
                n.get()
            }
            Self::IntoByCount { n } | Self::SpikingJellyByNumber { n } => n.get(),
            Self::SpikingJellyByDuration { us } => {
                span(t)?.map_or(0, |span| span.div_ceil(us.get()))
            }
        })
    }

    /// The slices of a recording with timestamps `t`, as ranges of event indices.
    ///
    /// # Errors
    /// [`Error::TooMany`] above `limit` slices, before anything is allocated; [`Error::Backwards`] when a
    /// window by time meets a last timestamp before the first one; [`Error::EmptyBin`] and
    /// [`Error::NoDuration`] where `SpikingJelly` raises.
    ///
    /// ```
    /// use std::num::NonZeroU64;
    /// use spikelet_frames::{Error, Window};
    ///
    /// let window = Window::ByCount { n: NonZeroU64::new(2).unwrap(), drop_last: true };
    /// assert_eq!(window.slices(&[7, 8, 9, 9, 9], 10)?, [0..2, 2..4]);
    /// assert_eq!(window.slices(&[7, 8, 9, 9, 9], 1), Err(Error::TooMany { frames: 2, limit: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn slices(&self, t: &[i64], limit: u64) -> Result<Vec<Range<usize>>, Error> {
        let frames = self.frames(t)?;
        if frames > limit {
            return Err(Error::TooMany { frames, limit });
        }
        let events = t.len();
        Ok(match *self {
            Self::ByTime { us, .. } => {
                let us = us.get() as u128;
                cut(frames, |k, from| seek(t, from, k as u128 * us))
            }
            Self::ByCount { n, .. } => cut(frames, |k, _| share(k, n.get(), 1, events)),
            Self::SlidingByTime { us, stride_us, .. } => {
                let (us, stride) = (us.get() as u128, stride_us.get() as u128);
                let starts = cut(frames, |k, from| seek(t, from, k as u128 * stride));
                let stops = cut(frames, |k, from| {
                    seek(t, from, (k - 1) as u128 * stride + us)
                });
                // Window k starts where piece k does, and stops where piece k of the stops does.
                pair(&starts, &stops)
            }
            Self::SlidingByCount { n, stride, .. } => {
                let starts = cut(frames, |k, _| share(k, stride.get(), 1, events));
                let stop = |start: usize| (start as u64).saturating_add(n.get()).min(events as u64);
                let starts = starts.iter().map(|piece| piece.start);
                starts.map(|start| start..stop(start) as usize).collect()
            }
            Self::IntoByTime { n } => {
                let (n, us) = (n.get() as u128, span(t)?.map_or(0, |span| span as u128 + 1));
                // Shares of a whole microsecond: t falls before bin k when (t - t_first) * n < k * us.
                cut(frames, |k, from| {
                    seek(t, from, (k as u128 * us).div_ceil(n))
                })
            }
            Self::IntoByCount { n } => cut(frames, |k, _| share(k, events as u64, n.get(), events)),
            Self::SpikingJellyByTime { n } => spikingjelly::by_time(t, n)?,
            Self::SpikingJellyByNumber { n } => spikingjelly::by_number(events, n),
            Self::SpikingJellyByDuration { us } => spikingjelly::by_duration(t, us, frames)?,
        })
    }
}

/// `t_last - t_first`, which 64 bits without a sign always hold; nothing without events.
fn span(t: &[i64]) -> Result<Option<u64>, Error> {
    match (t.first(), t.last()) {
        (Some(&first), Some(&last)) if last < first => Err(Error::Backwards { first, last }),
        (Some(&first), Some(&last)) => Ok(Some(last.abs_diff(first))),
        _ => Ok(None),
    }
}

/// How many windows of `(width, stride)` a `length` of 1 or more gives.
fn strides(length: u128, (width, stride): (NonZeroU64, NonZeroU64), drop_last: bool) -> u64 {
    let (width, stride) = (width.get() as u128, stride.get() as u128);
    let further = match (length.checked_sub(width), drop_last) {
        (None, true) => return 0,
        (None, false) => 0,
        (Some(rest), true) => rest / stride,
        (Some(rest), false) => rest.div_ceil(stride),
    };
    // Saturates for a span of 2^64 - 1 microseconds alone, which no limit lets pass.
    u64::try_from(further + 1).unwrap_or(u64::MAX)
}

/// Windows from where each of `starts` starts to where its neighbour in `stops` ends.
fn pair(starts: &[Range<usize>], stops: &[Range<usize>]) -> Vec<Range<usize>> {
    let both = starts.iter().zip(stops);
    // Where timestamps go backwards the two searches may cross; the slice is then empty.
    both.map(|(start, stop)| start.start..stop.end.max(start.start))
        .collect()
}

/// `ceil(k * unit / parts)`, at most `events`: where slice `k` starts when events are shared by index.
fn share(k: u64, unit: u64, parts: u64, events: usize) -> usize {
    let start = (k as u128 * unit as u128).div_ceil(parts as u128);
    start.min(events as u128) as usize
}
