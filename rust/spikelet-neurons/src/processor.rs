//! The processor that a thread runs on.
//!
//! Linux wakes a thread on the processor of the one that woke it where it takes the others for busy, and a virtual
//! machine's are taken for busy while they sleep. There it waits for the end of a slice, which is longer than most runs.

#[cfg(target_os = "linux")]
pub(crate) use linux::{Post, Processor};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{Post, Processor};

#[cfg(target_os = "linux")]
mod linux {
    use std::mem::{self, MaybeUninit};

    use libc::{CPU_CLR, CPU_EQUAL, CPU_SETSIZE, cpu_set_t};

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Processor(usize);

    impl Processor {
        /// That of this thread, if it is known.
        pub(crate) fn here() -> Option<Self> {
            // SAFETY: takes nothing and writes nothing.
            let number = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
            (number < CPU_SETSIZE as usize).then_some(Self(number))
        }
    }

    /// Where a thread of our own runs: anywhere it may, but for the processor that it left last.
    #[derive(Default)]
    pub(crate) struct Post(Option<Left>);

    struct Left {
        allowed: cpu_set_t,
        others: cpu_set_t,
    }

    impl Post {
        /// Moves this thread away from a processor, if it runs there and may run on another.
        pub(crate) fn leave(&mut self, processor: Processor) {
            if Processor::here() != Some(processor) {
                return;
            }
            let Some(now) = allowed() else { return };
            let allowed = match &self.0 {
                Some(left) if is_same(&left.others, &now) => left.allowed,
                // Not moved before, or somebody else has said since where it may run.
                _ => now,
            };
            let mut others = allowed;
            // SAFETY: the number is below the size of the set.
            unsafe { CPU_CLR(processor.0, &mut others) };
            if allow(&others) {
                self.0 = Some(Left { allowed, others });
            }
        }
    }

    fn is_same(one: &cpu_set_t, other: &cpu_set_t) -> bool {
        // SAFETY: reads two sets.
        unsafe { CPU_EQUAL(one, other) }
    }

    fn allowed() -> Option<cpu_set_t> {
        let mut found = MaybeUninit::zeroed();
        let size = mem::size_of::<cpu_set_t>();
        // SAFETY: the set is as large as is said; 0 is this thread.
        let failed = unsafe { libc::sched_getaffinity(0, size, found.as_mut_ptr()) };
        // SAFETY: zeros are an empty set, and the call fills it.
        (failed == 0).then(|| unsafe { found.assume_init() })
    }

    /// Fails for an empty set.
    fn allow(processors: &cpu_set_t) -> bool {
        // SAFETY: the set is as large as is said; 0 is this thread.
        unsafe { libc::sched_setaffinity(0, mem::size_of::<cpu_set_t>(), processors) == 0 }
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used, reason = "a test fails by it")]
    mod tests {
        use super::*;

        #[test]
        fn a_thread_leaves_a_processor_for_another_and_for_nothing() {
            let allowed = allowed().unwrap();
            let mut post = Post::default();
            let first = Processor::here().unwrap();
            post.leave(first);
            // SAFETY: reads a set.
            if unsafe { libc::CPU_COUNT(&allowed) } == 1 {
                assert_eq!(Processor::here(), Some(first));
                return;
            }
            let second = Processor::here().unwrap();
            assert_ne!(second, first);
            // All that it may use, but for the second.
            post.leave(second);
            let now = super::allowed().unwrap();
            // SAFETY: both numbers are below the size of the set.
            let is_in = |number| unsafe { libc::CPU_ISSET(number, &now) };
            assert_eq!((is_in(first.0), is_in(second.0)), (true, false));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Processor;

    impl Processor {
        pub(crate) fn here() -> Option<Self> {
            None
        }
    }

    #[derive(Default)]
    pub(crate) struct Post;

    impl Post {
        pub(crate) fn leave(&mut self, _: Processor) {}
    }
}
