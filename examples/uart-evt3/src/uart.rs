//! The receiving end of a serial line.

/// A ring of `N` bytes between the interrupt that fills it and the loop that empties it.
///
/// ```
/// use uart_evt3::Uart;
///
/// let mut uart: Uart<2> = Uart::new();
/// for byte in 1..=3 {
///     uart.receive(byte);
/// }
/// assert_eq!((uart.waiting(), uart.lost()), (&[1, 2][..], 1));
/// ```
#[derive(Debug)]
pub struct Uart<const N: usize> {
    bytes: [u8; N],
    start: usize,
    len: usize,
    lost: u32,
}

impl<const N: usize> Uart<N> {
    /// A line on which nothing came yet.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            start: 0,
            len: 0,
            lost: 0,
        }
    }

    /// What the interrupt calls: keeps a byte, or counts it as lost where the ring is full.
    pub fn receive(&mut self, byte: u8) {
        let at = (self.start + self.len) % N.max(1);
        match self.bytes.get_mut(at) {
            Some(place) if self.len < N => {
                *place = byte;
                self.len += 1;
            }
            _ => self.lost = self.lost.saturating_add(1),
        }
    }

    /// The oldest bytes that lie in one piece.
    pub fn waiting(&self) -> &[u8] {
        let end = N.min(self.start + self.len);
        self.bytes.get(self.start..end).unwrap_or_default()
    }

    /// Frees the places of the `used` oldest bytes.
    pub fn consume(&mut self, used: usize) {
        let used = used.min(self.len);
        self.start = (self.start + used) % N.max(1);
        self.len -= used;
    }

    /// Bytes that found the ring full: the loop was too slow.
    pub fn lost(&self) -> u32 {
        self.lost
    }
}

impl<const N: usize> Default for Uart<N> {
    fn default() -> Self {
        Self::new()
    }
}
