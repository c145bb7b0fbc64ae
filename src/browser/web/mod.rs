//! The browser: document, clock, randomness, storage, network, and the actions of the person.

mod address;
mod case_folding;
mod document_state;
mod double_click;
mod drag;
mod draw_schedule;
mod event_listener;
mod event_sources;
mod event_stream;
mod external_events;
mod fetch;
mod focus;
mod frame_budget;
mod keyboard;
mod login_session;
mod module_resources;
mod random;
mod row_blocks;
mod row_template;
mod rows;
mod service_worker;
mod storage;
mod tab_channel;
mod tab_leadership;
mod tab_storage;
mod time_limit;
mod title;
mod viewport;

use std::cell::Cell;

use js_sys::{Date, Reflect};
use leptos::prelude::{document, request_animation_frame, window};
use wasm_bindgen::prelude::*;
use web_sys::{Clipboard, Element, HtmlElement, HtmlInputElement};

pub use self::address::{address, show_address, undo_query, view_in_address};
pub use self::case_folding::decompose;
pub use self::document_state::document_state;
pub use self::draw_schedule::schedule_draw;
pub use self::event_listener::listen_to_user_actions;
pub use self::event_sources::listen_to_external_events;
pub use self::event_stream::{close_event_stream, is_event_stream_closed, open_event_stream};
pub use self::fetch::post;
pub use self::focus::{fill_editor, focus, focus_editor, focus_item, restore_focus};
pub use self::login_session::{check_login_session, confirm, sign_out};
pub use self::random::{hash_key, new_client_id, new_item_id, random_fraction};
pub use self::rows::rows;
pub use self::service_worker::request_page_cache;
pub use self::storage::{read_storage, request_persistent_storage, write_storage};
pub use self::tab_channel::broadcast;
pub use self::tab_leadership::{request_lead, take_lead};
pub use self::tab_storage::{open_tab_storage, schedule_tab_store, write_tab_storage};
pub use self::title::{title_children, title_property};
use crate::domain::{ItemId, Timestamp};

/// The time of the browser's clock.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(Date::now() as u64)
}

/// Marks the document as hydrated, for style sheets and tests.
pub fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "");
    }
}

/// Scrolls to the end of the page with the next frame, without animation.
pub fn scroll_to_end() {
    thread_local! {
        static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_ASKED.replace(true) {
        request_animation_frame(|| {
            IS_ASKED.set(false);
            window().scroll_by_with_x_and_y(0.0, f64::from(i32::MAX));
        });
    }
}

/// Copies a text to the clipboard. Without access to the clipboard, opens the list as text, to copy from.
pub fn copy_to_clipboard(text: &str, markdown: bool) {
    if let Some(clipboard) = navigator_object("clipboard") {
        let clipboard: &Clipboard = clipboard.unchecked_ref();
        drop(clipboard.write_text(text));
    } else {
        let page = if markdown { "/list.md" } else { "/list.txt" };
        let _ = window().location().assign(page);
    }
}

fn field() -> Option<HtmlInputElement> {
    input("input#item-input")
}

fn search_field() -> Option<HtmlInputElement> {
    input("input#search")
}

/// The input that a selector finds. The selector must name the element `input` or a class of inputs.
fn input(selector: &str) -> Option<HtmlInputElement> {
    find(selector).map(JsCast::unchecked_into)
}

/// Whether the field for new items is blank.
#[must_use]
pub fn is_new_item_field_blank() -> bool {
    new_item_text().trim().is_empty()
}

/// The text in the field for new items.
#[must_use]
pub fn new_item_text() -> String {
    field().map_or_else(String::new, |field| field.value())
}

/// Sets the text in the field for new items.
pub fn set_new_item_field(text: &str) {
    if let Some(field) = field() {
        field.set_value(text);
    }
}

/// The text in the editor; `None` if none is open.
#[must_use]
pub fn editor_text() -> Option<String> {
    input("input.edit").map(|field| field.value())
}

/// The start and the end of the selection in the editor.
#[must_use]
pub fn editor_selection() -> (u32, u32) {
    let end_of = |end: Result<Option<u32>, JsValue>| end.ok().flatten().unwrap_or_default();
    let ends = |field: HtmlInputElement| {
        (
            end_of(field.selection_start()),
            end_of(field.selection_end()),
        )
    };
    input("input.edit").map_or((0, 0), ends)
}

/// Moves the focus to the field for new items.
pub fn focus_new_item_field() {
    let _ = focus::focus_element("#item-input");
}

/// Makes the browser call a function after this number of milliseconds.
pub fn set_timeout(milliseconds: u32, then: impl FnOnce() + 'static) {
    let delay = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    let then: Box<dyn FnOnce()> = Box::new(then);
    let then = Closure::once_into_js(then);
    // This fails only in a closed document.
    let _ =
        window().set_timeout_with_callback_and_timeout_and_arguments_0(then.unchecked_ref(), delay);
}

/// An object of the browser's `navigator`; `None` if the browser has none, or does not give it to this page.
fn navigator_object(name: &str) -> Option<JsValue> {
    let found = Reflect::get(&window().navigator(), &name.into()).ok();
    found.filter(JsValue::is_object)
}

fn find(selector: &str) -> Option<Element> {
    document()
        .document_element()?
        .query_selector(selector)
        .ok()?
}

/// The HTML element that a selector finds.
fn find_html(selector: &str) -> Option<HtmlElement> {
    find(selector).map(JsCast::unchecked_into)
}

fn is(element: &Element, selector: &str) -> bool {
    element.matches(selector).unwrap_or(false)
}

/// The item of the row around an element.
fn item_of(element: &Element) -> Option<ItemId> {
    let row = element.closest(row_blocks::ROW).ok()??;
    row.query_selector("[id]")
        .ok()??
        .get_attribute("id")?
        .parse()
        .ok()
}
