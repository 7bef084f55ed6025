//! Sixteen records at a time, by instructions of AVX2 that move single bytes.

use core::arch::x86_64::{__m128i, __m256i};
use pulp::cast;
use pulp::x86::V3;

use super::{OVERFLOW_ROW, TIME_MASK};
use crate::columns::Places;

/// Records decoded together, one half in each half of a register.
const LANES: usize = 16;
/// Their bytes.
const BYTES: usize = 5 * LANES;
/// Bytes of a half.
const HALF: usize = BYTES / 2;

/// No byte of the record: zero.
const NONE: u8 = 0x80;

/// Times of the two records at the beginning of 16 bytes, with the polarity above them.
const TIMES: [u8; 16] = two_times(0);
/// Times of the two records at the end of 16 bytes.
const LAST_TIMES: [u8; 16] = two_times(6);

/// Where the columns of pixels stand in bytes 0 to 16, 15 to 31 and 24 to 40 of eight records, which hold three, three
/// and two records that the others do not; each is to fill two bytes.
const COLUMNS: [[u8; 16]; 3] = maps::<2>([[0, 5, 10], [0, 5, 10], [6, 11, NONE]]);
/// The same of rows.
const ROWS: [[u8; 16]; 3] = maps::<2>([[1, 6, 11], [1, 6, 11], [7, 12, NONE]]);
/// The same of the bytes that begin with a polarity, side by side.
const POLARITIES: [[u8; 16]; 3] = maps::<1>([[2, 7, 12], [2, 7, 12], [8, 13, NONE]]);

/// Decodes records from the first one up to one that is an overflow, sixteen at a time, into as many places as there
/// are; how many it has decoded, 0 on processors without AVX2.
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
            let parts = [
                self.halves::<0, HALF>(records),
                self.halves::<15, { HALF + 15 }>(records),
                self.halves::<24, { HALF + 24 }>(records),
            ];
            let rows = self.gathered(parts, ROWS);
            if self.has_overflow(rows) {
                break;
            }
            *t = cast([
                self.times(self.halves::<0, 10>(records), TIMES),
                self.times(self.halves::<20, 30>(records), TIMES),
                self.times(self.halves::<40, 50>(records), TIMES),
                self.times(self.halves::<60, 64>(records), LAST_TIMES),
            ]);
            *x = cast(self.gathered(parts, COLUMNS));
            *y = cast(rows);
            *p = self.polarities(parts);
            decoded += LANES;
        }
        decoded
    }

    /// 16 bytes from `LOW` on in the lower half, and from `HIGH` on in the upper.
    #[inline(always)]
    fn halves<const LOW: usize, const HIGH: usize>(&self, records: &[u8; BYTES]) -> __m256i {
        let (low, high) = (part::<LOW>(records), part::<HIGH>(records));
        self.simd.avx._mm256_set_m128i(high, low)
    }

    /// What the three maps find in both halves of the three parts.
    #[inline(always)]
    fn gathered(&self, [a, b, c]: [__m256i; 3], maps: [[u8; 16]; 3]) -> __m256i {
        let avx2 = self.simd.avx2;
        let [in_a, in_b, in_c] = maps;
        let from = |part, map: [u8; 16]| avx2._mm256_shuffle_epi8(part, cast([map, map]));
        avx2._mm256_or_si256(
            avx2._mm256_or_si256(from(a, in_a), from(b, in_b)),
            from(c, in_c),
        )
    }

    #[inline(always)]
    fn has_overflow(&self, rows: __m256i) -> bool {
        let V3 { avx, avx2, .. } = self.simd;
        let marked = avx2._mm256_cmpeq_epi16(rows, avx._mm256_set1_epi16(OVERFLOW_ROW as i16));
        avx2._mm256_movemask_epi8(marked) != 0
    }

    /// The times of two records in each half.
    #[inline(always)]
    fn times(&self, four: __m256i, upper: [u8; 16]) -> __m256i {
        let V3 { avx, avx2, .. } = self.simd;
        let raw = avx2._mm256_shuffle_epi8(four, cast([TIMES, upper]));
        let times = avx2._mm256_and_si256(raw, avx._mm256_set1_epi64x(TIME_MASK as i64));
        avx2._mm256_add_epi64(times, avx._mm256_set1_epi64x(self.base))
    }

    #[inline(always)]
    fn polarities(&self, parts: [__m256i; 3]) -> [bool; LANES] {
        let halves = self.gathered(parts, POLARITIES);
        // The first eight bytes of each half, side by side.
        let high: [u8; 32] = cast(self.simd.avx2._mm256_permute4x64_epi64::<0b10_00>(halves));
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

/// Two records from byte `at` on, each to fill eight bytes.
const fn two_times(at: u8) -> [u8; 16] {
    let (first, second, n) = (at + 2, at + 7, NONE);
    [
        first + 2,
        first + 1,
        first,
        n,
        n,
        n,
        n,
        n,
        second + 2,
        second + 1,
        second,
        n,
        n,
        n,
        n,
        n,
    ]
}

/// Maps of three parts that together fill the `WIDTH` bytes of each of eight lanes, the first of them with these bytes.
const fn maps<const WIDTH: usize>(from: [[u8; 3]; 3]) -> [[u8; 16]; 3] {
    let mut maps = [[NONE; 16]; 3];
    let mut lane = 0;
    while lane < LANES / 2 {
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
        fn sixteen_records_at_a_time_are_what_they_are_one_by_one(
            records in prop::collection::vec(any::<[u8; 5]>(), 0..140),
            overflow in 0usize..200,
            places in 0usize..140,
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
