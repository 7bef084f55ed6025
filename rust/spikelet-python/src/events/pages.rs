//! Memory in large pages, as numpy asks for its own arrays.
//!
//! New columns are bound by the system's work for each page: touching them costs a quarter where pages are of 2 MiB.

use spikelet_events::OwnedColumns;

/// Columns below this gain nothing, as numpy has it.
const LEAST_BYTES: usize = 1 << 22;

/// Asks the system for large pages where it can give them; what is not touched still costs nothing.
pub(super) fn ask_for_large(columns: &mut OwnedColumns) {
    let OwnedColumns { t, x, y, p } = columns;
    ask(t);
    ask(x);
    ask(y);
    ask(p);
}

#[cfg(target_os = "linux")]
fn ask<T>(column: &mut [T]) {
    const PAGE: usize = 4096;
    let bytes = size_of_val(column);
    let start = column.as_mut_ptr().cast::<u8>();
    let skipped = start.align_offset(PAGE);
    if bytes < LEAST_BYTES || skipped > bytes {
        return;
    }
    // SAFETY: the range lies inside the column, borrowed alone, and the advice changes no byte of it.
    // A refusal leaves pages as they are.
    unsafe {
        libc::madvise(
            start.add(skipped).cast(),
            bytes - skipped,
            libc::MADV_HUGEPAGE,
        );
    }
}

#[cfg(not(target_os = "linux"))]
fn ask<T>(_column: &mut [T]) {}
