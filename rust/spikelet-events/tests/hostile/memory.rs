//! What a thread holds at most, counted at the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn change(added: usize, freed: usize) {
    let held = (HELD.get() + added).saturating_sub(freed);
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call goes on to the system's allocator as it came; the counters neither allocate nor drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(layout.size(), 0);
        // SAFETY: the caller keeps what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        change(layout.size(), 0);
        // SAFETY: the caller keeps what `alloc_zeroed` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        change(size, layout.size());
        // SAFETY: the caller keeps what `realloc` asks for.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        change(0, layout.size());
        // SAFETY: the caller keeps what `dealloc` asks for.
        unsafe { System.dealloc(place, layout) }
    }
}

/// What `work` gives, and the bytes that this thread held at most beyond those that it held before.
pub(crate) fn held_at_most<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let done = work();
    (done, PEAK.get() - before)
}

#[test]
fn what_is_held_is_counted() {
    let twice = |first, second| drop((vec![1u8; first], vec![2u8; second]));
    assert_eq!(held_at_most(|| twice(5000, 3000)).1, 8000, "at once");
    assert_eq!(held_at_most(|| (twice(5000, 0), twice(0, 3000))).1, 5000);
}
