//! Everything that reaches the page from elsewhere, except the stream of the server, which a page opens and closes.

use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use web_sys::{Event, PageTransitionEvent};

use super::external_events::{add_listener, emit, set_callback};
use super::{service_worker, tab_channel, tab_leadership};
use crate::sync::ExternalEvent;

/// Calls back with all external events, first with [`ExternalEvent::Opened`].
pub fn listen_to_external_events(callback: impl Fn(ExternalEvent) + 'static) {
    set_callback(callback);
    let listener = Closure::<dyn Fn(Event)>::new(|event: Event| {
        page_event(&event).into_iter().for_each(emit);
    });
    let listener = listener.into_js_value();
    for event in ["visibilitychange", "online", "offline", "pageshow"] {
        add_listener(&window(), event, &listener);
    }
    tab_channel::open();
    service_worker::listen();
    // Hydration is one task, so this runs when the page is hydrated.
    super::set_timeout(0, || emit(ExternalEvent::Opened));
}

/// The person comes to this page or leaves it, or the network comes or goes.
fn page_event(event: &Event) -> Option<ExternalEvent> {
    let kind = event.type_();
    let page: &PageTransitionEvent = event.unchecked_ref();
    if kind == "pageshow" && !page.persisted() {
        // The page is not restored but new.
        return None;
    }
    if kind == "offline" {
        return Some(ExternalEvent::ConnectionLost);
    }
    if !document().hidden() {
        return Some(ExternalEvent::Resumed);
    }
    tab_leadership::release_without_locks().then_some(ExternalEvent::LeadLost)
}
