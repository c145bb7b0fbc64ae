//! The commands and changes of version 1, and how they become today's.
//!
//! Journals of version 1 hold them, browsers have stored the commands, and the public JSON, which is still of version 1,
//! has them too. These types never change. They share types such as [`Item`] with today's. If one of those changes, the
//! golden files of version 1 fail, and this module needs a copy of the old one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    At, ClientId, CommandId, FieldChange, Item, ItemId, Stamp, Stamps, Timestamp, Title, command,
    event, snapshot,
};

/// A command of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "see `domain::Command`")]
pub enum Command {
    Add { id: ItemId, title: Title, at: At },
    Rename { id: ItemId, title: Title },
    Complete { id: ItemId, completed: bool },
    Order { id: ItemId, order: Option<i64> },
    Remove { id: ItemId },
    RemoveAll { ids: Vec<ItemId> },
    Move { id: ItemId, at: At },
    ClearCompleted { ids: Vec<ItemId> },
    CompleteAll { ids: Vec<ItemId>, completed: bool },
    Revert { of: CommandId },
    Restore { ids: Vec<ItemId> },
    Expire,
}

impl From<Command> for command::Command {
    fn from(command: Command) -> Self {
        match command {
            Command::Add { id, title, at } => Self::add(id, title, at),
            Command::Rename { id, title } => Self::rename(id, title),
            Command::Complete { id, completed } => Self::complete(id, completed),
            Command::Order { id, order } => Self::order(id, order),
            Command::Remove { id } => Self::Remove { id },
            Command::RemoveAll { ids } => Self::RemoveAll { ids },
            Command::Move { id, at } => Self::Move { id, at },
            Command::ClearCompleted { ids } => Self::ClearCompleted { ids },
            Command::CompleteAll { ids, completed } => Self::CompleteAll { ids, completed },
            Command::Revert { of } => Self::Revert { of },
            Command::Restore { ids } => Self::Restore { ids },
            Command::Expire => Self::Expire,
        }
    }
}

/// A change of version 1. A command that changed nothing had one too, without events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "see `domain::Change`")]
pub struct Change {
    pub revision: u64,
    pub command: CommandId,
    pub events: Vec<Event>,
}

/// An event of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "see `domain::Event`")]
pub enum Event {
    Added {
        id: ItemId,
        title: Title,
        after: Option<ItemId>,
    },
    Renamed {
        id: ItemId,
        title: Title,
        was: Title,
        stamp: Stamp,
    },
    Completed {
        id: ItemId,
        at: Option<Timestamp>,
        was: Option<Timestamp>,
        stamp: Stamp,
    },
    Ordered {
        id: ItemId,
        order: Option<i64>,
        was: Option<i64>,
        stamp: Stamp,
    },
    Moved {
        id: ItemId,
        after: Option<ItemId>,
        was: Option<ItemId>,
        stamp: Stamp,
    },
    Removed {
        id: ItemId,
        at: Timestamp,
        was: Option<ItemId>,
        before: Option<ItemId>,
        stamp: Stamp,
    },
    Restored {
        item: Item,
        after: Option<ItemId>,
        was: Option<ItemId>,
        stamp: Stamp,
    },
    Expired {
        id: ItemId,
    },
}

impl From<Change> for event::Change {
    fn from(change: Change) -> Self {
        Self {
            revision: change.revision,
            command: change.command,
            events: change.events.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Event> for event::Event {
    fn from(event: Event) -> Self {
        match event {
            Event::Added { id, title, after } => Self::Added {
                item: Item::new(id, title),
                after,
            },
            Event::Renamed {
                id,
                title,
                was,
                stamp,
            } => Self::Set {
                id,
                change: FieldChange::Title { to: title, was },
                stamp,
            },
            Event::Completed { id, at, was, stamp } => Self::Set {
                id,
                change: FieldChange::Completed { to: at, was },
                stamp,
            },
            Event::Ordered {
                id,
                order,
                was,
                stamp,
            } => Self::Set {
                id,
                change: FieldChange::Order { to: order, was },
                stamp,
            },
            Event::Moved {
                id,
                after,
                was,
                stamp,
            } => Self::Moved {
                id,
                after,
                was,
                stamp,
            },
            Event::Removed {
                id,
                at,
                was,
                before,
                stamp,
            } => Self::Removed {
                id,
                at,
                was,
                before,
                stamp,
            },
            Event::Restored {
                item,
                after,
                was,
                stamp,
            } => Self::Restored {
                item,
                after,
                was,
                stamp,
            },
            Event::Expired { id } => Self::Expired { id },
        }
    }
}

impl From<&event::Change> for Change {
    /// The change as clients of version 1 read it.
    fn from(change: &event::Change) -> Self {
        let events = change.events.iter();
        Self {
            revision: change.revision,
            command: change.command,
            events: events
                .flat_map(|event| Event::all_of(event, change.revision))
                .collect(),
        }
    }
}

impl Event {
    /// The events of version 1 that together say the same as an event of the change with this revision.
    fn all_of(event: &event::Event, revision: u64) -> Vec<Self> {
        let event = match event.clone() {
            event::Event::Added { item, after } => return Self::added(item, after, revision),
            event::Event::Set { id, change, stamp } => match change {
                FieldChange::Title { to: title, was } => Self::Renamed {
                    id,
                    title,
                    was,
                    stamp,
                },
                FieldChange::Completed { to: at, was } => Self::Completed { id, at, was, stamp },
                FieldChange::Order { to: order, was } => Self::Ordered {
                    id,
                    order,
                    was,
                    stamp,
                },
            },
            event::Event::Moved {
                id,
                after,
                was,
                stamp,
            } => Self::Moved {
                id,
                after,
                was,
                stamp,
            },
            event::Event::Removed {
                id,
                at,
                was,
                before,
                stamp,
            } => Self::Removed {
                id,
                at,
                was,
                before,
                stamp,
            },
            event::Event::Restored {
                item,
                after,
                was,
                stamp,
            } => Self::Restored {
                item,
                after,
                was,
                stamp,
            },
            event::Event::Expired { id } => Self::Expired { id },
        };
        vec![event]
    }

    /// Version 1 adds an open item without an order number, and then sets its other fields.
    fn added(item: Item, after: Option<ItemId>, revision: u64) -> Vec<Self> {
        let Item {
            id,
            title,
            completed_at,
            order,
            removed_at: _,
        } = item;
        let stamp = Stamp {
            set: revision,
            was: revision,
        };
        let mut events = vec![Self::Added { id, title, after }];
        if completed_at.is_some() {
            events.push(Self::Completed {
                id,
                at: completed_at,
                was: None,
                stamp,
            });
        }
        if order.is_some() {
            events.push(Self::Ordered {
                id,
                order,
                was: None,
                stamp,
            });
        }
        events
    }
}

/// A snapshot of version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    revision: u64,
    items: Vec<(Item, Stamps)>,
    removed: Vec<(Item, Stamps, Option<ItemId>)>,
    clients: Vec<(ClientId, u64)>,
    history: Vec<Change>,
}

impl From<Snapshot> for snapshot::Snapshot {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            revision: snapshot.revision,
            items: snapshot.items,
            removed: snapshot.removed,
            clients: snapshot.clients,
            history: snapshot
                .history
                .into_iter()
                .map(|change| Arc::new(change.into()))
                .collect(),
        }
    }
}
