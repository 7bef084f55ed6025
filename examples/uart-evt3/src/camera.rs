//! Bytes of the line to events.

use spikelet_events::{ColumnsMut, Counts, Decode, Event, Trigger, format::evt3};

use crate::Uart;

/// Places for events: more only means fewer rounds.
const PLACES: usize = 64;

/// A decoder with places for what it finds, about 1 KiB in all.
///
/// ```
/// use uart_evt3::{Camera, Uart};
///
/// let mut camera = Camera::new();
/// camera.poll(&mut Uart::<16>::new(), |_| unreachable!("nothing came"));
/// assert_eq!(camera.counts().events, 0);
/// ```
#[derive(Debug)]
pub struct Camera {
    decoder: evt3::Decoder,
    t: [i64; PLACES],
    x: [u16; PLACES],
    y: [u16; PLACES],
    p: [bool; PLACES],
    triggers: [Trigger; 4],
}

impl Camera {
    /// A camera that has sent nothing yet.
    pub const fn new() -> Self {
        let no_edge = Trigger {
            t: 0,
            id: 0,
            p: false,
        };
        Self {
            decoder: evt3::Decoder::new(),
            t: [0; PLACES],
            x: [0; PLACES],
            y: [0; PLACES],
            p: [false; PLACES],
            triggers: [no_edge; 4],
        }
    }

    /// Decodes all that waits on the line, half a word too, and hands events to `take`.
    pub fn poll<const N: usize>(&mut self, uart: &mut Uart<N>, mut take: impl FnMut(Event)) {
        while !uart.waiting().is_empty() {
            let Self { t, x, y, p, .. } = self;
            // Of one length by their types, so that this cannot fail.
            let Ok(out) = ColumnsMut::new(t, x, y, p) else {
                return;
            };
            let mut out = out.with_triggers(&mut self.triggers);
            let used = self.decoder.push(uart.waiting(), &mut out);
            out.filled().iter().for_each(&mut take);
            uart.consume(used);
        }
    }

    /// What the decoder saw so far.
    pub fn counts(&self) -> &Counts {
        self.decoder.counts()
    }
}

impl Default for Camera {
    fn default() -> Self {
        Self::new()
    }
}
