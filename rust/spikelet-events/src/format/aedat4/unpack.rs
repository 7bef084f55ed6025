//! Bodies of packets, decompressed within bounds.

use core::fmt;

use super::bounded::Bounded;
use super::lz4;
use super::room::Room;
use super::zstd::Zstd;

/// The first bytes of a frame of LZ4 and of zstd, which no plain body can have: it would be larger than any may be.
const LZ4_MAGIC: [u8; 4] = 0x184d_2204u32.to_le_bytes();
const ZSTD_MAGIC: [u8; 4] = 0xfd2f_b528u32.to_le_bytes();

/// Largest body, compressed or not.
pub(super) const MAX_BODY: usize = 1 << 28;
/// Most bytes that one compressed byte may stand for.
const MAX_RATIO: usize = 1000;

/// Whether the bytes begin a frame of LZ4 or zstd.
pub(super) fn is_compressed(start: &[u8]) -> bool {
    start.starts_with(&LZ4_MAGIC) || start.starts_with(&ZSTD_MAGIC)
}

/// The first bytes of a body, as many as can be told at once: all of one that is not compressed, none by zstd.
pub(super) fn beginning(packed: &[u8]) -> Option<&[u8]> {
    if packed.starts_with(&LZ4_MAGIC) {
        return lz4::beginning(packed);
    }
    (!packed.starts_with(&ZSTD_MAGIC)).then_some(packed)
}

/// About how many bytes of a packet an event takes, by the name of its compression in the header.
pub(super) fn packed_event(compression: Option<&str>) -> usize {
    match compression {
        Some("LZ4" | "LZ4_HIGH") => 5,
        Some("ZSTD" | "ZSTD_HIGH") => 2,
        _ => 16,
    }
}

/// Decompresses bodies one after another, with the same tables. A clone begins with none.
#[derive(Default)]
pub(super) struct Unpacker {
    zstd: Zstd,
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
    pub(super) fn unpack(&mut self, packed: &[u8], body: &mut Room) -> Option<()> {
        body.truncate(0);
        let limit = MAX_BODY.min(packed.len().saturating_mul(MAX_RATIO));
        if packed.starts_with(&LZ4_MAGIC) {
            lz4::unpack(packed, &mut Bounded { body, limit })?;
        } else if packed.starts_with(&ZSTD_MAGIC) {
            self.zstd.unpack(packed, &mut Bounded { body, limit })?;
        } else {
            body.extend(packed);
        }
        Some(())
    }
}
