//! Everything that reaches the page from elsewhere, except the stream of the server, which a page opens and closes.

use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use web_sys::{Event, PageTransitionEvent};

use super::external_events::{add_listener, emit, set_callback};
use super::{service_worker, tab_channel, tab_leadership};
use crate::browser::Report;

/// Calls back with all external events, first with [`Report::Opened`].
pub fn attend(callback: impl Fn(Report) + 'static) {
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
    super::after(0, || emit(Report::Opened));
}

/// The person comes to this page or leaves it, or the network comes or goes.
fn page_event(event: &Event) -> Option<Report> {
    let kind = event.type_();
    let page: &PageTransitionEvent = event.unchecked_ref();
    if kind == "pageshow" && !page.persisted() {
        // The page is not restored but new.
        return None;
    }
    if kind == "offline" {
        return Some(Report::Lost);
    }
    if !document().hidden() {
        return Some(Report::Back);
    }
    tab_leadership::release_without_locks().then_some(Report::Leads(false))
}
