//! Recordings with what stands beside their events, on disk and back.

use std::path::PathBuf;

use spikelet_events::format::Format;
use spikelet_events::{
    Error, Event, Imu, Kept, OwnedColumns, ReadOptions, Reader, SensorSize, Trigger, WriteOptions,
    Writer,
};

use crate::common::columns;

pub(crate) const HD: SensorSize = SensorSize {
    width: 1280,
    height: 720,
};
/// A recording as it was written, or as it was read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Recording {
    pub(crate) events: Vec<Event>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) kept: Kept,
}

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("spikelet-{name}-{}", std::process::id()))
}

/// Writes the events in parts of `part`, everything beside them before the first.
pub(crate) fn written(
    recording: &Recording,
    part: usize,
    (format, options): (Format, &WriteOptions),
    name: &str,
) -> Result<PathBuf, Error> {
    let path = path(name);
    let mut writer = Writer::create(&path, format, HD, options)?;
    writer.triggers_mut().extend(&recording.triggers);
    *writer.beside_mut() = recording.kept.clone();
    for part in recording.events.chunks(part) {
        writer.write(columns(part).all())?;
    }
    writer.close()?;
    Ok(path)
}

pub(crate) fn read(path: &PathBuf, format: Format) -> Recording {
    let options = ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    };
    let mut reader = Reader::open(path, &options).unwrap();
    let mut found = Recording::default();
    loop {
        let mut places = OwnedColumns::zeroed(1000);
        let mut out = places.all_mut().with_beside(&mut found.kept);
        if reader.read(&mut out).unwrap() == 0 {
            break;
        }
        let filled: Vec<Event> = out.filled().iter().collect();
        found.events.extend(filled);
    }
    found.triggers.extend(reader.triggers());
    std::fs::remove_file(path).unwrap();
    found
}

pub(crate) fn sample(t: i64) -> Imu {
    Imu {
        t,
        accelerometer: [0.0, -0.25, 1.0],
        gyroscope: [1.5, 2.5, -3.5],
        magnetometer: [10.0, 20.0, 30.0],
        temperature: 36.5,
    }
}
