//! What formats have no place for.

use spikelet_events::format::{Format, es};
use spikelet_events::{
    Alongside, Color, Columns, Encode, Exposure, Frame, Kept, OwnedFrame, Special, Trigger,
    WriteOptions,
};

use crate::common::{columns, events};
use crate::recording::{HD, Recording, sample, written};

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refusal = |recording: &Recording, format: Format| {
        let options = WriteOptions {
            beside: format.holds().to_vec(),
            ..WriteOptions::default()
        };
        written(recording, 9, (format, &options), "refused")
            .unwrap_err()
            .to_string()
    };
    let edge = |id| Recording {
        triggers: vec![Trigger { t: 5, id, p: true }],
        ..Recording::default()
    };
    let says =
        |rule: &str, format| format!("{rule} in {format}; change that or choose another format");
    assert_eq!(
        refusal(&edge(0), Format::Dat),
        says("`triggers` must be left out", "dat")
    );
    assert_eq!(
        refusal(&edge(32), Format::Evt2),
        says("`triggers` must be numbered 0 to 31", "evt2")
    );
    assert_eq!(
        refusal(&edge(32), Format::Evt21),
        says("`triggers` must be numbered 0 to 31", "evt21")
    );
    assert_eq!(
        refusal(&edge(16), Format::Evt3),
        says("`triggers` must be numbered 0 to 15", "evt3")
    );
    let rule = "`triggers` must be of input 0, for inputs have no number";
    assert_eq!(refusal(&edge(1), Format::Aedat3), says(rule, "aedat3"));
    assert_eq!(refusal(&edge(1), Format::Aedat4), says(rule, "aedat4"));

    let mark = |kind, data| Recording {
        kept: Kept {
            specials: vec![Special { t: 5, kind, data }],
            ..Kept::default()
        },
        ..Recording::default()
    };
    assert_eq!(
        refusal(&mark(2, 0), Format::Aedat3),
        says("`specials` must be of kind 0, 1 or 5 to 127", "aedat3")
    );
    assert_eq!(
        refusal(&mark(0, 1 << 24), Format::Aedat3),
        says("`specials` must have 24 bits of data", "aedat3")
    );
    assert_eq!(
        refusal(&mark(3, 0), Format::Aedat4),
        says("`specials` must be of kind 0 or 4 to 127", "aedat4")
    );
    assert_eq!(
        refusal(&mark(4, 1), Format::Aedat4),
        says("`specials` must have no data", "aedat4")
    );

    let early = Recording {
        kept: Kept {
            imu: vec![sample(-1)],
            ..Kept::default()
        },
        ..Recording::default()
    };
    assert_eq!(
        refusal(&early, Format::Aedat3),
        says("`imu` must have times from 0 to 2^62 - 1", "aedat3")
    );
    let frame = Frame {
        width: 2,
        height: 1,
        channels: 1,
        sample_bytes: 1,
        ..Frame::default()
    };
    let cut = Recording {
        kept: Kept {
            frames: vec![OwnedFrame {
                facts: frame,
                pixels: vec![1],
            }],
            ..Kept::default()
        },
        ..Recording::default()
    };
    let rule = "`frames` must have 1 to 4 channels, whole pixels, and sides and places below 32768";
    assert_eq!(refusal(&cut, Format::Aedat4), says(rule, "aedat4"));

    let lost = Recording {
        kept: Kept {
            samples: vec![spikelet_events::Sample::default()],
            ..Kept::default()
        },
        ..Recording::default()
    };
    assert_eq!(
        refusal(&lost, Format::Aedat4),
        says("`samples` must be left out", "aedat4")
    );
}

#[test]
fn exposures_and_colours_without_their_place_are_refused() {
    let exposure = |index| Exposure {
        t: 5,
        x: 1,
        y: 1,
        is_second: false,
        index,
    };
    let refusal =
        |mut encoder: es::Encoder, rows: Columns<'_>, exposures: &[Exposure], colors: &[Color]| {
            let beside = Alongside {
                exposures,
                colors,
                ..Alongside::default()
            };
            let refused = encoder
                .push_with(rows, beside, &mut |_| ())
                .unwrap_err()
                .to_string();
            refused.split(" in es;").next().unwrap().to_owned()
        };
    let one = columns(&events(&[(5, 1, 1, 0)]));
    let on = columns(&events(&[(5, 1, 1, 1)]));
    let (atis, color) = (
        es::Encoder::atis(HD).unwrap(),
        es::Encoder::color(HD).unwrap(),
    );
    assert_eq!(
        refusal(atis.clone(), one.all(), &[exposure(1), exposure(1)], &[]),
        "`exposures` must have an `index` above that of the item before"
    );
    assert_eq!(
        refusal(atis.clone(), one.all(), &[exposure(2)], &[]),
        "`exposures` must lie among the events by `index`"
    );
    let white = Color {
        r: 255,
        g: 255,
        b: 255,
    };
    let rule = "`colors` must be one for each event of a stream of colours";
    assert_eq!(refusal(atis, one.all(), &[], &[white]), rule);
    assert_eq!(
        refusal(color.clone(), one.all(), &[], &[white, white]),
        rule
    );
    assert_eq!(
        refusal(color.clone(), on.all(), &[], &[white]),
        "`colors` must belong to events without a polarity"
    );
    let mut color = color;
    let refused = color.push(one.all(), &mut |_| ()).unwrap_err().to_string();
    assert!(
        refused.starts_with("`colors` must be one for each event"),
        "{refused}"
    );
}
