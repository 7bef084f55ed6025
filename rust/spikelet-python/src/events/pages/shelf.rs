//! Columns that nobody uses, until somebody does.

use std::sync::Mutex;

use numpy::Element;

use super::mapped::Mapped;

/// Events whose columns are kept at most: 500 MB.
const MOST_EVENTS: usize = 40_000_000;
/// Recordings whose columns are kept at most: a stream fills one chunk while another is looked at.
const MOST_RECORDINGS: usize = 4;

/// The longest unused are in front. Only ever tried, never waited for: a child of a fork may find it locked for good.
pub(super) type Shelf<T> = Mutex<Vec<Mapped<T>>>;

/// A type of column. Zeros are a value of it.
pub(super) trait Cell: Element + Copy + Default + 'static {
    /// Columns of this type in a recording.
    const PER_RECORDING: usize;

    fn shelf() -> &'static Shelf<Self>;
}

macro_rules! cells {
    ($($cell:ty, $per_recording:literal;)*) => {
        $(impl Cell for $cell {
            const PER_RECORDING: usize = $per_recording;

            fn shelf() -> &'static Shelf<Self> {
                static SHELF: Shelf<$cell> = Mutex::new(Vec::new());
                &SHELF
            }
        })*
    };
}
cells! {
    i64, 1;
    u16, 2;
    bool, 1;
}

/// The column whose used part is nearest to `len` elements, made as long.
///
/// Where none is near, all are given back, for recordings like theirs seem to be over.
pub(super) fn take<T: Cell>(len: usize) -> Option<Mapped<T>> {
    let mut shelf = T::shelf().try_lock().ok()?;
    let near = shelf
        .iter()
        .enumerate()
        .filter(|(_, column)| column.used / 4 <= len && len / 4 <= column.used);
    let nearest = near.min_by_key(|(_, column)| column.used.abs_diff(len));
    let Some((index, _)) = nearest else {
        shelf.clear();
        return None;
    };
    let mut column = shelf.remove(index);
    drop(shelf);
    column.reuse(len).then_some(column)
}

/// Puts a column aside.
pub(super) fn keep<T: Cell>(mut column: Mapped<T>) {
    let Ok(mut shelf) = T::shelf().try_lock() else {
        return;
    };
    column.offer_back();
    shelf.push(column);
    let most = MOST_EVENTS * T::PER_RECORDING;
    while shelf.len() > MOST_RECORDINGS * T::PER_RECORDING
        || shelf.iter().map(|column| column.used).sum::<usize>() > most
    {
        shelf.remove(0);
    }
}
