//! The outbox: commands of this browser that the server has not decided yet. It is a state machine without a clock, a
//! storage or a network.
//!
//! A command is new, then stored in the browser, and then accepted or rejected by the server. An accepted command stays
//! in the storage until the cached page has its change. A rejected command with a text stays until the person sends or
//! discards the text.

use super::{DeliveryState, StorageWrite, StoredCommand};
use crate::domain::{
    ClientId, Command, CommandId, Cursor, ItemId, List, ListId, Rejection, Timestamp,
};

/// The most bytes of one batch, as [`Command::weight`] counts them: half of what a request may have.
pub const MAX_BATCH_BYTES: usize = 32_768;

/// The most commands of one batch. The history of the list has room for twice as many changes, so the server can answer
/// with changes instead of the whole list.
const MAX_BATCH_COMMANDS: usize = List::MAX_HISTORY / 2;

/// The commands of one browser that are not delivered yet. This page creates commands as one sender. Commands that other
/// pages have created are sent as the commands of their senders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    list: ListId,
    /// The epoch of the confirmed list, as far as the outbox was told.
    epoch: u64,
    client: ClientId,
    last_seq: u64,
    last_created_at: Timestamp,
    /// New and stored commands, and those that were accepted after the confirmed list, in order.
    pending: Vec<StoredCommand>,
    /// Rejected commands with a text, in order.
    rejected: Vec<StoredCommand>,
    /// Accepted commands that the cached page does not have yet.
    accepted: Vec<StoredCommand>,
    /// The writes that the storage has not confirmed.
    writes: Vec<StorageWrite>,
    /// How many of the writes the storage was asked for.
    requested: usize,
}

impl Outbox {
    /// An empty outbox for a list, of a sender that has sent nothing.
    #[must_use]
    pub fn new(list: ListId, client: ClientId) -> Self {
        Self {
            list,
            epoch: 0,
            client,
            last_seq: 0,
            last_created_at: Timestamp::default(),
            pending: Vec::new(),
            rejected: Vec::new(),
            accepted: Vec::new(),
            writes: Vec::new(),
            requested: 0,
        }
    }

    /// The list that the commands are for.
    #[must_use]
    pub fn list(&self) -> ListId {
        self.list
    }

    /// Whether this page has given a command.
    #[must_use]
    pub fn is_own(&self, id: CommandId) -> bool {
        id.client == self.client
    }

    /// Adds a command of this page, with the next number of its sender.
    pub fn push(&mut self, command: Command, now: Timestamp) -> CommandId {
        self.last_seq += 1;
        let entry = StoredCommand {
            list: self.list,
            created_at: self.next_created_at(now),
            id: CommandId {
                client: self.client,
                seq: self.last_seq,
            },
            command,
            state: DeliveryState::New,
        };
        let id = entry.id;
        self.put(&entry, DeliveryState::Stored);
        self.pending.push(entry);
        id
    }

    /// The writes since the last call, in order.
    pub fn take_writes(&mut self) -> Vec<StorageWrite> {
        let writes = self.writes[self.requested..].to_vec();
        self.requested = self.writes.len();
        writes
    }

    /// Whether [`Outbox::take_writes`] would return any.
    #[must_use]
    pub fn has_new_writes(&self) -> bool {
        self.writes.len() > self.requested
    }

    /// Whether there are writes that the storage has not confirmed.
    #[must_use]
    pub fn has_writes(&self) -> bool {
        !self.writes.is_empty()
    }

    /// The storage has done the writes of one call of [`Outbox::take_writes`].
    pub fn on_stored(&mut self, writes: &[StorageWrite]) {
        let done = writes.len().min(self.requested);
        self.writes.drain(..done);
        self.requested -= done;
        self.mark_stored(writes);
    }

    /// The storage has failed to do the writes of one call of [`Outbox::take_writes`]. Their commands may be sent all the
    /// same. The writes are repeated with the next ones.
    pub fn on_store_failed(&mut self, writes: &[StorageWrite]) {
        self.requested = 0;
        let all = std::mem::take(&mut self.writes);
        for (index, write) in all.iter().enumerate() {
            let has_other_key = |later: &StorageWrite| later.key() != write.key();
            if all[index + 1..].iter().all(has_other_key) {
                self.writes.push(write.clone());
            }
        }
        self.mark_stored(writes);
    }

    fn mark_stored(&mut self, writes: &[StorageWrite]) {
        for write in writes {
            let StorageWrite::Put(written) = write else {
                continue;
            };
            let mut pending = self.pending.iter_mut();
            let is_new = |entry: &&mut StoredCommand| {
                entry.id == written.id && entry.state == DeliveryState::New
            };
            if let Some(entry) = pending.find(is_new) {
                entry.state = DeliveryState::Stored;
            }
        }
    }

    /// Loads the contents of the storage, which other pages may have changed. Unconfirmed writes of this page take
    /// precedence. `here` is the cursor of the confirmed list. Returns whether a command was accepted after it.
    pub fn load(&mut self, mut stored: Vec<StoredCommand>, here: Cursor) -> bool {
        for write in &self.writes {
            match write {
                StorageWrite::Delete(key) => stored.retain(|entry| entry.key() != *key),
                StorageWrite::Put(written) => {
                    let known = stored.iter().position(|entry| entry.key() == written.key());
                    let mut entry = written.clone();
                    match (known, entry.state) {
                        // Another page may have delivered it further.
                        (Some(_), DeliveryState::Stored) => {}
                        (Some(index), _) => stored[index] = entry,
                        (None, state) => {
                            if state == DeliveryState::Stored {
                                entry.state = DeliveryState::New;
                            }
                            stored.push(entry);
                        }
                    }
                }
            }
        }
        self.pending.clear();
        self.rejected.clear();
        self.accepted.clear();
        for entry in stored {
            self.last_created_at = entry.created_at.max(self.last_created_at);
            let group = match entry.state {
                DeliveryState::New | DeliveryState::Stored => &mut self.pending,
                DeliveryState::Accepted(_) => &mut self.accepted,
                DeliveryState::Rejected(_) => &mut self.rejected,
            };
            insert(group, entry);
        }
        self.requeue_unconfirmed(here)
    }

    /// The confirmed list is at this cursor. Commands that were accepted after it are pending until it gets there. Those that
    /// were accepted in another history are sent again meanwhile: the server may have lost them, and otherwise repeats its
    /// answer. Returns whether there are any of both.
    pub fn requeue_unconfirmed(&mut self, here: Cursor) -> bool {
        self.epoch = here.epoch;
        let is_there = |entry: &StoredCommand| entry.state.is_accepted_at(here);
        let (accepted, unconfirmed): (_, Vec<_>) = self.accepted.drain(..).partition(is_there);
        self.accepted = accepted;
        let has_unconfirmed = !unconfirmed.is_empty();
        for entry in unconfirmed {
            insert(&mut self.pending, entry);
        }
        has_unconfirmed
    }

    /// The confirmed list is at this cursor now. Pending commands that were accepted up to it are no longer pending.
    /// Returns whether there were any.
    pub fn settle_accepted(&mut self, here: Cursor) -> bool {
        self.epoch = here.epoch;
        let is_there = |entry: &mut StoredCommand| entry.state.is_accepted_at(here);
        let settled: Vec<_> = self.pending.extract_if(.., is_there).collect();
        let has_settled = !settled.is_empty();
        self.accepted.extend(settled);
        has_settled
    }

    /// The commands that the server has not decided, in order.
    #[must_use]
    pub fn pending(&self) -> &[StoredCommand] {
        &self.pending
    }

    /// Whether a command is pending.
    #[must_use]
    pub fn is_pending(&self, id: CommandId) -> bool {
        self.pending.iter().any(|entry| entry.id == id)
    }

    /// The rejected commands whose texts the person has neither sent again nor discarded, in order.
    #[must_use]
    pub fn rejected(&self) -> &[StoredCommand] {
        &self.rejected
    }

    /// Whether the server has accepted a pending command in the history of the confirmed list, which does not have it yet.
    fn is_decided(&self, entry: &StoredCommand) -> bool {
        entry.state.is_accepted_in(self.epoch)
    }

    /// The next commands to send, and the id of the first: consecutive commands of one sender, as many as fit into a
    /// request. `None` if no command is pending, or if the first one is not stored yet.
    #[must_use]
    pub fn next_batch(&self) -> Option<(CommandId, Vec<Command>)> {
        let undecided = self.pending.iter().filter(|entry| !self.is_decided(entry));
        let mut undecided = undecided.peekable();
        let first = undecided.peek()?.id;
        let mut weight = 0;
        let mut commands = Vec::new();
        for entry in undecided {
            let seq = first.seq + commands.len() as u64;
            let is_next =
                entry.id == CommandId { seq, ..first } && entry.state != DeliveryState::New;
            weight += entry.command.weight();
            let is_full = weight > MAX_BATCH_BYTES || commands.len() == MAX_BATCH_COMMANDS;
            if !is_next || (is_full && !commands.is_empty()) {
                break;
            }
            commands.push(entry.command.clone());
        }
        (!commands.is_empty()).then_some((first, commands))
    }

    /// The server has accepted a command: the list has its change from this cursor on. Returns whether it was pending.
    pub fn accept(&mut self, id: CommandId, since: Cursor) -> bool {
        let Some(mut entry) = self.take(id) else {
            return false;
        };
        entry.state = DeliveryState::Accepted(since);
        self.put(&entry, entry.state);
        self.accepted.push(entry);
        true
    }

    /// The server has rejected a command. Returns it if it was pending.
    pub fn reject(&mut self, id: CommandId, rejection: Rejection) -> Option<Command> {
        let mut entry = self.take(id)?;
        entry.state = DeliveryState::Rejected(rejection);
        let command = entry.command.clone();
        let mut parts = command.clone().split();
        match (command.text(), parts.len()) {
            // No text is lost with it. The caller tells the person.
            (None, _) => self.writes.push(StorageWrite::Delete(entry.key())),
            (Some((item, _)), 1) => {
                self.discard_rejected(item);
                self.put(&entry, entry.state);
                self.rejected.push(entry);
            }
            // The person sends or discards each text by itself.
            (Some(_), _) => {
                self.writes.push(StorageWrite::Delete(entry.key()));
                // No command has these numbers, and all pages that get this answer use the same ones.
                for (number, part) in (0..).zip(parts.drain(..)) {
                    let mut part = StoredCommand {
                        command: part,
                        ..entry.clone()
                    };
                    part.id.seq = u64::MAX - number;
                    self.put(&part, part.state);
                    self.rejected.push(part);
                }
            }
        }
        Some(command)
    }

    /// Adds a command that the server would reject, without sending it.
    pub fn add_rejected(&mut self, command: Command, rejection: Rejection, now: Timestamp) {
        let entry = StoredCommand {
            list: self.list,
            created_at: self.next_created_at(now),
            // It is not sent, so it has no number.
            id: CommandId {
                client: self.client,
                seq: 0,
            },
            command,
            state: DeliveryState::Rejected(rejection),
        };
        self.put(&entry, entry.state);
        self.rejected.push(entry);
    }

    /// Removes the rejected commands for an item: the person has sent their text again or discarded it.
    pub fn discard_rejected(&mut self, item: ItemId) {
        let writes = &mut self.writes;
        self.rejected.retain(|entry| {
            let is_for_item = entry.command.text().is_some_and(|(id, _)| id == item);
            if is_for_item {
                writes.push(StorageWrite::Delete(entry.key()));
            }
            !is_for_item
        });
    }

    /// The cached page has all changes up to this cursor.
    pub fn on_page_cached(&mut self, cached: Cursor) {
        let writes = &mut self.writes;
        self.accepted.retain(|entry| {
            let is_there = entry.state.is_accepted_at(cached);
            if is_there {
                writes.push(StorageWrite::Delete(entry.key()));
            }
            !is_there
        });
    }

    /// There is no cached page, so accepted commands need not be stored.
    pub fn on_page_cache_missing(&mut self) {
        let keys = self.accepted.drain(..).map(|entry| entry.key());
        self.writes.extend(keys.map(StorageWrite::Delete));
    }

    /// Gives the pending commands of a sender another sender, because the server does not know the numbers of the old one
    /// (see [`SenderRenaming`](super::SenderRenaming)). Returns the old and the new id of each command.
    pub fn rename_sender(&mut self, old: ClientId, new: ClientId) -> Vec<(CommandId, CommandId)> {
        let epoch = self.epoch;
        let mut renamed: Vec<(CommandId, CommandId)> = Vec::new();
        for index in 0..self.pending.len() {
            let entry = &mut self.pending[index];
            if let Command::Revert { of } = &mut entry.command {
                let new_name = renamed.iter().find(|(old, _)| old == of);
                *of = new_name.map_or(*of, |(_, new)| *new);
            }
            // What the server has accepted in this history keeps its id.
            let is_decided = entry.state.is_accepted_in(epoch);
            if entry.id.client == old && !is_decided {
                self.writes.push(StorageWrite::Delete(entry.key()));
                let seq = renamed.len() as u64 + 1;
                let id = CommandId { client: new, seq };
                renamed.push((entry.id, id));
                entry.id = id;
                // It is sent only after it is stored with its new id. Otherwise it could count twice.
                entry.state = DeliveryState::New;
                let entry = entry.clone();
                self.put(&entry, DeliveryState::Stored);
            }
        }
        if old == self.client {
            self.client = new;
            self.last_seq = renamed.len() as u64;
        }
        renamed
    }

    /// Whether a pending command adds the item.
    #[must_use]
    pub fn is_adding(&self, item: ItemId) -> bool {
        let adds = |entry: &StoredCommand| match &entry.command {
            Command::Add { item: added, at: _ } => added.id == item,
            Command::AddAll { items, at: _ } => items.iter().any(|added| added.id == item),
            Command::Edit { .. }
            | Command::Remove { .. }
            | Command::RemoveAll { .. }
            | Command::Move { .. }
            | Command::ClearCompleted { .. }
            | Command::CompleteAll { .. }
            | Command::Revert { .. }
            | Command::Restore { .. }
            | Command::Expire => false,
        };
        self.pending.iter().any(adds)
    }

    /// The commands that commands of this browser revert, as long as these are stored.
    pub fn reverted(&self) -> impl Iterator<Item = CommandId> {
        let entries = self.pending.iter().chain(&self.accepted);
        entries.filter_map(|entry| {
            let Command::Revert { of } = entry.command else {
                return None;
            };
            Some(of)
        })
    }

    /// A unique time for each command.
    fn next_created_at(&mut self, now: Timestamp) -> Timestamp {
        self.last_created_at = now.max(Timestamp(self.last_created_at.0 + 1));
        self.last_created_at
    }

    fn take(&mut self, id: CommandId) -> Option<StoredCommand> {
        let index = self.pending.iter().position(|entry| entry.id == id)?;
        Some(self.pending.remove(index))
    }

    fn put(&mut self, entry: &StoredCommand, state: DeliveryState) {
        let mut entry = entry.clone();
        entry.state = state;
        self.writes.push(StorageWrite::Put(entry));
    }
}

/// Inserts a command at its place in order.
fn insert(entries: &mut Vec<StoredCommand>, entry: StoredCommand) {
    let index = entries.partition_point(|other| other.key() < entry.key());
    entries.insert(index, entry);
}
