//! Reverting a command: undo, and redo as the undo of an undo.

use super::restore::{ItemToRestore, restore};
use crate::domain::nodes::Place;
use crate::domain::{CommandId, Event, List, Rejection, Timestamp};

/// The events that revert a command, item by item. Fields that were changed since stay as they are.
///
/// # Errors
///
/// [`Rejection::NothingToRevert`] for a command that is unknown, too old or without effect,
/// [`Rejection::ChangedSince`] if all its effects were changed since, [`Rejection::ListFull`] if the list has no room
/// for the items that the command has removed.
pub(super) fn revert(list: &List, of: CommandId, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    let change = list
        .change_of(of)
        .filter(|change| !change.events.is_empty());
    let change = change.ok_or(Rejection::NothingToRevert)?;
    let removed = change
        .events
        .iter()
        .filter_map(|event| restorable(list, event));
    let mut events = restore(list, removed)?;
    events.extend(
        change
            .events
            .iter()
            .filter_map(|event| inverse(list, event, change.revision, now)),
    );
    if events.is_empty() {
        return Err(Rejection::ChangedSince);
    }
    Ok(events)
}

/// The item that the event has removed, if no later change has restored it.
fn restorable(list: &List, event: &Event) -> Option<ItemToRestore> {
    match event {
        Event::Removed { id, was, stamp, .. } => {
            let node = list.nodes.get(*id)?;
            (node.stamps.removed == stamp.set).then(|| ItemToRestore {
                id: *id,
                predecessor: *was,
                stamp: stamp.reversed(),
            })
        }
        Event::Added { .. }
        | Event::Set { .. }
        | Event::Moved { .. }
        | Event::Restored { .. }
        | Event::Expired { .. } => None,
    }
}

/// The event that reverts an event other than a removal, if no later event has set the same field.
fn inverse(list: &List, event: &Event, revision: u64, now: Timestamp) -> Option<Event> {
    let in_list = |id| {
        list.nodes
            .get(id)
            .filter(|node| node.item.removed_at.is_none())
    };
    match event {
        Event::Added { item, .. } => in_list(item.id)
            .filter(|node| node.stamps.are_not_after(revision))
            .map(|_| Event::Removed {
                id: item.id,
                at: now,
                was: list.nodes.predecessor(item.id),
                before: list.nodes.predecessor(item.id),
                stamp: list.next_stamp(item.id, |stamps| stamps.removed),
            }),
        Event::Set { id, change, stamp } => in_list(*id)
            .filter(|node| node.stamps.of(change.field()) == stamp.set)
            .map(|_| Event::Set {
                id: *id,
                change: change.reversed(),
                stamp: stamp.reversed(),
            }),
        Event::Moved { id, was, stamp, .. } => {
            in_list(*id).filter(|node| node.stamps.place == stamp.set)?;
            let place = match was {
                None => Place::Start,
                Some(was) => list.nodes.place_after(*was)?,
            };
            Some(Event::Moved {
                id: *id,
                after: if place == Place::After(*id) {
                    list.nodes.predecessor(*id)
                } else {
                    place.predecessor()
                },
                was: list.nodes.predecessor(*id),
                stamp: stamp.reversed(),
            })
        }
        Event::Restored {
            item, was, stamp, ..
        } => in_list(item.id)
            .filter(|node| node.stamps.removed == stamp.set && node.stamps.are_not_after(revision))
            .map(|_| Event::Removed {
                id: item.id,
                at: now,
                was: list.nodes.predecessor(item.id),
                before: *was,
                stamp: stamp.reversed(),
            }),
        Event::Removed { .. } | Event::Expired { .. } => None,
    }
}
