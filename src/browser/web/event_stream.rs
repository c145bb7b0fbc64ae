//! The stream of the server's events. The leading page has it, and passes the events on to the other pages.

use std::cell::RefCell;

use leptos::prelude::{document, request_animation_frame};
use wasm_bindgen::prelude::*;
use web_sys::{EventSource, MessageEvent};

use super::external_events::{add_listener, emit, parse};
use super::{module_resources, tab_channel};
use crate::domain::Cursor;
use crate::sync::PROTOCOL_VERSION;

/// How long a frame is, in milliseconds.
const FRAME_MS: u32 = 16;

thread_local! {
    static STREAM: RefCell<Option<EventSource>> = const { RefCell::new(None) };
    /// The listener of all streams that this page opens.
    static LISTENER: JsValue = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| on_event(&event))
        .into_js_value();
    /// The changes that have come since the page has last taken some in; `None` if it can take in more at once.
    static GATHERED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Opens the stream of the server's events after a cursor, in place of one that may be open.
pub fn open_event_stream(cursor: Cursor) {
    close_event_stream();
    let url = format!("/api/v1/events?format=compact&version={PROTOCOL_VERSION}&cursor={cursor}");
    let Ok(stream) = EventSource::new(&url) else {
        return;
    };
    LISTENER.with(|listener| {
        for event in ["change", "heartbeat", "reset", "error"] {
            add_listener(&stream, event, listener);
        }
    });
    module_resources::set_stream(&stream);
    STREAM.set(Some(stream));
}

/// Closes the stream.
pub fn close_event_stream() {
    if let Some(stream) = STREAM.take() {
        stream.close();
    }
}

/// Whether the stream has ended for good: the browser will not open it again by itself.
#[must_use]
pub fn is_event_stream_closed() -> bool {
    STREAM.with_borrow(|stream| {
        stream
            .as_ref()
            .is_some_and(|stream| stream.ready_state() == EventSource::CLOSED)
    })
}

fn on_event(event: &MessageEvent) {
    let kind = event.type_();
    let data = if kind == "heartbeat" {
        event.last_event_id()
    } else {
        event.data().as_string().unwrap_or_default()
    };
    if kind == "change" {
        return gather(event.last_event_id() + " " + &data);
    }
    take_in_gathered();
    pass_on(&kind, &data);
}

fn pass_on(kind: &str, data: &str) {
    tab_channel::post(kind, data);
    parse(kind, data).into_iter().for_each(emit);
}

/// Emits a change at once. Changes that come right after it wait for the next frame: others may change much while the
/// person here is typing.
fn gather(change: String) {
    let is_gathering = GATHERED.with_borrow_mut(|gathered| {
        let is_gathering = gathered.is_some();
        gathered.get_or_insert_default().push(change);
        is_gathering
    });
    if !is_gathering {
        take_in_gathered();
        GATHERED.set(Some(Vec::new()));
        gather_on();
    }
}

/// Gathers for a frame, and for as long as the browser takes to show what was emitted before: half of its time is for
/// the person.
fn gather_on() {
    let begin = super::now().0;
    let rest = move || {
        let busy = super::now().0.saturating_sub(begin);
        super::set_timeout(u32::try_from(busy).unwrap_or(FRAME_MS), || {
            if take_in_gathered() {
                GATHERED.set(Some(Vec::new()));
                gather_on();
            }
        });
    };
    if document().hidden() {
        // There are no frames.
        super::set_timeout(FRAME_MS, rest);
    } else {
        request_animation_frame(rest);
    }
}

/// Emits the gathered changes, and ends gathering. Returns whether there were any.
fn take_in_gathered() -> bool {
    let changes = GATHERED.take().unwrap_or_default().join(" ");
    if changes.is_empty() {
        return false;
    }
    pass_on("change", &changes);
    true
}
