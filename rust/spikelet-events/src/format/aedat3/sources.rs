//! The sources that a header lists.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::Error;
use crate::header::{Header, SOURCE_KEY};

/// Whether events may come from the source asked for; a header that lists none leaves it open.
pub(crate) fn check_source(header: &Header, stream: i32) -> Result<(), Error> {
    let keys = header.fields.iter().map(|field| field.key.as_str());
    let numbers = keys.filter_map(|key| key.strip_prefix(SOURCE_KEY)?.trim().parse().ok());
    let known: Vec<i32> = numbers.collect();
    if known.is_empty() || known.contains(&stream) {
        return Ok(());
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let known = known.join(", ");
    Err(Error::StreamUnknown { known, stream })
}
