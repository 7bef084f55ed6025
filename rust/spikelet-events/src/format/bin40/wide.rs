//! Eight records at a time, by instructions of AVX2 that move single bytes.

use core::arch::x86_64::__m128i;
use pulp::cast;
use pulp::x86::V3;

use super::{OVERFLOW_ROW, TIME_MASK};
use crate::columns::Places;

/// Records decoded together.
const LANES: usize = 8;
/// Their bytes.
const BYTES: usize = 5 * LANES;

/// No byte of the record: zero.
const NONE: u8 = 0x80;

/// Times of the two records at the beginning of 16 bytes, with the polarity above them.
const TIMES: [u8; 16] = two_times([4, 3, 2], [9, 8, 7]);

/// Where the columns of pixels stand in bytes 0 to 16, 15 to 31 and 24 to 40 of eight records, which hold three, three
/// and two records that the others do not; each is to fill two bytes.
const COLUMNS: [[u8; 16]; 3] = maps::<2>([[0, 5, 10], [0, 5, 10], [6, 11, NONE]]);
/// The same of rows.
const ROWS: [[u8; 16]; 3] = maps::<2>([[1, 6, 11], [1, 6, 11], [7, 12, NONE]]);
/// The same of the bytes that begin with a polarity, side by side.
const POLARITIES: [[u8; 16]; 3] = maps::<1>([[2, 7, 12], [2, 7, 12], [8, 13, NONE]]);

/// Decodes records from the first one up to one that is an overflow, eight at a time, into as many places as there are;
/// how many it has decoded, 0 on processors without AVX2.
pub(super) fn decode(records: &[[u8; 5]], places: Places<'_>, base: i64) -> usize {
    V3::try_new().map_or(0, |simd| {
        simd.vectorize(
            #[inline(always)]
            || Loop { simd, base }.decode(records, places),
        )
    })
}

struct Loop {
    simd: V3,
    base: i64,
}

impl Loop {
    #[inline(always)]
    fn decode(&self, records: &[[u8; 5]], places: Places<'_>) -> usize {
        let Places { t, x, y, p } = places;
        let (t, x) = (t.as_chunks_mut::<LANES>().0, x.as_chunks_mut::<LANES>().0);
        let (y, p) = (y.as_chunks_mut::<LANES>().0, p.as_chunks_mut::<LANES>().0);
        let places = t.iter_mut().zip(x).zip(y.iter_mut().zip(p));
        let mut decoded = 0;
        for (records, ((t, x), (y, p))) in records.as_chunks::<LANES>().0.iter().zip(places) {
            let Some(records) = records.as_flattened().first_chunk() else {
                break;
            };
            let parts = [part::<0>(records), part::<15>(records), part::<24>(records)];
            let rows = self.gathered(parts, ROWS);
            if self.has_overflow(rows) {
                break;
            }
            let [first, _, third] = parts;
            let last = self.simd.sse2._mm_srli_si128::<6>(third);
            let times = [first, part::<10>(records), part::<20>(records), last];
            *t = cast(times.map(|two| self.times(two)));
            *x = cast(self.gathered(parts, COLUMNS));
            *y = cast(rows);
            *p = self.polarities(parts);
            decoded += LANES;
        }
        decoded
    }

    /// What the three maps find in the three parts.
    #[inline(always)]
    fn gathered(&self, [a, b, c]: [__m128i; 3], maps: [[u8; 16]; 3]) -> __m128i {
        let V3 { sse2, ssse3, .. } = self.simd;
        let [in_a, in_b, in_c] = maps;
        let from = |part, map: [u8; 16]| ssse3._mm_shuffle_epi8(part, cast(map));
        sse2._mm_or_si128(
            sse2._mm_or_si128(from(a, in_a), from(b, in_b)),
            from(c, in_c),
        )
    }

    #[inline(always)]
    fn has_overflow(&self, rows: __m128i) -> bool {
        let sse2 = self.simd.sse2;
        let marked = sse2._mm_cmpeq_epi16(rows, sse2._mm_set1_epi16(OVERFLOW_ROW as i16));
        sse2._mm_movemask_epi8(marked) != 0
    }

    #[inline(always)]
    fn times(&self, two: __m128i) -> __m128i {
        let V3 { sse2, ssse3, .. } = self.simd;
        let raw = ssse3._mm_shuffle_epi8(two, cast(TIMES));
        let times = sse2._mm_and_si128(raw, sse2._mm_set1_epi64x(TIME_MASK as i64));
        sse2._mm_add_epi64(times, sse2._mm_set1_epi64x(self.base))
    }

    #[inline(always)]
    fn polarities(&self, parts: [__m128i; 3]) -> [bool; LANES] {
        let high: [u8; 16] = cast(self.gathered(parts, POLARITIES));
        core::array::from_fn(|lane| high[lane] >> 7 != 0)
    }
}

/// The 16 bytes from `AT` on.
#[inline(always)]
fn part<const AT: usize>(records: &[u8; BYTES]) -> __m128i {
    let mut bytes = [0u8; 16];
    // Copied as one: byte after byte they would be loaded so, too.
    bytes.copy_from_slice(&records[AT..AT + 16]);
    cast(bytes)
}

const fn two_times(first: [u8; 3], second: [u8; 3]) -> [u8; 16] {
    let [a, b, c] = first;
    let [d, e, f] = second;
    let n = NONE;
    [a, b, c, n, n, n, n, n, d, e, f, n, n, n, n, n]
}

/// Maps of three parts that together fill the `WIDTH` bytes of each lane, the first of them with these bytes.
const fn maps<const WIDTH: usize>(from: [[u8; 3]; 3]) -> [[u8; 16]; 3] {
    let mut maps = [[NONE; 16]; 3];
    let mut lane = 0;
    while lane < LANES {
        maps[lane / 3][WIDTH * lane] = from[lane / 3][lane % 3];
        lane += 1;
    }
    maps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::vec::Vec;

    use super::*;
    use crate::OwnedColumns;

    proptest! {
        #[test]
        fn eight_records_at_a_time_are_what_they_are_one_by_one(
            records in prop::collection::vec(any::<[u8; 5]>(), 0..70),
            overflow in 0usize..200,
            places in 0usize..70,
            base in 0..1i64 << 40,
        ) {
            let mut records: Vec<[u8; 5]> = records
                .into_iter()
                .map(|[x, y, rest @ ..]| [x, if y == OVERFLOW_ROW { 0 } else { y }, rest[0], rest[1], rest[2]])
                .collect();
            if let Some(record) = records.get_mut(overflow) {
                record[1] = OVERFLOW_ROW;
            }
            let mut columns = OwnedColumns::zeroed(places);
            let decoded = decode(&records, columns.all_mut().places(), base);
            let whole = records.len().min(places).min(overflow) / LANES * LANES;
            prop_assert!(decoded == whole || !V3::is_available());
            columns.truncate(decoded);
            let events = records.iter().take(decoded).map(|&record| super::super::event(base, record));
            prop_assert!(columns.all().iter().eq(events));
        }
    }
}
