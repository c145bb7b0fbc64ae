//! Which page of the browser leads: it has the stream, and sends what all of them have to send.
//!
//! The page that the person looks at takes the lead. Browsers have locks over https and on this machine only; without
//! locks, every page leads while it is visible.

use std::cell::Cell;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::document;
use wasm_bindgen::prelude::*;

use super::external_events::emit;
use super::{module_resources, tab_channel};
use crate::sync::ExternalEvent;

#[wasm_bindgen]
extern "C" {
    type Locks;

    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: Option<Locks>;

    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &JsValue, granted: &JsValue) -> Promise;
}

thread_local! {
    static LEADS: Cell<bool> = const { Cell::new(false) };
    /// Whether a request of this page waits for the lock.
    static IS_QUEUED: Cell<bool> = const { Cell::new(false) };
}

/// Takes the lead among the pages of this browser.
pub fn request_lead() {
    if !LEADS.get() {
        request(!document().hidden());
    }
}

/// Gives up the lead if the browser has no locks. Returns whether it has none.
pub(super) fn release_without_locks() -> bool {
    let has_none = LOCKS.with(Option::is_none);
    if has_none {
        LEADS.set(false);
    }
    has_none
}

fn request(steal: bool) {
    let granted = Closure::once_into_js(move || {
        LEADS.set(true);
        IS_QUEUED.set(IS_QUEUED.get() && steal);
        emit(ExternalEvent::LeadGained);
        // The page leads until it is closed, or another one takes the lead.
        Promise::new(&mut |release, _| module_resources::set_release_lead(&release))
    });
    LOCKS.with(|locks| {
        let Some(locks) = locks else {
            let granted: &Function = granted.unchecked_ref();
            let _ = granted.call0(&JsValue::UNDEFINED);
            return;
        };
        let lost = Closure::once(move |_: JsValue| {
            LEADS.set(false);
            emit(ExternalEvent::LeadLost);
            if !IS_QUEUED.replace(true) {
                request(false);
            }
        });
        let options = Object::new();
        let _ = Reflect::set(&options, &"steal".into(), &steal.into());
        let _ = locks
            .request(&tab_channel::name(), &options, &granted)
            .catch(&lost);
        lost.forget();
    });
}
