//! What follows from a command: the one place for the rules.
//!
//! The last writer wins per field, in the server's order. A command on an item that somebody has
//! removed is refused, so that the person can bring it back; a command on many items takes those that
//! are still as the person saw them.

mod restore;
mod revert;

use self::restore::{ItemToRestore, restore};
use self::revert::revert;
use super::{At, Command, Event, IdSet, Item, ItemId, List, Rejection, Timestamp, Title};

/// The most items that one [`Command::Expire`] forgets.
const MAX_EXPIRED: usize = 1_000;

/// What follows from a command on a list at a moment: at most one event for each item that the command
/// or the command that it takes back names (for [`Command::Expire`], 1,000).
///
/// # Errors
///
/// The [`Rejection`] says which rule the command breaks; the list stays as it is.
pub fn decide(list: &List, command: &Command, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Add { id, .. } if list.get(*id).is_some() => Ok(Vec::new()),
        Command::Add { id, title, at } => {
            if list.len() >= List::MAX_ITEMS || !has_room(list, title, 0) {
                return Err(Rejection::ListFull);
            }
            if list.nodes.len() >= List::MAX_KNOWN {
                return Err(Rejection::TooManyRemoved);
            }
            Ok(vec![Event::Added {
                id: *id,
                title: title.clone(),
                after: place(list, *at).unwrap_or_else(|_| list.nodes.last()),
            }])
        }
        Command::Rename { id, title } => {
            let item = in_list(list, *id)?;
            if !has_room(list, title, item.title.as_str().len()) {
                return Err(Rejection::ListFull);
            }
            Ok(changes(item.title != *title, || Event::Renamed {
                id: *id,
                title: title.clone(),
                was: item.title.clone(),
                stamp: list.next_stamp(*id, |stamps| stamps.title),
            }))
        }
        Command::Complete { id, completed } => {
            in_list(list, *id)?;
            Ok(complete(list, *id, *completed, now).into_iter().collect())
        }
        Command::CompleteAll { ids, completed } => {
            let complete = |id| complete(list, id, *completed, now);
            Ok(once_each(list, ids.iter()).filter_map(complete).collect())
        }
        Command::Order { id, order } => {
            let item = in_list(list, *id)?;
            Ok(changes(item.order != *order, || Event::Ordered {
                id: *id,
                order: *order,
                was: item.order,
                stamp: list.next_stamp(*id, |stamps| stamps.order),
            }))
        }
        Command::RemoveAll { ids } => Ok(once_each(list, ids.iter())
            .filter_map(|id| remove(list, id, now))
            .collect()),
        Command::Remove { id } => match list.get(*id) {
            None => Err(Rejection::NoSuchItem { id: *id }),
            Some(_) => Ok(remove(list, *id, now).into_iter().collect()),
        },
        Command::ClearCompleted { ids } => {
            let is_completed = |id: &ItemId| {
                list.get(*id)
                    .is_some_and(|item| item.completed_at.is_some())
            };
            let ids = once_each(list, ids.iter()).filter(is_completed);
            Ok(ids.filter_map(|id| remove(list, id, now)).collect())
        }
        Command::Move { id, at } => {
            in_list(list, *id)?;
            let was = list.nodes.before(*id);
            let after = place_of(list, *id, *at)?;
            Ok(changes(after != was, || Event::Moved {
                id: *id,
                after,
                was,
                stamp: list.next_stamp(*id, |stamps| stamps.place),
            }))
        }
        Command::Restore { ids } => {
            if let Some(id) = ids.iter().find(|id| list.get(**id).is_none()) {
                return Err(Rejection::NoSuchItem { id: *id });
            }
            let wanted = |id| ItemToRestore {
                id,
                before: list.nodes.before(id),
                stamp: list.next_stamp(id, |stamps| stamps.removed),
            };
            restore(list, once_each(list, ids.iter()).map(wanted))
        }
        Command::Revert { of } => revert(list, *of, now),
        Command::Expire => {
            let expired = list
                .removed
                .iter()
                .take_while(|(at, _)| now.is_past_restoring(*at));
            Ok(expired
                .take(MAX_EXPIRED)
                .map(|(_, id)| Event::Expired { id: *id })
                .collect())
        }
    }
}

/// The most events that [`decide`] answers to a command on this list: what it may cost, known before it is decided.
#[must_use]
pub fn max_events(list: &List, command: &Command) -> usize {
    match command {
        Command::Add { .. }
        | Command::Rename { .. }
        | Command::Complete { .. }
        | Command::Order { .. }
        | Command::Remove { .. }
        | Command::Move { .. } => 1,
        Command::RemoveAll { ids }
        | Command::ClearCompleted { ids }
        | Command::CompleteAll { ids, .. }
        | Command::Restore { ids } => ids.len(),
        Command::Revert { of } => list.change_of(*of).map_or(0, |change| change.events.len()),
        Command::Expire => list.removed.len().min(MAX_EXPIRED),
    }
}

fn in_list(list: &List, id: ItemId) -> Result<&Item, Rejection> {
    match list.get(id) {
        None => Err(Rejection::NoSuchItem { id }),
        Some(item) if item.removed_at.is_some() => Err(Rejection::ItemRemoved { id }),
        Some(item) => Ok(item),
    }
}

/// Whether there is room for a title in place of one that has so many bytes. A shorter one always fits.
fn has_room(list: &List, title: &Title, before: usize) -> bool {
    let (bytes, more) = (list.nodes.title_bytes(), title.as_str().len());
    more <= before || bytes - before + more <= List::MAX_TITLE_BYTES
}

fn changes(changes: bool, event: impl FnOnce() -> Event) -> Vec<Event> {
    if changes { vec![event()] } else { Vec::new() }
}

/// Each of the ids once, at its first occurrence.
fn once_each<'a>(
    list: &List,
    ids: impl Iterator<Item = &'a ItemId>,
) -> impl Iterator<Item = ItemId> {
    let mut seen = IdSet::with_hasher(list.hash_key());
    ids.copied().filter(move |id| seen.insert(*id))
}

fn complete(list: &List, id: ItemId, completed: bool, now: Timestamp) -> Option<Event> {
    let item = list.get(id).filter(|item| item.removed_at.is_none())?;
    (item.completed_at.is_some() != completed).then(|| Event::Completed {
        id,
        at: completed.then_some(now),
        was: item.completed_at,
        stamp: list.next_stamp(id, |stamps| stamps.completed),
    })
}

fn remove(list: &List, id: ItemId, now: Timestamp) -> Option<Event> {
    list.contains(id).then(|| Event::Removed {
        id,
        at: now,
        was: list.nodes.before(id),
        before: list.nodes.before(id),
        stamp: list.next_stamp(id, |stamps| stamps.removed),
    })
}

/// The item right before the place; `None` is the start.
fn place(list: &List, at: At) -> Result<Option<ItemId>, Rejection> {
    let after = |id| {
        list.nodes
            .place_after(id)
            .map_err(|()| Rejection::NoSuchItem { id })
    };
    match at {
        At::Start => Ok(None),
        At::End => Ok(list.nodes.last()),
        At::After(id) => after(id),
        At::Before(id) if list.contains(id) => Ok(list.nodes.before(id)),
        // A removed item leaves a gap between two others: before it and after it are the same.
        At::Before(id) => after(id),
    }
}

/// The same for an item that moves there: it does not stand in its own way.
fn place_of(list: &List, moving: ItemId, at: At) -> Result<Option<ItemId>, Rejection> {
    let after = place(list, at)?;
    Ok(if after == Some(moving) {
        list.nodes.before(moving)
    } else {
        after
    })
}
