//! A handle on the state of one open page.

mod retry;
mod storage;
mod sync_engine;

use std::sync::Arc;

use leptos::prelude::*;

use self::sync_engine::Talk;
use super::state::{Connection, Row, State};
use crate::browser::{self, DocumentState, Focus, Gesture};
use crate::domain::{ItemId, Title};
use crate::sync::{DeliveryState, DirtySet, StoredCommand};

/// What is asked before what is not sent is given up.
const LOSES_UNSENT: &str = "Some changes are not saved yet. If you sign out now, they are lost.";
/// How long what is on its way may take when somebody signs out, in looks of so many milliseconds.
const LOOKS: u32 = 20;
const LOOK: u32 = 100;

/// A handle on the page's state; every component has a copy.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) state: RwSignal<State>,
    pub(crate) talk: StoredValue<Talk>,
    /// What had the keyboard before the latest change, until the next frame: the row, if it was one, and its
    /// place.
    focused: StoredValue<Option<(Option<ItemId>, usize)>>,
}

impl Session {
    /// Starts from what the server has rendered.
    pub(crate) fn new(document: DocumentState) -> Self {
        let client = browser::new_client_id();
        let state = State::new(document, client, browser::hash_key(), browser::fold);
        Self {
            state: RwSignal::new(state),
            talk: StoredValue::default(),
            focused: StoredValue::default(),
        }
    }

    /// The items to show now, in order.
    pub(crate) fn shown(&self) -> Arc<[ItemId]> {
        self.state.with_untracked(|state| state.shown().clone())
    }

    /// What the row of an item shows now, near or from afar.
    pub(crate) fn row(&self, id: ItemId, is_near: bool) -> Option<Row> {
        let row = if is_near {
            State::row
        } else {
            State::row_from_afar
        };
        self.state.with_untracked(|state| row(state, id))
    }

    /// Something that the page shows, now and later. Plain functions instead of closures keep the code
    /// of the page small: all that read the same kind of value share theirs.
    pub(crate) fn read<T: 'static>(self, read: fn(&State) -> T) -> impl Fn() -> T + Clone + Send {
        move || self.state.with(read)
    }

    /// Does what the person asks for.
    pub(crate) fn perform(&self, gesture: Gesture) {
        let adds = match &gesture {
            Gesture::Add(text) => Title::parse(text).is_ok(),
            gesture => *gesture == Gesture::AddPasted,
        };
        if adds {
            browser::put_into_field("");
        }
        if let Gesture::Add(_) = gesture {
            browser::focus_field();
        }
        if let Gesture::CopyText(id) = gesture {
            let kept = |state: &State| state.kept().find(|refused| refused.item.id == id);
            if let Some(refused) = self.state.with_untracked(kept) {
                browser::copy(refused.item.title.as_str(), false);
            }
        }
        if let Gesture::Copy { markdown } = gesture {
            let text = |state: &State| state.text(state.shown(), markdown);
            let text = self.state.with_untracked(text);
            browser::copy(&text, markdown);
        }
        if gesture == Gesture::SignOut {
            self.sign_out(LOOKS);
        }
        let edits = matches!(gesture, Gesture::Edit(_));
        let shows = matches!(gesture, Gesture::Show(..));
        let now = browser::now();
        let mut gesture = Some(gesture);
        self.update(&mut |state| match gesture.take() {
            Some(gesture) => {
                // What has moved in stays as it is from now on, wherever it is shown next.
                let arrived: Vec<_> = state.arrived.drain().collect();
                let mut touched = state.perform(gesture, now, &browser::new_item_id);
                if !arrived.is_empty() {
                    touched.push(DirtySet::Items(arrived));
                }
                touched
            }
            None => Vec::new(),
        });
        if shows {
            self.state
                .with_untracked(|state| browser::show_address(state.filter, &state.search));
        }
        if edits {
            browser::focus_editor();
        }
        if adds {
            // With the next frame, when the new rows are there.
            browser::scroll_to_end();
        }
        self.talk();
    }

    /// Ends the session once everything is sent, or the person gives up what is not.
    fn sign_out(self, looks: u32) {
        let (is_sending, is_sent) = self.state.with_untracked(|state| {
            let outbox = &state.replica.outbox;
            let is_pending = !outbox.pending().is_empty();
            let is_sent = !is_pending && outbox.rejected().is_empty();
            let is_in_touch = matches!(state.connection, Connection::Unknown | Connection::Up);
            (is_pending && is_in_touch, is_sent)
        });
        if is_sending && looks > 0 {
            browser::after(LOOK, move || self.sign_out(looks - 1));
        } else if is_sent || browser::ask(LOSES_UNSENT) {
            browser::sign_out();
        }
    }

    /// Whether a text would be lost if the page were closed now.
    pub(crate) fn would_lose_texts(&self) -> bool {
        let typed = browser::editor_text();
        self.state.with_untracked(|state| {
            let edited = state.editing.as_ref().map(|(_, text)| text);
            let outbox = &state.replica.outbox;
            let is_stored =
                |entry: &StoredCommand| state.is_storing && entry.state != DeliveryState::New;
            let mut entries = outbox.pending().iter().chain(outbox.rejected());
            typed.as_ref() != edited || !entries.all(is_stored)
        })
    }

    /// With the next frame: whatever had the keyboard before may be gone. Then the same row has it, or the one
    /// that came into its place.
    fn mend_focus(&self) {
        let focus = browser::focus();
        let row = match focus {
            Focus::Lost => return,
            Focus::Row(id) => Some(id),
            Focus::Elsewhere => None,
        };
        let is_expected = self.focused.with_value(Option::is_some);
        if is_expected && row.is_none() {
            return;
        }
        let index = row.and_then(|row| self.shown().iter().position(|id| *id == row));
        self.focused.set_value(Some((row, index.unwrap_or(0))));
        if is_expected {
            return;
        }
        let session = *self;
        request_animation_frame(move || {
            let Some((row, index)) = session.focused.try_update_value(Option::take).flatten()
            else {
                return;
            };
            let shown = session.shown();
            let neighbour = shown.get(index).or(shown.last());
            let same = row.filter(|row| shown.contains(row));
            browser::mend_focus(same.or(neighbour.copied()));
        });
    }

    /// Changes the state, and tells those rows that may look different now.
    pub(crate) fn update(&self, change: &mut dyn FnMut(&mut State) -> Vec<DirtySet>) {
        self.mend_focus();
        let mut touched = Vec::new();
        self.state.update(|state| {
            touched = change(state);
            state.take_stock();
            if !touched.is_empty() {
                state.look_again(&touched);
            }
        });
        browser::draw(touched);
    }
}
