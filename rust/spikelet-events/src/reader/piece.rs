//! Bytes cut off for one thread, read behind room for what the piece before leaves over.

use std::io;
use std::vec::Vec;

use crate::Error;

/// Bytes that a piece before may leave over at no cost: a packet, a line, some words.
const ROOM: usize = 1 << 16;

/// Some bytes of a source, in a buffer that is set to zero only when it first grows.
#[derive(Debug, Default)]
pub(super) struct Piece {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.end = self.start;
    }

    /// Reads as many bytes anew, or up to the end of what `read` gives, which is asked for what is behind the bytes
    /// read so far.
    pub(super) fn fill(
        &mut self,
        bytes: usize,
        mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
    ) -> Result<(), Error> {
        (self.start, self.end) = (ROOM, ROOM);
        if self.buffer.len() < ROOM + bytes {
            self.buffer.resize(ROOM + bytes, 0);
        }
        while let Some(free @ [_, ..]) = self.buffer.get_mut(self.end..ROOM + bytes) {
            match read(free, self.end - ROOM) {
                Ok(0) => break,
                Ok(more) => self.end += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Puts bytes in front.
    pub(super) fn prepend(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start {
            let more = bytes.len() - self.start;
            self.buffer.splice(0..0, core::iter::repeat_n(0, more));
            (self.start, self.end) = (self.start + more, self.end + more);
        }
        self.start -= bytes.len();
        if let Some(places) = self.buffer.get_mut(self.start..self.start + bytes.len()) {
            places.copy_from_slice(bytes);
        }
    }

    /// Keeps the first bytes, at most all, and moves the others to `rest`, which held something of no use.
    pub(super) fn cut(&mut self, end: usize, rest: &mut Vec<u8>) {
        rest.clear();
        rest.extend_from_slice(self.bytes().get(end..).unwrap_or_default());
        self.end -= rest.len();
    }
}
