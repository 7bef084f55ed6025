//! Events and triggers of one word stream, in one order of time.

use super::Rules;
use crate::{Alongside, BesideKind, Columns, Encode, Error, Trigger};

/// An encoder of words in which triggers stand among the events.
pub(super) trait EncodeTriggers: Encode {
    const FORMAT: &'static str;
    /// The last input whose number goes into a word, and what numbers must do.
    const INPUTS: (u8, &'static str);

    /// Writes one trigger, whose input has such a number.
    fn trigger(&mut self, trigger: Trigger, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error>;

    /// What [`Encode::push_with`] does: each trigger follows the events up to its time.
    fn push_in_order(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside.refuse_all_but(&[BesideKind::Triggers], Self::FORMAT)?;
        let mut rest = events;
        for &trigger in beside.triggers {
            let (before, after) = rest.split_at(rest.t().partition_point(|&t| t <= trigger.t));
            self.push(before, sink)?;
            Self::check_input(trigger)?;
            self.trigger(trigger, sink)?;
            rest = after;
        }
        self.push(rest, sink)
    }

    /// Refuses inputs whose number does not go into a word.
    fn check_input(trigger: Trigger) -> Result<(), Error> {
        let (last, rule) = Self::INPUTS;
        Rules(Self::FORMAT).require(trigger.id <= last, "triggers", rule)
    }
}
