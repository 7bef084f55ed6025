//! Columns that nobody uses, until somebody does.

use std::sync::Mutex;

use numpy::Element;

use super::mapped::Mapped;

/// Events whose columns are kept at most: 500 MB.
const MOST_EVENTS: usize = 40_000_000;
/// Recordings whose columns are kept at most: a stream fills one chunk while another is looked at.
const MOST_RECORDINGS: usize = 4;
/// Numbers of tensors that are kept at most: 512 MB.
const MOST_NUMBERS: usize = 1 << 27;
/// Tensors that are kept at most.
const MOST_TENSORS: usize = 256;

/// The longest unused are in front. Only ever tried, never waited for: a child of a fork may find it locked for good.
pub(crate) type Shelf<T> = Mutex<Vec<Mapped<T>>>;

/// A type of column. Zeros are a value of it.
pub(crate) trait Cell: Element + Copy + Default + 'static {
    /// Columns that are kept at most.
    const MOST: usize;
    /// Elements of all of them at most.
    const MOST_ELEMENTS: usize;

    fn shelf() -> &'static Shelf<Self>;

    /// Whether a column of `used` elements may become one of `len`: recordings are alike, and their lengths guessed.
    fn fits(used: usize, len: usize) -> bool {
        used / 4 <= len && len / 4 <= used
    }

    /// Whether columns come seldom: the system may take them back meanwhile, and one that none fits says that the
    /// time of those before is over.
    fn is_rare() -> bool {
        true
    }
}

macro_rules! cells {
    ($($cell:ty, $per_recording:literal;)*) => {
        $(impl Cell for $cell {
            const MOST: usize = MOST_RECORDINGS * $per_recording;
            const MOST_ELEMENTS: usize = MOST_EVENTS * $per_recording;

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

/// The numbers of tensors: a net asks for many lengths in turn, and for the same ones again.
impl Cell for f32 {
    const MOST: usize = MOST_TENSORS;
    const MOST_ELEMENTS: usize = MOST_NUMBERS;

    fn shelf() -> &'static Shelf<Self> {
        static SHELF: Shelf<f32> = Mutex::new(Vec::new());
        &SHELF
    }

    fn fits(used: usize, len: usize) -> bool {
        used == len
    }

    /// To offer a tensor's pages and to take them back takes half as long as to fill it.
    fn is_rare() -> bool {
        false
    }
}

/// The column whose used part is nearest to `len` elements, made as long; of several the one used last.
///
/// Where none fits, all may be given back.
pub(super) fn take<T: Cell>(len: usize) -> Option<Mapped<T>> {
    let mut shelf = T::shelf().try_lock().ok()?;
    let columns = shelf.iter().enumerate().rev();
    let fitting = columns.filter(|(_, column)| T::fits(column.used, len));
    let nearest = fitting.min_by_key(|(_, column)| column.used.abs_diff(len));
    let Some((index, _)) = nearest else {
        if T::is_rare() {
            shelf.clear();
        }
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
    if T::is_rare() {
        column.offer_back();
    }
    shelf.push(column);
    while shelf.len() > T::MOST
        || shelf.iter().map(|column| column.used).sum::<usize>() > T::MOST_ELEMENTS
    {
        shelf.remove(0);
    }
}
