//! Where events from elsewhere go: the page has one callback for all of them.

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use crate::domain::encoding::decode;
use crate::domain::{Change, Cursor};
use crate::sync::{ConnectionState, ExternalEvent, PROTOCOL_VERSION, STORAGE_VERSION};

type Callback = dyn Fn(ExternalEvent);

thread_local! {
    static CALLBACK: RefCell<Option<Arc<Callback>>> = const { RefCell::new(None) };
}

/// Sets the callback of the page.
pub(super) fn set_callback(callback: impl Fn(ExternalEvent) + 'static) {
    CALLBACK.set(Some(Arc::new(callback)));
}

/// Calls the page back with an event.
pub(super) fn emit(event: ExternalEvent) {
    // The callback may emit in turn, so it is not borrowed while it runs.
    let callback = CALLBACK.with_borrow(Clone::clone);
    callback.inspect(|callback| callback(event));
}

/// Adds a listener to an event target.
pub(super) fn add_listener(target: &EventTarget, event: &str, listener: &JsValue) {
    // This never fails on an event target.
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}

/// Parses an event of the stream, or a message of another page: the leading page passes the events of the stream on.
pub(super) fn parse(kind: &str, data: &str) -> Option<ExternalEvent> {
    Some(match kind {
        "change" => parse_changes(data)?,
        "heartbeat" => ExternalEvent::Heartbeat(data.parse().ok()?),
        "reset" => ExternalEvent::StreamReset,
        "error" => ExternalEvent::ConnectionLost,
        "stored" => ExternalEvent::StorageChanged,
        "signed-out" => ExternalEvent::CallsFail(ConnectionState::SignedOut),
        "outdated" => ExternalEvent::CallsFail(ConnectionState::Outdated),
        "fails" => ExternalEvent::CallsFail(ConnectionState::Offline),
        "works" => ExternalEvent::CallsWork,
        "leads?" => ExternalEvent::LeaderAsked,
        "leads" => ExternalEvent::LeaderHeard,
        "rejected" => {
            let (id, rejection) = decode(STORAGE_VERSION, &bytes(data)).ok()?;
            ExternalEvent::Rejected(id, rejection)
        }
        _ => return None,
    })
}

/// Parses changes, each after the cursor to which it leads.
fn parse_changes(data: &str) -> Option<ExternalEvent> {
    let mut words = data.split(' ');
    let mut changes = Vec::new();
    let mut epoch = 0;
    while let Some(word) = words.next() {
        let cursor: Cursor = word.parse().ok()?;
        if !changes.is_empty() && cursor.epoch != epoch {
            // The next heartbeat says that the page is behind.
            return None;
        }
        epoch = cursor.epoch;
        changes.push(parse_change(words.next()?)?);
    }
    Some(ExternalEvent::ListChanged(epoch, changes))
}

fn parse_change(data: &str) -> Option<Arc<Change>> {
    let data = window().atob(data).ok()?;
    decode(PROTOCOL_VERSION, &bytes(&data)).ok()
}

/// The bytes of a string that has one character for each byte.
fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| character as u8).collect()
}
