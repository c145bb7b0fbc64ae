//! Which page of the browser leads: it has the stream, and sends what all of them have to send.
//!
//! The page that the person looks at takes the lead. Browsers have locks over https and on this machine only, and may
//! refuse them or not answer. Without locks, or without a channel to the other pages, every page leads while it is visible.

use std::cell::Cell;

use js_sys::{Object, Promise, Reflect};
use leptos::prelude::document;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::external_events::emit;
use super::{module_resources, tab_channel, time_limit};
use crate::sync::ExternalEvent;

/// How long a page waits for a lock that it takes from another page, in milliseconds. The browser grants it at once.
const LOCK_TIMEOUT_MS: i32 = 1_500;

#[wasm_bindgen]
extern "C" {
    type Locks;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &Locks,
        name: &str,
        options: &JsValue,
        granted: &JsValue,
    ) -> Result<Promise, JsValue>;
}

thread_local! {
    static LEADS: Cell<bool> = const { Cell::new(false) };
    /// Whether a request of this page waits for the lock.
    static IS_QUEUED: Cell<bool> = const { Cell::new(false) };
    /// How often this page was granted the lock.
    static GRANTS: Cell<u32> = const { Cell::new(0) };
    /// Whether the browser has refused the lock, or has not answered.
    static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Takes the lead among the pages of this browser.
pub fn request_lead() {
    if LEADS.get() {
        return;
    }
    let steal = !document().hidden();
    if steal || !IS_QUEUED.get() {
        request(steal);
    }
}

/// Takes the lead from a page that does not answer, also while this page is hidden. The other page notices when it goes on.
pub fn take_lead() {
    // Without locks, hidden pages do not lead.
    if !LEADS.get() && (locks().is_some() || !document().hidden()) {
        request(true);
    }
}

/// Gives up the lead if the browser has no locks. Returns whether it has none.
pub(super) fn release_without_locks() -> bool {
    let has_none = locks().is_none();
    if has_none {
        LEADS.set(false);
    }
    has_none
}

/// The locks of the browser, if they work as far as is known.
fn locks() -> Option<Locks> {
    let may_work = !IS_REFUSED.get() && tab_channel::is_open();
    let locks = may_work.then(|| super::navigator_object("locks")).flatten();
    locks.map(JsCast::unchecked_into)
}

fn lead() {
    if !LEADS.replace(true) {
        emit(ExternalEvent::LeadGained);
    }
}

fn lead_without_locks() {
    IS_REFUSED.set(true);
    if !document().hidden() {
        lead();
    }
}

fn request(steal: bool) {
    let Some(locks) = locks() else {
        lead();
        return;
    };
    let grants = GRANTS.get();
    let granted = Closure::once_into_js(move || {
        GRANTS.set(GRANTS.get() + 1);
        // The browser may have been slow.
        IS_REFUSED.set(false);
        IS_QUEUED.set(IS_QUEUED.get() && steal);
        lead();
        // The page leads until it is closed, or another one takes the lead.
        Promise::new(&mut |release, _| module_resources::set_release_lead(&release))
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"steal".into(), &steal.into());
    let Ok(lock) = locks.request(&tab_channel::name(), &options, &granted) else {
        lead_without_locks();
        return;
    };
    IS_QUEUED.set(IS_QUEUED.get() || !steal);
    let lost = Closure::once(move |_: JsValue| {
        if GRANTS.get() == grants {
            lead_without_locks();
            return;
        }
        LEADS.set(false);
        emit(ExternalEvent::LeadLost);
        if !IS_QUEUED.get() {
            request(false);
        }
    });
    let _ = lock.catch(&lost);
    lost.forget();
    if steal {
        spawn_local(async move {
            time_limit::pass(LOCK_TIMEOUT_MS).await;
            if GRANTS.get() == grants {
                lead_without_locks();
            }
        });
    }
}
