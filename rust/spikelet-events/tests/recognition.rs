//! Which format a file is, and which are refused.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{encode, events, message, open, read_all};
use spikelet_events::format::Format;
use spikelet_events::{Error, Origin, ReadOptions, Reader, RecognisedBy, SensorSize};

#[test]
fn formats_that_are_not_read_are_refused_by_name() {
    let hdf5 = [vec![0; 512], b"\x89HDF\r\n\x1a\n".to_vec()].concat();
    let cases: [(&[u8], &str); 13] = [
        (b"#!AER-DAT3.0\r\n", "AEDAT 3.0"),
        (b"#!AER-DAT3.2\r\n", "AEDAT 3 other than 3.1"),
        (b"#!AER-DAT4.1\r\n", "AEDAT 4 other than 4.0"),
        (b"#!AER-DAT5.0\r\n", "AEDAT of a version that is not known"),
        (&hdf5, "HDF5"),
        (b"\x93NUMPY\x01\0", "numpy (.npy)"),
        (b"PK\x03\x04....", "zip (.npz or other)"),
        (b"MATLAB 5.0 MAT-file, Platform", "MATLAB 5"),
        (b"% evt 3.0\n% format EVT4\n% end\n", "Prophesee EVT 4"),
        (b"% format HISTO3D\n% end\n", "Prophesee HISTO3D"),
        (b"% format DIFF3D\n% end\n", "Prophesee DIFF3D"),
        (b"% format AER-8b\n% end\n", "Prophesee AER-8b"),
        (b"% format AER-4b\n% end\n", "Prophesee AER-4b"),
    ];
    for (bytes, name) in cases {
        // Whatever the file is called.
        for extension in ["raw", "bin", "aedat", "dat"] {
            let refused = open(bytes, extension).unwrap_err();
            assert!(
                matches!(refused, Error::Unreadable { found, .. } if found == name),
                "{refused}"
            );
        }
        let asked = ReadOptions {
            format: Some(Format::Bin40),
            ..Default::default()
        };
        assert!(message(bytes, "bin", &asked).contains(&format!("got bin40 for a file of {name}")));
    }
}

#[test]
fn bytes_of_no_known_format_are_refused_and_formats_asked_for_are_checked() {
    let none = ReadOptions::default();
    let known = format!("content must be of a known format ({}), got", Format::NAMES);
    let advice = "pass `format` if you know it";
    assert_eq!(
        message(b"\x07\x0f\x80\x02\x8e", "raw", &none),
        format!("{known} bytes without a known mark; {advice}")
    );
    assert_eq!(
        message(b"", "raw", &none),
        format!("{known} an empty file; {advice}")
    );
    assert_eq!(
        message(b"% serial_number 1\n% end\n", "raw", &none),
        format!(
            "{known} a Prophesee header without `format`, `evt` or a known `system_ID`; {advice}"
        )
    );
    let asked = ReadOptions {
        format: Some(Format::Evt2),
        ..Default::default()
    };
    assert_eq!(
        message(b"% evt 3.0\n% end\n", "raw", &asked),
        "`format` must agree with the content, got evt2 for a file of Prophesee RAW, EVT 3.0; leave `format` out"
    );
    let reader = Reader::new(&b"% serial_number 1\n% end\n"[..], None, &asked).unwrap();
    assert_eq!(
        (reader.format(), reader.recognised_by()),
        (Format::Evt2, RecognisedBy::Given)
    );
}

#[test]
fn a_40_bit_recording_may_begin_with_the_bytes_of_a_mark() {
    // The first pixels are (37, 32), "% ", and (35, 32), "# ".
    for x in [37, 35] {
        let (bytes, _) =
            encode(Format::Bin40, &events(&[(10, x, 32, 1), (20, 10, 10, 0)])).unwrap();
        let mut reader = open(&bytes, "BIN").unwrap();
        assert_eq!(reader.recognised_by(), RecognisedBy::Extension);
        assert_eq!(read_all(&mut reader, 10).len(), 2);
    }
}

#[test]
fn an_aedat_recording_may_begin_with_the_byte_of_a_comment() {
    // y = 140 of a DAVIS346 begins with 0x23, `#`.
    let rows = events(&[(1_000_000, 33, 140, 1), (1_000_001, 33, 140, 1)]);
    let (data, _) = encode(Format::Aedat2, &rows).unwrap();
    assert_eq!(data[0], b'#');
    let header = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.Davis346B\r\n";
    let bytes = [&header[..], &data].concat();
    let mut reader = open(&bytes, "aedat").unwrap();
    assert_eq!(
        reader.sensor_size(),
        Some(SensorSize {
            width: 346,
            height: 260
        })
    );
    assert_eq!(reader.origin(), Origin::LowerLeft);
    assert_eq!(read_all(&mut reader, 10), rows);
}

#[test]
fn aedat_asks_for_a_chip_that_it_knows() {
    let none = ReadOptions::default();
    let chips = "DVS128, DAVIS240, DAVIS346, DAVIS640, DAVIS208, DAVIS128";
    assert_eq!(
        message(b"#!AER-DAT2.0\r\n", "aedat", &none),
        format!(
            "the header must name the chip in a line `# AEChip:`, got none; pass `chip`, one of {chips}"
        )
    );
    let unknown = format!(
        "`chip` must be one of {chips}, got `a.b.Cochlea`; pass the one whose addresses the file holds"
    );
    assert_eq!(
        message(b"#!AER-DAT2.0\r\n# AEChip: a.b.Cochlea\r\n", "aedat", &none),
        unknown
    );
    let given = ReadOptions {
        chip: Some("davis240c".into()),
        ..Default::default()
    };
    let reader = Reader::new(&b"#!AER-DAT2.0\r\n"[..], None, &given).unwrap();
    assert_eq!(
        reader.sensor_size(),
        Some(SensorSize {
            width: 240,
            height: 180
        })
    );
}
