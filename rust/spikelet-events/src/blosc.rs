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

use std::io::Read;
use std::vec;
use std::vec::Vec;

use ruzstd::decoding::StreamingDecoder;

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
    if head.flags & PLAIN != 0 {
        let end = HEADER_BYTES + head.length;
        let plain = chunk.get(HEADER_BYTES..end);
        return plain.map(Vec::from).ok_or_else(|| cut(chunk));
    }
    let mut unpacked = Vec::new();
    let mut left = head.length;
    // Only a chunk of nothing has blocks of length 0.
    for index in 0..head.length.div_ceil(head.block.max(1)) {
        let start = number(chunk, HEADER_BYTES + 4 * index)?;
        let length = left.min(head.block);
        let block = head.block_at(chunk, start, length)?;
        head.unshuffle(&block, &mut unpacked);
        left -= length;
    }
    Ok(unpacked)
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

    /// The `length` bytes of the block that begins at `start`, still shuffled.
    fn block_at(&self, chunk: &[u8], start: usize, length: usize) -> Result<Vec<u8>, Error> {
        let is_split = self.flags & NOT_SPLIT == 0 && length == self.block;
        let streams = if is_split { self.number_bytes } else { 1 };
        let wanted = length / streams;
        let mut block = Vec::new();
        let mut at = start;
        for _ in 0..streams {
            let packed = number(chunk, at)?;
            let begin = at + 4;
            at = begin.saturating_add(packed);
            let bytes = chunk.get(begin..at).ok_or_else(|| cut(chunk))?;
            let before = block.len();
            if packed == wanted {
                block.extend_from_slice(bytes);
            } else {
                self.decompress(bytes, wanted, &mut block);
            }
            if block.len() != before + wanted {
                let rule = "begin a stream that unpacks to the bytes of its block";
                let offset = begin;
                return Err(Error::Chunk { offset, rule });
            }
        }
        Ok(block)
    }

    /// Appends what a stream stands for; anything but `wanted` bytes where it is damaged.
    fn decompress(&self, bytes: &[u8], wanted: usize, out: &mut Vec<u8>) {
        match self.flags >> 5 {
            1 => {
                let mut plain = vec![0; wanted];
                let found = lz4_flex::block::decompress_into(bytes, &mut plain);
                plain.truncate(found.unwrap_or(0));
                out.append(&mut plain);
            }
            4 => {
                if let Ok(decoder) = StreamingDecoder::new(bytes) {
                    // One byte more would show a stream that is too long; an error leaves too few.
                    let _ = decoder.take(wanted as u64 + 1).read_to_end(out);
                }
            }
            _ => {}
        }
    }

    /// Appends a block with the bytes of each number together.
    fn unshuffle(&self, block: &[u8], out: &mut Vec<u8>) {
        let size = self.number_bytes;
        if self.flags & SHUFFLED == 0 || size == 1 {
            out.extend_from_slice(block);
            return;
        }
        let numbers = block.len() / size;
        let (shuffled, rest) = block.split_at(numbers * size);
        let start = out.len();
        out.resize(start + shuffled.len(), 0);
        let plain = out.get_mut(start..).unwrap_or_default();
        for (byte, lane) in shuffled.chunks_exact(numbers.max(1)).enumerate() {
            let places = plain.iter_mut().skip(byte).step_by(size);
            for (place, &value) in places.zip(lane) {
                *place = value;
            }
        }
        out.extend_from_slice(rest);
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
