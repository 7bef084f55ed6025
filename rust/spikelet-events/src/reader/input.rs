//! What was read and is not decoded yet.

use std::{io::Read, vec::Vec};

use super::{READ_BYTES, Reader, open};
use crate::Error;
use crate::recognise::RECOGNISE_BYTES;

/// Bytes read but not decoded yet.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Offset of `start` in the file.
    pub(super) offset: u64,
}

impl<R: Read> Reader<R> {
    /// Makes sure that bytes wait to be decoded; false at the end of the file.
    pub(super) fn fill_input(&mut self) -> Result<bool, Error> {
        if self.input.start == self.input.end && !self.is_finished {
            let read = self.read_more()?;
            (self.input.start, self.input.end) = (0, read);
            if read == 0 {
                self.end_input();
            }
        }
        Ok(!self.is_finished)
    }

    /// Reads the next bytes; how many.
    fn read_more(&mut self) -> Result<usize, Error> {
        let input = &mut self.input;
        if let Some(forward) = &mut self.forward {
            if forward.is_ours() {
                return Ok(forward.exchange(&mut input.bytes)?);
            }
            forward.go_on_at(input.offset)?;
            // To drop it would wake a thread that exists in the parent alone.
            core::mem::forget(self.forward.take());
        }
        let left = self
            .length
            .map(|length| length.saturating_sub(input.offset));
        // A short file needs no long buffer, which would have to be zeroed.
        let wanted = left.map_or(READ_BYTES as u64, |left| left + 1);
        let wanted = wanted.clamp(RECOGNISE_BYTES as u64, READ_BYTES as u64);
        input.bytes.resize(wanted as usize, 0);
        open::read_some(&mut self.source, &mut input.bytes)
    }

    /// Closes the last unit if the format lets a file leave it open, and only then the decoder.
    fn end_input(&mut self) {
        let closing = self.decoder.closing();
        if self.end.is_none() && !closing.is_empty() {
            self.input.bytes.clear();
            self.input.bytes.extend_from_slice(closing);
            self.input.end = closing.len();
        } else {
            self.is_finished = true;
            self.decoder.finish();
        }
        self.end.get_or_insert(self.input.offset);
    }
}
