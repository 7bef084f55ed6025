//! Where in a file the first trouble stands.

use super::UNIT_EVENTS;
use crate::format::AnyDecoder;
use crate::{Audit, OwnedColumns, Trigger};

/// Where in the file the first event of each kind of trouble stands.
///
/// ```
/// use spikelet_events::{OwnedColumns, ReadOptions, Reader, SensorSize};
///
/// let sensor_size = Some(SensorSize { width: 5, height: 5 });
/// let options = ReadOptions { sensor_size, ..ReadOptions::default() };
/// let mut reader = Reader::new(&[1, 1, 0, 0, 7, 9, 1, 0, 0, 8][..], Some("bin"), &options)?;
/// reader.read(&mut OwnedColumns::zeroed(8).all_mut())?;
/// assert_eq!(reader.blame().out_of_bounds_byte, Some(5));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// Offset of the word that holds the first event out of bounds.
    pub out_of_bounds_byte: Option<u64>,
    /// Offset of the word that holds the first event that steps back.
    pub backward_byte: Option<u64>,
    /// Offset of the first packet that breaks its format's rules.
    pub bad_packet_byte: Option<u64>,
}

impl Blame {
    /// Asks for the places of the first events of each kind of trouble, if it is new.
    pub(super) fn find(&mut self, audit: &Audit, place: impl Fn(u64) -> Option<u64>) {
        if let (Some(index), None) = (audit.first_out_of_bounds, self.out_of_bounds_byte) {
            self.out_of_bounds_byte = place(index);
        }
        if let (Some(index), None) = (audit.first_backward, self.backward_byte) {
            self.backward_byte = place(index);
        }
    }
}

/// The offset of the unit that gives event `index`, found by decoding `piece` once more, byte by byte.
pub(super) fn locate(
    mut decoder: AnyDecoder,
    piece: &[u8],
    offset: u64,
    index: u64,
) -> Option<u64> {
    let mut unit = OwnedColumns::zeroed(UNIT_EVENTS);
    let ends = offset + 1..;
    for (byte, end) in piece.chunks(1).zip(ends) {
        // The last byte of a packet is taken once all its events are handed out.
        let mut used = 0;
        while used == 0 {
            let mut triggers = [Trigger::default(); 1];
            let mut out = unit.all_mut().with_triggers(&mut triggers);
            used = decoder.push(byte, &mut out);
            if decoder.counts().events > index {
                return Some(end - decoder.last_unit_bytes() as u64);
            }
        }
    }
    None
}
