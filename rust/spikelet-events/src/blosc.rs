//! Chunks of numbers packed by C-Blosc 1, as the HDF5 files of DSEC hold them (filter 32001).
//!
//! | bytes | meaning |
//! |---|---|
//! | 0, 1 | version of the format, 2; version of the compressor |
//! | 2 | flags: 0 bytes shuffled, 1 plain copy, 2 bits shuffled, 4 blocks not split, 5–7 compressor |
//! | 3 | bytes of a number |
//! | 4, 8, 12 | u32: length unpacked, length of a block, length packed |
//! | then | one i32 per block: where it begins |
//!
//! A block is one stream, or as many as a number has bytes; a stream is its length as i32 and so many bytes,
//! stored plainly where they are as many as they stand for. Compressors 1 (LZ4) and 4 (zstd) are known here.

mod shuffle;
mod zstd;

use std::vec::Vec;

use lz4_flex::block::decompress_into;

use self::shuffle::unshuffle;
use self::zstd::Zstd;
use crate::Error;

const HEADER_BYTES: usize = 16;
const VERSION: u8 = 2;
const SHUFFLED: u8 = 1;
const PLAIN: u8 = 2;
const BITS_SHUFFLED: u8 = 4;
const NOT_SPLIT: u8 = 16;

/// What the header of a chunk says.
struct Head {
    flags: u8,
    number_bytes: usize,
    length: usize,
    block: usize,
}

/// Unpacks one chunk of at most `longest` bytes.
///
/// ```
/// use spikelet_events::blosc;
///
/// let plain = [2, 1, 0x93, 2, 4, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, 1, 2, 3, 4];
/// assert_eq!(blosc::unpack(&plain, 1 << 20)?, [1, 2, 3, 4]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::Chunk`]: it is damaged, longer than `longest`, or packed by a compressor that is not known.
pub fn unpack(chunk: &[u8], longest: usize) -> Result<Vec<u8>, Error> {
    let head = Head::of(chunk, longest)?;
    let mut unpacked = Vec::new();
    let mut streams = Streams::default();
    for (start, length) in head.blocks(chunk) {
        let before = unpacked.len();
        unpacked.resize(before + length, 0);
        let block = unpacked.get_mut(before..).unwrap_or_default();
        streams.unpack((&head, chunk), start?, block)?;
    }
    Ok(unpacked)
}

/// Unpacks one chunk that stands for as many bytes as `out` has.
///
/// ```
/// use spikelet_events::blosc;
///
/// let plain = [2, 1, 0x93, 2, 4, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, 1, 2, 3, 4];
/// let mut out = [0; 4];
/// blosc::unpack_into(&plain, &mut out)?;
/// assert_eq!(out, [1, 2, 3, 4]);
/// assert!(blosc::unpack_into(&plain, &mut [0; 5]).is_err());
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::Chunk`]: it is damaged, of another length, or packed by a compressor that is not known.
pub fn unpack_into(chunk: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let head = Head::of(chunk, out.len())?;
    if head.length < out.len() {
        let rule = "say as many bytes as the chunk of its data set has";
        return Err(Error::Chunk { offset: 4, rule });
    }
    let mut streams = Streams::default();
    let mut rest = out;
    for (start, length) in head.blocks(chunk) {
        let (block, after) = rest.split_at_mut(length.min(rest.len()));
        streams.unpack((&head, chunk), start?, block)?;
        rest = after;
    }
    Ok(())
}

impl Head {
    fn of(chunk: &[u8], longest: usize) -> Result<Self, Error> {
        let Some(&[version, _, flags, number_bytes, ..]) = chunk.first_chunk::<HEADER_BYTES>()
        else {
            return Err(cut(chunk));
        };
        let (length, block) = (number(chunk, 4)?, number(chunk, 8)?);
        let wrong = |offset, rule| Err(Error::Chunk { offset, rule });
        if version != VERSION {
            return wrong(0, "be 2, the version of the format");
        }
        if flags & BITS_SHUFFLED != 0 {
            return wrong(2, "not say that bits are shuffled, which is not known here");
        }
        if number_bytes == 0 {
            return wrong(3, "be at least 1, the bytes of a number");
        }
        if length > longest {
            return wrong(4, "say no more bytes than the chunk of its data set has");
        }
        if block == 0 && length > 0 {
            return wrong(8, "be at least 1, the length of a block");
        }
        let number_bytes = number_bytes as usize;
        Ok(Self {
            flags,
            number_bytes,
            length,
            block,
        })
    }

    /// Where each block begins, and how many bytes it stands for. A plain copy is one block.
    fn blocks(&self, chunk: &[u8]) -> impl Iterator<Item = (Result<usize, Error>, usize)> {
        let is_plain = self.flags & PLAIN != 0;
        let longest = if is_plain { self.length } else { self.block };
        // Only a chunk of nothing has blocks of length 0.
        let number_of_blocks = self.length.div_ceil(longest.max(1));
        (0..number_of_blocks).map(move |index| {
            let start = if is_plain {
                Ok(HEADER_BYTES)
            } else {
                number(chunk, HEADER_BYTES + 4 * index)
            };
            (start, longest.min(self.length - index * longest))
        })
    }
}

/// Unpacks blocks one after another, with the same memory.
#[derive(Default)]
struct Streams {
    zstd: Zstd,
    shuffled: Vec<u8>,
}

impl Streams {
    /// Fills `block` with what begins at `start` of the chunk.
    fn unpack(
        &mut self,
        (head, chunk): (&Head, &[u8]),
        start: usize,
        block: &mut [u8],
    ) -> Result<(), Error> {
        if head.flags & PLAIN != 0 {
            let plain = chunk.get(start..start + block.len());
            block.copy_from_slice(plain.ok_or_else(|| cut(chunk))?);
            return Ok(());
        }
        if head.flags & SHUFFLED == 0 || head.number_bytes == 1 {
            return self.decompress((head, chunk), start, block);
        }
        let mut shuffled = core::mem::take(&mut self.shuffled);
        shuffled.resize(block.len(), 0);
        self.decompress((head, chunk), start, &mut shuffled)?;
        unshuffle(&shuffled, head.number_bytes, block);
        self.shuffled = shuffled;
        Ok(())
    }

    /// Fills `block` with its streams, still shuffled.
    fn decompress(
        &mut self,
        (head, chunk): (&Head, &[u8]),
        start: usize,
        block: &mut [u8],
    ) -> Result<(), Error> {
        let is_split = head.flags & NOT_SPLIT == 0 && block.len() == head.block;
        let streams = if is_split { head.number_bytes } else { 1 };
        let wanted = block.len() / streams;
        if wanted * streams != block.len() {
            let rule = "say a length of a block of whole numbers, for they are split";
            return Err(Error::Chunk { offset: 8, rule });
        }
        let mut at = start;
        for stream in block.chunks_exact_mut(wanted.max(1)) {
            let packed = number(chunk, at)?;
            let begin = at + 4;
            at = begin.saturating_add(packed);
            let bytes = chunk.get(begin..at).ok_or_else(|| cut(chunk))?;
            let is_whole = match head.flags >> 5 {
                _ if packed == wanted => {
                    stream.copy_from_slice(bytes);
                    true
                }
                1 => decompress_into(bytes, stream).is_ok_and(|filled| filled == wanted),
                4 => self.zstd.fill(bytes, stream).is_some(),
                _ => false,
            };
            if !is_whole {
                let rule = "begin a stream that unpacks to the bytes of its block";
                let offset = begin;
                return Err(Error::Chunk { offset, rule });
            }
        }
        Ok(())
    }
}

fn number(chunk: &[u8], at: usize) -> Result<usize, Error> {
    let bytes = chunk.get(at..).and_then(<[u8]>::first_chunk::<4>);
    let number = bytes.map(|bytes| u32::from_le_bytes(*bytes) as usize);
    number.ok_or_else(|| cut(chunk))
}

fn cut(chunk: &[u8]) -> Error {
    Error::Chunk {
        offset: chunk.len(),
        rule: "not be the end, for more was declared",
    }
}
