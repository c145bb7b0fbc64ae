//! What a tab keeps for the next page in it: after a reload, after another page, after a crash. It is in the session
//! storage of the browser, which belongs to one tab.
//!
//! A browser copies this storage when it duplicates a tab, and a copy must not show what is typed in the first tab. So the
//! storage says which page writes it, and whether the person has left that page. If not, it has crashed, or this tab is a
//! copy and the page still answers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, Event, PageTransitionEvent, Storage};

use super::external_events::add_listener;
use super::login_session;

/// The key of the state.
const STATE: &str = "tab";
/// The key of the login session and the id of the page that writes.
const WRITER: &str = "tab-writer";
/// The key that is there if the person has left the page that has written.
const LEFT: &str = "tab-left";
/// The start of the name of the channel on which the page answers that has written.
const CHANNEL_PREFIX: &str = "todo-list-tab-";

/// How long a page waits for further changes before it writes, in milliseconds. A crash loses no more than that.
const WRITE_DELAY_MS: u32 = 300;
/// How long a page that may be busy has to answer, in milliseconds.
const ANSWER_TIMEOUT_MS: u32 = 1_000;
/// The longest state, in bytes. Browsers have room for about five million.
const MAX_BYTES: usize = 1_000_000;

thread_local! {
    static STORE: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
    static IS_SCHEDULED: Cell<bool> = const { Cell::new(false) };
    /// Whether the storage belongs to this page.
    static IS_OWNER: Cell<bool> = const { Cell::new(false) };
    static IS_COPY: Cell<bool> = const { Cell::new(false) };
    static PAGE: String = super::new_item_id().to_string();
}

/// Opens the storage of this tab. Calls `restore` with the state that an earlier page has stored, and with whether it
/// replaces that of this page, which the browser has restored. Calls `store` when the page has to write.
pub fn open_tab_storage(restore: impl Fn(Vec<u8>, bool) + 'static, store: impl Fn() + 'static) {
    let restore: Rc<dyn Fn(Vec<u8>, bool)> = Rc::new(restore);
    STORE.set(Some(Rc::new(store)));
    let again = restore.clone();
    let listener =
        Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
            "input" => schedule_tab_store(),
            "pagehide" => {
                store_now();
                if IS_OWNER.get() {
                    set(LEFT, "");
                }
            }
            _ if event.unchecked_ref::<PageTransitionEvent>().persisted() => {
                let has_written = get(WRITER) == Some(writer());
                take_over();
                if !has_written {
                    state().into_iter().for_each(|state| again(state, true));
                }
            }
            _ => {}
        });
    let listener = listener.into_js_value();
    for event in ["input", "pagehide", "pageshow"] {
        add_listener(&window(), event, &listener);
    }
    let known = get(WRITER).unwrap_or_default();
    let (session, page) = known.split_once(' ').unwrap_or_default();
    if session != login_session::session_id() {
        // The text of another person.
        remove(STATE);
    }
    let open = move || {
        take_over();
        state().into_iter().for_each(|state| restore(state, false));
    };
    if get(STATE).is_none() || get(LEFT).is_some() {
        return open();
    }
    let Ok(channel) = BroadcastChannel::new(&(CHANNEL_PREFIX.to_owned() + page)) else {
        return open();
    };
    let answered = Closure::<dyn Fn()>::new(|| IS_COPY.set(true));
    add_listener(&channel, "message", &answered.into_js_value());
    let _ = channel.post_message(&JsValue::NULL);
    super::set_timeout(ANSWER_TIMEOUT_MS, move || {
        channel.close();
        if IS_COPY.get() {
            remove(STATE);
        }
        open();
    });
}

/// Makes this page the one that writes. From now on it answers pages in copies of its tab.
fn take_over() {
    set(WRITER, &writer());
    remove(LEFT);
    if IS_OWNER.replace(true) {
        return;
    }
    let name = PAGE.with(|page| CHANNEL_PREFIX.to_owned() + page);
    if let Ok(channel) = BroadcastChannel::new(&name) {
        let answering = channel.clone();
        let answer = Closure::<dyn Fn()>::new(move || {
            let _ = answering.post_message(&JsValue::NULL);
        });
        add_listener(&channel, "message", &answer.into_js_value());
    }
}

/// Writes soon: once for all changes until then.
pub fn schedule_tab_store() {
    if !IS_SCHEDULED.replace(true) {
        super::set_timeout(WRITE_DELAY_MS, || {
            IS_SCHEDULED.set(false);
            store_now();
        });
    }
}

fn store_now() {
    let store = STORE.with_borrow(Clone::clone);
    store.inspect(|store| store());
}

/// Stores the state of this page. Returns whether it is stored.
pub fn write_tab_storage(state: &[u8]) -> bool {
    if !IS_OWNER.get() {
        return false;
    }
    if !login_session::is_current() {
        // The person has signed out.
        remove(STATE);
        return true;
    }
    // Each character is a byte.
    let text: String = state.iter().map(|byte| char::from(*byte)).collect();
    let is_stored = state.len() <= MAX_BYTES && set(STATE, &text);
    if !is_stored {
        remove(STATE);
    }
    is_stored
}

fn state() -> Option<Vec<u8>> {
    Some(get(STATE)?.chars().map(|c| c as u8).collect())
}

fn writer() -> String {
    PAGE.with(|page| login_session::session_id() + " " + page)
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
