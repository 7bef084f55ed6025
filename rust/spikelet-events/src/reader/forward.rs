//! Reading ahead: another thread reads the next bytes of a file while those before are decoded.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::{process, thread, vec::Vec};

use super::READ_BYTES;
use super::apart::Apart;

/// Buffers under way: decoded, to be decoded, to be filled.
const BUFFERS: usize = 4;
/// Of those, given back at once: to wake a thread that has nothing to fill takes as long as to decode a part of one.
const AT_ONCE: usize = 2;

/// A buffer, and how many of its bytes were read.
type Filled = (Vec<u8>, io::Result<usize>);

/// What the thread gives and takes; it ends when this is dropped, at an error and behind the end of the file.
#[derive(Debug)]
pub(super) struct Forward {
    /// The process that the thread belongs to: a child of a fork has none.
    process: u32,
    /// Never locked: so may a reader be shared, as its other parts allow.
    filled: Mutex<Receiver<Filled>>,
    emptied: SyncSender<Vec<u8>>,
    /// Not given back yet.
    spent: Vec<Vec<u8>>,
    file: Apart,
}

impl Forward {
    /// Begins at `offset`; none where the system gives no second handle or no thread: the reader reads by itself.
    pub(super) fn start(file: &File, offset: u64) -> Option<Self> {
        let (emptied, to_fill) = sync_channel(BUFFERS);
        let (full, filled) = sync_channel(BUFFERS);
        for _ in 1..BUFFERS {
            emptied.send(Vec::new()).ok()?;
        }
        let (theirs, ours) = (Apart::of(file)?, Apart::of(file)?);
        let work = move || read_on(&theirs, offset, &to_fill, &full);
        let builder = thread::Builder::new().name("spikelet-ahead".into());
        builder.spawn(work).ok()?;
        Some(Self {
            process: process::id(),
            filled: Mutex::new(filled),
            emptied,
            spent: Vec::new(),
            file: ours,
        })
    }

    /// Whether its thread runs in this process.
    pub(super) fn is_ours(&self) -> bool {
        self.process == process::id()
    }

    /// Exchanges `bytes` for the next ones; how many these are, 0 at the end of the file and behind it.
    pub(super) fn exchange(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.spent.push(core::mem::take(bytes));
        if self.spent.len() == AT_ONCE {
            for buffer in self.spent.drain(..) {
                // Behind the end nobody takes it.
                let _ = self.emptied.send(buffer);
            }
        }
        let filled = self.filled.get_mut();
        let Ok((buffer, read)) = filled.unwrap_or_else(PoisonError::into_inner).recv() else {
            return Ok(0);
        };
        *bytes = buffer;
        read
    }

    /// Lets the file be read at `offset` without the thread.
    pub(super) fn go_on_at(&self, offset: u64) -> io::Result<()> {
        self.file.go_on_at(offset)
    }
}

/// Fills one buffer after the other until nothing is left or nobody takes them.
fn read_on(file: &Apart, start: u64, to_fill: &Receiver<Vec<u8>>, full: &SyncSender<Filled>) {
    let mut offset = start;
    for mut buffer in to_fill {
        buffer.resize(READ_BYTES, 0);
        let mut read = file.read(&mut buffer, offset);
        while matches!(&read, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
            read = file.read(&mut buffer, offset);
        }
        let more = *read.as_ref().unwrap_or(&0);
        offset += more as u64;
        if full.send((buffer, read)).is_err() || more == 0 {
            break;
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use std::fmt::Write;
    use std::path::PathBuf;
    use std::{env, format, fs, string::String, vec};

    use super::*;
    use crate::{OwnedColumns, ReadOptions, Reader};

    /// A file of these bytes, removed when it is dropped.
    struct Made(PathBuf);

    impl Made {
        fn of(name: &str, bytes: &[u8]) -> Self {
            let path = env::temp_dir().join(format!("spikelet-{name}-{}", process::id()));
            fs::write(&path, bytes).unwrap();
            Self(path)
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn what_is_read_ahead_is_the_file_from_there_on_and_then_nothing() {
        let bytes: Vec<u8> = (0..5 * READ_BYTES + 17).map(|at| (at / 7) as u8).collect();
        let made = Made::of("forward", &bytes);
        let mut forward = Forward::start(&File::open(&made.0).unwrap(), 10).unwrap();
        let (mut buffer, mut found) = (vec![1, 2, 3], Vec::new());
        loop {
            match forward.exchange(&mut buffer).unwrap() {
                0 => break,
                read => found.extend_from_slice(buffer.get(..read).unwrap()),
            }
        }
        assert!(bytes.get(10..) == Some(&*found));
        assert_eq!(forward.exchange(&mut buffer).unwrap(), 0);
    }

    #[test]
    fn a_text_without_a_last_line_feed_reads_alike_ahead_and_in_turn() {
        let mut lines = String::new();
        for t in 0..60_000 {
            writeln!(lines, "{},7,1,{t}", t % 31).unwrap();
        }
        let made = Made::of("lines.csv", lines.trim_end().as_bytes());
        let read = |is_ahead: bool| {
            let mut reader = Reader::open(&made.0, &ReadOptions::default()).unwrap();
            if is_ahead {
                reader.read_ahead();
            }
            let mut columns = OwnedColumns::zeroed(70_000);
            let mut out = columns.all_mut();
            while reader.read(&mut out).unwrap() > 0 {}
            let read = (
                out.len(),
                reader.bytes_read(),
                format!("{:?}", reader.audit()),
            );
            (columns, read)
        };
        let ahead = read(true);
        assert!(lines.len() > 2 * READ_BYTES && ahead == read(false));
        assert_eq!(ahead.1.0, 60_000);
    }
}
