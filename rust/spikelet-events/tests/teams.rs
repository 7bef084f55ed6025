//! What several threads read or write is what one does, whatever the file holds.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::io::Read;

use common::{columns, size_of};
use spikelet_events::format::{Format, aedat4::Compression};
use spikelet_events::header::Field;
use spikelet_events::{Event, Kept, OwnedColumns, ReadOptions, Reader, Team, WriteOptions, Writer};

/// As many threads as tasks.
struct Spawned(usize);

impl Team for Spawned {
    fn size(&self) -> usize {
        self.0
    }

    fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
        let work = &work;
        std::thread::scope(|scope| {
            for task in tasks {
                scope.spawn(move || work(task));
            }
        });
    }
}

/// Numbers without a pattern.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Rows of neighbours and lone pixels, over more than one period of the shortest counter.
fn scene(format: Format) -> Vec<Event> {
    let size = size_of(format);
    let (width, height) = (size.width as u64, size.height as u64);
    let (mut random, mut t, mut events) = (Random(5), 0, Vec::new());
    while events.len() < 120_000 {
        t += random.below(1600) as i64;
        let (y, p) = (random.below(height) as u16, random.below(2) == 1);
        let x = random.below(width - 40);
        for i in 0..=random.below(16) {
            let x = (x + 2 * i) as u16;
            events.push(Event { t, x, y, p });
        }
    }
    events
}

fn file(format: Format) -> Vec<u8> {
    file_with(format, &WriteOptions::default())
}

fn file_with(format: Format, options: &WriteOptions) -> Vec<u8> {
    let (name, process) = (format.name(), std::process::id());
    let name = format!("spikelet-teams-{name}-{:?}-{process}", options.compression);
    let path = std::env::temp_dir().join(name);
    let mut writer = Writer::create(&path, format, size_of(format), options).unwrap();
    writer.write(columns(&scene(format)).all()).unwrap();
    writer.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    bytes
}

fn options(format: Format) -> ReadOptions {
    ReadOptions {
        format: Some(format),
        sensor_size: Some(size_of(format)),
        ..Default::default()
    }
}

fn read_by(
    format: Format,
    bytes: &[u8],
    team: &impl Team,
    capacity: usize,
) -> (String, Vec<Event>) {
    let reader = Reader::new(bytes, None, &options(format)).unwrap();
    read_all(reader, team, capacity)
}

/// Everything that a reader says, in words.
fn read_all<R: Read + Send>(
    mut reader: Reader<R>,
    team: &impl Team,
    capacity: usize,
) -> (String, Vec<Event>) {
    let (mut events, mut kept) = (Vec::new(), Kept::default());
    let mut columns = OwnedColumns::zeroed(capacity);
    loop {
        let mut out = columns.all_mut().with_beside(&mut kept);
        let read = reader.read_with(&mut out, team).unwrap();
        events.extend(out.filled().iter());
        if read < capacity {
            break;
        }
    }
    let said = format!(
        "{:?} {:?} {:?} {:?} {} {:?}",
        reader.counts(),
        reader.audit(),
        reader.blame(),
        reader.triggers(),
        reader.bytes_read(),
        kept
    );
    (said, events)
}

fn assert_same_by_any_team(format: Format, bytes: &[u8]) {
    let (said, events) = read_by(format, bytes, &Spawned(1), 1 << 18);
    for (threads, capacity) in [
        (2, 1 << 18),
        (7, 1 << 18),
        (2, 10_007),
        (7, 33),
        (3, 1 << 16),
    ] {
        let by_team = read_by(format, bytes, &Spawned(threads), capacity);
        let name = format.name();
        assert_eq!(
            by_team.0, said,
            "{name}, {threads} threads, {capacity} at a time"
        );
        assert!(
            by_team.1 == events,
            "{name}, {threads} threads, {capacity} at a time"
        );
    }
}

#[test]
fn several_threads_read_what_one_reads() {
    for format in Format::ALL {
        let bytes = file(format);
        let (_, events) = read_by(format, &bytes, &Spawned(2), 1 << 18);
        assert_eq!(events.len(), scene(format).len(), "{}", format.name());
        assert_same_by_any_team(format, &bytes);
    }
}

#[test]
fn several_threads_read_of_a_file_what_one_reads_of_its_bytes() {
    for format in Format::ALL {
        let mut bytes = file(format);
        // Not a whole number of units, and some that must be decoded from the front.
        bytes.truncate(bytes.len() - 1);
        let (middle, length) = (bytes.len() / 2, bytes.len());
        bytes[middle..middle + 400].fill(0);
        let name = format!("spikelet-apart-{}-{}", format.name(), std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let one = read_by(format, &bytes, &Spawned(1), 1 << 18);
        for (threads, capacity) in [(2, 1 << 18), (7, 1 << 18), (2, 10_007), (3, 1 << 16)] {
            let reader = Reader::open(&path, &options(format)).unwrap();
            let several = read_all(reader, &Spawned(threads), capacity);
            let name = format.name();
            assert!(
                several == one,
                "{name}, {threads} threads, {capacity} at a time of {length} bytes"
            );
        }
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn several_threads_unpack_what_one_unpacks() {
    for compression in [Compression::Lz4, Compression::Zstd] {
        let options = WriteOptions {
            compression,
            ..Default::default()
        };
        let mut bytes = file_with(Format::Aedat4, &options);
        assert_same_by_any_team(Format::Aedat4, &bytes);
        // A packet in the middle that cannot be unpacked.
        let middle = bytes.len() / 2;
        bytes[middle..middle + 400].fill(0);
        assert_same_by_any_team(Format::Aedat4, &bytes);
    }
}

#[test]
fn several_threads_find_the_trouble_that_one_finds() {
    for format in Format::ALL {
        let mut bytes = file(format);
        let (mut random, length) = (Random(9), bytes.len() as u64);
        // Behind every header, where most of the bytes are.
        for _ in 0..40 {
            let place = 4096 + random.below(length - 4096);
            bytes[place as usize] = random.below(256) as u8;
        }
        bytes.truncate(bytes.len() - 1);
        assert_same_by_any_team(format, &bytes);
    }
}

#[test]
fn several_threads_read_noise_as_one_does() {
    let mut random = Random(3);
    let noise: Vec<u8> = (0..300_000).map(|_| random.below(256) as u8).collect();
    for format in [Format::Evt2, Format::Evt3, Format::Evt21, Format::Bin40] {
        assert_same_by_any_team(format, &noise);
    }
}

/// Writes by so many threads, up to the event that is refused if there is one.
fn written_by(threads: usize, format: Format, events: &OwnedColumns) -> (Vec<u8>, u64, String) {
    let dated = |key: &str| Field {
        key: key.into(),
        value: "2020-01-01 00:00:00".into(),
    };
    let header = match format {
        Format::Evt2 | Format::Evt21 | Format::Evt3 => vec![dated("date")],
        Format::Dat => vec![dated("Date")],
        Format::Aedat3 => vec![dated("Start-Time")],
        _ => Vec::new(),
    };
    let options = WriteOptions {
        header,
        ..WriteOptions::default()
    };
    let (name, process) = (format.name(), std::process::id());
    let path = std::env::temp_dir().join(format!("spikelet-written-{name}-{threads}-{process}"));
    let mut writer = Writer::create(&path, format, size_of(format), &options).unwrap();
    let written = writer.write_with(events.all(), &Spawned(threads));
    let written = written
        .err()
        .map_or(String::new(), |error| error.to_string());
    // It goes on behind the last event that was not refused.
    let rest = events.all().split_at(events.len() - 1).1;
    if written.is_empty() {
        writer.write_with(rest, &Spawned(threads)).unwrap();
    }
    let events = writer.close().unwrap().events;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    (bytes, events, written)
}

#[test]
fn several_threads_write_what_one_writes() {
    for format in Format::ALL {
        let events = columns(&scene(format));
        let by_one = written_by(1, format, &events);
        assert_eq!((by_one.1, &*by_one.2), (events.len() as u64 + 1, ""));
        for threads in [2, 7] {
            assert!(
                written_by(threads, format, &events) == by_one,
                "{}",
                format.name()
            );
        }
    }
}

#[test]
fn several_threads_refuse_the_event_that_one_refuses_and_write_those_before_it() {
    for format in Format::ALL {
        let mut events = columns(&scene(format));
        for index in [90_000, 70_001, 118_000] {
            events.x[index] = u16::MAX;
        }
        let by_one = written_by(1, format, &events);
        assert_eq!(by_one.1, 70_001, "{}", format.name());
        assert!(by_one.2.contains("70001"), "{}", by_one.2);
        for threads in [2, 7] {
            assert!(
                written_by(threads, format, &events) == by_one,
                "{}",
                format.name()
            );
        }
    }
}
