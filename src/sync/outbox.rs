//! Commands that were given in this browser and wait for the server's word: a machine of states, without
//! a clock, a storage or a network.
//!
//! A command is given, kept (the storage of the browser has it), and then either done or refused by the
//! server. What is done stays in the storage until the page that opens without a network has it too; what
//! was refused stays until the person has dealt with it. Nothing else leaves the storage.

use super::{DeliveryState, StorageWrite, StoredCommand};
use crate::domain::{ClientId, Command, CommandId, Cursor, ItemId, List, Rejection, Timestamp};

/// The most that is sent at once, in bytes as [`Command::weight`] counts them: half of what a request may
/// hold.
const MAX_WEIGHT: usize = 32_768;

/// The most commands that are sent at once: so many changes the server remembers twice, and can answer with what has
/// happened instead of with the whole list.
const MAX_COMMANDS: usize = List::MAX_HISTORY / 2;

/// The commands of one browser that were not answered yet. This page gives commands as one sender; the
/// other entries were given by pages before it or beside it, and are sent in their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    client: ClientId,
    last_seq: u64,
    last_created_at: Timestamp,
    /// In order, those that wait.
    pending: Vec<StoredCommand>,
    /// Those that wait for the person instead, in order.
    rejected: Vec<StoredCommand>,
    /// Those that are stored only until the list that opens without a network has them.
    accepted: Vec<StoredCommand>,
    /// What the storage has not done yet, as far as is known here.
    writes: Vec<StorageWrite>,
    /// How many of those it has been requested for.
    requested: usize,
}

impl Outbox {
    /// An empty outbox of a sender that has sent nothing yet.
    #[must_use]
    pub fn new(client: ClientId) -> Self {
        Self {
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

    /// Takes a command of this page: it has the sender's next number.
    pub fn push(&mut self, command: Command, now: Timestamp) -> CommandId {
        self.last_seq += 1;
        let entry = StoredCommand {
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

    /// What the storage is to do, in order, since this was last requested.
    pub fn take_writes(&mut self) -> Vec<StorageWrite> {
        let writes = self.writes[self.requested..].to_vec();
        self.requested = self.writes.len();
        writes
    }

    /// Whether the storage is to do anything.
    #[must_use]
    pub fn has_new_writes(&self) -> bool {
        self.writes.len() > self.requested
    }

    /// The storage has done this, all that it was requested for at one time.
    pub fn on_stored(&mut self, writes: &[StorageWrite]) {
        let done = writes.len().min(self.requested);
        self.writes.drain(..done);
        self.requested -= done;
        self.mark_stored(writes);
    }

    /// The storage has not done this, and there is nothing more to wait for: it may be sent. The storage is
    /// requested for it again, with what comes next.
    pub fn on_store_failed(&mut self, writes: &[StorageWrite]) {
        self.requested = 0;
        let all = std::mem::take(&mut self.writes);
        for (index, write) in all.iter().enumerate() {
            let is_last = |later: &StorageWrite| later.key() != write.key();
            if all[index + 1..].iter().all(is_last) {
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
            let mut waiting = self.pending.iter_mut();
            if let Some(entry) = waiting.find(|entry| entry.id == written.id) {
                entry.state = DeliveryState::Stored;
            }
        }
    }

    /// What the storage holds now: pages before this one, or beside it, have changed it. What this page wants
    /// to be stored may still be on its way there, and counts. `here` is where the page knows the server's list;
    /// answers whether something was done later.
    pub fn load(&mut self, mut stored: Vec<StoredCommand>, here: Cursor) -> bool {
        for write in &self.writes {
            match write {
                StorageWrite::Delete(key) => stored.retain(|entry| entry.key() != *key),
                StorageWrite::Put(written) => {
                    let known = stored.iter().position(|entry| entry.key() == written.key());
                    let mut entry = written.clone();
                    match (known, entry.state) {
                        // Another page may have brought it further.
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

    /// The page knows the server's list only here: what was done later, or in a history that a backup has
    /// put an end to, waits again. The server may have forgotten it; if it has not, it gives the same answer.
    /// Answers whether there is any such thing.
    pub fn requeue_unconfirmed(&mut self, here: Cursor) -> bool {
        let is_there = |entry: &StoredCommand| entry.state.is_done_by(here);
        let (done, doubtful): (_, Vec<_>) = self.accepted.drain(..).partition(is_there);
        self.accepted = done;
        let doubts = !doubtful.is_empty();
        for mut entry in doubtful {
            entry.state = DeliveryState::Stored;
            insert(&mut self.pending, entry);
        }
        doubts
    }

    /// All that the server has not answered, in order.
    #[must_use]
    pub fn pending(&self) -> &[StoredCommand] {
        &self.pending
    }

    /// Whether the server has not answered the command.
    #[must_use]
    pub fn is_pending(&self, id: CommandId) -> bool {
        self.pending.iter().any(|entry| entry.id == id)
    }

    /// All that the server has refused and nobody has dealt with, in order.
    #[must_use]
    pub fn rejected(&self) -> &[StoredCommand] {
        &self.rejected
    }

    /// What to send next: commands of one sender, without a gap, as many as fit into a request. `None` if
    /// there is nothing, or if it is not stored yet.
    #[must_use]
    pub fn next_batch(&self) -> Option<(CommandId, Vec<Command>)> {
        let first = self.pending.first()?.id;
        let mut weight = 0;
        let mut commands = Vec::new();
        for entry in &self.pending {
            let seq = first.seq + commands.len() as u64;
            let is_next =
                entry.id == CommandId { seq, ..first } && entry.state == DeliveryState::Stored;
            weight += entry.command.weight();
            let is_full = weight > MAX_WEIGHT || commands.len() == MAX_COMMANDS;
            if !is_next || (is_full && !commands.is_empty()) {
                break;
            }
            commands.push(entry.command.clone());
        }
        (!commands.is_empty()).then_some((first, commands))
    }

    /// The server has done the command: its list has it from there on. Answers whether it was waiting.
    pub fn accept(&mut self, id: CommandId, since: Cursor) -> bool {
        let Some(mut entry) = self.take(id) else {
            return false;
        };
        entry.state = DeliveryState::Accepted(since);
        self.put(&entry, entry.state);
        self.accepted.push(entry);
        true
    }

    /// The server has refused the command, for good. Answers it, if it was waiting.
    pub fn reject(&mut self, id: CommandId, rejection: Rejection) -> Option<Command> {
        let mut entry = self.take(id)?;
        entry.state = DeliveryState::Rejected(rejection);
        let command = entry.command.clone();
        match command.text() {
            Some((item, _)) => {
                self.discard_rejected(item);
                self.put(&entry, entry.state);
                self.rejected.push(entry);
            }
            // Nothing is lost with it: the person is told.
            None => self.writes.push(StorageWrite::Delete(entry.key())),
        }
        Some(command)
    }

    /// Keeps a text that nobody needs to send to know that it would be refused.
    pub fn add_rejected(&mut self, command: Command, rejection: Rejection, now: Timestamp) {
        let entry = StoredCommand {
            created_at: self.next_created_at(now),
            // It is no command of this sender: it uses up no number.
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

    /// The person has dealt with what was refused about an item.
    pub fn discard_rejected(&mut self, item: ItemId) {
        let writes = &mut self.writes;
        self.rejected.retain(|entry| {
            let is_it = entry.command.text().is_some_and(|(id, _)| id == item);
            if is_it {
                writes.push(StorageWrite::Delete(entry.key()));
            }
            !is_it
        });
    }

    /// The list that opens without a network has all up to there.
    pub fn on_page_cached(&mut self, there: Cursor) {
        let writes = &mut self.writes;
        self.accepted.retain(|entry| {
            let is_there = entry.state.is_done_by(there);
            if is_there {
                writes.push(StorageWrite::Delete(entry.key()));
            }
            !is_there
        });
    }

    /// Nothing opens without a network: what is done need not be stored.
    pub fn on_page_cache_missing(&mut self) {
        let keys = self.accepted.drain(..).map(|entry| entry.key());
        self.writes.extend(keys.map(StorageWrite::Delete));
    }

    /// The server does not know, or has mistaken, what a sender has sent before: it was restored from a
    /// backup. What waits of that sender goes on under another name. Answers the old and the new name of
    /// each.
    pub fn rename_sender(&mut self, old: ClientId, new: ClientId) -> Vec<(CommandId, CommandId)> {
        let mut renamed: Vec<(CommandId, CommandId)> = Vec::new();
        for index in 0..self.pending.len() {
            let entry = &mut self.pending[index];
            if let Command::Revert { of } = &mut entry.command {
                let new_name = renamed.iter().find(|(old, _)| old == of);
                *of = new_name.map_or(*of, |(_, new)| *new);
            }
            if entry.id.client == old {
                self.writes.push(StorageWrite::Delete(entry.key()));
                let seq = renamed.len() as u64 + 1;
                let id = CommandId { client: new, seq };
                renamed.push((entry.id, id));
                entry.id = id;
                // Under its new name it is not to be sent before it is stored: it might count twice.
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

    /// Whether a command that waits adds the item.
    #[must_use]
    pub fn is_adding(&self, item: ItemId) -> bool {
        let adds =
            |entry: &StoredCommand| matches!(entry.command, Command::Add { id, .. } if id == item);
        self.pending.iter().any(adds)
    }

    /// A moment of its own for each entry.
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

/// Puts an entry into its place among others that are in order.
fn insert(entries: &mut Vec<StoredCommand>, entry: StoredCommand) {
    let index = entries.partition_point(|other| other.key() < entry.key());
    entries.insert(index, entry);
}
