//! Events and triggers of one word stream, in one order of time.

use crate::{Columns, Error, Trigger};

/// Calls `put` with the events up to each trigger and the trigger, and once more with the events after the last.
pub(super) fn in_order<'a>(
    events: Columns<'a>,
    triggers: &[Trigger],
    mut put: impl FnMut(Columns<'a>, Option<Trigger>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rest = events;
    for &trigger in triggers {
        let (before, after) = rest.split_at(rest.t().partition_point(|&t| t <= trigger.t));
        put(before, Some(trigger))?;
        rest = after;
    }
    put(rest, None)
}

/// Refuses inputs whose number does not go into a word.
pub(super) fn check_input(
    format: &'static str,
    trigger: Trigger,
    (last, rule): (u8, &'static str),
) -> Result<(), Error> {
    if trigger.id <= last {
        return Ok(());
    }
    Err(Error::Unfit {
        what: "triggers",
        rule,
        format,
    })
}
