//! A body that grows within bounds while it is decompressed.

use super::room::Room;

/// Whether all was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Reached,
    /// There is more than the size in front of the body says; one byte of it is kept.
    BeyondSize,
}

/// A body that may not grow beyond a limit, nor beyond what it says itself.
pub(super) struct Bounded<'a> {
    pub(super) body: &'a mut Room,
    pub(super) limit: usize,
}

impl Bounded<'_> {
    /// Looks at the body after a piece was added; none where it is or will be too large.
    pub(super) fn check(&mut self) -> Option<End> {
        let size = self.body.bytes().first_chunk().copied();
        let size = size.map(u32::from_le_bytes);
        let end = size.map_or(4, |size| size as usize + 4);
        if end > self.limit || self.body.len() > self.limit {
            return None;
        }
        if self.body.len() > end {
            self.body.truncate(end + 1);
            return Some(End::BeyondSize);
        }
        Some(End::Reached)
    }
}
