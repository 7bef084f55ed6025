//! A file that several threads read at once, each at a place of its own: a piece may take longer to be copied out of the
//! system's memory than to be decoded, and a thread that comes late with one holds up nobody who reads another.

use std::fs::File;
use std::io;

/// A second handle on an open file.
#[derive(Debug)]
pub(super) struct Apart(#[cfg_attr(not(unix), expect(dead_code, reason = "never made"))] File);

#[cfg(unix)]
impl Apart {
    /// None where the system gives no second handle: the first one serves.
    pub(super) fn of(file: &File) -> Option<Self> {
        file.try_clone().ok().map(Self)
    }

    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    /// Lets the first handle, which shares its place, go on at `offset`.
    pub(super) fn go_on_at(&self, offset: u64) -> io::Result<()> {
        let mut file = &self.0;
        io::Seek::seek(&mut file, io::SeekFrom::Start(offset)).map(drop)
    }
}

#[cfg(not(unix))]
impl Apart {
    pub(super) fn of(_: &File) -> Option<Self> {
        None
    }

    pub(super) fn read(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn go_on_at(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
