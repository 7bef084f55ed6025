//! Generic streams: a time, a length, and so many bytes.

use crate::{ColumnsMut, Payload};

/// Longest payload that is read, in bytes.
pub const MAX_PAYLOAD: u32 = 1 << 24;
/// Bytes of a length; 7 bits in each.
const MAX_LENGTH_BYTES: u32 = 5;

/// Where in an item the stream stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before an item.
    Idle,
    /// In the length, this many of its bytes read.
    Length { read: u32, length: u64 },
    /// In the bytes.
    Bytes { length: u32, at: u32 },
    /// The length made no sense.
    Lost,
}

/// The state of a decoder of payloads.
#[derive(Clone, Debug)]
pub(super) struct Payloads {
    t: i64,
    place: Place,
    /// Bytes since the end of the last whole item, pauses not counted.
    open_bytes: u64,
    /// Whole payloads.
    pub(super) whole: u64,
    /// Reset bytes.
    pub(super) resets: u64,
}

impl Payloads {
    pub(super) const fn new() -> Self {
        Self {
            t: 0,
            place: Place::Idle,
            open_bytes: 0,
            whole: 0,
            resets: 0,
        }
    }

    /// Bytes of an item that never became whole.
    pub(super) fn tail_bytes(&self) -> u64 {
        self.open_bytes
    }

    /// Takes all of `input`; payloads go out in the pieces in which they come.
    pub(super) fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) {
        let mut rest = input;
        while let Some((&byte, after)) = rest.split_first() {
            match self.place {
                Place::Idle => {
                    rest = after;
                    self.first(byte);
                }
                Place::Length { read, length } => {
                    rest = after;
                    self.place = more_length(byte, read, length);
                    self.open_bytes += 1;
                    if let Place::Bytes { length: 0, .. } = self.place {
                        self.piece(&[], out);
                    }
                }
                Place::Bytes { length, at } => {
                    let wanted = (length - at) as usize;
                    let (piece, after) = rest.split_at(wanted.min(rest.len()));
                    rest = after;
                    self.piece(piece, out);
                }
                Place::Lost => {
                    self.open_bytes += rest.len() as u64;
                    return;
                }
            }
        }
    }

    fn first(&mut self, byte: u8) {
        match byte {
            0xff => self.t += 254,
            0xfe => self.resets += 1,
            _ => {
                self.t += byte as i64;
                self.open_bytes = 1;
                self.place = Place::Length { read: 0, length: 0 };
            }
        }
    }

    fn piece(&mut self, bytes: &[u8], out: &mut ColumnsMut<'_>) {
        let Place::Bytes { length, at } = self.place else {
            return;
        };
        if let Some(beside) = out.beside() {
            beside.payload(Payload {
                t: self.t,
                length,
                at,
                bytes,
            });
        }
        let at = at + bytes.len() as u32;
        self.open_bytes += bytes.len() as u64;
        self.place = Place::Bytes { length, at };
        if at == length {
            self.place = Place::Idle;
            self.open_bytes = 0;
            self.whole += 1;
        }
    }
}

/// Seven more bits of the length, the least significant first.
fn more_length(byte: u8, read: u32, length: u64) -> Place {
    let length = length | ((byte >> 1) as u64) << (7 * read);
    let is_last = byte & 1 == 0;
    match u32::try_from(length) {
        Ok(length) if is_last && length <= MAX_PAYLOAD => Place::Bytes { length, at: 0 },
        _ if is_last || read + 1 == MAX_LENGTH_BYTES => Place::Lost,
        _ => Place::Length {
            read: read + 1,
            length,
        },
    }
}
