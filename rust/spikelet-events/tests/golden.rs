//! Bytes written down by hand, and the events that they mean.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode, decode_in_pieces, decoder, encode, events, hex, words};
use spikelet_events::format::aedat2::Chip;
use spikelet_events::format::aedat3;
use spikelet_events::format::{AnyDecoder, Format};
use spikelet_events::{Counts, Trigger};

/// `Counts` with the fields that differ from zero.
fn counts(change: impl FnOnce(&mut Counts)) -> Counts {
    let mut counts = Counts::default();
    change(&mut counts);
    counts
}

#[test]
fn bin40_lifts_time_by_overflow_records() {
    let bytes = hex("070f80028e 00f0000000 21007fffff 01f0800000 0203000001");
    let expected = Decoded {
        events: events(&[(654, 7, 15, 1), (8_396_799, 33, 0, 0), (16_385, 2, 3, 0)]),
        triggers: vec![],
        counts: counts(|c| (c.events, c.overflow_records) = (3, 2)),
    };
    assert_eq!(decode(Format::Bin40, &bytes), expected);
}

#[test]
fn evt2_wraps_at_34_bits_and_hands_out_triggers() {
    let bytes = hex("efcdab80 68015411 cffae70f 0101c0a1 ffffff8f 0208c01f 00000080 04180000");
    let expected = Decoded {
        events: events(&[
            (720_600_005, 640, 360, 1),
            (720_600_063, 1279, 719, 0),
            (17_179_869_183, 1, 2, 1),
            (17_179_869_184, 3, 4, 0),
        ]),
        triggers: vec![Trigger {
            t: 720_600_007,
            id: 1,
            p: true,
        }],
        counts: counts(|c| (c.events, c.triggers, c.time_wraps) = (4, 1, 1)),
    };
    assert_eq!(decode(Format::Evt2, &bytes), expected);
}

#[test]
fn evt3_keeps_the_state_that_its_words_build() {
    let bytes = words(
        "2005 8001 6010 0064 2805 3814 4801 4003 5081 6020 00c8 2007 e00f 7003 f123 a101 6018 8001 2008 \
         8002 2809 8fff 6fff 2001 8000 2002",
    );
    let expected = Decoded {
        events: events(&[
            (4112, 5, 100, 1),
            (4112, 20, 100, 1),
            (4112, 31, 100, 1),
            (4112, 32, 100, 1),
            (4112, 33, 100, 1),
            (4112, 44, 100, 1),
            (4112, 51, 100, 1),
            (4128, 7, 200, 0),
            (4120, 8, 200, 0),
            (8192, 9, 200, 1),
            (16_777_215, 1, 200, 0),
            (16_777_216, 2, 200, 0),
        ]),
        triggers: vec![Trigger {
            t: 4128,
            id: 1,
            p: true,
        }],
        counts: counts(|c| {
            (c.events, c.triggers, c.time_wraps) = (12, 1, 1);
            (c.dropped_before_time, c.skipped_words) = (1, 3);
        }),
    };
    assert_eq!(decode(Format::Evt3, &bytes), expected);
    // The same by the plain path, which serves when few places are free.
    assert_eq!(
        decode_in_pieces(decoder(Format::Evt3), &bytes, &[1], &[12]),
        expected
    );
}

#[test]
fn aedat2_of_a_davis_tells_pixels_from_the_other_records() {
    let bytes =
        hex("0909c0001194fcf3 0a0e98001194fcf4 80000d231194fcf5 8281444d1194fcf6 000004001194fcf7");
    let decoder = AnyDecoder::new(Format::Aedat2, Chip::named("DAVIS240C")).unwrap();
    let expected = Decoded {
        events: events(&[(294_976_755, 156, 36, 0), (294_976_756, 233, 40, 1)]),
        triggers: vec![],
        counts: counts(|c| {
            (c.events, c.imu_samples, c.aps_samples, c.special_events) = (2, 1, 1, 1);
        }),
    };
    assert_eq!(decode_in_pieces(decoder, &bytes, &[3], &[1]), expected);
}

#[test]
fn aedat2_of_a_dvs128_undoes_the_signed_wrap_and_counts_external_events() {
    let bytes = hex("00003c707fffffff 00003d7380000001 0000800580000002");
    let decoder = AnyDecoder::new(Format::Aedat2, Chip::named("DVS128")).unwrap();
    let expected = Decoded {
        events: events(&[(2_147_483_647, 56, 60, 0), (2_147_483_649, 57, 61, 1)]),
        triggers: vec![],
        counts: counts(|c| (c.events, c.special_events, c.time_wraps) = (2, 1, 1)),
    };
    assert_eq!(decode_in_pieces(decoder, &bytes, &[24], &[8]), expected);
}

#[test]
fn aedat1_tells_pixels_from_external_events() {
    let bytes = hex("1be4000003e8 8005000003e9 0101000003ea");
    let expected = Decoded {
        events: events(&[(1000, 114, 27, 0), (1002, 0, 1, 1)]),
        triggers: vec![],
        counts: counts(|c| (c.events, c.special_events) = (2, 1)),
    };
    assert_eq!(decode(Format::Aedat1, &bytes), expected);
    assert_eq!(
        decode_in_pieces(decoder(Format::Aedat1), &bytes, &[5], &[1]),
        expected
    );
}

#[test]
fn aedat3_puts_upper_bits_before_the_time_and_leaves_out_what_is_invalid() {
    let bytes = hex(
        "01000100 08000000 04000000 01000000 03000000 03000000 02000000 \
         93011a00f4010000 95011c00f5010000 9a011e00f6010000",
    );
    let expected = Decoded {
        events: events(&[(2_147_484_148, 13, 100, 1), (2_147_484_149, 14, 101, 0)]),
        triggers: vec![],
        counts: counts(|c| (c.events, c.invalid_events) = (2, 1)),
    };
    assert_eq!(decode(Format::Aedat3, &bytes), expected);
    let keeping = AnyDecoder::Aedat3(aedat3::Decoder::new().keeping_invalid());
    let all = decode_in_pieces(keeping, &bytes, &[7], &[1]);
    assert_eq!(all.events[2], events(&[(2_147_484_150, 15, 102, 1)])[0]);
}

/// One packet of AEDAT 4 with two events.
const PACKET4: &str = "00000000 40000000 3c000000 10000000 45565453 0000 0600 0800 0400 06000000 04000000 02000000 \
                       a499e3e055a50500 d700a400 01000000 c499e3e055a50500 00000301 00000000";

#[test]
fn aedat4_finds_events_through_the_offsets_of_their_buffer() {
    let expected = Decoded {
        events: events(&[
            (1_589_163_147_368_868, 215, 164, 1),
            (1_589_163_147_368_900, 0, 259, 0),
        ]),
        triggers: vec![],
        counts: counts(|c| c.events = 2),
    };
    assert_eq!(decode(Format::Aedat4, &hex(PACKET4)), expected);
}

#[test]
fn encoders_write_the_bytes_written_down() {
    let of = |format, rows: &[_]| encode(format, &events(rows)).unwrap();
    let (bytes, _) = of(Format::Bin40, &[(654, 7, 15, 1), (8_396_799, 33, 0, 0)]);
    assert_eq!(bytes, hex("070f80028e 00f0000000 21007fffff"));

    let (bytes, _) = of(
        Format::Evt2,
        &[(720_600_005, 640, 360, 1), (720_600_063, 1279, 719, 0)],
    );
    assert_eq!(bytes, hex("efcdab80 68015411 cffae70f"));

    let (bytes, _) = of(Format::Aedat1, &[(1000, 114, 27, 0), (1002, 0, 1, 1)]);
    assert_eq!(bytes, hex("1be4000003e8 0101000003ea"));

    let (bytes, _) = of(
        Format::Aedat3,
        &[(2_147_484_148, 13, 100, 1), (2_147_484_149, 14, 101, 0)],
    );
    let packet = "01000100 08000000 04000000 01000000 02000000 02000000 02000000 93011a00f4010000 95011c00f5010000";
    assert_eq!(bytes, hex(packet));

    let pair = [
        (1_589_163_147_368_868, 215, 164, 1),
        (1_589_163_147_368_900, 0, 259, 0),
    ];
    assert_eq!(of(Format::Aedat4, &pair).0, hex(PACKET4));

    let run = [20, 31, 32, 33, 44, 51].map(|x| (4112, x, 100, 1));
    let (bytes, _) = of(
        Format::Evt3,
        &[run.as_slice(), &[(8192, 9, 200, 1)]].concat(),
    );
    assert_eq!(
        bytes,
        words("8001 6010 0064 3814 4801 4003 5081 8002 6000 00c8 2809")
    );

    let (bytes, _) = of(
        Format::Aedat2,
        &[(294_976_755, 156, 36, 0), (294_976_756, 233, 40, 1)],
    );
    assert_eq!(bytes, hex("0909c0001194fcf3 0a0e98001194fcf4"));
}

#[test]
fn a_wrap_that_a_pause_hides_is_led_through_zero() {
    // From 4096·2048 to the same place one period later: the plain word would look like no wrap at all.
    let (bytes, _) = encode(
        Format::Evt3,
        &events(&[(0x80_0000, 1, 2, 1), (0x180_0000, 1, 2, 1)]),
    )
    .unwrap();
    assert_eq!(bytes, words("8800 6000 0002 2801 8fff 8000 8800 6000 2801"));

    // Far enough down, the plain word shows the wrap by itself.
    let (bytes, _) = encode(
        Format::Evt3,
        &events(&[(0x80_0000, 1, 2, 1), (0x100_0000, 1, 2, 1)]),
    )
    .unwrap();
    assert_eq!(bytes, words("8800 6000 0002 2801 8000 6000 2801"));

    let (bytes, _) = encode(
        Format::Evt2,
        &events(&[(1 << 33, 1, 2, 1), (3 << 33, 1, 2, 1)]),
    )
    .unwrap();
    assert_eq!(
        bytes,
        hex("00000088 02080010 ffffff8f 00000080 00000088 02080010")
    );
}
