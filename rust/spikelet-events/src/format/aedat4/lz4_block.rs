//! One block of LZ4: runs of literals, each with a copy of earlier bytes behind it.
//!
//! Records of 16 bytes pack into a byte or two of literals and a copy from 16 bytes back, over and over. What was stored
//! in parts must not be loaded whole right away, for such a load waits until all the parts are in the cache: here each
//! copy is loaded before the literals in front of it are stored.

/// The shortest copy.
const LEAST: usize = 4;
/// What four bits of a token hold at most; more bytes go on where they do.
const FULL: usize = 15;

/// Fills `places` from `start` on with what `block` stands for, which may refer to all that is in front; where it ends,
/// none where the block is damaged or stands for more.
pub(super) fn decode(block: &[u8], places: &mut [u8], start: usize) -> Option<usize> {
    let (mut rest, mut at) = (block, start);
    loop {
        (rest, at) = short_runs(rest, places, at);
        let token = take_byte(&mut rest)?;
        let literals = length(token >> 4, &mut rest)?;
        let (literals, after) = rest.split_at_checked(literals)?;
        let end = at.checked_add(literals.len())?;
        places.get_mut(at..end)?.copy_from_slice(literals);
        (rest, at) = (after, end);
        if rest.is_empty() {
            return Some(at);
        }
        let (&offset, after) = rest.split_first_chunk()?;
        rest = after;
        let bytes = LEAST + length(token & FULL, &mut rest)?;
        at = repeat(places, at, u16::from_le_bytes(offset) as usize, bytes)?;
    }
}

/// The first bytes of what `block` stands for, as far as they stand in it as they are.
pub(super) fn beginning(block: &[u8]) -> Option<&[u8]> {
    let mut rest = block;
    let token = take_byte(&mut rest)?;
    let literals = length(token >> 4, &mut rest)?;
    rest.get(..literals)
}

/// Takes tokens as long as they say all, their copies are of at most 16 bytes and from in front of their literals, and
/// both ends are far; gives back what is left, and where it belongs.
#[inline]
fn short_runs<'b>(block: &'b [u8], places: &mut [u8], start: usize) -> (&'b [u8], usize) {
    let (mut rest, mut at) = (block, start);
    while let Some(near) = rest.first_chunk::<32>() {
        let token = near[0] as usize;
        let (literals, bytes) = (token >> 4, LEAST + (token & FULL));
        let offset = u16::from_le_bytes([near[literals + 1], near[literals + 2]]) as usize;
        if literals == FULL || bytes > 16 || offset < literals + bytes {
            break;
        }
        let Some(from) = (at + literals).checked_sub(offset) else {
            break;
        };
        let Some(&copy) = places.get(from..).and_then(<[u8]>::first_chunk::<16>) else {
            break;
        };
        let Some(free) = places.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<32>) else {
            break;
        };
        free[..16].copy_from_slice(&near[1..17]);
        free[literals..literals + 16].copy_from_slice(&copy);
        rest = rest.get(literals + 3..).unwrap_or_default();
        at += literals + bytes;
    }
    (rest, at)
}

/// Copies `bytes` bytes from `offset` in front of `at` to there; where they end.
fn repeat(places: &mut [u8], at: usize, offset: usize, bytes: usize) -> Option<usize> {
    let from = at.checked_sub(offset).filter(|&from| from < at)?;
    let end = at.checked_add(bytes).filter(|&end| end <= places.len())?;
    let mut filled = at;
    // Copies that reach into themselves repeat a pattern, which doubles with each step.
    while filled < end {
        let step = (filled - from).min(end - filled);
        places.copy_within(from..from + step, filled);
        filled += step;
    }
    Some(end)
}

/// A length that four bits begin.
#[inline]
fn length(bits: usize, rest: &mut &[u8]) -> Option<usize> {
    let mut length = bits;
    if bits == FULL {
        loop {
            let more = take_byte(rest)?;
            length = length.checked_add(more)?;
            if more != 0xff {
                break;
            }
        }
    }
    Some(length)
}

#[inline]
fn take_byte(rest: &mut &[u8]) -> Option<usize> {
    let (&byte, after) = rest.split_first()?;
    *rest = after;
    Some(byte as usize)
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use lz4_flex::block::{compress, decompress_into_with_dict};
    use proptest::prelude::*;

    use super::decode;

    /// What `lz4_flex` makes of it, with the bytes in front.
    fn expected(block: &[u8], before: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut places = vec![0; room];
        let decoded = decompress_into_with_dict(block, &mut places, before).ok()?;
        places.truncate(decoded);
        Some(places)
    }

    fn decoded(block: &[u8], before: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut places = before.to_vec();
        places.resize(before.len() + room, 0xaa);
        let end = decode(block, &mut places, before.len())?;
        assert!(places.starts_with(before));
        Some(places[before.len()..end].to_vec())
    }

    /// Records whose fields change now and then, and patterns of any period.
    fn plain() -> impl Strategy<Value = Vec<u8>> {
        let step = (0..16usize, any::<u8>(), 1..40usize);
        (prop::collection::vec(step, 0..200), 1..40usize).prop_map(|(steps, period)| {
            let (mut unit, mut bytes) = (vec![0; period], Vec::new());
            for (place, value, times) in steps {
                let place = place % period;
                unit[place] = value;
                for _ in 0..times {
                    unit[0] = unit[0].wrapping_add(value & 1);
                    bytes.extend_from_slice(&unit);
                }
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn packed_bytes_come_back(bytes in plain(), spare in 0..40usize) {
            let packed = compress(&bytes);
            prop_assert_eq!(decoded(&packed, &[], bytes.len() + spare), Some(bytes.clone()));
            if !bytes.is_empty() {
                prop_assert_eq!(decoded(&packed, &[], bytes.len() - 1), None);
            }
        }

        #[test]
        fn damaged_blocks_are_taken_and_refused_as_lz4_flex_does(
            bytes in plain(),
            before in prop::collection::vec(any::<u8>(), 0..100),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            room in 0..6000usize,
        ) {
            let mut packed = compress(&bytes);
            for (place, value) in damage {
                let place = place.index(packed.len());
                packed[place] = value;
            }
            prop_assert_eq!(decoded(&packed, &before, room), expected(&packed, &before, room));
        }

        #[test]
        fn noise_is_taken_and_refused_as_lz4_flex_does(
            block in prop::collection::vec(prop_oneof![Just(0x1fu8), Just(16), Just(0), any::<u8>()], 0..200),
            before in prop::collection::vec(any::<u8>(), 0..300),
            room in 0..1000usize,
        ) {
            prop_assert_eq!(decoded(&block, &before, room), expected(&block, &before, room));
        }
    }
}
