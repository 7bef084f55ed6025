//! The first files of the fuzzer, in `fuzz/corpus`: small recordings by the encoders of this crate.
//!
//! When an encoder changes on purpose, `cargo test -p spikelet-events --test corpus -- --ignored` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{body4, columns, packet4, size_of, start};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikelet_events::format::aedat2::Chip;
use spikelet_events::format::aedat4::{self, Compression};
use spikelet_events::format::{AnyEncoder, Format, ecf, es, evt21};
use spikelet_events::header::print;
use spikelet_events::{Encode, Event, SensorSize};

/// Bytes by target and name.
type Seeds = BTreeMap<(String, String), Vec<u8>>;

/// Lone pixels, a run in a row, and a long pause, on any sensor.
fn events() -> Vec<Event> {
    let place = |i: i64| Event {
        t: i / 3 * 70 + i / 12 * 9000,
        x: (i * 5 % 17 + 20) as u16,
        y: (i / 4 % 11) as u16,
        p: i % 5 < 2,
    };
    let run = (0..16).map(|i| Event {
        t: 20_000,
        x: 30 + i,
        y: 7,
        p: true,
    });
    (0..24).map(place).chain(run).collect()
}

fn encoded(mut encoder: impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
    encoder.push(columns(&events()).all(), &mut sink).unwrap();
    bytes
}

/// The fuzzer's target for the data of a format.
fn target(format: Format) -> &'static str {
    match format {
        Format::Rpg => "csv",
        format => format.name(),
    }
}

fn header(format: Format) -> Vec<u8> {
    let size = size_of(format);
    match format {
        Format::Aedat4 => aedat4::header(size, Compression::None).unwrap(),
        _ => print(format, size, Chip::of_size(size), &[])
            .unwrap()
            .into_bytes(),
    }
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    let mut add = |target: &str, name: &str, bytes: Vec<u8>| {
        seeds.insert((target.into(), name.into()), bytes);
    };
    for format in Format::ALL {
        let data = encoded(AnyEncoder::new(format, size_of(format), None).unwrap());
        let header = header(format);
        let file = [header.clone(), start(format), data.clone()].concat();
        if !header.is_empty() && format != Format::Aedat4 {
            add("header", format.name(), header);
        }
        add(target(format), format.name(), data);
        add("reader", format.name(), file);
    }
    variants(&mut add);
    seeds
}

/// What one format has beside the usual.
fn variants(add: &mut dyn FnMut(&str, &str, Vec<u8>)) {
    let size = SensorSize {
        width: 304,
        height: 240,
    };
    let legacy = evt21::Encoder::new(size, evt21::ByteOrder::Legacy).unwrap();
    add("evt21", "legacy", encoded(legacy));

    let flat = columns(&events());
    let is_exposure: Vec<bool> = (0..flat.len()).map(|i| i % 4 == 3).collect();
    let mut atis = Vec::new();
    let mut sink = |piece: &[u8]| atis.extend_from_slice(piece);
    es::Encoder::atis(size)
        .unwrap()
        .push_flat(flat.all(), &is_exposure, &mut sink)
        .unwrap();
    add("es", "atis", atis);

    let lz4 = aedat4::Encoder::new(size).unwrap();
    add(
        "aedat4",
        "lz4",
        encoded(lz4.with_compression(Compression::Lz4)),
    );
    let body = body4(&(0..40).collect::<Vec<_>>());
    let zstd = compress_to_vec(&*body, CompressionLevel::Fastest);
    add("aedat4", "zstd", packet4(0, &zstd));

    let mut chunk = Vec::new();
    ecf::encode(flat.all(), &mut |piece| chunk.extend_from_slice(piece)).unwrap();
    add("ecf", "chunk", chunk);

    let plain: Vec<u8> = (0..200u32).flat_map(|i| (i / 9).to_le_bytes()).collect();
    let stored = common::words32(&[800, 800, 824, 20, 800]);
    add(
        "blosc",
        "stored",
        [&[2, 1, 16 | 1 << 5, 4][..], &stored, &plain].concat(),
    );
    let packed = compress_to_vec(&*plain, CompressionLevel::Fastest);
    let length = packed.len() as u32;
    let words = common::words32(&[800, 800, 24 + length, 20, length]);
    add(
        "blosc",
        "zstd",
        [&[2, 1, 1 | 16 | 4 << 5, 4][..], &words, &packed].concat(),
    );
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn the_corpus_is_what_the_encoders_write() {
    for ((target, name), bytes) in seeds() {
        let path = fuzz().join("corpus").join(&target).join(&name);
        let found = fs::read(&path).unwrap_or_default();
        assert!(found == bytes, "{target}/{name} is not up to date");
    }
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let targets: Vec<String> = fs::read_dir(fuzz().join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
        .map(|stem| stem.into_string().unwrap())
        .collect();
    let seeds = seeds();
    for target in &targets {
        assert!(seeds.keys().any(|(of, _)| of == target), "{target}");
    }
    for (of, _) in seeds.keys() {
        assert!(targets.contains(of), "{of}");
    }
}

#[test]
#[ignore = "writes the files that the other test compares"]
fn write() {
    for ((target, name), bytes) in seeds() {
        let folder = fuzz().join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}
