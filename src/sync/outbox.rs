//! Commands that were given in this browser and wait for the server's word: a machine of states, without
//! a clock, a storage or a network.
//!
//! A command is given, kept (the storage of the browser has it), and then either done or refused by the
//! server. What is done stays in the storage until the page that opens without a network has it too; what
//! was refused stays until the person has dealt with it. Nothing else leaves the storage.

use super::{Entry, Stage, Write};
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
    last_given_at: Timestamp,
    /// In order, those that wait.
    waiting: Vec<Entry>,
    /// Those that wait for the person instead, in order.
    refused: Vec<Entry>,
    /// Those that are stored only until the list that opens without a network has them.
    done: Vec<Entry>,
    /// What the storage has not done yet, as far as is known here.
    writes: Vec<Write>,
    /// How many of those it has been asked for.
    asked: usize,
}

impl Outbox {
    /// An empty outbox of a sender that has sent nothing yet.
    #[must_use]
    pub fn new(client: ClientId) -> Self {
        Self {
            client,
            last_seq: 0,
            last_given_at: Timestamp::default(),
            waiting: Vec::new(),
            refused: Vec::new(),
            done: Vec::new(),
            writes: Vec::new(),
            asked: 0,
        }
    }

    /// Takes a command of this page: it has the sender's next number.
    pub fn give(&mut self, command: Command, now: Timestamp) -> CommandId {
        self.last_seq += 1;
        let entry = Entry {
            given_at: self.tick(now),
            id: CommandId {
                client: self.client,
                seq: self.last_seq,
            },
            command,
            stage: Stage::Given,
        };
        let id = entry.id;
        self.put(&entry, Stage::Kept);
        self.waiting.push(entry);
        id
    }

    /// What the storage is to do, in order, since this was last asked.
    pub fn take_writes(&mut self) -> Vec<Write> {
        let writes = self.writes[self.asked..].to_vec();
        self.asked = self.writes.len();
        writes
    }

    /// Whether the storage is to do anything.
    #[must_use]
    pub fn has_writes(&self) -> bool {
        self.writes.len() > self.asked
    }

    /// The storage has done this, all that it was asked for at one time.
    pub fn kept(&mut self, writes: &[Write]) {
        let done = writes.len().min(self.asked);
        self.writes.drain(..done);
        self.asked -= done;
        self.let_go(writes);
    }

    /// The storage has not done this, and there is nothing more to wait for: it may be sent. The storage is
    /// asked for it again, with what comes next.
    pub fn not_kept(&mut self, writes: &[Write]) {
        self.asked = 0;
        let all = std::mem::take(&mut self.writes);
        for (index, write) in all.iter().enumerate() {
            let is_last = |later: &Write| later.key() != write.key();
            if all[index + 1..].iter().all(is_last) {
                self.writes.push(write.clone());
            }
        }
        self.let_go(writes);
    }

    fn let_go(&mut self, writes: &[Write]) {
        for write in writes {
            let Write::Put(written) = write else { continue };
            let mut waiting = self.waiting.iter_mut();
            if let Some(entry) = waiting.find(|entry| entry.id == written.id) {
                entry.stage = Stage::Kept;
            }
        }
    }

    /// What the storage holds now: pages before this one, or beside it, have changed it. What this page wants
    /// to be stored may still be on its way there, and counts. `here` is where the page knows the server's list;
    /// answers whether something was done later.
    pub fn load(&mut self, mut stored: Vec<Entry>, here: Cursor) -> bool {
        for write in &self.writes {
            match write {
                Write::Delete(key) => stored.retain(|entry| entry.key() != *key),
                Write::Put(written) => {
                    let known = stored.iter().position(|entry| entry.key() == written.key());
                    let mut entry = written.clone();
                    match (known, entry.stage) {
                        // Another page may have brought it further.
                        (Some(_), Stage::Kept) => {}
                        (Some(index), _) => stored[index] = entry,
                        (None, stage) => {
                            if stage == Stage::Kept {
                                entry.stage = Stage::Given;
                            }
                            stored.push(entry);
                        }
                    }
                }
            }
        }
        self.waiting.clear();
        self.refused.clear();
        self.done.clear();
        for entry in stored {
            self.last_given_at = entry.given_at.max(self.last_given_at);
            let group = match entry.stage {
                Stage::Given | Stage::Kept => &mut self.waiting,
                Stage::Done(_) => &mut self.done,
                Stage::Refused(_) => &mut self.refused,
            };
            insert(group, entry);
        }
        self.doubt(here)
    }

    /// The page knows the server's list only here: what was done later, or in a history that a backup has
    /// put an end to, waits again. The server may have forgotten it; if it has not, it gives the same answer.
    /// Answers whether there is any such thing.
    pub fn doubt(&mut self, here: Cursor) -> bool {
        let is_there = |entry: &Entry| entry.stage.is_done_by(here);
        let (done, doubtful): (_, Vec<_>) = self.done.drain(..).partition(is_there);
        self.done = done;
        let doubts = !doubtful.is_empty();
        for mut entry in doubtful {
            entry.stage = Stage::Kept;
            insert(&mut self.waiting, entry);
        }
        doubts
    }

    /// All that the server has not answered, in order.
    #[must_use]
    pub fn waiting(&self) -> &[Entry] {
        &self.waiting
    }

    /// Whether the server has not answered the command.
    #[must_use]
    pub fn is_waiting(&self, id: CommandId) -> bool {
        self.waiting.iter().any(|entry| entry.id == id)
    }

    /// All that the server has refused and nobody has dealt with, in order.
    #[must_use]
    pub fn refused(&self) -> &[Entry] {
        &self.refused
    }

    /// What to send next: commands of one sender, without a gap, as many as fit into a request. `None` if
    /// there is nothing, or if it is not stored yet.
    #[must_use]
    pub fn next_to_send(&self) -> Option<(CommandId, Vec<Command>)> {
        let first = self.waiting.first()?.id;
        let mut weight = 0;
        let mut commands = Vec::new();
        for entry in &self.waiting {
            let seq = first.seq + commands.len() as u64;
            let is_next = entry.id == CommandId { seq, ..first } && entry.stage == Stage::Kept;
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
    pub fn done(&mut self, id: CommandId, since: Cursor) -> bool {
        let Some(mut entry) = self.take(id) else {
            return false;
        };
        entry.stage = Stage::Done(since);
        self.put(&entry, entry.stage);
        self.done.push(entry);
        true
    }

    /// The server has refused the command, for good. Answers it, if it was waiting.
    pub fn refuse(&mut self, id: CommandId, rejection: Rejection) -> Option<Command> {
        let mut entry = self.take(id)?;
        entry.stage = Stage::Refused(rejection);
        let command = entry.command.clone();
        match command.text() {
            Some((item, _)) => {
                self.forget_refused(item);
                self.put(&entry, entry.stage);
                self.refused.push(entry);
            }
            // Nothing is lost with it: the person is told.
            None => self.writes.push(Write::Delete(entry.key())),
        }
        Some(command)
    }

    /// Keeps a text that nobody needs to send to know that it would be refused.
    pub fn keep_refused(&mut self, command: Command, rejection: Rejection, now: Timestamp) {
        let entry = Entry {
            given_at: self.tick(now),
            // It is no command of this sender: it uses up no number.
            id: CommandId {
                client: self.client,
                seq: 0,
            },
            command,
            stage: Stage::Refused(rejection),
        };
        self.put(&entry, entry.stage);
        self.refused.push(entry);
    }

    /// The person has dealt with what was refused about an item.
    pub fn forget_refused(&mut self, item: ItemId) {
        let writes = &mut self.writes;
        self.refused.retain(|entry| {
            let is_it = entry.command.text().is_some_and(|(id, _)| id == item);
            if is_it {
                writes.push(Write::Delete(entry.key()));
            }
            !is_it
        });
    }

    /// The list that opens without a network has all up to there.
    pub fn page_kept(&mut self, there: Cursor) {
        let writes = &mut self.writes;
        self.done.retain(|entry| {
            let is_there = entry.stage.is_done_by(there);
            if is_there {
                writes.push(Write::Delete(entry.key()));
            }
            !is_there
        });
    }

    /// Nothing opens without a network: what is done need not be stored.
    pub fn no_page_kept(&mut self) {
        let keys = self.done.drain(..).map(|entry| entry.key());
        self.writes.extend(keys.map(Write::Delete));
    }

    /// The server does not know, or has mistaken, what a sender has sent before: it was restored from a
    /// backup. What waits of that sender goes on under another name. Answers the old and the new name of
    /// each.
    pub fn rename_sender(&mut self, old: ClientId, new: ClientId) -> Vec<(CommandId, CommandId)> {
        let mut renamed: Vec<(CommandId, CommandId)> = Vec::new();
        for index in 0..self.waiting.len() {
            let entry = &mut self.waiting[index];
            if let Command::Revert { of } = &mut entry.command {
                let new_name = renamed.iter().find(|(old, _)| old == of);
                *of = new_name.map_or(*of, |(_, new)| *new);
            }
            if entry.id.client == old {
                self.writes.push(Write::Delete(entry.key()));
                let seq = renamed.len() as u64 + 1;
                let id = CommandId { client: new, seq };
                renamed.push((entry.id, id));
                entry.id = id;
                // Under its new name it is not to be sent before it is stored: it might count twice.
                entry.stage = Stage::Given;
                let entry = entry.clone();
                self.put(&entry, Stage::Kept);
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
    pub fn adds(&self, item: ItemId) -> bool {
        let adds = |entry: &Entry| matches!(entry.command, Command::Add { id, .. } if id == item);
        self.waiting.iter().any(adds)
    }

    /// A moment of its own for each entry.
    fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.last_given_at = now.max(Timestamp(self.last_given_at.0 + 1));
        self.last_given_at
    }

    fn take(&mut self, id: CommandId) -> Option<Entry> {
        let index = self.waiting.iter().position(|entry| entry.id == id)?;
        Some(self.waiting.remove(index))
    }

    fn put(&mut self, entry: &Entry, stage: Stage) {
        let mut entry = entry.clone();
        entry.stage = stage;
        self.writes.push(Write::Put(entry));
    }
}

/// Puts an entry into its place among others that are in order.
fn insert(entries: &mut Vec<Entry>, entry: Entry) {
    let index = entries.partition_point(|other| other.key() < entry.key());
    entries.insert(index, entry);
}
