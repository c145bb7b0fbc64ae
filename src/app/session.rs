//! The state of one open page, and its conversation with the server.

use std::pin::pin;

use futures_util::future::{Either, select};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::unsent::Unsent;
use crate::browser::{self, DocumentState};
use crate::domain::{Command, CommandId, Item, ItemId, Replica, Title, TitleError};
use crate::server_fns::{CallError, load_list, run_command};

/// How long a call may take before the server counts as unreachable, in milliseconds.
const PATIENCE: u32 = 15_000;

/// A handle on the page's state; every component has a copy.
///
/// Calls go out one after the other: the order in which somebody typed is the order in the list, and
/// a list that was loaded can never be older than an addition that was acknowledged.
#[derive(Clone, Copy)]
pub(super) struct Session {
    /// The field for new items.
    pub(super) field: NodeRef<html::Input>,
    replica: RwSignal<Replica>,
    unsent: RwSignal<Unsent>,
    load_failed: RwSignal<bool>,
    talking: StoredValue<bool>,
    first_revision: u64,
}

impl Session {
    /// Starts from what the server has rendered.
    pub(super) fn new(state: &DocumentState) -> Self {
        Self {
            field: NodeRef::new(),
            replica: RwSignal::new(Replica::new(
                state.listing.clone(),
                browser::new_client_id(),
            )),
            unsent: RwSignal::new(Unsent::new(state.refusal.clone())),
            load_failed: RwSignal::new(false),
            talking: StoredValue::new(false),
            first_revision: state.listing.revision,
        }
    }

    /// The revision of the list that the server has rendered.
    pub(super) fn revision(&self) -> u64 {
        self.first_revision
    }

    /// The items to show.
    pub(super) fn items(&self) -> Vec<Item> {
        self.replica.with(|replica| replica.items(browser::now()))
    }

    /// Whether the item still waits for the server's word.
    pub(super) fn is_pending(&self, id: ItemId) -> bool {
        self.replica.with(|replica| replica.is_pending(id))
    }

    /// Whether the item waits just now, for those who do not follow it.
    pub(super) fn was_pending(&self, id: ItemId) -> bool {
        self.replica
            .with_untracked(|replica| replica.is_pending(id))
    }

    /// Whether the last attempt to load the list failed.
    pub(super) fn load_failed(&self) -> bool {
        self.load_failed.get()
    }

    /// Why the last text was refused.
    pub(super) fn refusal(&self) -> Option<String> {
        self.unsent
            .with(|unsent| unsent.reason().map(str::to_owned))
    }

    /// The refused items that have no place in the field.
    pub(super) fn unsent_items(&self) -> Vec<Item> {
        self.unsent.with(|unsent| unsent.kept().to_vec())
    }

    /// Shows the item at once, and sends it.
    pub(super) fn add(&self, title: Title) {
        let again = self
            .unsent
            .try_update(|unsent| unsent.submit(&title))
            .flatten();
        let id = again.unwrap_or_else(browser::new_item_id);
        self.send(Item::new(id, title));
    }

    /// Sends a refused item once more.
    pub(super) fn retry(&self, id: ItemId) {
        if let Some(item) = self.unsent.try_update(|unsent| unsent.take(id)).flatten() {
            self.send(item);
        }
    }

    /// Says why the text in the field cannot be added.
    pub(super) fn refuse_text(&self, error: TitleError) {
        self.unsent
            .update(|unsent| unsent.refuse_text(error.to_string()));
    }

    /// Whether a text would be lost if the page were closed now.
    pub(super) fn holds_texts(&self) -> bool {
        self.replica
            .with_untracked(|replica| replica.next_to_send().is_some())
            || self
                .unsent
                .with_untracked(|unsent| !unsent.kept().is_empty())
    }

    /// Loads the list again.
    pub(super) fn refresh(&self) {
        self.replica.update(Replica::fall_behind);
        self.talk();
    }

    fn send(&self, item: Item) {
        self.replica.update(|replica| replica.add(item));
        self.talk();
    }

    /// Sends what is to be sent and loads what is to be loaded, until nothing is left to do.
    fn talk(&self) {
        let session = *self;
        if session.talking.get_value() {
            return;
        }
        session.talking.set_value(true);
        spawn_local(async move {
            loop {
                if let Some((id, command)) = session.next_to_send() {
                    session.send_now(id, command).await;
                } else if session.replica.with_untracked(Replica::is_behind) {
                    session.load_now().await;
                } else {
                    break;
                }
            }
            session.talking.set_value(false);
        });
    }

    fn next_to_send(&self) -> Option<(CommandId, Command)> {
        self.replica.with_untracked(|replica| {
            replica
                .next_to_send()
                .map(|(id, command)| (id, command.clone()))
        })
    }

    async fn send_now(&self, id: CommandId, command: Command) {
        let error = match answered(run_command(id, command)).await {
            Ok(change) => return self.replica.update(|replica| replica.accept(&change)),
            Err(error) => error,
        };
        let withdrawn = self.replica.try_update(|replica| match error {
            CallError::Rejected(_) => replica.refuse(id),
            _ => replica.give_up(id, browser::new_client_id()),
        });
        if let Some(Command::Add { id, title, .. }) = withdrawn.flatten() {
            self.refuse(Item::new(id, title), error.to_string());
        }
    }

    /// Puts the text back into the field, unless something new is being typed there.
    fn refuse(&self, item: Item, reason: String) {
        let field = self.field.get_untracked();
        match field.filter(|field| field.value().trim().is_empty()) {
            Some(field) => {
                field.set_value(item.title.as_str());
                self.unsent
                    .update(|unsent| unsent.return_to_field(item, reason));
            }
            None => self.unsent.update(|unsent| unsent.keep(item, reason)),
        }
    }

    async fn load_now(&self) {
        self.replica.update(Replica::begin_to_load);
        let loaded = answered(load_list()).await;
        self.load_failed.set(loaded.is_err());
        if let Ok(listing) = loaded {
            self.replica.update(|replica| replica.catch_up(listing));
        }
    }
}

/// The answer of a call, if it comes in time. The call ends when nobody waits for it any more.
async fn answered<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    match select(pin!(call), pin!(browser::pause(PATIENCE))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(CallError::Unreachable),
    }
}
