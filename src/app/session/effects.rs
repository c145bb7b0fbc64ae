//! What the sync engine asks for, done with the browser and the server. Nothing is decided here.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::PageSession;
use crate::app::state::{PageState, RejectedText};
use crate::browser::{self, UserAction};
use crate::rpc::exchange;
use crate::sync::{DirtySet, Effect, ExternalEvent, ListChanges, ReadPurpose, SyncEngine};

/// An input of the sync engine. One type for all keeps the code small.
type Input = Box<dyn FnOnce(&mut SyncEngine)>;

impl PageSession {
    /// An event has reached the page from elsewhere.
    pub(crate) fn on_event(self, event: ExternalEvent) {
        if event == ExternalEvent::Opened {
            self.open_tab();
        }
        // The service worker may have answered with the cached page of another view.
        if event == ExternalEvent::Opened
            && let Some(UserAction::ShowView(filter, search)) = browser::view_in_address()
            && (self.state).with_untracked(|state| state.filter != filter || state.search != search)
        {
            self.perform(UserAction::ShowView(filter, search));
        }
        let now = browser::now();
        self.pass_in(Box::new(move |engine| engine.on_event(event, now)));
    }

    /// Passes an input to the sync engine, shows what it changes, and performs its effects.
    fn pass_in(self, input: Input) {
        let pass_in = |state: &mut PageState| {
            let before = state.engine.connectivity();
            input(&mut state.engine);
            let changes = state.engine.take_changes();
            let is_visible = !changes.is_empty() || state.engine.connectivity() != before;
            is_visible.then_some(changes)
        };
        if let Some(changes) = self.state.try_update_untracked(pass_in).flatten() {
            self.show_changes(changes);
        }
        self.perform_effects();
    }

    /// Shows changes that the person at this page did not make. The text of the editor is kept if its item is gone.
    fn show_changes(self, changes: ListChanges) {
        let (now, typed) = (browser::now(), browser::editor_text());
        self.update(|state| {
            let (dirty, mut rejected): (Vec<DirtySet>, _) = state.show_changes(changes);
            let fits_field =
                |text: &mut RejectedText| text.is_new_item && browser::is_new_item_field_blank();
            if let Some(last) = rejected.pop_if(fits_field) {
                browser::set_new_item_field(last.item.title.as_str());
                state.new_item_error.return_to_field(last);
            }
            state.keep_edit_of_removed_item(typed.as_deref(), now);
            dirty
        });
    }

    /// Performs the effects that the sync engine asks for now.
    pub(super) fn perform_effects(self) {
        let take = |state: &mut PageState| state.engine.take_effects();
        let effects = self.state.try_update_untracked(take).unwrap_or_default();
        effects
            .into_iter()
            .for_each(|effect| self.perform_effect(effect));
    }

    fn perform_effect(self, effect: Effect) {
        match effect {
            Effect::Call(call) => spawn_local(async move {
                let result = exchange(call.list, call.since, call.first, call.commands).await;
                let (now, random) = (browser::now(), browser::random_fraction());
                self.pass_in(Box::new(move |engine| match result {
                    Ok(response) => engine.on_response(response, now),
                    Err(error) => engine.on_call_failed(error.into(), now, random),
                }));
            }),
            Effect::Write(writes) => spawn_local(async move {
                let is_stored = browser::write_storage(writes).await;
                self.pass_in(Box::new(move |engine| engine.on_written(is_stored)));
            }),
            Effect::Read(purpose) => spawn_local(async move {
                let stored = browser::read_storage().await;
                let now = browser::now();
                self.pass_in(Box::new(move |engine| engine.on_read(purpose, stored, now)));
                if purpose == ReadPurpose::Start {
                    self.on_storage_read();
                }
            }),
            Effect::SetTimer(timer, delay_ms) => browser::set_timeout(delay_ms, move || {
                let (is_closed, now) = (browser::is_event_stream_closed(), browser::now());
                self.pass_in(Box::new(move |engine| {
                    engine.on_timer(timer, is_closed, now);
                }));
            }),
            Effect::Broadcast(message) => browser::broadcast(message),
            Effect::OpenStream(cursor) => browser::open_event_stream(cursor),
            Effect::CloseStream => browser::close_event_stream(),
            Effect::RequestLead => browser::request_lead(),
            Effect::TakeLead => browser::take_lead(),
            Effect::CachePage => {
                if !browser::request_page_cache() {
                    self.pass_in(Box::new(SyncEngine::on_page_cache_missing));
                }
            }
            Effect::CheckLoginSession => browser::check_login_session(),
            Effect::RequestPersistentStorage => browser::request_persistent_storage(),
        }
    }
}
