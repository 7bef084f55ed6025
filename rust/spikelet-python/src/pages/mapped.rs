//! A column in a mapping of its own, which grows without a copy and is offered back to the system while unused.

use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::shelf::Cell;

/// Columns of fewer bytes gain nothing from large pages, as numpy has it.
const LEAST_LARGE: usize = 1 << 22;
const LARGE_PAGE: usize = 1 << 21;
const PAGE: usize = 1 << 12;

/// Elements, zeros where nothing was written.
pub(crate) struct Mapped<T> {
    start: NonNull<T>,
    len: usize,
    bytes: usize,
    /// Elements from the start that were written to when it was last in use.
    pub(super) used: usize,
    /// Whether the system may have taken back what was used.
    is_offered: bool,
    owned: PhantomData<T>,
}

// SAFETY: it owns its memory, as a vector does.
unsafe impl<T: Send> Send for Mapped<T> {}
// SAFETY: a shared reference gives access to nothing but lengths.
unsafe impl<T: Sync> Sync for Mapped<T> {}

/// Bytes of whole pages, large ones where they are worth it.
fn whole_pages<T>(len: usize) -> Option<usize> {
    let bytes = len.checked_mul(size_of::<T>())?;
    bytes.checked_next_multiple_of(if bytes < LEAST_LARGE {
        PAGE
    } else {
        LARGE_PAGE
    })
}

impl<T: Cell> Mapped<T> {
    /// `len` zeros, or nothing where the system has no room for them.
    pub(super) fn new(len: usize) -> Option<Self> {
        let bytes = whole_pages::<T>(len).filter(|&bytes| bytes > 0)?;
        // SAFETY: a new mapping at a place of the system's choice touches nobody's memory.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        let start = NonNull::new(start)?.cast();
        let column = Self {
            start,
            len,
            bytes,
            used: 0,
            is_offered: false,
            owned: PhantomData,
        };
        column.ask_for_large();
        Some(column)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: the mapping holds `len` elements, zeros or what was written through such a slice, and is owned.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Lengthens it to `len` elements; false where the system has no room for them.
    pub(super) fn grow(&mut self, len: usize) -> bool {
        let Some(bytes) = whole_pages::<T>(len) else {
            return false;
        };
        if bytes > self.bytes {
            let old = self.start.as_ptr().cast();
            // SAFETY: the mapping is owned and not borrowed now; what is behind its old end is zeros.
            let start = unsafe { libc::mremap(old, self.bytes, bytes, libc::MREMAP_MAYMOVE) };
            if start == libc::MAP_FAILED {
                return false;
            }
            let Some(start) = NonNull::new(start) else {
                return false;
            };
            (self.start, self.bytes) = (start.cast(), bytes);
            self.ask_for_large();
        }
        let before = core::mem::replace(&mut self.len, len);
        self.take_back(before);
        true
    }

    /// Makes it a column of `len` elements for another use; false where there is no room.
    ///
    /// What was used behind them stays at hand, for `len` may be a guess: the end is known when the column is lent.
    pub(super) fn reuse(&mut self, len: usize) -> bool {
        self.len = 0;
        self.grow(len)
    }

    /// Writes to each page behind the first `before` elements that was used before and is in use again: the system
    /// drops a page that it was offered until then.
    fn take_back(&mut self, before: usize) {
        if !self.is_offered {
            return;
        }
        let page = PAGE / size_of::<T>();
        let used = self.used.min(self.len);
        let pages = before.next_multiple_of(page)..used;
        for place in self
            .all_mut()
            .get_mut(pages)
            .unwrap_or_default()
            .iter_mut()
            .step_by(page)
        {
            *place = T::default();
        }
    }

    /// Ends the use of it: gives the pages back that an earlier use filled and this one did not.
    pub(super) fn end_at(&mut self, filled: usize) {
        if self.used > filled {
            self.advise(filled, libc::MADV_DONTNEED);
        }
        (self.used, self.is_offered) = (filled, false);
    }

    /// Lets the system take back its pages when it needs some; until then they cost nothing to use again.
    ///
    /// Chunks of a stream come back soon, and to offer their small pages takes longer than to fill them.
    pub(super) fn offer_back(&mut self) {
        self.is_offered = self.bytes >= LEAST_LARGE;
        if self.is_offered {
            self.advise(0, libc::MADV_FREE);
        }
    }

    fn ask_for_large(&self) {
        if self.bytes >= LEAST_LARGE {
            self.advise(0, libc::MADV_HUGEPAGE);
        }
    }
}

impl<T> Mapped<T> {
    /// Tells the system about all whole pages behind the first `kept` elements.
    fn advise(&self, kept: usize, advice: libc::c_int) {
        let start = (kept * size_of::<T>()).next_multiple_of(PAGE);
        if start >= self.bytes {
            return;
        }
        // SAFETY: the range lies inside the mapping, which nobody borrows now. The advice given changes no byte, or
        // makes them zeros. A refusal leaves pages as they are.
        unsafe {
            let first = self.start.as_ptr().cast::<u8>().add(start);
            libc::madvise(first.cast(), self.bytes - start, advice);
        }
    }
}

impl<T> Drop for Mapped<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and nothing borrows it any more.
        unsafe {
            libc::munmap(self.start.as_ptr().cast(), self.bytes);
        }
    }
}
