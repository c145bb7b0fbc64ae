//! What a request costs its client, in units of its budget.
//!
//! A unit is about a tenth of a millisecond of one core. It is known before the work begins, from the command and the
//! list, so that many requests at once cannot do more than they have units for.

use crate::domain::{Command, Event, ItemId, List, max_events};

/// How many events a unit pays for, beside the command that they follow from.
const EVENTS_PER_UNIT: usize = 16;

/// How many bytes of titles a unit pays for, beside the events that they are in.
const BYTES_PER_UNIT: usize = 4_096;

/// How many items a unit pays for of those that are looked at.
const ITEMS_PER_UNIT: usize = 1_000;

/// What it costs to run a command, at most: one unit, and more if it changes many items.
#[must_use]
pub(crate) fn of_command(list: &List, command: &Command) -> u32 {
    1 + of_events(max_events(list, command)) + of_bytes(title_bytes(list, command))
}

fn of_bytes(bytes: usize) -> u32 {
    u32::try_from(bytes / BYTES_PER_UNIT).unwrap_or(u32::MAX)
}

/// How many bytes the titles have that a command writes anew.
fn title_bytes(list: &List, command: &Command) -> usize {
    let of_item = |id: &ItemId| list.get(*id).map_or(0, |item| item.title.as_str().len());
    match command {
        Command::Add { title, .. } | Command::Rename { title, .. } => title.as_str().len(),
        Command::Restore { ids } => ids.iter().map(of_item).sum(),
        Command::Revert { of } => {
            let events = list.change_of(*of).map(|change| change.events.iter());
            let ids = events.into_iter().flatten().map(Event::item);
            ids.map(|id| of_item(&id)).sum()
        }
        Command::Complete { .. }
        | Command::Order { .. }
        | Command::Remove { .. }
        | Command::RemoveAll { .. }
        | Command::Move { .. }
        | Command::ClearCompleted { .. }
        | Command::CompleteAll { .. }
        | Command::Expire => 0,
    }
}

/// What so many events cost, beside the command that they follow from.
#[must_use]
pub(crate) fn of_events(events: usize) -> u32 {
    u32::try_from(events / EVENTS_PER_UNIT).unwrap_or(u32::MAX)
}

/// What it costs to look at so many items, beside the request that does so.
#[must_use]
pub(crate) fn of_items(items: usize) -> u32 {
    u32::try_from(items / ITEMS_PER_UNIT).unwrap_or(u32::MAX)
}
