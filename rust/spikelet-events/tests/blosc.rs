//! Chunks packed by hand, as the format describes them, and damaged ones.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikelet_events::Error;
use spikelet_events::blosc::{unpack, unpack_into};

const LONGEST: usize = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct Packing {
    number_bytes: usize,
    block: usize,
    is_shuffled: bool,
    is_split: bool,
    /// 1 for LZ4, 4 for zstd.
    compressor: u8,
}

fn shuffled(block: &[u8], size: usize) -> Vec<u8> {
    let numbers = block.len() / size;
    let lanes = (0..size).flat_map(|byte| (0..numbers).map(move |index| index * size + byte));
    let rest = numbers * size..block.len();
    lanes.chain(rest).map(|at| block[at]).collect()
}

fn pack(plain: &[u8], packing: Packing) -> Vec<u8> {
    let Packing {
        number_bytes,
        block,
        ..
    } = packing;
    let flags =
        packing.is_shuffled as u8 | (!packing.is_split as u8) << 4 | packing.compressor << 5;
    let blocks: Vec<&[u8]> = plain.chunks(block).collect();
    let mut starts = Vec::new();
    let mut body = Vec::new();
    for part in &blocks {
        starts.push((16 + 4 * blocks.len() + body.len()) as u32);
        let part = if packing.is_shuffled {
            shuffled(part, number_bytes)
        } else {
            part.to_vec()
        };
        let streams = if packing.is_split && part.len() == block {
            number_bytes
        } else {
            1
        };
        for stream in part.chunks((part.len() / streams).max(1)) {
            let packed = match packing.compressor {
                1 => lz4_flex::block::compress(stream),
                _ => compress_to_vec(stream, CompressionLevel::Fastest),
            };
            let stored = if packed.len() < stream.len() {
                &packed
            } else {
                stream
            };
            body.extend((stored.len() as u32).to_le_bytes());
            body.extend(stored);
        }
    }
    let mut chunk = vec![2, 1, flags, number_bytes as u8];
    let total = 16 + 4 * blocks.len() + body.len();
    for word in [plain.len() as u32, block as u32, total as u32]
        .into_iter()
        .chain(starts)
    {
        chunk.extend(word.to_le_bytes());
    }
    chunk.extend(body);
    chunk
}

fn packings() -> impl Strategy<Value = Packing> {
    let sizes = (1..9usize, 1..200usize);
    let ways = (
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec![1u8, 4]),
    );
    (sizes, ways).prop_map(
        |((number_bytes, numbers), (is_shuffled, is_split, compressor))| Packing {
            number_bytes,
            block: number_bytes * numbers,
            is_shuffled,
            is_split,
            compressor,
        },
    )
}

fn plains() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => Just(0u8), 2 => 0..4u8, 1 => any::<u8>()];
    prop::collection::vec(byte, 0..3000)
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(plain in plains(), packing in packings()) {
        let chunk = pack(&plain, packing);
        prop_assert_eq!(&unpack(&chunk, LONGEST).unwrap(), &plain);
        // What stood there before must not shine through.
        let mut places = vec![0xa5; plain.len()];
        unpack_into(&chunk, &mut places).unwrap();
        prop_assert_eq!(places, plain);
    }

    #[test]
    fn damage_is_refused_or_gives_no_more_than_asked_for(
        plain in plains(),
        packing in packings(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut chunk = pack(&plain, packing);
        for (at, byte) in damage {
            let at = at.index(chunk.len());
            chunk[at] = byte;
        }
        chunk.truncate(cut.index(chunk.len()) + 1);
        match unpack(&chunk, LONGEST) {
            Ok(found) => prop_assert!(found.len() <= LONGEST),
            Err(Error::Chunk { offset, .. }) => prop_assert!(offset <= chunk.len()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
    }
}

#[test]
fn headers_that_are_not_understood_are_refused_by_their_byte() {
    let whole = [
        2, 1, 0x93, 2, 4, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, 1, 2, 3, 4,
    ];
    assert_eq!(unpack(&whole, 4).unwrap(), [1, 2, 3, 4]);
    for (at, byte, message) in [
        (
            0,
            3,
            "byte 0 of the chunk must be 2, the version of the format",
        ),
        (
            2,
            0x97,
            "byte 2 of the chunk must not say that bits are shuffled",
        ),
        (3, 0, "byte 3 of the chunk must be at least 1"),
        (4, 5, "byte 4 of the chunk must say no more bytes"),
        (8, 0, "byte 8 of the chunk must be at least 1"),
    ] {
        let mut chunk = whole;
        chunk[at] = byte;
        let refused = unpack(&chunk, 4).unwrap_err().to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    let refused = unpack(&whole[..19], 4).unwrap_err().to_string();
    assert_eq!(
        refused,
        "byte 19 of the chunk must not be the end, for more was declared; the chunk is damaged"
    );
    // A compressor that is not known unpacks to nothing.
    let blosclz = pack(
        &[7; 64],
        Packing {
            number_bytes: 1,
            block: 64,
            is_shuffled: false,
            is_split: false,
            compressor: 1,
        },
    );
    let mut chunk = blosclz;
    chunk[2] &= 0x1f;
    assert!(unpack(&chunk, 64).is_err());
}

#[test]
fn a_chunk_of_another_length_than_its_places_is_refused() {
    let whole = [
        2, 1, 0x93, 2, 4, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, 1, 2, 3, 4,
    ];
    for (places, message) in [
        (3, "byte 4 of the chunk must say no more bytes"),
        (5, "byte 4 of the chunk must say as many bytes"),
    ] {
        let refused = unpack_into(&whole, &mut vec![0; places]).unwrap_err();
        assert!(refused.to_string().starts_with(message), "{refused}");
    }
}

#[test]
fn split_blocks_of_parts_of_numbers_are_refused() {
    // One block of 3 bytes, in two streams for numbers of two bytes.
    let chunk = [
        2, 1, 0x80, 2, 3, 0, 0, 0, 3, 0, 0, 0, 32, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 7, 1, 0, 0, 0,
        7, 7, 7,
    ];
    let refused = unpack(&chunk, 3).unwrap_err().to_string();
    assert!(
        refused.starts_with("byte 8 of the chunk must say a length of a block of whole numbers")
    );
}

#[test]
fn a_chunk_of_nothing_needs_no_length_of_its_blocks() {
    for flags in [0x91, 0x93] {
        let chunk = [2, 1, flags, 2, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0];
        assert!(unpack(&chunk, 4).unwrap().is_empty());
    }
}
