//! The threads that bindings share: a pool of our own, never rayon's global one, and the crew of a caller.

use std::fmt::Display;
use std::iter;
use std::num::NonZeroUsize;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use spikelet_events::Team;
use spikelet_neurons::Crew;

use crate::error::parameter_error;

/// Threads that are kept for the next call.
///
/// Locked only while attached to the interpreter, and never across a loop: `os.fork` runs attached too,
/// so no child inherits it locked.
struct Owner<T>(Mutex<Option<Owned<T>>>);

struct Owned<T> {
    /// The one whose threads these are.
    process: u32,
    threads: NonZeroUsize,
    team: Arc<T>,
}

static POOL: Owner<ThreadPool> = Owner::new();
static CREW: Owner<Crew> = Owner::new();

/// The pool to `install` work in when not attached, or nothing for one thread: then work runs inline.
///
/// `_py` proves that the caller is attached.
pub(crate) fn of_threads(
    _py: Python<'_>,
    threads: NonZeroUsize,
) -> PyResult<Option<Arc<ThreadPool>>> {
    if threads.get() == 1 {
        return Ok(None);
    }
    let start = || {
        ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|index| format!("spikelet-{index}"))
            .build()
    };
    POOL.of_threads(threads, start).map(Some)
}

/// The crew of a caller that is so many threads with it; nothing for one thread.
///
/// `_py` proves that the caller is attached.
pub(crate) fn crew(_py: Python<'_>, threads: NonZeroUsize) -> PyResult<Option<Arc<Crew>>> {
    let others = NonZeroUsize::new(threads.get() - 1);
    others
        .map(|others| CREW.of_threads(threads, || Crew::new(others)))
        .transpose()
}

impl<T> Owner<T> {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Starts them anew for another number of threads or after a fork: threads do not survive one, and a job sent to
    /// them would wait for ever.
    fn of_threads<E: Display>(
        &self,
        threads: NonZeroUsize,
        start: impl FnOnce() -> Result<T, E>,
    ) -> PyResult<Arc<T>> {
        let mut owned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inherited) = owned.take_if(|owned| owned.process != process::id()) {
            // Dropping it would wake threads that exist in the parent alone, through locks they may hold.
            std::mem::forget(inherited);
        }
        if let Some(owned) = owned.as_ref().filter(|owned| owned.threads == threads) {
            return Ok(Arc::clone(&owned.team));
        }
        let team = Arc::new(start().map_err(|error| {
            parameter_error(format!(
                "`threads` must be a number that can be started, got {threads} ({error}); take fewer"
            ))
        })?);
        *owned = Some(Owned {
            process: process::id(),
            threads,
            team: Arc::clone(&team),
        });
        Ok(team)
    }
}

/// The caller and its crew, as readers take them.
pub(crate) struct Workers(Option<Arc<Crew>>);

impl Workers {
    pub(crate) fn of(py: Python<'_>, threads: NonZeroUsize) -> PyResult<Self> {
        crew(py, threads).map(Self)
    }
}

impl Team for Workers {
    fn size(&self) -> usize {
        self.0.as_ref().map_or(1, |crew| 1 + crew.threads())
    }

    fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
        let others = tasks.len().saturating_sub(1);
        let rest = Mutex::new(tasks.iter_mut());
        // Nothing panics while it is locked.
        let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take = || iter::from_fn(next).for_each(&work);
        match &self.0 {
            Some(crew) => crew.run(others, take),
            None => take(),
        }
    }
}
