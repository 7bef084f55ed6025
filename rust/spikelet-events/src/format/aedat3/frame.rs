//! Frames: a head of 36 bytes and pixels of 16 bits.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::Beside;
#[cfg(feature = "alloc")]
use crate::Frame;

/// The bytes of a frame as they come; without a heap none are kept, and frames are only counted.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameBytes {
    #[cfg(feature = "alloc")]
    bytes: Vec<u8>,
}

#[cfg(feature = "alloc")]
impl FrameBytes {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn extend(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// Hands out the whole frame if it is valid, and says whether; none where its pixels do not fill its size.
    pub(super) fn hand_out(
        &self,
        base: i64,
        time_at: usize,
        beside: Option<&mut dyn Beside>,
    ) -> Option<bool> {
        let (frame, is_valid) = frame(&self.bytes, base, time_at)?;
        if let (true, Some(beside)) = (is_valid, beside) {
            beside.frame(frame);
        }
        Some(is_valid)
    }
}

#[cfg(not(feature = "alloc"))]
#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the same signatures as with a heap"
)]
impl FrameBytes {
    pub(super) const fn new() -> Self {
        Self {}
    }

    pub(super) fn clear(&mut self) {}

    pub(super) fn extend(&mut self, _piece: &[u8]) {}

    pub(super) fn hand_out(
        &self,
        _base: i64,
        _time_at: usize,
        _beside: Option<&mut dyn Beside>,
    ) -> Option<bool> {
        Some(true)
    }
}

/// A frame, and whether it is valid.
#[cfg(feature = "alloc")]
fn frame(bytes: &[u8], base: i64, time_at: usize) -> Option<(Frame<'_>, bool)> {
    let (head, pixels) = bytes.split_first_chunk::<36>()?;
    let (words, _) = head.as_chunks::<4>();
    let &[
        info,
        start,
        end,
        exposure_start,
        exposure_end,
        width,
        height,
        x,
        y,
    ] = words
    else {
        return None;
    };
    let time = |bytes| base | i32::from_le_bytes(bytes) as i64;
    let side = |bytes| u32::try_from(i32::from_le_bytes(bytes)).ok();
    let info = u32::from_le_bytes(info);
    let mut frame = Frame {
        t: words.get(time_at / 4).copied().map(time)?,
        start: time(start),
        end: time(end),
        exposure_start: time(exposure_start),
        exposure_end: time(exposure_end),
        x: i32::from_le_bytes(x),
        y: i32::from_le_bytes(y),
        width: side(width)?,
        height: side(height)?,
        channels: (info >> 1 & 7) as u8,
        sample_bytes: 2,
        pixels: &[],
    };
    frame.pixels = pixels.get(..frame.pixel_bytes()?)?;
    Some((frame, info & 1 != 0))
}
