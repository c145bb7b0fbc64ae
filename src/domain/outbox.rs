//! Commands that were given here and wait for the server's word.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, ClientId, Command, CommandId, ItemId, List, Timestamp, decide};

/// The unanswered commands of one sender, in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    client: ClientId,
    last_seq: u64,
    pending: VecDeque<(u64, Command)>,
}

impl Outbox {
    /// An empty outbox of a sender that has sent nothing yet.
    #[must_use]
    pub fn new(client: ClientId) -> Self {
        Self {
            client,
            last_seq: 0,
            pending: VecDeque::new(),
        }
    }

    /// Gives the command the sender's next number.
    pub fn push(&mut self, command: Command) -> CommandId {
        self.last_seq += 1;
        self.pending.push_back((self.last_seq, command));
        self.id(self.last_seq)
    }

    /// The command to send next.
    #[must_use]
    pub fn next(&self) -> Option<(CommandId, &Command)> {
        self.pending().next()
    }

    /// Whether every command has been answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// All unanswered commands, the oldest first.
    pub fn pending(&self) -> impl Iterator<Item = (CommandId, &Command)> {
        self.pending
            .iter()
            .map(|(seq, command)| (self.id(*seq), command))
    }

    /// The server has answered, for good: yes or no. `None` if nobody waits for it any more.
    pub fn settle(&mut self, id: CommandId) -> Option<Command> {
        let is_it = |(seq, _): &(u64, Command)| self.id(*seq) == id;
        let index = self.pending.iter().position(is_it)?;
        self.pending.remove(index).map(|(_, command)| command)
    }

    /// Goes on as a new sender, with the same unanswered commands: for one who cannot know which of
    /// its numbers the server has seen. Answers the old and the new name of each.
    pub fn start_over(&mut self, client: ClientId) -> Vec<(CommandId, CommandId)> {
        let old = std::mem::replace(self, Self::new(client));
        let mut renamed: Vec<(CommandId, CommandId)> = Vec::new();
        for (id, command) in old.pending() {
            let mut command = command.clone();
            if let Command::Revert { of } = &mut command {
                let new_name = renamed.iter().find(|(old, _)| old == of);
                *of = new_name.map_or(*of, |(_, new)| *new);
            }
            renamed.push((id, self.push(command)));
        }
        renamed
    }

    /// The confirmed list with the unanswered commands folded in, as the server would: what the
    /// person should see. A command that will be refused is left out; the server says why.
    #[must_use]
    pub fn rebase(&self, confirmed: &List, now: Timestamp) -> List {
        let mut view = confirmed.clone();
        for (command, wish) in self.pending() {
            if let Ok(events) = decide(&view, wish, now) {
                view.apply(Arc::new(Change {
                    revision: view.revision() + 1,
                    command,
                    events,
                }));
            }
        }
        view
    }

    /// Whether an unanswered command adds the item.
    #[must_use]
    pub fn adds(&self, item: ItemId) -> bool {
        self.pending
            .iter()
            .any(|(_, command)| matches!(command, Command::Add { id, .. } if *id == item))
    }

    fn id(&self, seq: u64) -> CommandId {
        CommandId {
            client: self.client,
            seq,
        }
    }
}
