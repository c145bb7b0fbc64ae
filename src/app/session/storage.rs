//! The storage of the browser, as the page uses it: commands stay there until the server has them, and until the cached
//! page contains their changes.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::PageSession;
use crate::app::state::PageState;
use crate::browser::{self, TabMessage};

/// How long a command may be pending before the person sees that it is being saved, in milliseconds.
const SAVING_NOTICE_DELAY_MS: u32 = 400;
/// How long the page waits for further changes before the service worker caches it, in milliseconds.
const PAGE_CACHE_DELAY_MS: u32 = 2_000;

impl PageSession {
    /// Brings the storage up to date, also while a call is under way.
    pub(super) fn store(self) {
        let has_new_writes = |state: &PageState| state.replica.outbox.has_new_writes();
        if self.engine.with_value(|engine| engine.is_storing)
            || !self.state.with_untracked(has_new_writes)
        {
            return;
        }
        self.engine.update_value(|engine| engine.is_storing = true);
        self.show_slow_saving();
        spawn_local(async move {
            while self.store_new_writes().await {}
            self.engine.update_value(|engine| engine.is_storing = false);
            self.call_server();
        });
    }

    /// Returns whether something was stored.
    async fn store_new_writes(&self) -> bool {
        let take = |state: &mut PageState| state.replica.outbox.take_writes();
        let writes = self.state.try_update_untracked(take).unwrap_or_default();
        if writes.is_empty() {
            return false;
        }
        let is_stored = browser::write_storage(writes.clone()).await;
        self.state.update(|state| {
            state.is_storage_available = is_stored;
            if is_stored {
                state.replica.outbox.on_stored(&writes);
            } else {
                state.replica.outbox.on_store_failed(&writes);
            }
        });
        if is_stored {
            browser::broadcast(TabMessage::StorageChanged);
        }
        is_stored
    }

    /// Shows that commands are being saved if the first of them is still pending after a while.
    fn show_slow_saving(self) {
        let first =
            |state: &PageState| state.replica.outbox.pending().first().map(|entry| entry.id);
        let pending = self.state.with_untracked(first);
        browser::set_timeout(SAVING_NOTICE_DELAY_MS, move || {
            if pending.is_some() && self.state.with_untracked(first) == pending {
                self.state.update(|state| state.is_saving_slow = true);
            }
        });
    }

    /// Loads the stored commands.
    pub(super) async fn load(&self) {
        let stored = browser::read_storage().await;
        let now = browser::now();
        self.update_from_outside(|state| match stored {
            Some(stored) => vec![state.load_stored(stored, now)],
            None => {
                state.is_storage_available = false;
                Vec::new()
            }
        });
    }

    /// Asks the service worker to cache the page once the list has been at rest for a while.
    pub(super) fn schedule_page_cache(self) {
        let engine = self.engine.get_value();
        if engine.is_caching || !engine.is_leading {
            return;
        }
        self.engine.update_value(|engine| engine.is_caching = true);
        browser::set_timeout(PAGE_CACHE_DELAY_MS, move || {
            self.engine.update_value(|engine| engine.is_caching = false);
            if !browser::request_page_cache() {
                // Without a cached page, accepted commands need not stay in the storage.
                let forget = |state: &mut PageState| state.replica.outbox.on_page_cache_missing();
                self.state.update_untracked(forget);
                self.store();
            }
        });
    }
}
