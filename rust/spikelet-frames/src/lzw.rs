//! Pictures of few colours in the compressed form of GIF files: LZW codes of growing length, in blocks.

const MOST_CODES: u16 = 4096;
const BLOCK_BYTES: usize = 255;

/// The image data of a GIF frame: code length, blocks, end mark.
///
/// `pixels` are colours below `1 << bits`; of larger ones the high bits are ignored. `bits` is taken as 2 to 8, the
/// range of the format.
///
/// ```
/// use spikelet_frames::gif_image_data;
///
/// // A decoder begins with 3-bit codes: clear, 1, then 6 for the pair just seen, 1, end.
/// let codes = 0b101_001_110_001_100_u16;
/// let data = gif_image_data(&[1, 1, 1, 1], 2);
/// assert_eq!(data, [2, 2, codes.to_le_bytes()[0], codes.to_le_bytes()[1], 0]);
/// ```
///
/// # Source
/// *Graphics Interchange Format, Version 89a*, 1990, appendix F.
#[must_use]
pub fn gif_image_data(pixels: &[u8], bits: u32) -> Vec<u8> {
    let bits = bits.clamp(2, 8);
    let mask = ((1_u16 << bits) - 1) as u8;
    let mut codes = Codes::new(bits);
    let mut table = Table::new(bits);
    codes.put(table.clear_code());
    let mut colours = pixels.iter().map(|pixel| pixel & mask);
    if let Some(first) = colours.next() {
        let mut run = u16::from(first);
        for colour in colours {
            if let Some(longer) = table.longer(run, colour) {
                run = longer;
                continue;
            }
            codes.put(run);
            if table.add(run, colour) {
                codes.grow(table.next);
            } else {
                codes.put(table.clear_code());
                codes.reset();
                table.reset();
            }
            run = u16::from(colour);
        }
        codes.put(run);
        // A decoder adds an entry for the last code too, and may lengthen its codes by that.
        codes.grow(table.next.saturating_add(1));
    }
    codes.put(table.clear_code() + 1);
    codes.finish()
}

/// Which code stands for a known run and one more colour.
struct Table {
    bits: u32,
    /// The code of each pair of run and colour, 0 where there is none: no longer run has code 0.
    children: Vec<u16>,
    next: u16,
}

impl Table {
    fn new(bits: u32) -> Self {
        let children = vec![0; usize::from(MOST_CODES) << bits];
        let next = (1 << bits) + 2;
        Self {
            bits,
            children,
            next,
        }
    }

    const fn clear_code(&self) -> u16 {
        1 << self.bits
    }

    fn place(&self, run: u16, colour: u8) -> usize {
        usize::from(run) << self.bits | usize::from(colour)
    }

    fn longer(&self, run: u16, colour: u8) -> Option<u16> {
        let code = self.children.get(self.place(run, colour));
        code.copied().filter(|&code| code != 0)
    }

    /// Whether there was room for the run and one more colour.
    fn add(&mut self, run: u16, colour: u8) -> bool {
        let place = self.place(run, colour);
        match self.children.get_mut(place) {
            Some(child) if self.next < MOST_CODES => {
                *child = self.next;
                self.next += 1;
                true
            }
            _ => false,
        }
    }

    fn reset(&mut self) {
        self.children.fill(0);
        self.next = self.clear_code() + 2;
    }
}

/// Codes as bytes, low bits first, in blocks that say their length.
struct Codes {
    out: Vec<u8>,
    block: Vec<u8>,
    first_length: u32,
    length: u32,
    waiting: u32,
    waiting_bits: u32,
}

impl Codes {
    fn new(bits: u32) -> Self {
        Self {
            out: vec![bits as u8],
            block: Vec::with_capacity(BLOCK_BYTES),
            first_length: bits + 1,
            length: bits + 1,
            waiting: 0,
            waiting_bits: 0,
        }
    }

    fn put(&mut self, code: u16) {
        self.waiting |= u32::from(code) << self.waiting_bits;
        self.waiting_bits += self.length;
        while self.waiting_bits >= 8 {
            self.byte(self.waiting as u8);
            self.waiting >>= 8;
            self.waiting_bits -= 8;
        }
    }

    /// Longer codes once the decoder, which is one entry behind, will have filled all of this length.
    fn grow(&mut self, next: u16) {
        if u32::from(next) > 1 << self.length && self.length < 12 {
            self.length += 1;
        }
    }

    fn reset(&mut self) {
        self.length = self.first_length;
    }

    fn byte(&mut self, byte: u8) {
        self.block.push(byte);
        if self.block.len() == BLOCK_BYTES {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        self.out.push(self.block.len() as u8);
        self.out.append(&mut self.block);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.waiting_bits > 0 {
            self.byte(self.waiting as u8);
        }
        if !self.block.is_empty() {
            self.end_block();
        }
        self.out.push(0);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A decoder by the book: a list of runs, one code at a time.
    fn decoded(data: &[u8]) -> Vec<u8> {
        let bits = u32::from(data[0]);
        let mut bytes: Vec<u8> = Vec::new();
        let mut rest = &data[1..];
        while rest[0] != 0 {
            let length = usize::from(rest[0]);
            bytes.extend(&rest[1..=length]);
            rest = &rest[1 + length..];
        }
        assert_eq!(rest, [0], "nothing follows the end mark");
        let (clear, end) = (1_usize << bits, (1_usize << bits) + 1);
        let start: Vec<Vec<u8>> = (0..clear + 2).map(|code| vec![code as u8]).collect();
        let (mut runs, mut last, mut pixels) = (start.clone(), None::<Vec<u8>>, Vec::new());
        let (mut place, mut length) = (0, bits + 1);
        loop {
            let code = (0..length).fold(0, |code, i| {
                let at = place + i as usize;
                code | usize::from(bytes[at / 8] >> (at % 8) & 1) << i
            });
            place += length as usize;
            if code == end {
                assert!(bytes.len() * 8 - place < 8, "no byte is left over");
                return pixels;
            }
            if code == clear {
                (runs, last, length) = (start.clone(), None, bits + 1);
                continue;
            }
            let run = match (runs.get(code), &last) {
                (Some(run), _) => run.clone(),
                (None, Some(last)) if code == runs.len() => [&last[..], &last[..1]].concat(),
                _ => panic!("code {code} is not known yet"),
            };
            if let Some(last) = &last
                && runs.len() < 4096
            {
                runs.push([&last[..], &run[..1]].concat());
            }
            if runs.len() == 1 << length && length < 12 {
                length += 1;
            }
            pixels.extend(&run);
            last = Some(run);
        }
    }

    proptest! {
        #[test]
        fn pixels_come_back(
            (bits, pixels) in (2_u32..=8).prop_flat_map(|bits| {
                let colour = 0..(1_u16 << bits);
                (Just(bits), proptest::collection::vec(colour.prop_map(|c| c as u8), 0..6000))
            })
        ) {
            prop_assert_eq!(decoded(&gif_image_data(&pixels, bits)), pixels);
        }
    }

    #[test]
    fn pictures_that_fill_the_table_more_than_once_come_back() {
        let mut state = 1_u32;
        let pixels: Vec<u8> = (0..300_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 28) as u8
            })
            .collect();
        assert_eq!(decoded(&gif_image_data(&pixels, 4)), pixels);
        let empty = vec![0; 300_000];
        assert_eq!(decoded(&gif_image_data(&empty, 4)), empty);
    }

    #[test]
    fn every_short_length_comes_back() {
        for length in 0..700 {
            let pixels: Vec<u8> = (0..length).map(|i| (i * i % 7 % 4) as u8).collect();
            assert_eq!(decoded(&gif_image_data(&pixels, 2)), pixels);
        }
    }
}
