//! What one page knows of a list: the server's word, and its own commands that wait for it.

use super::{
    At, Change, ClientId, Command, CommandId, Item, ItemId, List, Listing, Outbox, Timestamp,
};

/// A list as one page shows it: confirmed by the server, with the page's own commands folded in by
/// the same rules. The server's word always wins; a wrong prediction just goes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    confirmed: List,
    outbox: Outbox,
    behind: bool,
}

impl Replica {
    /// Starts from what the server has rendered, as a new sender.
    #[must_use]
    pub fn new(listing: Listing, client: ClientId) -> Self {
        Self {
            confirmed: listing.into(),
            outbox: Outbox::new(client),
            behind: false,
        }
    }

    /// The items to show, in order.
    #[must_use]
    pub fn items(&self, now: Timestamp) -> Vec<Item> {
        if self.outbox.is_empty() {
            return self.confirmed.items().cloned().collect();
        }
        self.outbox
            .rebase(&self.confirmed, now)
            .items()
            .cloned()
            .collect()
    }

    /// Whether the item still waits for the server's word.
    #[must_use]
    pub fn is_pending(&self, id: ItemId) -> bool {
        self.outbox.adds(id)
    }

    /// Shows a new item at once. It is sent when the commands before it have been answered.
    pub fn add(&mut self, item: Item) {
        let Item { id, title, .. } = item;
        self.outbox.push(Command::Add {
            id,
            title,
            at: At::End,
        });
    }

    /// The command to send next.
    #[must_use]
    pub fn next_to_send(&self) -> Option<(CommandId, &Command)> {
        self.outbox.next()
    }

    /// The server has accepted a command of this page: this is what it did.
    pub fn accept(&mut self, change: &Change) {
        self.outbox.settle(change.command);
        // Another revision than the next one: others were faster, or the server has started anew.
        self.behind |= change.revision != self.confirmed.revision() + 1;
        self.confirmed.apply(change);
    }

    /// The server has refused a command of this page: it leaves the view.
    pub fn refuse(&mut self, command: CommandId) -> Option<Command> {
        self.outbox.settle(command)
    }

    /// Nobody knows whether the server has seen the command. It leaves the view, and the page goes on
    /// as a new sender.
    pub fn give_up(&mut self, command: CommandId, client: ClientId) -> Option<Command> {
        let given_up = self.outbox.settle(command);
        self.outbox.start_over(client);
        given_up
    }

    /// Whether the list has, or may have, changes that this page has not seen and should load.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Asks for the whole list to be loaded.
    pub fn fall_behind(&mut self) {
        self.behind = true;
    }

    /// The list is being loaded. Whoever falls behind from now on asks for another load.
    pub fn begin_to_load(&mut self) {
        self.behind = false;
    }

    /// Takes over the server's list.
    pub fn catch_up(&mut self, listing: Listing) {
        self.confirmed = listing.into();
    }
}
