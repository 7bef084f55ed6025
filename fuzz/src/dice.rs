//! Numbers that only the input decides, so that every finding can be repeated.

/// Marsaglia's xorshift, begun from the bytes.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall alike for the same bytes.
    pub fn of(bytes: &[u8]) -> Self {
        // FNV-1a; xorshift must not begin at 0.
        let mix = |hash: u64, &byte: &u8| (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3);
        Self(bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix) | 1)
    }

    /// A number below `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}
