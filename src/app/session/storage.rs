//! What the storage of the browser keeps for the page: commands until the server has them, and until the page
//! that opens without a network has what they did.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Session;
use crate::app::state::State;
use crate::browser::{self, TabMessage};

/// How long a command may wait before the person sees that something is under way, in milliseconds.
const SLOW: u32 = 400;
/// How long the list has to be at rest before the page that opens without a network is brought up to date,
/// in milliseconds.
const REST: u32 = 2_000;

impl Session {
    /// Brings the storage up to date, also while a call is under way.
    pub(crate) fn store(self) {
        let has_new_writes = |state: &State| state.replica.outbox.has_new_writes();
        if self.talk.with_value(|talk| talk.is_storing)
            || !self.state.with_untracked(has_new_writes)
        {
            return;
        }
        self.talk.update_value(|talk| talk.is_storing = true);
        self.show_slowness();
        spawn_local(async move {
            while self.store_now().await {}
            self.talk.update_value(|talk| talk.is_storing = false);
            self.call();
        });
    }

    /// Answers whether something was stored.
    async fn store_now(&self) -> bool {
        let take = |state: &mut State| state.replica.outbox.take_writes();
        let writes = self.state.try_update_untracked(take).unwrap_or_default();
        if writes.is_empty() {
            return false;
        }
        let is_stored = browser::store(writes.clone()).await;
        self.state.update(|state| {
            state.is_storing = is_stored;
            if is_stored {
                state.replica.outbox.on_stored(&writes);
            } else {
                state.replica.outbox.on_store_failed(&writes);
            }
        });
        if is_stored {
            browser::broadcast(TabMessage::Stored);
        }
        is_stored
    }

    /// If what waits now still waits after a while, the person sees that something is under way.
    fn show_slowness(self) {
        let first = |state: &State| state.replica.outbox.pending().first().map(|entry| entry.id);
        let waiting = self.state.with_untracked(first);
        browser::after(SLOW, move || {
            if waiting.is_some() && self.state.with_untracked(first) == waiting {
                self.state.update(|state| state.is_slow = true);
            }
        });
    }

    /// Takes over what is stored.
    pub(crate) async fn load(&self) {
        let stored = browser::stored().await;
        let now = browser::now();
        let mut stored = Some(stored);
        self.take_in(&mut |state| match stored.take().flatten() {
            Some(stored) => vec![state.load(stored, now)],
            None => {
                state.is_storing = false;
                Vec::new()
            }
        });
    }

    /// When the list has come to rest, the page that opens without a network is brought up to date.
    pub(crate) fn keep_page(self) {
        let talk = self.talk.get_value();
        if talk.is_keeping || !talk.leads {
            return;
        }
        self.talk.update_value(|talk| talk.is_keeping = true);
        browser::after(REST, move || {
            self.talk.update_value(|talk| talk.is_keeping = false);
            if !browser::keep_page() {
                // There is none, and what was done need not be remembered for it.
                let forget = |state: &mut State| state.replica.outbox.on_page_cache_missing();
                self.state.update_untracked(forget);
                self.store();
            }
        });
    }
}
