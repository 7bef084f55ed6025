//! Damage to files, the same on every machine.

/// Marsaglia's xorshift.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// What declared sizes and counts must never be believed to be.
const HUGE: [u32; 6] = [
    u32::MAX,
    0x8000_0000,
    i32::MAX as u32,
    1 << 28,
    (1 << 28) + 1,
    1 << 20,
];

/// One to five injuries; `other` is a file of which pieces may get in.
pub(crate) fn damage(mut bytes: Vec<u8>, other: &[u8], dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.roll(4) {
        if bytes.is_empty() {
            break;
        }
        injure(&mut bytes, other, dice);
    }
    bytes
}

fn injure(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.roll(bytes.len());
    match dice.roll(8) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << dice.roll(8),
        2 => bytes[at] = dice.roll(256) as u8,
        3 => {
            let piece = piece(bytes, dice).to_vec();
            bytes.splice(at..at, piece);
        }
        4 => {
            let piece: Vec<u8> = (0..dice.roll(40)).map(|_| dice.roll(256) as u8).collect();
            bytes.splice(at..at, piece);
        }
        5 => drop(bytes.splice(at.., piece(other, dice).iter().copied())),
        6 => {
            let end = bytes.len().min(at + dice.roll(60));
            bytes.drain(at..end);
        }
        _ => {
            let huge = HUGE[dice.roll(HUGE.len())];
            let order = [huge.to_le_bytes(), huge.to_be_bytes()][dice.roll(2)];
            for (place, byte) in bytes.iter_mut().skip(at).zip(order) {
                *place = byte;
            }
        }
    }
}

fn piece<'a>(bytes: &'a [u8], dice: &mut Dice) -> &'a [u8] {
    let from = dice.roll(bytes.len());
    &bytes[from..bytes.len().min(from + dice.roll(400))]
}
