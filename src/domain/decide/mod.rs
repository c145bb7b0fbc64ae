//! Which events follow from a command: the one place for the rules.
//!
//! For each field the last writer wins, in the server's order. A command on a removed item is rejected, so that the
//! person can restore the item. A command on many items applies to those that are still as the person saw them.

mod restore;
mod revert;

use self::restore::{ItemToRestore, restore};
use self::revert::revert;
use super::nodes::Place;
use super::{
    At, Command, Event, FieldChange, FieldPatch, IdSet, Item, ItemId, ItemPatch, List, Rejection,
    Timestamp,
};

/// The most items that one [`Command::Expire`] forgets.
const MAX_EXPIRED_PER_COMMAND: usize = 1_000;

/// Decides which events follow from a command on a list: none if the list is already as the command wants it, and at most
/// [`max_events`].
///
/// # Errors
///
/// The [`Rejection`] says which rule the command breaks.
pub fn decide(list: &List, command: &Command, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Add { item, at } => add(list, std::slice::from_ref(item), *at, now),
        Command::AddAll { items, at } => add(list, items, *at, now),
        Command::Edit { id, patch } => {
            let item = in_list(list, *id)?;
            let longer = patch.title.get().map_or(0, |title| {
                let (new, old) = (title.as_str().len(), item.title.as_str().len());
                new.saturating_sub(old)
            });
            let mut events = make_room(list, 0, longer)?;
            let changes = patch.changes(item, now);
            events.extend(changes.map(|change| set(list, *id, change)));
            Ok(events)
        }
        Command::CompleteAll { ids, completed } => {
            let patch = ItemPatch {
                completed: FieldPatch::Set(*completed),
                ..ItemPatch::default()
            };
            let ids = once_each(list, ids.iter()).filter(|id| list.contains(*id));
            let items = ids.filter_map(|id| list.get(id));
            let changes = items.flat_map(|item| {
                let changes = patch.changes(item, now);
                changes.map(|change| set(list, item.id, change))
            });
            Ok(changes.collect())
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
            let was = list.nodes.predecessor(*id);
            let after = place_to_move(list, *id, *at)?.predecessor();
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
                predecessor: list.nodes.predecessor(id),
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
                .take(MAX_EXPIRED_PER_COMMAND)
                .map(|(_, id)| Event::Expired { id: *id })
                .collect())
        }
    }
}

/// The most events that [`decide`] returns for a command on this list: an upper bound of its cost before it is decided.
#[must_use]
pub fn max_events(list: &List, command: &Command) -> usize {
    match command {
        Command::Remove { .. } | Command::Move { .. } => 1,
        Command::Add { item, at: _ } => 1 + max_displaced(list, 1, item.title.as_str().len()),
        Command::Edit { id: _, patch } => {
            let bytes = patch.title.get().map_or(0, |title| title.as_str().len());
            patch.len() + max_displaced(list, 0, bytes)
        }
        Command::AddAll { items, at: _ } => {
            let bytes = items.iter().map(|item| item.title.as_str().len()).sum();
            items.len() + max_displaced(list, items.len(), bytes)
        }
        Command::RemoveAll { ids }
        | Command::ClearCompleted { ids }
        | Command::CompleteAll { ids, .. }
        | Command::Restore { ids } => ids.len(),
        Command::Revert { of } => list.change_of(*of).map_or(0, |change| change.events.len()),
        Command::Expire => list.removed.len().min(MAX_EXPIRED_PER_COMMAND),
    }
}

fn in_list(list: &List, id: ItemId) -> Result<&Item, Rejection> {
    match list.get(id) {
        None => Err(Rejection::NoSuchItem { id }),
        Some(item) if item.removed_at.is_some() => Err(Rejection::ItemRemoved { id }),
        Some(item) => Ok(item),
    }
}

/// The events that make room for this many more items and bytes of titles: the items that were removed first are
/// forgotten, as many as needed.
///
/// # Errors
///
/// [`Rejection::ListFull`] if the items in the list alone leave too little room.
fn make_room(list: &List, items: usize, bytes: usize) -> Result<Vec<Event>, Rejection> {
    let displaced = displaced(list, items, bytes);
    if list.len() + items > List::MAX_ITEMS || displaced.clone().last() == Some(None) {
        return Err(Rejection::ListFull);
    }
    Ok(displaced
        .flatten()
        .map(|id| Event::Expired { id })
        .collect())
}

/// The removed items that have to give way to this many more items and bytes of titles, those first that were removed
/// first. `None` at the end means that there are too few of them.
fn displaced(
    list: &List,
    items: usize,
    bytes: usize,
) -> impl Iterator<Item = Option<ItemId>> + Clone {
    let mut too_many = (list.nodes.len() + items).saturating_sub(List::MAX_KNOWN);
    // What does not grow always fits.
    let mut too_long = match bytes {
        0 => 0,
        _ => (list.nodes.title_bytes() + bytes).saturating_sub(List::MAX_TITLE_BYTES),
    };
    let mut removed = list.removed.iter();
    std::iter::from_fn(move || {
        if too_many == 0 && too_long == 0 {
            return None;
        }
        let Some((_, id)) = removed.next() else {
            (too_many, too_long) = (0, 0);
            return Some(None);
        };
        let bytes = list.get(*id).map_or(0, |item| item.title.as_str().len());
        too_many = too_many.saturating_sub(1);
        too_long = too_long.saturating_sub(bytes);
        Some(Some(*id))
    })
}

/// The most items that have to give way.
fn max_displaced(list: &List, items: usize, bytes: usize) -> usize {
    displaced(list, items, bytes).flatten().count()
}

/// The events that add those of the items that the list does not know, one after the other.
fn add(list: &List, items: &[Item], at: At, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    let mut seen = IdSet::with_hasher(list.hash_key());
    let is_new = |item: &&Item| list.get(item.id).is_none() && seen.insert(item.id);
    let items: Vec<&Item> = items.iter().filter(is_new).collect();
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = items.iter().map(|item| item.title.as_str().len()).sum();
    let mut events = make_room(list, items.len(), bytes)?;
    let mut after = place(list, at).map_or_else(|_| list.nodes.last(), Place::predecessor);
    let added = items.into_iter().map(|item| Event::Added {
        item: Item {
            // A sender's clock can be wrong, and nothing is completed in the future.
            completed_at: item.completed_at.map(|at| at.min(now)),
            removed_at: None,
            ..item.clone()
        },
        after: after.replace(item.id),
    });
    events.extend(added);
    Ok(events)
}

fn set(list: &List, id: ItemId, change: FieldChange) -> Event {
    let field = change.field();
    Event::Set {
        id,
        change,
        stamp: list.next_stamp(id, |stamps| stamps.of(field)),
    }
}

fn changes(changes: bool, event: impl FnOnce() -> Event) -> Vec<Event> {
    if changes { vec![event()] } else { Vec::new() }
}

/// The ids without repetitions.
fn once_each<'a>(
    list: &List,
    ids: impl Iterator<Item = &'a ItemId>,
) -> impl Iterator<Item = ItemId> {
    let mut seen = IdSet::with_hasher(list.hash_key());
    ids.copied().filter(move |id| seen.insert(*id))
}

fn remove(list: &List, id: ItemId, now: Timestamp) -> Option<Event> {
    list.contains(id).then(|| Event::Removed {
        id,
        at: now,
        was: list.nodes.predecessor(id),
        before: list.nodes.predecessor(id),
        stamp: list.next_stamp(id, |stamps| stamps.removed),
    })
}

fn place(list: &List, at: At) -> Result<Place, Rejection> {
    let after = |id| {
        let place = list.nodes.place_after(id);
        place.ok_or(Rejection::NoSuchItem { id })
    };
    match at {
        At::Start => Ok(Place::Start),
        At::End => Ok(Place::right_after(list.nodes.last())),
        At::After(id) => after(id),
        At::Before(id) if list.contains(id) => Ok(Place::right_after(list.nodes.predecessor(id))),
        // Before and after a removed item are the same place.
        At::Before(id) => after(id),
    }
}

/// The place to which an item moves. Right after itself is where it is already.
fn place_to_move(list: &List, moving: ItemId, at: At) -> Result<Place, Rejection> {
    let place = place(list, at)?;
    Ok(if place == Place::After(moving) {
        Place::right_after(list.nodes.predecessor(moving))
    } else {
        place
    })
}
