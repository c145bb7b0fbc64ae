//! What one page knows of a list: the server's word, and its own commands that wait for it.

use std::sync::Arc;

use super::{
    Change, ClientId, Command, CommandId, Event, Item, ItemId, List, Listing, Outbox, Timestamp,
    decide,
};

/// A list as one page shows it: confirmed by the server, with the page's own commands folded in by
/// the same rules. The server's word always wins; a wrong prediction just goes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    confirmed: List,
    /// The confirmed list with the unanswered commands folded in.
    view: List,
    outbox: Outbox,
    behind: bool,
}

/// Which items may look different after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// These.
    Items(Vec<ItemId>),
    /// Any.
    Everything,
}

impl Replica {
    /// Starts from what the server has rendered, as a new sender.
    #[must_use]
    pub fn new(listing: Listing, client: ClientId) -> Self {
        let confirmed = List::from(listing);
        Self {
            view: confirmed.clone(),
            confirmed,
            outbox: Outbox::new(client),
            behind: false,
        }
    }

    /// The list to show.
    #[must_use]
    pub fn view(&self) -> &List {
        &self.view
    }

    /// Whether the item still waits for the server's word.
    #[must_use]
    pub fn is_pending(&self, id: ItemId) -> bool {
        self.outbox.adds(id)
    }

    /// Whether every command has been answered.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Shows at once what the command does. It is sent when the commands before it have been answered,
    /// also if it seems to be against the rules: this page may not know all that the server knows.
    pub fn give(&mut self, command: Command, now: Timestamp) -> (CommandId, Touched) {
        let events = decide(&self.view, &command, now).unwrap_or_default();
        let id = self.outbox.push(command);
        let change = Change {
            revision: self.view.revision() + 1,
            command: id,
            events,
        };
        let touched = Touched::of(&change);
        self.view.apply(Arc::new(change));
        (id, touched)
    }

    /// The command to send next.
    #[must_use]
    pub fn next_to_send(&self) -> Option<(CommandId, &Command)> {
        self.outbox.next()
    }

    /// The server has accepted a command of this page: this is what it did.
    pub fn accept(&mut self, change: Arc<Change>, now: Timestamp) -> Touched {
        let was_next = self.outbox.next().map(|(id, _)| id) == Some(change.command);
        self.outbox.settle(change.command);
        // Another revision than the next one: others were faster, or the server has started anew.
        let follows = change.revision == self.confirmed.revision() + 1;
        self.behind |= !follows;
        self.confirmed.apply(change.clone());
        let predicted = self.view.change_of(change.command);
        let as_many =
            predicted.is_some_and(|predicted| predicted.events.len() == change.events.len());
        // Where the item is and what a person sees of it. Clocks, and what came before, may differ.
        let look = |list: &List, id: ItemId| {
            let item = list.get(id)?;
            let (completed, removed) = (item.completed_at.is_some(), item.removed_at.is_some());
            Some((
                item.title.clone(),
                completed,
                removed,
                list.nodes.before(id),
            ))
        };
        let as_predicted = |event: &Event| {
            let id = event.item();
            look(&self.view, id) == look(&self.confirmed, id)
        };
        if follows && was_next && as_many && change.events.iter().all(as_predicted) {
            return Touched::of(&change);
        }
        self.look_anew(now)
    }

    /// The server has refused a command of this page: it leaves the view.
    pub fn refuse(&mut self, command: CommandId, now: Timestamp) -> Option<Command> {
        let refused = self.outbox.settle(command);
        self.look_anew(now);
        refused
    }

    /// Nobody knows whether the server has seen the command. It leaves the view, and the page goes on
    /// as a new sender: the commands that wait have new names, told with the old ones.
    pub fn give_up(
        &mut self,
        command: CommandId,
        client: ClientId,
        now: Timestamp,
    ) -> (Option<Command>, Vec<(CommandId, CommandId)>) {
        let given_up = self.outbox.settle(command);
        let renamed = self.outbox.start_over(client);
        self.look_anew(now);
        (given_up, renamed)
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
    pub fn catch_up(&mut self, listing: Listing, now: Timestamp) -> Touched {
        let looks = |item: &Item| (item.id, item.title.clone(), item.completed_at.is_some());
        let is_known = (self.confirmed.items().map(looks)).eq(listing.items.iter().map(looks));
        if listing.revision == self.confirmed.revision() && is_known {
            // Nothing was missed; what this page knows of the past stays known.
            return Touched::Items(Vec::new());
        }
        self.confirmed = listing.into();
        self.look_anew(now)
    }

    fn look_anew(&mut self, now: Timestamp) -> Touched {
        self.view = self.outbox.rebase(&self.confirmed, now);
        Touched::Everything
    }
}

impl Touched {
    fn of(change: &Change) -> Self {
        Self::Items(change.events.iter().map(Event::item).collect())
    }
}
