//! The service worker, which keeps the page for the time without a network.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, ServiceWorkerContainer};

use super::external_events::{add_listener, emit};
use crate::sync::ExternalEvent;

/// The service workers of this page; `None` where the browser has none.
fn container() -> Option<ServiceWorkerContainer> {
    super::navigator_object("serviceWorker").map(JsCast::unchecked_into)
}

/// Listens to the messages of the service worker.
pub(super) fn listen() {
    let Some(workers) = container() else {
        return;
    };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|message: MessageEvent| {
        let kept = Reflect::get(&message.data(), &"kept".into()).ok();
        let kept = kept.and_then(|kept| kept.as_string()?.parse().ok());
        kept.map(ExternalEvent::PageCached)
            .into_iter()
            .for_each(emit);
    });
    add_listener(&workers, "message", &listener.into_js_value());
}

/// Asks the service worker to cache the page as it is now. It confirms with [`ExternalEvent::PageCached`]. Returns whether
/// there is a service worker.
#[must_use]
pub fn request_page_cache() -> bool {
    let worker = container().and_then(|workers| workers.controller());
    let asked = worker.map(|worker| worker.post_message(&"keep".into()));
    asked.is_some()
}
