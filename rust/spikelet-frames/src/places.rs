//! Where events fall in a frame, a block at a time.
//!
//! The addresses of a block are computed together, in vector code, before any cell is touched.

use std::ops::Range;

use spikelet_events::wide::widely;
use spikelet_events::{Columns, SensorSize};

use crate::{Cut, Error, Polarity};

/// Addresses that stay in the first cache beside the columns they come from.
pub(crate) const BLOCK: usize = 256;

/// Calls `work` with the cells of each block of a range of events, and with the block.
///
/// # Errors
/// [`Error::Outside`] when an event lies outside the sensor; the blocks before it have been worked on.
/// [`Error::Vast`] when a frame has more cells than 32 bits tell apart.
pub(crate) fn each_block(
    cut: &Cut<'_>,
    polarity: Polarity,
    range: &Range<usize>,
    mut work: impl FnMut(&[u32], Columns<'_>),
) -> Result<(), Error> {
    let frame = Frame::new(cut.size(), polarity)?;
    let mut places = [0; BLOCK];
    let mut rest = cut.part(range);
    while !rest.is_empty() {
        let (block, behind) = rest.split_at(BLOCK);
        if !frame.locate(block, &mut places) {
            return Err(cut.outside_in(range));
        }
        work(places.get(..block.len()).unwrap_or_default(), block);
        rest = behind;
    }
    Ok(())
}

/// The layout `[channels, height, width]`.
struct Frame {
    size: SensorSize,
    polarity: Polarity,
    // Width and height where 16 bits hold them and every row of every channel.
    short: Option<(u16, u16)>,
}

impl Frame {
    fn new(size: SensorSize, polarity: Polarity) -> Result<Self, Error> {
        let rows = size.height.checked_mul(polarity.channels() as u32);
        if rows.and_then(|rows| rows.checked_mul(size.width)).is_none() {
            return Err(Error::Vast { size });
        }
        let short = u16::try_from(size.height).ok();
        let short = short.filter(|height| height.checked_mul(2).is_some());
        Ok(Self {
            size,
            polarity,
            short: u16::try_from(size.width).ok().zip(short),
        })
    }

    /// Writes the cell of each event; false when one lies outside.
    fn locate(&self, block: Columns<'_>, places: &mut [u32]) -> bool {
        let size = self.size;
        match (self.short, self.polarity) {
            // Products of 16 bits have vector instructions on every processor.
            (Some((width, height)), Polarity::TwoChannel) => locate(
                block,
                size,
                places,
                #[inline(always)]
                move |x: u16, y: u16, p: bool| {
                    let row = y.wrapping_add(if p { height } else { 0 });
                    row as u32 * width as u32 + x as u32
                },
            ),
            (Some((width, _)), _) => locate(
                block,
                size,
                places,
                #[inline(always)]
                move |x: u16, y: u16, _: bool| y as u32 * width as u32 + x as u32,
            ),
            // Outside the sensor this may wrap; nobody uses it then.
            (None, polarity) => locate(
                block,
                size,
                places,
                #[inline(always)]
                move |x: u16, y: u16, p: bool| {
                    let row = polarity.channel(p) as u32 * size.height;
                    let row = row.wrapping_add(y as u32);
                    row.wrapping_mul(size.width).wrapping_add(x as u32)
                },
            ),
        }
    }
}

#[inline]
fn locate(
    block: Columns<'_>,
    size: SensorSize,
    places: &mut [u32],
    place: impl Fn(u16, u16, bool) -> u32,
) -> bool {
    widely(
        // Moved in: beside addresses that are written, its numbers would be read again for each event.
        #[inline(always)]
        move || {
            let (mut largest_x, mut largest_y) = (0, 0);
            let pixels = block.x().iter().zip(block.y()).zip(block.p());
            for (to, ((&x, &y), &p)) in places.iter_mut().zip(pixels) {
                largest_x = largest_x.max(x);
                largest_y = largest_y.max(y);
                *to = place(x, y, p);
            }
            size.contains(largest_x, largest_y)
        },
    )
}
