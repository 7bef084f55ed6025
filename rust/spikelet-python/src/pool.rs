//! The threads that bindings share: one pool of our own, never rayon's global one.

use std::num::NonZeroUsize;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use spikelet_events::Team;

use crate::error::parameter_error;

/// The pool in use, and the process whose threads it stands for.
struct Owned {
    process: u32,
    pool: Arc<ThreadPool>,
}

/// Locked only while attached to the interpreter, and never across a loop: `os.fork` runs attached too,
/// so no child inherits it locked.
static POOL: Mutex<Option<Owned>> = Mutex::new(None);

/// The pool to `install` work in when not attached, or nothing for one thread: then work runs inline.
///
/// The pool is kept for the next call, and built anew for another number of threads or after a fork:
/// threads do not survive one, and a job sent to their pool would wait for ever. `_py` proves that the
/// caller is attached.
pub(crate) fn of_threads(
    _py: Python<'_>,
    threads: NonZeroUsize,
) -> PyResult<Option<Arc<ThreadPool>>> {
    if threads.get() == 1 {
        return Ok(None);
    }
    let mut owned = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(inherited) = owned.take_if(|owned| owned.process != process::id()) {
        // Dropping it would wake threads that exist in the parent alone, through locks they may hold.
        std::mem::forget(inherited);
    }
    match &*owned {
        Some(Owned { pool, .. }) if pool.current_num_threads() == threads.get() => {
            Ok(Some(Arc::clone(pool)))
        }
        _ => {
            let pool = Arc::new(started(threads)?);
            *owned = Some(Owned {
                process: process::id(),
                pool: Arc::clone(&pool),
            });
            Ok(Some(pool))
        }
    }
}

fn started(threads: NonZeroUsize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .thread_name(|index| format!("spikelet-{index}"))
        .build()
        .map_err(|error| {
            parameter_error(format!(
                "`threads` must be a number that can be started, got {threads} ({error}); take fewer"
            ))
        })
}

/// Threads of the pool, or the caller's alone, as readers take them.
pub(crate) struct Workers {
    pool: Option<Arc<ThreadPool>>,
}

impl Workers {
    pub(crate) fn of(py: Python<'_>, threads: NonZeroUsize) -> PyResult<Self> {
        let pool = of_threads(py, threads)?;
        Ok(Self { pool })
    }

    /// Runs `work` where [`each`](Team::each) finds its threads without waking one to ask.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl Team for Workers {
    fn size(&self) -> usize {
        self.pool
            .as_ref()
            .map_or(1, |pool| pool.current_num_threads())
    }

    fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
        self.install(|| tasks.par_iter_mut().with_max_len(1).for_each(&work));
    }
}
