//! Readers over whole files.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{encode, events, evt3_file, open, read_all};
use spikelet_events::format::Format;
use spikelet_events::{ReadOptions, Reader, SensorSize};

#[test]
fn reads_fill_their_columns_whatever_their_number() {
    let group = "3010 4fff 4f0f 50ff 2001 a001 ".repeat(50);
    let bytes = evt3_file("% evt 3.0\n", &format!("8000 6001 0003 {group}"));
    let whole = read_all(&mut open(&bytes, "raw").unwrap(), 10_000);
    assert_eq!(whole.len(), 50 * 29);
    for capacity in [1, 2, 5, 11, 12, 13, 31, 32, 33, 100] {
        let mut reader = open(&bytes, "raw").unwrap();
        assert_eq!(
            read_all(&mut reader, capacity),
            whole,
            "{capacity} at a time"
        );
        assert_eq!(reader.triggers().len(), 50);
    }
}

#[test]
fn the_first_trouble_is_named_by_event_and_byte() {
    let header = "% evt 3.0\n% geometry 40x720\n% end\n";
    let bytes = evt3_file(header, "8000 6009 0003 2001 3018 4fff 4fff 50ff 6002 2002");
    let mut reader = open(&bytes, "raw").unwrap();
    read_all(&mut reader, 7);
    let audit = reader.audit();
    // x runs from 24: the 17th of the group leaves the sensor, in its second vector.
    assert_eq!(
        (audit.out_of_bounds, audit.first_out_of_bounds),
        (16, Some(17))
    );
    assert_eq!((audit.backward_steps, audit.first_backward), (1, Some(33)));
    assert_eq!(
        (audit.t_min, audit.t_max, audit.t_first, audit.t_last),
        (2, 9, 9, 2)
    );
    let blame = reader.blame();
    assert_eq!(blame.out_of_bounds_byte, Some(header.len() as u64 + 2 * 6));
    assert_eq!(blame.backward_byte, Some(header.len() as u64 + 2 * 9));
}

#[test]
fn trouble_far_into_a_file_is_named_as_well() {
    let mut rows = vec![(0, 1, 1, 1); 200_000];
    rows.push((5, 200, 1, 1));
    rows.extend(vec![(6, 1, 1, 1); 100_000]);
    rows.push((3, 1, 1, 1));
    let (bytes, _) = encode(Format::Bin40, &events(&rows)).unwrap();
    let options = ReadOptions {
        sensor_size: Some(SensorSize {
            width: 34,
            height: 34,
        }),
        ..Default::default()
    };
    let mut reader = Reader::new(&*bytes, Some("bin"), &options).unwrap();
    assert_eq!(read_all(&mut reader, 1 << 20).len(), rows.len());
    assert_eq!(reader.blame().out_of_bounds_byte, Some(5 * 200_000));
    assert_eq!(reader.blame().backward_byte, Some(5 * 300_001));
}
