//! Where encoded bytes go.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use crate::Error;

/// Bytes collected from pieces that are shorter; longer ones go straight on.
const BUFFER_BYTES: usize = 1 << 16;

/// A file, and how many bytes were given to it.
#[derive(Debug)]
pub(super) struct Output {
    file: BufWriter<File>,
    pub(super) bytes: u64,
}

impl Output {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            bytes: 0,
        }
    }

    pub(super) fn put(&mut self, piece: &[u8]) -> io::Result<()> {
        self.bytes += piece.len() as u64;
        self.file.write_all(piece)
    }

    /// Puts what `encode` gives, piece by piece.
    pub(super) fn take(
        &mut self,
        encode: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut written = Ok(());
        encode(&mut |piece| {
            if written.is_ok() {
                written = self.put(piece);
            }
        })?;
        Ok(written?)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
