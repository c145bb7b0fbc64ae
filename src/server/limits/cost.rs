//! What a request costs its client, in units of its budget.
//!
//! A unit is about a tenth of a millisecond of one core. It is known before the work begins, from the command and the
//! list, so that many requests at once cannot do more than they have units for.

use crate::domain::{Command, List, most_events};

/// How many events a unit pays for, beside the command that they follow from.
const EVENTS_PER_UNIT: usize = 16;

/// How many items a unit pays for of those that are looked at.
const ITEMS_PER_UNIT: usize = 1_000;

/// What it costs to run a command, at most: one unit, and more if it changes many items.
#[must_use]
pub(in crate::server) fn of_command(list: &List, command: &Command) -> u32 {
    1 + of_events(most_events(list, command))
}

/// What so many events cost, beside the command that they follow from.
#[must_use]
pub(in crate::server) fn of_events(events: usize) -> u32 {
    u32::try_from(events / EVENTS_PER_UNIT).unwrap_or(u32::MAX)
}

/// What it costs to look at so many items, beside the request that does so.
#[must_use]
pub(in crate::server) fn of_items(items: usize) -> u32 {
    u32::try_from(items / ITEMS_PER_UNIT).unwrap_or(u32::MAX)
}
