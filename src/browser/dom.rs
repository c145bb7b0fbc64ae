//! The browser as the page sees it: the document, the clock, randomness, and the events of the window.

use js_sys::Date;
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, ScrollToOptions};

use super::DocumentState;
use crate::domain::{ClientId, Item, ItemId, Listing, Timestamp, Title};

/// Reads the state out of the document. `None` if anything in it is not as the server wrote it
/// (an extension may have changed it); such a page goes on working by its forms.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    let document = document();
    let list = document.get_element_by_id("item-list")?;
    let revision = list.get_attribute("data-revision")?.parse().ok()?;
    let rows = list.query_selector_all("li").ok()?;
    let items = (0..rows.length())
        .map(|index| read_item(&rows.get(index)?.dyn_into().ok()?))
        .collect::<Option<Vec<Item>>>()?;
    let field = document.get_element_by_id("item-input")?;
    Some(DocumentState {
        listing: Listing { revision, items },
        draft: field.get_attribute("value").unwrap_or_default(),
        refusal: document
            .query_selector("#add-item-error .reason")
            .ok()?
            .and_then(|reason| reason.text_content()),
    })
}

fn read_item(row: &Element) -> Option<Item> {
    let id = row.get_attribute("data-id")?.parse().ok()?;
    Some(Item::new(id, Title::parse(&row.text_content()?).ok()?))
}

/// A fresh id, from the browser's clock and its cryptographic randomness.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(now(), random())
}

/// A fresh sender, from the browser's cryptographic randomness.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::new(random())
}

/// The time by the browser's clock.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp(Date::now() as u64)
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut random = [0; BYTES];
    if let Ok(crypto) = window().crypto() {
        // It fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    random
}

/// Tells style sheets and tests that the script has taken over.
pub fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "");
    }
}

/// Calls back whenever the person comes back to the page or the network comes back: what others did
/// in the meantime is missing.
pub fn on_return(callback: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(move || {
        if !document().hidden() {
            callback();
        }
    })
    .into_js_value();
    let callback = callback.unchecked_ref();
    let window = window();
    let _ = document().add_event_listener_with_callback("visibilitychange", callback);
    let _ = window.add_event_listener_with_callback("online", callback);
    let restored = Closure::<dyn Fn(web_sys::PageTransitionEvent)>::new({
        let callback: js_sys::Function = callback.clone();
        move |event: web_sys::PageTransitionEvent| {
            if event.persisted() {
                let _ = callback.call0(&JsValue::NULL);
            }
        }
    })
    .into_js_value();
    let _ = window.add_event_listener_with_callback("pageshow", restored.unchecked_ref());
}

/// Brings the end of the list into view, without animation.
pub fn scroll_to_end() {
    let options = ScrollToOptions::new();
    options.set_top(f64::from(i32::MAX));
    window().scroll_to_with_scroll_to_options(&options);
}

/// Lets the browser ask the person before the page is closed, while `holds_texts` says so.
pub fn warn_before_leaving(holds_texts: impl Fn() -> bool + 'static) {
    let ask = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        if holds_texts() {
            event.prevent_default();
        }
    })
    .into_js_value();
    let _ = window().add_event_listener_with_callback("beforeunload", ask.unchecked_ref());
}

/// Done after so many milliseconds.
pub async fn pause(milliseconds: u32) {
    let delay = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    let timer = js_sys::Promise::new(&mut |resolve, _| {
        // It fails only in a document that is gone.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, delay);
    });
    let _ = JsFuture::from(timer).await;
}
