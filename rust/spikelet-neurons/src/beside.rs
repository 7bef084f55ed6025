//! Work that other threads take part in if they come in time.
//!
//! A scope of rayon's waits for every thread that it called, even for one that wakes up when nothing is left to do, and
//! waking takes milliseconds on a busy machine. Here the caller closes a door when its own work is done, waits for those
//! inside alone, and whoever comes later finds the door closed.

use std::any::Any;
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::crew::Crew;
use crate::processor::Processor;

/// How long to look out for what another thread is about to do: to sleep and to be woken up takes as long.
const PATIENCE: Duration = Duration::from_micros(50);

/// Looks out for a while, and says whether it came; lets others that could run here go first.
pub(crate) fn soon(has_come: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !has_come() {
        if start.elapsed() >= PATIENCE {
            return false;
        }
        thread::yield_now();
    }
    true
}

type Work<'a> = dyn Fn() + Sync + 'a;

/// Runs `work` here and on up to so many `others` of the crew or, without one, of the rayon pool that this is called
/// from.
///
/// Returns when it has ended wherever it began; a panic of it comes out here.
pub(crate) fn run(crew: Option<&Crew>, others: usize, work: &Work<'_>) {
    let door = Arc::new(Door::new(work));
    if let Some(crew) = crew {
        crew.ask(&door, others);
    } else {
        for _ in 0..others {
            let door = Arc::clone(&door);
            rayon::spawn(move || door.take_part());
        }
    }
    let closing = Closing(&door);
    work();
    drop(closing);
    let panic = door.state().panic.take();
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// What the threads share; it outlives the work.
#[derive(Debug)]
pub(crate) struct Door {
    /// Borrowed from the caller, who waits for those inside: alive while the door is open or somebody is inside.
    work: *const Work<'static>,
    processor: Option<Processor>,
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug)]
struct State {
    is_open: bool,
    inside: usize,
    panic: Option<Box<dyn Any + Send>>,
}

// SAFETY: the work may be called from any thread, and nothing else is done with the pointer.
unsafe impl Send for Door {}
// SAFETY: as above.
unsafe impl Sync for Door {}

impl Door {
    #[expect(
        clippy::transmute_ptr_to_ptr,
        reason = "a cast cannot lengthen a lifetime"
    )]
    fn new(work: &Work<'_>) -> Self {
        let work: *const Work<'_> = work;
        Self {
            // SAFETY: only the lifetime changes, and `take_part` keeps to the true one.
            work: unsafe { transmute::<*const Work<'_>, *const Work<'static>>(work) },
            processor: Processor::here(),
            state: Mutex::new(State {
                is_open: true,
                inside: 0,
                panic: None,
            }),
            left: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of the caller.
    pub(crate) fn processor(&self) -> Option<Processor> {
        self.processor
    }

    pub(crate) fn take_part(&self) {
        let mut state = self.state();
        if !state.is_open {
            return;
        }
        state.inside += 1;
        drop(state);
        // SAFETY: the door was open when this thread came in, so the caller has not returned, and waits for it.
        let work = AssertUnwindSafe(|| unsafe { (*self.work)() });
        let panic = catch_unwind(work).err();
        let mut state = self.state();
        state.inside -= 1;
        state.panic = state.panic.take().or(panic);
        self.left.notify_one();
    }

    fn close(&self) {
        self.state().is_open = false;
        if soon(|| self.state().inside == 0) {
            return;
        }
        let mut state = self.state();
        while state.inside > 0 {
            state = self
                .left
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Closes the door when the caller is done, or panics: its work must not go while others are at it.
struct Closing<'a>(&'a Door);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;
    use std::sync::{Barrier, OnceLock};
    use std::thread;

    use super::*;

    fn crew(threads: usize) -> Crew {
        Crew::new(NonZeroUsize::new(threads).unwrap()).unwrap()
    }

    #[test]
    fn all_threads_take_part_if_they_come_in_time() {
        let all = Barrier::new(3);
        run(Some(&crew(2)), 2, &|| {
            all.wait();
        });
        let all = Barrier::new(2);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2);
        pool.build().unwrap().install(|| {
            run(None, 1, &|| {
                all.wait();
            });
        });
    }

    #[test]
    fn a_thread_that_comes_late_is_not_waited_for_and_does_nothing() {
        let calls = AtomicUsize::new(0);
        let work = || {
            calls.fetch_add(1, Relaxed);
        };
        let door = Door::new(&work);
        door.close();
        door.take_part();
        assert_eq!(calls.into_inner(), 0);
    }

    #[test]
    fn a_crew_that_is_busy_leaves_a_run_to_its_caller() {
        let (crew, begun, over) = (crew(1), Barrier::new(3), Barrier::new(3));
        thread::scope(|scope| {
            scope.spawn(|| {
                run(Some(&crew), 1, &|| {
                    begun.wait();
                    over.wait();
                });
            });
            begun.wait();
            let calls = AtomicUsize::new(0);
            run(Some(&crew), 1, &|| {
                calls.fetch_add(1, Relaxed);
            });
            assert_eq!(calls.into_inner(), 1);
            over.wait();
        });
    }

    #[test]
    fn those_inside_are_waited_for() {
        let (begun, ended, door) = (Barrier::new(2), AtomicUsize::new(0), OnceLock::new());
        let work = || {
            begun.wait();
            // Goes on only when somebody waits for it.
            while door.get().is_some_and(|door: &Door| door.state().is_open) {
                thread::yield_now();
            }
            ended.fetch_add(1, Relaxed);
        };
        let shared = door.get_or_init(|| Door::new(&work));
        thread::scope(|scope| {
            scope.spawn(|| shared.take_part());
            begun.wait();
            shared.close();
            assert_eq!(ended.load(Relaxed), 1);
        });
    }

    #[test]
    fn a_panic_beside_comes_out_here() {
        let (begun, caller) = (Barrier::new(2), thread::current().id());
        let found = catch_unwind(AssertUnwindSafe(|| {
            run(Some(&crew(1)), 1, &|| {
                begun.wait();
                assert!(thread::current().id() == caller, "beside");
            });
        }));
        let panic = found.unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"beside"));
    }
}
