//! Any split of the input and any size of the output gives what the whole gives.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, columns, decode_in_pieces, decoder, recordings, size_of};
use proptest::prelude::*;
use spikelet_events::Encode;
use spikelet_events::format::aedat4::Compression;
use spikelet_events::format::{AnyEncoder, Format};

/// Bytes that look like a recording: the kinds of words that occur, and some that should not.
fn plausible(format: Format) -> BoxedStrategy<Vec<u8>> {
    match format {
        Format::Bin40 => {
            let record = (
                any::<u8>(),
                prop_oneof![9 => 0..239u8, 1 => Just(240u8)],
                any::<[u8; 3]>(),
            );
            let bytes = record.prop_map(|(x, y, [a, b, c])| vec![x, y, a, b, c]);
            units(bytes.boxed())
        }
        Format::Aedat2 => {
            let address = prop_oneof![5 => 0..0x4000_0000u32, 1 => any::<u32>()];
            let record = (address, any::<u32>());
            units(
                record
                    .prop_map(|(a, t)| [a.to_be_bytes(), t.to_be_bytes()].concat())
                    .boxed(),
            )
        }
        Format::Aedat1 => units(any::<[u8; 6]>().prop_map(|record| record.to_vec()).boxed()),
        Format::Aedat3 | Format::Aedat4 => units(packets(format)),
        Format::Evt2 => {
            let kind = prop_oneof![9 => 0..2u32, 3 => Just(8u32), 1 => 0..16u32];
            let word = (kind, 0..1u32 << 28).prop_map(|(kind, rest)| kind << 28 | rest);
            units(word.prop_map(|word| word.to_le_bytes().to_vec()).boxed())
        }
        Format::Evt21 => {
            let kind = prop_oneof![9 => 0..2u32, 3 => Just(8u32), 1 => 0..16u32];
            let mask = prop_oneof![1 => any::<u32>(), 2 => (0..32u32).prop_map(|bit| 1 << bit)];
            let word = (kind, 0..1u32 << 28, mask);
            let bytes = word.prop_map(|(kind, rest, mask)| {
                [mask.to_le_bytes(), (kind << 28 | rest).to_le_bytes()].concat()
            });
            units(bytes.boxed())
        }
        Format::Dat => {
            let time = prop_oneof![5 => 0..1u32 << 20, 1 => any::<u32>()];
            let record = (time, any::<u32>());
            let bytes = record.prop_map(|(t, data)| [t.to_le_bytes(), data.to_le_bytes()].concat());
            units(bytes.boxed())
        }
        _ => {
            let kinds = prop::sample::select(vec![0u16, 2, 2, 2, 3, 4, 5, 6, 6, 8, 10]);
            let word = (prop_oneof![20 => kinds, 1 => 0..16u16], 0..1u16 << 12);
            let word = word.prop_map(|(kind, rest)| vec![kind << 12 | rest]);
            let group = any::<[u16; 4]>().prop_map(|[base, a, b, c]| {
                let payload = |word: u16| word & 0xfff;
                vec![
                    0x3000 | payload(base),
                    0x4000 | payload(a),
                    0x4000 | payload(b),
                    0x5000 | payload(c),
                ]
            });
            let words = prop_oneof![8 => word, 1 => group];
            let bytes =
                words.prop_map(|words| words.iter().flat_map(|word| word.to_le_bytes()).collect());
            units(bytes.boxed())
        }
    }
}

/// Packets of a few events, some of them with a byte that is wrong.
fn packets(format: Format) -> BoxedStrategy<Vec<u8>> {
    let recording = recordings(format, 0..1i64 << 40, 0..1i64 << 29);
    let damage = prop::option::weighted(0.1, (any::<prop::sample::Index>(), any::<u8>()));
    let compression =
        prop::sample::select(vec![Compression::None, Compression::Lz4, Compression::Zstd]);
    let packet = (recording, damage, compression);
    packet
        .prop_map(move |(recording, damage, compression)| {
            let columns = columns(&recording);
            let mut bytes = Vec::new();
            let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
            let mut encoder = match AnyEncoder::new(format, size_of(format), None).unwrap() {
                AnyEncoder::Aedat4(encoder) => {
                    AnyEncoder::Aedat4(encoder.with_compression(compression))
                }
                other => other,
            };
            encoder.push(columns.all(), &mut sink).unwrap();
            if let Some((place, byte)) = damage.filter(|_| !bytes.is_empty()) {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes
        })
        .boxed()
}

fn units(unit: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<u8>> {
    let tail = prop::collection::vec(any::<u8>(), 0..8);
    let units = prop::collection::vec(unit, 0..400);
    (units, tail)
        .prop_map(|(units, tail)| [units.concat(), tail].concat())
        .boxed()
}

fn check(
    format: Format,
    bytes: &[u8],
    pieces: &[usize],
    capacities: &[usize],
) -> Result<(), TestCaseError> {
    let whole: Decoded = decode_in_pieces(decoder(format), bytes, &[bytes.len()], &[1 << 14]);
    let split = decode_in_pieces(decoder(format), bytes, pieces, capacities);
    prop_assert_eq!(split, whole);
    Ok(())
}

fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![3 => 1..12usize, 1 => 12..2000usize], 1..20)
}

fn capacities() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![3 => 1..50usize, 1 => 50..2000usize], 1..20)
}

proptest! {
    #[test]
    fn bin40(bytes in plausible(Format::Bin40), pieces in pieces(), capacities in capacities()) {
        check(Format::Bin40, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn aedat2(bytes in plausible(Format::Aedat2), pieces in pieces(), capacities in capacities()) {
        check(Format::Aedat2, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn aedat1(bytes in plausible(Format::Aedat1), pieces in pieces(), capacities in capacities()) {
        check(Format::Aedat1, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn evt2(bytes in plausible(Format::Evt2), pieces in pieces(), capacities in capacities()) {
        check(Format::Evt2, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn evt3(bytes in plausible(Format::Evt3), pieces in pieces(), capacities in capacities()) {
        check(Format::Evt3, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn evt21(bytes in plausible(Format::Evt21), pieces in pieces(), capacities in capacities()) {
        check(Format::Evt21, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn dat(bytes in plausible(Format::Dat), pieces in pieces(), capacities in capacities()) {
        check(Format::Dat, &bytes, &pieces, &capacities)?;
    }

    /// Records looked at one by one are counted like those looked at in blocks.
    #[test]
    fn dat_is_the_same_one_by_one(bytes in plausible(Format::Dat)) {
        check(Format::Dat, &bytes, &[8], &[1])?;
    }

    /// Few free places are served by the plain path, many by the fast one.
    #[test]
    fn evt3_is_the_same_by_the_plain_and_the_fast_path(bytes in plausible(Format::Evt3)) {
        check(Format::Evt3, &bytes, &[bytes.len().max(1)], &[12])?;
    }
}

proptest! {
    // A packet is many units.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn aedat3(bytes in plausible(Format::Aedat3), pieces in pieces(), capacities in capacities()) {
        check(Format::Aedat3, &bytes, &pieces, &capacities)?;
    }

    #[test]
    fn aedat4(bytes in plausible(Format::Aedat4), pieces in pieces(), capacities in capacities()) {
        check(Format::Aedat4, &bytes, &pieces, &capacities)?;
    }
}
