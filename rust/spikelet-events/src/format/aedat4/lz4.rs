//! One frame of LZ4: a descriptor, blocks, an end mark, and checksums where the descriptor says so.

use twox_hash::XxHash32;

use super::bounded::{Bounded, End};
use super::lz4_block;

/// How far back a block may look into those before it.
const WINDOW: usize = 1 << 16;
/// More bytes than one byte of a block can stand for.
const MOST_PER_BYTE: usize = 256;

/// What the first byte of the descriptor says.
#[derive(Clone, Copy)]
struct Flags(u8);

impl Flags {
    fn is_known(self) -> bool {
        // Version 1, without a dictionary of its own.
        self.0 >> 6 == 1 && self.0 & 1 == 0
    }

    fn has_linked_blocks(self) -> bool {
        self.0 & 0x20 == 0
    }

    fn has_block_sums(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn has_size(self) -> bool {
        self.0 & 8 != 0
    }

    fn has_sum(self) -> bool {
        self.0 & 4 != 0
    }
}

/// The first bytes of what `frame` stands for, as far as they stand in it as they are.
pub(super) fn beginning(frame: &[u8]) -> Option<&[u8]> {
    let (_, _, mut rest) = open(frame)?;
    let size = word(&mut rest)?;
    let block = take(&mut rest, (size & 0x7fff_ffff) as usize)?;
    if size >> 31 != 0 {
        return Some(block);
    }
    lz4_block::beginning(block)
}

/// What the descriptor says, the bytes of a block at most, and what follows.
fn open(frame: &[u8]) -> Option<(Flags, usize, &[u8])> {
    let mut rest = frame.get(4..)?;
    let flags = Flags(*rest.first()?);
    let descriptor = take(&mut rest, if flags.has_size() { 10 } else { 2 })?;
    let &[sum] = take(&mut rest, 1)? else {
        return None;
    };
    if !flags.is_known() || (hash(descriptor) >> 8) as u8 != sum {
        return None;
    }
    Some((flags, longest_block(*descriptor.get(1)?)?, rest))
}

/// Decodes the frame that `frame` is from its first byte to its last; none where it is damaged.
pub(super) fn unpack(frame: &[u8], out: &mut Bounded<'_>) -> Option<End> {
    let (flags, longest, mut rest) = open(frame)?;
    loop {
        let size = word(&mut rest)?;
        if size == 0 {
            break;
        }
        let block = take(&mut rest, (size & 0x7fff_ffff) as usize)?;
        if flags.has_block_sums() && word(&mut rest)? != hash(block) {
            return None;
        }
        if size >> 31 != 0 {
            out.body.extend(block);
        } else {
            decode(block, longest, flags, out)?;
        }
        if out.check()? == End::BeyondSize {
            return Some(End::BeyondSize);
        }
    }
    if flags.has_sum() && word(&mut rest)? != hash(out.body.bytes()) {
        return None;
    }
    rest.is_empty().then_some(End::Reached)
}

fn longest_block(byte: u8) -> Option<usize> {
    let code = byte >> 4 & 7;
    (code >= 4).then(|| 1 << (8 + 2 * code))
}

fn decode(block: &[u8], longest: usize, flags: Flags, out: &mut Bounded<'_>) -> Option<()> {
    let room = longest.min(block.len().saturating_mul(MOST_PER_BYTE));
    let window = if flags.has_linked_blocks() { WINDOW } else { 0 };
    let (places, start) = out.body.free_behind(window, room);
    let end = lz4_block::decode(block, places, start)?;
    out.body.advance(end - start);
    Some(())
}

fn hash(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(0, bytes)
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(bytes)?;
    *rest = after;
    Some(taken)
}

fn word(rest: &mut &[u8]) -> Option<u32> {
    let bytes = take(rest, 4)?.first_chunk().copied();
    bytes.map(u32::from_le_bytes)
}
