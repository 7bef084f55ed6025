//! Who decodes and encodes: one thread, or several.

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
