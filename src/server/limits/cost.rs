//! What a request costs its client, in units of the client's budget.
//!
//! A unit is about a tenth of a millisecond of one core. The cost follows from the command and the list before the work
//! begins, so that many requests at once cannot do more work than the budget allows.

use crate::domain::{Command, Event, ItemId, List, max_events};

/// How many events a unit pays for, beyond the command that causes them.
const EVENTS_PER_UNIT: usize = 16;

/// How many bytes of titles a unit pays for, beyond the events that contain them.
const BYTES_PER_UNIT: usize = 4_096;

/// How many items a unit pays for when a request reads them.
const ITEMS_PER_UNIT: usize = 1_000;

/// The highest cost of a command: one unit, and more if it changes many items or long titles.
#[must_use]
pub(crate) fn of_command(list: &List, command: &Command) -> u32 {
    1 + of_events(max_events(list, command)) + of_bytes(title_bytes(list, command))
}

fn of_bytes(bytes: usize) -> u32 {
    u32::try_from(bytes / BYTES_PER_UNIT).unwrap_or(u32::MAX)
}

/// The number of bytes of the titles that a command writes.
fn title_bytes(list: &List, command: &Command) -> usize {
    let of_item = |id: &ItemId| list.get(*id).map_or(0, |item| item.title.as_str().len());
    match command {
        Command::Add { item, at: _ } => item.title.as_str().len(),
        Command::AddAll { items, at: _ } => {
            items.iter().map(|item| item.title.as_str().len()).sum()
        }
        Command::Edit { id: _, patch } => patch.title.get().map_or(0, |title| title.as_str().len()),
        Command::Restore { ids } => ids.iter().map(of_item).sum(),
        Command::Revert { of } => {
            let events = list.change_of(*of).map(|change| change.events.iter());
            let ids = events.into_iter().flatten().map(Event::item);
            ids.map(|id| of_item(&id)).sum()
        }
        Command::Remove { .. }
        | Command::RemoveAll { .. }
        | Command::Move { .. }
        | Command::ClearCompleted { .. }
        | Command::CompleteAll { .. }
        | Command::Expire => 0,
    }
}

/// The cost of this many events, beyond the command that causes them.
#[must_use]
pub(crate) fn of_events(events: usize) -> u32 {
    u32::try_from(events / EVENTS_PER_UNIT).unwrap_or(u32::MAX)
}

/// The cost of reading this many items, beyond the request.
#[must_use]
pub(crate) fn of_items(items: usize) -> u32 {
    u32::try_from(items / ITEMS_PER_UNIT).unwrap_or(u32::MAX)
}
