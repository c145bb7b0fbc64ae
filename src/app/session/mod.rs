//! A handle on the state of one open page, and its connections to browser, storage and server.

mod drafts;
mod effects;

use std::sync::Arc;

use leptos::prelude::*;

use super::state::{PageState, RowContent};
use crate::browser::{self, DocumentState, Focus, UserAction};
use crate::domain::{ItemId, Title};
use crate::sync::{DeliveryState, DirtySet, StoredCommand};

/// The question before changes that are not sent are given up.
const CONFIRM_SIGN_OUT: &str =
    "Some changes are not saved yet. If you sign out now, they are lost.";
/// How often the page checks whether pending commands are sent when the person signs out.
const SIGN_OUT_CHECKS: u32 = 20;
/// The time between two of these checks, in milliseconds.
const SIGN_OUT_CHECK_INTERVAL_MS: u32 = 100;

/// How long an item that was completed or reopened stays in a view that it no longer belongs to, in milliseconds.
const LEAVING_MS: u32 = 1_500;

/// A handle on the page's state. Every component has a copy.
#[derive(Clone, Copy)]
pub(crate) struct PageSession {
    pub(crate) state: RwSignal<PageState>,
    /// What had the focus before the latest change, until the next frame restores it.
    focused: StoredValue<Option<FocusedBefore>>,
}

/// A change of the state, which returns what it makes dirty.
type StateChange<'a> = Box<dyn FnOnce(&mut PageState) -> Vec<DirtySet> + 'a>;

/// What had the focus before a change.
#[derive(Clone, Copy)]
struct FocusedBefore {
    /// The item whose row had it, if it was a row.
    row: Option<ItemId>,
    /// The index of that row.
    index: usize,
}

impl PageSession {
    /// Starts from the document that the server has rendered.
    pub(crate) fn new(document: DocumentState) -> Self {
        let client = browser::new_client_id();
        let state = PageState::new(document, client, browser::hash_key(), browser::decompose);
        Self {
            state: RwSignal::new(state),
            focused: StoredValue::default(),
        }
    }

    /// The items to show now, in order.
    pub(crate) fn visible_items(&self) -> Arc<[ItemId]> {
        self.state
            .with_untracked(|state| state.visible_items().clone())
    }

    /// The content of the row of an item, for an interactive row or for a text-only one.
    pub(crate) fn row(&self, id: ItemId, is_interactive: bool) -> Option<RowContent> {
        let row = if is_interactive {
            PageState::row
        } else {
            PageState::text_only_row
        };
        self.state.with_untracked(|state| row(state, id))
    }

    /// A value that the page shows, now and later. Function pointers instead of closures keep the code small: all
    /// readers of the same type share one instance.
    pub(crate) fn read<T: 'static>(
        self,
        read: fn(&PageState) -> T,
    ) -> impl Fn() -> T + Clone + Send {
        move || self.state.with(read)
    }

    /// Performs an action of the person.
    pub(crate) fn perform(&self, action: UserAction) {
        let adds = match &action {
            UserAction::Add(text) => {
                let has_pasted = |state: &PageState| !state.pasted.is_empty();
                self.state.with_untracked(has_pasted) || Title::parse(text).is_ok()
            }
            action => *action == UserAction::AddPastedLines,
        };
        if adds {
            browser::set_new_item_field("");
        }
        let edits = matches!(action, UserAction::Edit(_));
        let hidden = match action {
            UserAction::ShowHidden => self.state.with_untracked(PageState::hidden_item),
            _ => None,
        };
        let toggles = matches!(action, UserAction::Toggle(_));
        let frees_field =
            adds || matches!(action, UserAction::SaveEdit(_) | UserAction::CancelEdit);
        let shows_view = hidden.is_some() || matches!(action, UserAction::ShowView(..));
        match &action {
            UserAction::Add(_) => browser::focus_new_item_field(),
            UserAction::CopyRejected(id) => {
                let text = |state: &PageState| {
                    let mut texts = state.rejected_texts();
                    texts.find(|rejected| rejected.item.id == *id)
                };
                if let Some(rejected) = self.state.with_untracked(text) {
                    browser::copy_to_clipboard(rejected.item.title.as_str(), false);
                }
            }
            UserAction::CopyItems { markdown } => {
                let text = |state: &PageState| state.text(&state.listed_items(), *markdown);
                browser::copy_to_clipboard(&self.state.with_untracked(text), *markdown);
            }
            UserAction::SignOut => self.sign_out(SIGN_OUT_CHECKS),
            _ => {}
        }
        let now = browser::now();
        self.update(|state| {
            // Rows that others have changed slide in only once.
            let arrived: Vec<_> = state.changed_by_others.drain().collect();
            let mut dirty = state.perform(action, now, &browser::new_item_id);
            if !arrived.is_empty() {
                dirty.push(DirtySet::Items(arrived));
            }
            if frees_field {
                dirty.extend(drafts::place_drafts(state));
            }
            dirty
        });
        if shows_view {
            self.state
                .with_untracked(|state| browser::show_address(state.filter, &state.search));
        }
        if edits {
            browser::focus_editor();
        }
        if let Some(item) = hidden {
            browser::focus_item(item);
        }
        if toggles {
            self.hide_leaving_later();
        }
        if adds {
            // Happens with the next frame, when the new rows are there.
            browser::scroll_to_end();
        }
        self.state
            .update_untracked(|state| state.engine.request_sync());
        self.perform_effects();
    }

    /// Hides the item that the latest action has made leave the view, after a moment.
    fn hide_leaving_later(self) {
        let leaving = self
            .state
            .with_untracked(|state| state.leaving.last().copied());
        if let Some(item) = leaving {
            browser::set_timeout(LEAVING_MS, move || {
                self.update(|state| state.hide_leaving(item));
            });
        }
    }

    /// Ends the login session once everything is sent, or once the person gives up what is not.
    fn sign_out(self, checks_left: u32) {
        let (is_sending, is_sent) = self.state.with_untracked(|state| {
            let outbox = &state.engine.replica.outbox;
            let has_pending = !outbox.pending().is_empty();
            let is_sent = !has_pending && outbox.rejected().is_empty();
            (
                has_pending && state.engine.connectivity().connection.may_be_online(),
                is_sent,
            )
        });
        if is_sending && checks_left > 0 {
            browser::set_timeout(SIGN_OUT_CHECK_INTERVAL_MS, move || {
                self.sign_out(checks_left - 1);
            });
        } else if is_sent || browser::confirm(CONFIRM_SIGN_OUT) {
            browser::sign_out();
        }
    }

    /// Whether a text would be lost if the page were closed now.
    pub(crate) fn has_unsaved_text(&self) -> bool {
        if !self.store_tab() && !browser::is_new_item_field_blank() {
            return true;
        }
        let typed = browser::editor_text();
        self.state.with_untracked(|state| {
            let edited = state.editing.as_ref().map(|(_, text)| text);
            let outbox = &state.engine.replica.outbox;
            let is_stored = |entry: &StoredCommand| {
                state.engine.connectivity().is_storage_available
                    && entry.state != DeliveryState::New
            };
            let mut entries = outbox.pending().iter().chain(outbox.rejected());
            typed.as_ref() != edited || !entries.all(is_stored)
        })
    }

    /// Restores the focus with the next frame if the change removes the focused element: to the same row, or to the
    /// row in its place.
    fn restore_focus_after_change(&self) {
        let row = match browser::focus() {
            Focus::Lost => return,
            Focus::Row(id) => Some(id),
            Focus::Elsewhere => None,
        };
        let is_scheduled = self.focused.with_value(Option::is_some);
        if is_scheduled && row.is_none() {
            return;
        }
        let index = row.and_then(|row| self.visible_items().iter().position(|id| *id == row));
        let index = index.unwrap_or(0);
        self.focused.set_value(Some(FocusedBefore { row, index }));
        if is_scheduled {
            return;
        }
        let session = *self;
        request_animation_frame(move || {
            let before = session.focused.try_update_value(Option::take).flatten();
            let Some(FocusedBefore { row, index }) = before else {
                return;
            };
            let visible = session.visible_items();
            let neighbour = visible.get(index).or(visible.last());
            let same = row.filter(|row| visible.contains(row));
            browser::restore_focus(same.or(neighbour.copied()));
        });
    }

    /// Changes the state, and draws the dirty rows.
    fn update(&self, change: impl FnOnce(&mut PageState) -> Vec<DirtySet>) {
        self.update_boxed(Box::new(change));
    }

    /// One instance for all changes keeps the code small.
    fn update_boxed(&self, change: StateChange<'_>) {
        self.restore_focus_after_change();
        let mut dirty = Vec::new();
        self.state.update(|state| {
            dirty = change(state);
            state.refresh_status();
            if !dirty.is_empty() {
                state.invalidate_visible_items(&dirty);
            }
        });
        browser::schedule_draw(dirty);
        browser::schedule_tab_store();
    }
}
