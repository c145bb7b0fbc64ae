//! A handle on the state of one open page, and the page's conversation with the server.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use rustc_hash::FxHashMap;

use super::state::{Row, State};
use super::unsent::Wish;
use crate::browser::{self, DocumentState, Focus, Gesture};
use crate::domain::{Command, CommandId, ItemId, Title, Touched};
use crate::server_fns::{CallError, load_list, run_command};

/// How long a call may take before the server counts as unreachable, in milliseconds.
const PATIENCE: u32 = 15_000;

/// A handle on the page's state; every component has a copy.
///
/// Calls go out one after the other: the order in which somebody typed is the order in the list, and
/// a list that was loaded can never be older than an addition that was acknowledged.
#[derive(Clone, Copy)]
pub(super) struct Session {
    state: RwSignal<State>,
    /// Tells that other items are to be shown, or in another order. On its own, as the rows are, so that
    /// a change of one row is no work for the others.
    order: Trigger,
    rows: StoredValue<FxHashMap<ItemId, Trigger>>,
    talking: StoredValue<bool>,
}

impl Session {
    /// Starts from what the server has rendered.
    pub(super) fn new(document: DocumentState) -> Self {
        let state = State::new(document, browser::new_client_id(), browser::fold);
        Self {
            state: RwSignal::new(state),
            order: Trigger::new(),
            rows: StoredValue::default(),
            talking: StoredValue::new(false),
        }
    }

    /// The items to show, in order, now and later.
    pub(super) fn shown(&self) -> Vec<ItemId> {
        self.order.track();
        self.shown_now()
    }

    fn shown_now(&self) -> Vec<ItemId> {
        self.state.with_untracked(|state| state.shown.clone())
    }

    /// What the row of an item shows, now and later.
    pub(super) fn row(self, id: ItemId) -> impl Fn() -> Row {
        let touched = Trigger::new();
        self.rows.update_value(|rows| {
            rows.insert(id, touched);
        });
        move || {
            touched.track();
            self.state
                .with_untracked(|state| state.row(id))
                .unwrap_or_default()
        }
    }

    /// Something that the page shows, now and later. Plain functions instead of closures keep the code
    /// of the page small: all that read the same kind of value share theirs.
    pub(super) fn read<T: 'static>(self, read: fn(&State) -> T) -> impl Fn() -> T + Clone + Send {
        move || self.state.with(read)
    }

    /// Does what the person asks for.
    pub(super) fn perform(&self, gesture: Gesture) {
        let shown = self.shown_now();
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
        if let Gesture::Copy { markdown } = gesture {
            let text = self
                .state
                .with_untracked(|state| state.text(&shown, markdown));
            browser::copy(&text, markdown);
        }
        let edits = matches!(gesture, Gesture::Edit(_));
        let shows = matches!(gesture, Gesture::Show(..));
        let now = browser::now();
        let mut gesture = Some(gesture);
        self.update(&mut |state| match gesture.take() {
            Some(gesture) => state.perform(gesture, &shown, now, &browser::new_item_id),
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
            // The new rows come with the next frame.
            request_animation_frame(browser::scroll_to_end);
        }
        self.talk();
    }

    /// Whether a text would be lost if the page were closed now.
    pub(super) fn holds_texts(&self) -> bool {
        let typed = browser::editor_text();
        self.state.with_untracked(|state| {
            let edited = state.editing.as_ref().map(|(_, text)| text);
            !state.replica.is_settled()
                || !state.unsent.kept().is_empty()
                || typed.as_ref() != edited
        })
    }

    /// With the next frame: whatever had the keyboard may be gone. Then the same row has it, or the one
    /// that came into its place.
    fn mend_focus(&self, shown: &[ItemId], focus: Focus) {
        let session = *self;
        let row = match focus {
            Focus::Row(id) => Some(id),
            _ => None,
        };
        let index = shown.iter().position(|id| Some(*id) == row);
        request_animation_frame(move || {
            let shown = session.shown_now();
            let neighbour = shown.get(index.unwrap_or(0)).or(shown.last());
            let same = row.filter(|row| shown.contains(row));
            browser::mend_focus(same.or(neighbour.copied()));
        });
    }

    /// Changes the state, and tells those rows that may look different now.
    fn update(&self, change: &mut dyn FnMut(&mut State) -> Vec<Touched>) {
        let (shown, focus) = (self.shown_now(), browser::focus());
        let mut touched = Vec::new();
        let mut reordered = false;
        self.state.update(|state| {
            touched = change(state);
            reordered = !touched.is_empty() && state.look();
        });
        self.rows.with_value(|rows| {
            for touched in touched {
                match touched {
                    Touched::Items(ids) => {
                        for id in ids {
                            rows.get(&id).inspect(|row| row.notify());
                        }
                    }
                    Touched::Everything => rows.values().for_each(|row| row.notify()),
                }
            }
        });
        if reordered {
            self.order.notify();
        }
        if focus != Focus::Lost {
            self.mend_focus(&shown, focus);
        }
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
                } else if session
                    .state
                    .with_untracked(|state| state.replica.is_behind())
                {
                    session.load_now().await;
                } else {
                    break;
                }
            }
            session.talking.set_value(false);
        });
    }

    fn next_to_send(&self) -> Option<(CommandId, Command)> {
        self.state.with_untracked(|state| {
            let next = state.replica.next_to_send();
            next.map(|(id, command)| (id, command.clone()))
        })
    }

    async fn send_now(&self, id: CommandId, command: Command) {
        let answer = answered(run_command(id, command)).await.map(Arc::new);
        let (now, typed) = (browser::now(), browser::editor_text());
        self.update(&mut |state| {
            let touched = match &answer {
                Ok(change) => state.accept(change.clone(), now),
                Err(error) => {
                    fail(state, id, error);
                    Touched::Everything
                }
            };
            state.rescue(typed.as_deref());
            vec![touched]
        });
    }

    async fn load_now(&self) {
        self.state.update(|state| state.replica.begin_to_load());
        let mut loaded = answered(load_list()).await;
        let (now, typed) = (browser::now(), browser::editor_text());
        self.update(&mut |state| {
            state.load_failed = loaded.is_err();
            let Ok(listing) = &mut loaded else {
                return Vec::new();
            };
            let touched = state.replica.catch_up(std::mem::take(listing), now);
            state.rescue(typed.as_deref());
            vec![touched]
        });
    }
}

/// The command is not in the list. Its text goes back into the field, unless something new is being
/// typed there.
fn fail(state: &mut State, id: CommandId, error: &CallError) {
    let reason = error.to_string();
    let rejection = match error {
        CallError::Rejected(rejection) => Some(*rejection),
        _ => None,
    };
    let next = browser::new_client_id();
    let Some(refused) = state.fail(id, rejection, &reason, next, browser::now()) else {
        return;
    };
    if refused.wish == Wish::Add && browser::field_is_free() {
        browser::put_into_field(refused.item.title.as_str());
        state.unsent.return_to_field(refused.item, reason);
    } else {
        state.unsent.keep(refused, reason);
    }
}

/// The answer of a call, if it comes in time. The call ends when nobody waits for it any more.
async fn answered<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    match select(pin!(call), pin!(browser::pause(PATIENCE))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(CallError::Unreachable),
    }
}
