//! What the beginning of a file without a header of text lines says.

use std::{format, vec, vec::Vec};

use super::ReadOptions;
use super::open::is_named_text;
use super::start::Start;
use crate::format::csv::{Because, Clues, Sniffed};
use crate::format::{AnyDecoder, Format, csv, es};
use crate::header::{Field, Header};
use crate::recognise::RECOGNISE_BYTES;
use crate::{Content, Error};

/// What was found, as a header, and how decoding goes on from there.
pub(super) struct Beginning {
    pub(super) header: Header,
    pub(super) start: Start,
}

impl Beginning {
    /// Looks at the first bytes, [`RECOGNISE_BYTES`] or all there are; None for other formats.
    pub(super) fn of(
        content: Content,
        start: &[u8],
        extension: Option<&str>,
        options: &ReadOptions,
    ) -> Result<Option<Self>, Error> {
        let is_text = match options.format {
            Some(format) => matches!(format, Format::Csv | Format::Rpg),
            None => is_named_text(extension),
        };
        match content {
            Content::EventStream => Ok(Some(Self::of_stream(&es::Head::parse(start)?))),
            Content::Unmarked | Content::Empty if !is_text => Ok(None),
            Content::Text | Content::Unmarked | Content::Empty => {
                let clues = Clues {
                    order: options.order,
                    is_csv: extension
                        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv")),
                    is_whole: start.len() < RECOGNISE_BYTES,
                };
                Ok(Some(Self::of_text(&Sniffed::of(start, clues)?)))
            }
            _ => Ok(None),
        }
    }

    fn of_stream(head: &es::Head) -> Self {
        let [major, minor, patch] = head.version;
        let mut fields = vec![
            field("version", &format!("{major}.{minor}.{patch}")),
            field("type", head.kind.name()),
        ];
        if let Some(size) = head.size {
            fields.push(field("geometry", &format!("{size}")));
        }
        Self {
            header: Header {
                fields,
                bytes: head.bytes,
            },
            start: Start::with(AnyDecoder::Es(es::Decoder::new(head.kind))),
        }
    }

    fn of_text(sniffed: &Sniffed) -> Self {
        let order = sniffed.order.name();
        let time = if sniffed.is_seconds {
            "seconds"
        } else {
            "microseconds"
        };
        let mut fields = vec![
            field("order", order),
            field("separator", sniffed.separator.name()),
            field("time", time),
        ];
        if let Some(size) = sniffed.size {
            fields.push(field("geometry", &format!("{size}")));
        }
        let mut notes = Vec::new();
        match sniffed.because {
            Because::Given | Because::Names => {}
            Because::Content => notes.push(format!("columns taken as {order} by their numbers")),
            Because::Extension => notes.push(format!(
                "columns taken as {order} by the file name, for their numbers leave it open"
            )),
        }
        if sniffed.has_odd_polarity {
            notes.push("polarities above 1 taken as on".into());
        }
        Self {
            header: Header {
                fields,
                bytes: sniffed.bytes,
            },
            start: Start {
                notes,
                ..Start::with(AnyDecoder::Csv(csv::Decoder::new(sniffed)))
            },
        }
    }
}

fn field(key: &str, value: &str) -> Field {
    Field {
        key: key.into(),
        value: value.into(),
    }
}
