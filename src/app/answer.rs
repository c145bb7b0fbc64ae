//! What the server answers to the commands of this page.

use std::sync::Arc;

use super::state::State;
use super::unsent::{Refused, Wish};
use crate::browser::Offer;
use crate::domain::{
    Change, ClientId, Command, CommandId, Item, ItemId, Rejection, Timestamp, Title, Touched,
};

impl State {
    /// The server has accepted a command of this page.
    pub(super) fn accept(&mut self, change: Arc<Change>, now: Timestamp) -> Touched {
        if change.events.is_empty() {
            // What was so already: there is nothing to undo.
            self.steps.forget(change.command);
            self.toast = None;
        }
        self.replica.accept(change, now)
    }

    /// A command was refused, or nobody knows whether it was taken: then the page goes on as the
    /// sender `next`. Answers the text of the command, if it has one; else the reason is said.
    pub(super) fn fail(
        &mut self,
        id: CommandId,
        rejection: Option<Rejection>,
        reason: &str,
        next: ClientId,
        now: Timestamp,
    ) -> Option<Refused> {
        let command = if rejection.is_some() {
            // The page does not know why: others have changed something.
            self.replica.fall_behind();
            self.replica.refuse(id, now)
        } else {
            let (command, renamed) = self.replica.give_up(id, next, now);
            for (old, new) in renamed {
                self.steps.rename(old, new);
            }
            command
        };
        self.steps.forget(id);
        let (id, title, wish) = match command? {
            Command::Add { id, title, .. } => (id, title, Wish::Add),
            Command::Rename { id, title } => match rejection {
                Some(Rejection::ItemRemoved { .. }) => (id, title, Wish::BringBack),
                Some(_) => (id, title, Wish::Add),
                None => (id, title, Wish::Rename),
            },
            _ => {
                self.say(reason.to_owned(), Offer::Nothing);
                return None;
            }
        };
        Some(Refused {
            item: Item::new(id, title),
            wish,
        })
    }

    /// The list has changed. If somebody has removed the item whose editor is open, what was `typed`
    /// there is kept.
    pub(super) fn rescue(&mut self, typed: Option<&str>) {
        let gone = |(id, _): &(ItemId, String)| self.row(*id).is_none();
        if !self.editing.as_ref().is_some_and(gone) {
            return;
        }
        let Some((id, before)) = self.editing.take() else {
            return;
        };
        let changed = typed.filter(|text| *text != before);
        if let Some(title) = changed.and_then(|text| Title::parse(text).ok()) {
            let item = Item::new(id, title);
            let wish = Wish::BringBack;
            let reason = Rejection::ItemRemoved { id }.to_string();
            self.unsent.keep(Refused { item, wish }, reason);
        }
    }
}
