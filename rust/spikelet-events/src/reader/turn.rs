//! What is known up to some piece of a file, passed on from piece to piece in their order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use super::blame::{Blame, locate};
use super::lanes::Lane;
use crate::format::AnyDecoder;
use crate::{Audit, Trigger};

/// Looks at whose turn it is before falling asleep, which costs fifty microseconds to wake from.
const LOOKS: usize = 1 << 9;

/// The state of a reader behind the pieces that were taken over.
pub(super) struct Turn<'a> {
    pub(super) decoder: &'a mut AnyDecoder,
    pub(super) audit: &'a mut Audit,
    pub(super) triggers: &'a mut Vec<Trigger>,
    pub(super) blame: &'a mut Blame,
    /// Where the next piece begins in the file.
    pub(super) offset: u64,
    pub(super) filled: usize,
    /// Whether a guess was wrong: what comes behind it is decoded from the front.
    pub(super) is_stuck: bool,
}

impl Turn<'_> {
    /// Takes over what `lane` decoded and placed, unless that must be decoded anew.
    pub(super) fn take_over(&mut self, lane: &mut Lane) {
        if self.is_stuck || !lane.is_as_told || !self.decoder.take_over(&lane.guess, &lane.decoder)
        {
            self.is_stuck = true;
            lane.waiting = 0..0;
            return;
        }
        let earlier = self.audit.events;
        self.audit.append(&lane.audit);
        self.triggers.extend_from_slice(&lane.triggers);
        self.blame.find(self.audit, |index| {
            let within = index.checked_sub(earlier)?;
            locate(lane.guess.clone(), lane.piece.bytes(), self.offset, within)
        });
        self.offset += lane.piece.bytes().len() as u64;
        self.filled += lane.placed;
        lane.piece.clear();
    }
}

/// One thing that goes from hand to hand in the order of numbers.
pub(super) struct Turns<T> {
    next: AtomicU64,
    turn: Mutex<T>,
    passed: Condvar,
}

impl<T> Turns<T> {
    /// Number 0 comes first.
    pub(super) fn new(turn: T) -> Self {
        Self {
            next: AtomicU64::new(0),
            turn: Mutex::new(turn),
            passed: Condvar::new(),
        }
    }

    /// Waits until it is the turn of `number`, does `work`, and passes the turn on.
    pub(super) fn take<O>(&self, number: u64, work: impl FnOnce(&mut T) -> O) -> O {
        let is_mine = || self.next.load(Ordering::Acquire) == number;
        let mut looks = 0..LOOKS;
        while !is_mine() && looks.next().is_some() {
            // Whoever is waited for may need this very processor.
            std::thread::yield_now();
        }
        let waited = self.passed.wait_while(self.lock(), |_| !is_mine());
        let mut turn = waited.unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut turn);
        self.next.store(number + 1, Ordering::Release);
        drop(turn);
        self.passed.notify_all();
        done
    }

    /// Looks at it out of turn.
    pub(super) fn look<O>(&self, look: impl FnOnce(&T) -> O) -> O {
        look(&self.lock())
    }

    pub(super) fn into_inner(self) -> T {
        self.turn
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
