//! Writers of whole files.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::path::PathBuf;

use common::{columns, events, open, read_all};
use spikelet_events::format::Format;
use spikelet_events::header::Field;
use spikelet_events::{Error, ReadOptions, Reader, SensorSize, WriteOptions, Writer};

const HD: SensorSize = SensorSize {
    width: 1280,
    height: 720,
};

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("spikelet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn a_file_takes_its_name_only_when_it_is_whole() {
    let folder = Folder::new("whole");
    let path = folder.0.join("a.raw");
    std::fs::write(&path, "before").unwrap();
    let mut writer = Writer::create(&path, Format::Evt3, HD, &WriteOptions::default()).unwrap();
    let rows = events(&[(1 << 24, 5, 100, 1), ((1 << 24) + 9, 6, 100, 0)]);
    writer.write(columns(&rows).all()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"before");

    let written = writer.close().unwrap();
    assert_eq!((written.events, written.time_offset), (2, 1 << 24));
    assert_eq!(folder.names(), ["a.raw"]);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    let mut reader = open(&bytes, "raw").unwrap();
    assert_eq!(
        (reader.format(), reader.sensor_size()),
        (Format::Evt3, Some(HD))
    );
    assert_eq!(
        read_all(&mut reader, 10),
        events(&[(0, 5, 100, 1), (9, 6, 100, 0)])
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced_by_one() {
    use std::os::unix::{fs::FileTypeExt, net::UnixListener};
    let folder = Folder::new("device");
    let path = folder.0.join("a.raw");
    let _there = UnixListener::bind(&path).unwrap();
    let error = Writer::create(&path, Format::Evt3, HD, &WriteOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a.raw: the target must be a file, got a device or a pipe; write to a file")
    );
    assert!(std::fs::metadata(&path).unwrap().file_type().is_socket());
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_the_file_behind_it_is_replaced() {
    let folder = Folder::new("link");
    let (behind, link) = (folder.0.join("behind.raw"), folder.0.join("link.raw"));
    std::fs::write(&behind, "before").unwrap();
    std::os::unix::fs::symlink(&behind, &link).unwrap();
    let writer = Writer::create(&link, Format::Evt3, HD, &WriteOptions::default()).unwrap();
    let written = writer.close().unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&behind).unwrap().len(), written.bytes);
}

#[test]
fn a_writer_given_up_leaves_nothing() {
    let folder = Folder::new("given-up");
    let mut writer = Writer::create(
        &folder.0.join("a.bin"),
        Format::Bin40,
        SensorSize {
            width: 34,
            height: 34,
        },
        &WriteOptions::default(),
    )
    .unwrap();
    assert_eq!(folder.names().len(), 1);
    let refused = writer.write(columns(&events(&[(0, 1, 1, 1), (0, 34, 1, 1)])).all());
    assert!(matches!(
        refused,
        Err(Error::OutOfBounds {
            index: 1,
            limit: 34,
            ..
        })
    ));
    drop(writer);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn headers_come_back_but_what_decodes_is_ours() {
    let folder = Folder::new("headers");
    let field = |key: &str, value: &str| Field {
        key: key.into(),
        value: value.into(),
    };
    let fields = [
        field("date", "2020-09-25 07:48:29"),
        field("evt", "2.0"),
        field("serial_number", "00000307"),
        field("note", "two words"),
    ];
    for (format, name, size) in [
        (Format::Evt3, "a.raw", HD),
        (
            Format::Aedat2,
            "a.aedat",
            SensorSize {
                width: 240,
                height: 180,
            },
        ),
        (Format::Aedat3, "a.aedat", HD),
    ] {
        let path = folder.0.join(name);
        let options = WriteOptions {
            header: fields.to_vec(),
            ..Default::default()
        };
        Writer::create(&path, format, size, &options)
            .unwrap()
            .close()
            .unwrap();
        let reader = Reader::open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(
            (reader.format(), reader.sensor_size()),
            (format, Some(size))
        );
        for key in ["date", "serial_number", "note"] {
            let given = fields.iter().find(|field| field.key == key).unwrap();
            assert_eq!(reader.header().get(key), Some(given.value.as_str()));
        }
        // The header just read can be given on.
        let again = WriteOptions {
            header: reader.header().fields.clone(),
            ..Default::default()
        };
        Writer::create(&path, format, size, &again)
            .unwrap()
            .close()
            .unwrap();
        let second = Reader::open(&path, &ReadOptions::default()).unwrap();
        let mut keys: Vec<&str> = second
            .header()
            .fields
            .iter()
            .map(|field| field.key.as_str())
            .collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count, "no key stands twice: {keys:?}");
    }
}

#[test]
fn what_no_header_can_hold_is_refused() {
    let create = |format, size, key: &str, value: &str| {
        let options = WriteOptions {
            header: vec![Field {
                key: key.into(),
                value: value.into(),
            }],
            ..Default::default()
        };
        Writer::create(
            &std::env::temp_dir().join("never-made"),
            format,
            size,
            &options,
        )
        .unwrap_err()
        .to_string()
    };
    let rule = "must read as a key and a value on one line of text";
    assert!(create(Format::Evt3, HD, "note", "two\n% lines").contains(rule));
    assert!(create(Format::Evt3, HD, "two words", "").contains(rule));
    assert_eq!(
        create(
            Format::Bin40,
            SensorSize {
                width: 34,
                height: 34
            },
            "note",
            "x"
        ),
        "`header` must be empty for bin40, which has none; leave it out or choose another format"
    );
    assert_eq!(
        create(Format::Bin40, HD, "note", "x"),
        "`sensor_size` must be 1x1 to 256x240 for bin40, got 1280x720; choose another format"
    );
    assert_eq!(
        create(Format::Aedat2, HD, "note", "x"),
        "`sensor_size` must be that of a jAER chip for aedat2, got 1280x720; pass `chip` or choose another format"
    );
}
