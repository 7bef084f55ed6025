//! Writing by several threads.

use std::mem;
use std::sync::Mutex;
use std::thread;
use std::{vec, vec::Vec};

use super::output::Output;
use crate::format::AnyEncoder;
use crate::team::{BREAK, MOST_THREADS, held, left};
use crate::{Alongside, Columns, Encode, Error, Team};

/// Events that are encoded at a time: whole packets of every format, and so few that their bytes are written from the
/// second-level cache.
const BLOCK: usize = 1 << 14;
/// Blocks that may wait for one before them that comes late.
const SPARE_BLOCKS: usize = 4;

/// Memory for encoded events, kept from one call to the next.
pub(super) type Buffers = Vec<Vec<u8>>;

/// Encodes events by the threads of `team` and writes them; the bytes do not depend on how many they are.
///
/// Where an event is refused those before it are written, and the encoder stands behind them.
pub(super) fn share(
    events: Columns<'_>,
    (encoder, output, buffers): (&mut AnyEncoder, &mut Output, &mut Buffers),
    team: &impl Team,
) -> Result<(), Error> {
    let threads = team.size().min(MOST_THREADS);
    let threads = threads.min(events.len().div_ceil(BLOCK));
    let most = if threads > 1 {
        threads + SPARE_BLOCKS
    } else {
        1
    };
    buffers.resize_with(most, Vec::new);
    let work = Work {
        source: Mutex::new(Source {
            rest: events,
            encoder: encoder.clone(),
            taken: 0,
        }),
        desk: Mutex::new(Desk {
            idle: mem::take(buffers),
            early: Vec::new(),
            passed: 0,
        }),
        exit: Mutex::new(Exit {
            output,
            written: Ok(()),
        }),
    };
    team.each(&mut vec![(); threads], |()| work.off());
    *encoder = left(work.source).encoder;
    *buffers = left(work.desk).idle;
    left(work.exit).written
}

/// What the threads share; none waits for a certain block of another.
struct Work<'a> {
    source: Mutex<Source<'a>>,
    desk: Mutex<Desk>,
    exit: Mutex<Exit<'a>>,
}

/// Events that are left, and the encoder that stands before them.
struct Source<'a> {
    rest: Columns<'a>,
    encoder: AnyEncoder,
    /// Blocks taken.
    taken: u64,
}

/// Encoded events.
struct Block {
    number: u64,
    bytes: Vec<u8>,
    /// What was wrong with the event behind them, and the encoder that stands before it.
    refused: Option<(Error, AnyEncoder)>,
}

/// Where buffers are fetched, and brought when they are full.
struct Desk {
    idle: Buffers,
    /// Blocks that are not written yet.
    early: Vec<Block>,
    /// Blocks written.
    passed: u64,
}

struct Exit<'a> {
    output: &'a mut Output,
    written: Result<(), Error>,
}

impl Desk {
    /// Where the block stands whose turn it is.
    fn next(&self) -> Option<usize> {
        let mut numbers = self.early.iter().map(|block| block.number);
        numbers.position(|number| number == self.passed)
    }

    fn take_next(&mut self) -> Option<Block> {
        let block = self.next().map(|at| self.early.swap_remove(at));
        self.passed += block.is_some() as u64;
        block
    }
}

impl Work<'_> {
    /// Encodes and writes by one thread, until no events are left.
    fn off(&self) {
        while let Some(bytes) = self.buffer() {
            if let Some(block) = self.encoded(bytes) {
                held(&self.desk).early.push(block);
                self.write();
            }
        }
    }

    /// An empty one; none where no events are left.
    fn buffer(&self) -> Option<Vec<u8>> {
        loop {
            if held(&self.source).rest.is_empty() {
                return None;
            }
            if let Some(mut bytes) = held(&self.desk).idle.pop() {
                bytes.clear();
                return Some(bytes);
            }
            thread::sleep(BREAK);
        }
    }

    /// The next events; none where others were faster.
    fn encoded(&self, mut bytes: Vec<u8>) -> Option<Block> {
        let mut source = held(&self.source);
        let (events, rest) = source.rest.split_at(BLOCK);
        if events.is_empty() {
            held(&self.desk).idle.push(bytes);
            return None;
        }
        let number = source.taken;
        (source.rest, source.taken) = (rest, number + 1);
        let refused = if let Some(behind) = source.encoder.behind(events) {
            let mut encoder = mem::replace(&mut source.encoder, behind);
            drop(source);
            let encoded = encode(&mut encoder, events, &mut bytes);
            encoded.err().map(|error| (error, encoder))
        } else {
            let encoded = encode(&mut source.encoder, events, &mut bytes);
            encoded.err().map(|error| (error, source.encoder.clone()))
        };
        Some(Block {
            number,
            bytes,
            refused,
        })
    }

    /// Writes all blocks whose turn it is, unless another thread is at it, which then finds them.
    fn write(&self) {
        while held(&self.desk).next().is_some() {
            let Ok(mut exit) = self.exit.try_lock() else {
                return;
            };
            // Asked for by a call, so that the desk is free meanwhile.
            let next = || held(&self.desk).take_next();
            while let Some(Block { bytes, refused, .. }) = next() {
                self.put(&mut exit, &bytes, refused);
                held(&self.desk).idle.push(bytes);
            }
        }
    }

    /// Writes a block, unless something before it went wrong; if something does, no others are taken.
    fn put(&self, exit: &mut Exit<'_>, bytes: &[u8], refused: Option<(Error, AnyEncoder)>) {
        if exit.written.is_err() {
            return;
        }
        let (error, encoder) = match (exit.output.put(bytes), refused) {
            (Ok(()), None) => return,
            (Ok(()), Some((error, encoder))) => (error, Some(encoder)),
            (Err(error), _) => (error.into(), None),
        };
        exit.written = Err(error);
        let mut source = held(&self.source);
        source.rest = source.rest.split_at(usize::MAX).1;
        if let Some(encoder) = encoder {
            source.encoder = encoder;
        }
    }
}

fn encode(encoder: &mut AnyEncoder, events: Columns<'_>, bytes: &mut Vec<u8>) -> Result<(), Error> {
    let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
    encoder.push_with(events, Alongside::default(), &mut sink)
}
