//! Where the keyboard is, and how it gets from item to item.

use leptos::prelude::document;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::row_blocks::{ROW, beside};
use super::{find, find_html, input, is, item_of};
use crate::browser::{Direction, Focus, UserAction};
use crate::domain::ItemId;

/// Where the keyboard is.
#[must_use]
pub fn focus() -> Focus {
    // What has just been switched off or hidden has the keyboard for one more frame.
    let has_it = |element: &Element| is(element, ":focus:not(:disabled, [hidden], [hidden] *)");
    // A search of the whole document would cost as much as it is long.
    match document().active_element().filter(has_it) {
        None => Focus::Lost,
        Some(element) => item_of(&element).map_or(Focus::Elsewhere, Focus::Row),
    }
}

/// After the next frame, if what had the keyboard is gone or was moved: goes to the row of `item`, or
/// to the field for new items.
pub fn restore_focus(item: Option<ItemId>) {
    if focus() != Focus::Lost {
        return;
    }
    let row = item.and_then(|id| find_html(&format!(".toggle[aria-labelledby='{id}']")));
    if let Some(target) = row.or_else(|| find_html("#item-input")) {
        let _ = target.focus();
    }
}

/// As soon as it is there, and before anything else is typed: goes to the editor, to the end of its text.
pub fn focus_editor() {
    spawn_local(async {
        if let Some(editor) = input("input.edit") {
            let end = editor.value().encode_utf16().count() as u32;
            let _ = editor.focus();
            let _ = editor.set_selection_range(end, end);
        }
    });
}

/// Goes to the row before or after the one that the keyboard is in; from elsewhere, to the first.
/// That is all: there is nothing to tell.
pub(super) fn go(direction: Direction) -> Option<UserAction> {
    let has_focus = |element: &Element| element.closest(ROW).ok().flatten();
    let row = document().active_element().as_ref().and_then(has_focus);
    let next = match &row {
        Some(row) => beside(row, direction),
        None => find(ROW),
    };
    let toggle = next?.query_selector(".toggle").ok()??;
    let toggle: HtmlElement = toggle.unchecked_into();
    let _ = toggle.focus();
    None
}

/// Goes to an element; that is all.
pub(super) fn go_to(selector: &str) -> Option<UserAction> {
    if let Some(element) = find_html(selector) {
        let _ = element.focus();
    }
    None
}
