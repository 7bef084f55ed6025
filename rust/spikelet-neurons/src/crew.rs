//! Threads that work beside their callers.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::beside::{self, Door, soon};
use crate::processor::Post;

/// Threads that take part in runs whose callers work too, and sleep in between.
///
/// They keep off the processor of their caller, and look out for more work for a while before they sleep: where Linux
/// wakes a thread beside the one that called it, it would wait for the end of that one's slice.
///
/// ```
/// use std::num::NonZeroUsize;
/// use spikelet_neurons::Crew;
///
/// let crew = Crew::new(NonZeroUsize::MIN)?;
/// assert_eq!(crew.threads(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Crew {
    queue: Arc<Queue>,
    threads: usize,
}

impl Crew {
    /// Starts so many threads; they end when this is dropped.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn new(threads: NonZeroUsize) -> io::Result<Self> {
        let threads = threads.get();
        let crew = Self {
            queue: Arc::default(),
            threads,
        };
        for index in 0..threads {
            let queue = Arc::clone(&crew.queue);
            let thread = thread::Builder::new().name(format!("spikelet-beside-{index}"));
            thread.spawn(move || serve(&queue))?;
        }
        Ok(crew)
    }

    /// Their number.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` here and on up to so many `others` of the crew, on those that come in time.
    ///
    /// Returns when it has ended wherever it began; a panic of it comes out here.
    ///
    /// ```
    /// # use std::num::NonZeroUsize;
    /// # use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    /// # use spikelet_neurons::Crew;
    /// let (crew, next, sum) = (Crew::new(NonZeroUsize::MIN)?, AtomicUsize::new(1), AtomicUsize::new(0));
    /// crew.run(1, || {
    ///     while let number @ ..=100 = next.fetch_add(1, Relaxed) {
    ///         sum.fetch_add(number, Relaxed);
    ///     }
    /// });
    /// assert_eq!(sum.into_inner(), 5050);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn run(&self, others: usize, work: impl Fn() + Sync) {
        beside::run(Some(self), others.min(self.threads), &work);
    }

    /// Asks so many threads in.
    pub(crate) fn ask(&self, door: &Arc<Door>, others: usize) {
        let mut state = self.queue.state();
        for _ in 0..others {
            state.doors.push_back(Arc::clone(door));
        }
        drop(state);
        for _ in 0..others {
            self.queue.changed.notify_one();
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.queue.state().is_over = true;
        self.queue.changed.notify_all();
    }
}

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    doors: VecDeque<Arc<Door>>,
    is_over: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is one, or nothing is to come; looks out for a while before it sleeps.
    fn next(&self) -> Option<Arc<Door>> {
        soon(|| !self.state().doors.is_empty());
        let state = self.state();
        let is_asleep = |state: &mut State| state.doors.is_empty() && !state.is_over;
        let mut state = self
            .changed
            .wait_while(state, is_asleep)
            .unwrap_or_else(PoisonError::into_inner);
        state.doors.pop_front()
    }
}

fn serve(queue: &Queue) {
    let mut post = Post::default();
    while let Some(door) = queue.next() {
        if let Some(processor) = door.processor() {
            post.leave(processor);
        }
        door.take_part();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    #[test]
    fn the_threads_end_with_their_crew() {
        let crew = Crew::new(NonZeroUsize::new(3).unwrap()).unwrap();
        let queue = Arc::downgrade(&crew.queue);
        assert_eq!((crew.threads(), queue.strong_count()), (3, 4));
        drop(crew);
        while queue.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
