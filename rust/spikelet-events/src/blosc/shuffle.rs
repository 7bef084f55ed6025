//! Numbers whose bytes stand apart: first the lowest of all, then the next.

/// Fills `plain` with the numbers of `size` bytes whose bytes `shuffled` holds; both are equally long.
///
/// Numbers of two and four bytes are put together many at a time.
pub(super) fn unshuffle(shuffled: &[u8], size: usize, plain: &mut [u8]) {
    let numbers = shuffled.len() / size.max(1);
    let (lanes, rest) = shuffled.split_at(numbers * size);
    let (places, places_left) = plain.split_at_mut(lanes.len().min(plain.len()));
    match size {
        2 => twos(lanes.split_at(numbers), places),
        4 => fours(lanes.split_at(2 * numbers), places),
        _ => {
            for (byte, lane) in lanes.chunks_exact(numbers.max(1)).enumerate() {
                let places = places.iter_mut().skip(byte).step_by(size.max(1));
                places.zip(lane).for_each(|(place, &value)| *place = value);
            }
        }
    }
    for (place, &value) in places_left.iter_mut().zip(rest) {
        *place = value;
    }
}

fn twos((low, high): (&[u8], &[u8]), places: &mut [u8]) {
    let lanes = low.iter().zip(high);
    for (place, (&low, &high)) in places.as_chunks_mut().0.iter_mut().zip(lanes) {
        *place = [low, high];
    }
}

fn fours((low, high): (&[u8], &[u8]), places: &mut [u8]) {
    let (a, b) = low.split_at(low.len() / 2);
    let (c, d) = high.split_at(high.len() / 2);
    let lanes = a.iter().zip(b).zip(c.iter().zip(d));
    for (place, ((&a, &b), (&c, &d))) in places.as_chunks_mut().0.iter_mut().zip(lanes) {
        *place = [a, b, c, d];
    }
}
