//! Who decodes and encodes: one thread, or several, and how they share what only one may hold.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

/// Threads beyond this find too little to do.
pub(crate) const MOST_THREADS: usize = 16;
/// Looks at what another thread holds before falling asleep, which costs fifty microseconds to wake from.
pub(crate) const LOOKS: usize = 1 << 9;
/// How long to leave the processor where all that is left waits for a thread that is late.
pub(crate) const BREAK: Duration = Duration::from_micros(50);

/// Threads that share work, such as those of a pool.
///
/// ```
/// use spikelet_events::Team;
///
/// struct Spawned(usize);
///
/// impl Team for Spawned {
///     fn size(&self) -> usize {
///         self.0
///     }
///
///     fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
///         std::thread::scope(|scope| {
///             for task in tasks {
///                 scope.spawn(|| work(task));
///             }
///         });
///     }
/// }
///
/// let mut numbers = [1, 2];
/// Spawned(2).each(&mut numbers, |number| *number += 1);
/// assert_eq!(numbers, [2, 3]);
/// ```
pub trait Team {
    /// How many tasks it does at a time.
    fn size(&self) -> usize;

    /// Does `work` on each of the tasks, and returns when all are done.
    fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync);
}

/// The caller without others.
#[derive(Debug)]
pub(crate) struct Alone;

impl Team for Alone {
    fn size(&self) -> usize {
        1
    }

    fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
        tasks.iter_mut().for_each(work);
    }
}

/// What is behind the door; looks for a while before it falls asleep.
pub(crate) fn held<T>(door: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..LOOKS {
        match door.try_lock() {
            Ok(held) => return held,
            Err(TryLockError::Poisoned(held)) => return held.into_inner(),
            // Whoever holds it may need this very processor.
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    door.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is behind the door, when nobody else will open it any more.
pub(crate) fn left<T>(door: Mutex<T>) -> T {
    door.into_inner().unwrap_or_else(PoisonError::into_inner)
}
