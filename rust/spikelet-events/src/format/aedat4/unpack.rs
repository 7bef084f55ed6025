//! Bodies of packets, decompressed within bounds.

use core::fmt;
use std::boxed::Box;
use std::io::{BufRead, Cursor, Read};
use std::vec::Vec;

use lz4_flex::frame::FrameDecoder as Lz4;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder as Zstd};

/// The first bytes of a frame of LZ4 and of zstd, which no plain body can have: it would be larger than any may be.
const LZ4_MAGIC: [u8; 4] = 0x184d_2204u32.to_le_bytes();
const ZSTD_MAGIC: [u8; 4] = 0xfd2f_b528u32.to_le_bytes();

/// Largest body, compressed or not.
pub(super) const MAX_BODY: usize = 1 << 28;
/// Most bytes that one compressed byte may stand for.
const MAX_RATIO: usize = 1000;
/// Bytes of zstd decoded at a time.
const ZSTD_STEP: usize = 1 << 17;

/// Whether the bytes begin a frame of LZ4 or zstd.
pub(super) fn is_compressed(start: &[u8]) -> bool {
    start.starts_with(&LZ4_MAGIC) || start.starts_with(&ZSTD_MAGIC)
}

/// Decompresses bodies one after another, with the same buffers. A clone begins with none.
#[derive(Default)]
pub(super) struct Unpacker {
    lz4: Option<Box<Lz4<Cursor<Vec<u8>>>>>,
    zstd: Option<Box<Zstd>>,
}

impl Clone for Unpacker {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacker").finish_non_exhaustive()
    }
}

impl Unpacker {
    /// Fills `body` with what `packed` stands for; none where that is damaged or beyond the bounds.
    pub(super) fn unpack(&mut self, packed: &mut Vec<u8>, body: &mut Vec<u8>) -> Option<()> {
        body.clear();
        let limit = MAX_BODY.min(packed.len().saturating_mul(MAX_RATIO));
        if packed.starts_with(&LZ4_MAGIC) {
            self.lz4(packed, body, limit)
        } else if packed.starts_with(&ZSTD_MAGIC) {
            self.zstd(packed, body, limit)
        } else {
            core::mem::swap(packed, body);
            Some(())
        }
    }

    fn lz4(&mut self, packed: &mut Vec<u8>, body: &mut Vec<u8>, limit: usize) -> Option<()> {
        // Without its end mark, the decoder would take the next frame for more of this one.
        let is_closed = has_end_mark(packed);
        let source = Cursor::new(core::mem::take(packed));
        let mut decoder = match self.lz4.take() {
            Some(mut decoder) => {
                *decoder.get_mut() = source;
                decoder
            }
            None => Box::new(Lz4::new(source)),
        };
        let end = copy(&mut *decoder, &mut Bounded { body, limit });
        *packed = core::mem::take(decoder.get_mut()).into_inner();
        if is_closed && end == Some(End::Reached) {
            self.lz4 = Some(decoder);
        }
        end.map(|_| ())
    }

    fn zstd(&mut self, packed: &[u8], body: &mut Vec<u8>, limit: usize) -> Option<()> {
        let mut decoder = self.zstd.take().unwrap_or_default();
        // The window is set aside as soon as it is declared.
        decoder.set_max_window_size(limit.max(ZSTD_STEP) as u64);
        let mut source = packed;
        decoder.reset(&mut source).ok()?;
        let mut out = Bounded { body, limit };
        while !decoder.is_finished() {
            let step = BlockDecodingStrategy::UptoBytes(ZSTD_STEP);
            decoder.decode_blocks(&mut source, step).ok()?;
            if out.put(&decoder.collect().unwrap_or_default())? == End::BeyondSize {
                return Some(());
            }
        }
        let sums = (
            decoder.get_checksum_from_data(),
            decoder.get_calculated_checksum(),
        );
        if sums.0.is_some() && sums.0 != sums.1 {
            return None;
        }
        self.zstd = Some(decoder);
        Some(())
    }
}

fn has_end_mark(packed: &[u8]) -> bool {
    let has_checksum = packed.get(4).is_some_and(|flags| flags & 4 != 0);
    let end = packed.len().saturating_sub(4 * has_checksum as usize);
    packed
        .get(..end)
        .is_some_and(|whole| whole.ends_with(&[0; 4]))
}

fn copy(decoder: &mut Lz4<impl Read>, out: &mut Bounded<'_>) -> Option<End> {
    loop {
        let piece = decoder.fill_buf().ok()?;
        if piece.is_empty() {
            return Some(End::Reached);
        }
        if out.put(piece)? == End::BeyondSize {
            return Some(End::BeyondSize);
        }
        let taken = piece.len();
        decoder.consume(taken);
    }
}

/// Whether all was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Reached,
    /// There is more than the size in front of the body says; one byte of it is kept.
    BeyondSize,
}

/// A body that takes no more than its bound, nor more than it says itself.
struct Bounded<'a> {
    body: &'a mut Vec<u8>,
    limit: usize,
}

impl Bounded<'_> {
    /// Takes a piece; none where the body grows or would grow beyond its bound.
    fn put(&mut self, piece: &[u8]) -> Option<End> {
        self.body.extend_from_slice(piece);
        let size = self.body.first_chunk().copied().map(u32::from_le_bytes);
        let end = size.map_or(0, |size| size as usize).saturating_add(4);
        if end > self.limit || self.body.len() > self.limit {
            return None;
        }
        if self.body.len() > end {
            self.body.truncate(end + 1);
            return Some(End::BeyondSize);
        }
        Some(End::Reached)
    }
}
