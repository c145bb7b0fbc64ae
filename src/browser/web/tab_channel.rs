//! The channel between the pages of one browser and one login session.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::external_events::{add_listener, emit, parse};
use crate::domain::encoding::encode;
use crate::sync::{ConnectionState, ExternalEvent, STORAGE_VERSION, TabMessage};

/// The start of the names of the channel and of the lock.
const NAME_PREFIX: &str = "todo-list";

thread_local! {
    static CHANNEL: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
}

/// The name of the channel and of the lock. Pages of other login sessions or of another version have another one.
pub(super) fn name() -> String {
    let session = super::login_session::session_id();
    format!("{NAME_PREFIX}-{STORAGE_VERSION}-{session}")
}

/// Whether the browser has channels.
pub(super) fn is_open() -> bool {
    CHANNEL.with_borrow(Option::is_some)
}

/// Opens the channel, and emits what the other pages send.
pub(super) fn open() {
    let Ok(channel) = BroadcastChannel::new(&name()) else {
        return;
    };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|message: MessageEvent| {
        let text = message.data().as_string().unwrap_or_default();
        if let Some((kind, data)) = text.split_once(' ') {
            parse(kind, data).into_iter().for_each(emit);
        }
    });
    add_listener(&channel, "message", &listener.into_js_value());
    CHANNEL.set(Some(channel));
    open_channel_of_version_1();
}

/// Listens to open pages of version 1, which still store what people type.
fn open_channel_of_version_1() {
    let name = NAME_PREFIX.to_owned() + &super::login_session::session_id();
    let Ok(channel) = BroadcastChannel::new(&name) else {
        return;
    };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|message: MessageEvent| {
        if message
            .data()
            .as_string()
            .is_some_and(|text| text == "stored ")
        {
            emit(ExternalEvent::StorageChanged);
        }
    });
    add_listener(&channel, "message", &listener.into_js_value());
    // The browser keeps the channel as long as it has a listener.
}

/// Tells the other pages of this browser.
pub fn broadcast(message: TabMessage) {
    let kind = match message {
        TabMessage::StorageChanged => "stored",
        TabMessage::CallsFail(ConnectionState::SignedOut) => "signed-out",
        TabMessage::CallsFail(ConnectionState::Outdated) => "outdated",
        TabMessage::CallsFail(_) => "fails",
        TabMessage::CallsWork => "works",
        TabMessage::WhoLeads => "leads?",
        TabMessage::Leads => "leads",
        TabMessage::Rejected(id, rejection) => {
            let bytes = encode(STORAGE_VERSION, &(id, rejection)).unwrap_or_default();
            let text: String = bytes.into_iter().map(char::from).collect();
            return post("rejected", &text);
        }
        TabMessage::ListAt(cursor) => return post("heartbeat", &cursor.to_string()),
    };
    post(kind, "");
}

/// Sends a message to the other pages of this browser.
pub(super) fn post(kind: &str, data: &str) {
    CHANNEL.with_borrow(|channel| {
        if let Some(channel) = channel {
            // This fails only after the channel was closed.
            let _ = channel.post_message(&format!("{kind} {data}").into());
        }
    });
}
