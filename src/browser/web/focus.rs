//! The focus, and moving it from row to row.

use leptos::prelude::{document, request_animation_frame};
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::row_blocks::{ROW, beside, row_of};
use super::viewport::{row_at, visible_rows};
use super::{find, find_html, input, is, item_of};
use crate::browser::{Direction, Focus, UserAction};
use crate::domain::ItemId;

/// How many frames the row of an item may take until it is drawn. A long list is drawn in several frames.
const MAX_FRAMES_TO_ROW: u32 = 600;

/// Where the focus is.
#[must_use]
pub fn focus() -> Focus {
    // A disabled or hidden element keeps the focus for one more frame.
    let has_focus = |element: &Element| is(element, ":focus:not(:disabled, [hidden], [hidden] *)");
    // `document.querySelector(':focus')` would visit the whole document.
    match document().active_element().filter(has_focus) {
        None => Focus::Lost,
        Some(element) => item_of(&element).map_or(Focus::Elsewhere, Focus::Row),
    }
}

/// Moves a lost focus to the row of `item`, or to the field for new items.
pub fn restore_focus(item: Option<ItemId>) {
    if focus() != Focus::Lost {
        return;
    }
    let row = item.and_then(|id| find_html(&format!(".toggle[aria-labelledby='{id}']")));
    if let Some(target) = row.or_else(|| find_html("#item-input")) {
        let _ = target.focus();
    }
}

/// Moves the focus to the end of the text in the editor, as soon as the editor is in the document.
pub fn focus_editor() {
    spawn_local(async {
        if let Some(editor) = input("input.edit") {
            let end = editor.value().encode_utf16().count() as u32;
            let _ = editor.focus();
            let _ = editor.set_selection_range(end, end);
        }
    });
}

/// Moves the focus to the row of an item, as soon as the row is in the document.
pub fn focus_item(id: ItemId) {
    focus_item_within(id, MAX_FRAMES_TO_ROW);
}

fn focus_item_within(id: ItemId, frames: u32) {
    request_animation_frame(move || match row_of(id) {
        Some(row) => focus_in_row(&row),
        None if frames > 0 => focus_item_within(id, frames - 1),
        None => {}
    });
}

/// Moves the focus to the checkbox of a row, or to the link of a text-only row, which becomes interactive then.
fn focus_in_row(row: &Element) {
    let control = row.query_selector(".toggle, a[id]").ok().flatten();
    if let Some(control) = control {
        let control: HtmlElement = control.unchecked_into();
        let _ = control.focus();
    }
}

/// Puts a text into the editor as soon as the editor is in the document. `selection`, if there is one, is selected and has
/// the focus.
pub fn fill_editor(text: String, selection: Option<(u32, u32)>) {
    super::set_timeout(0, move || {
        let Some(editor) = input("input.edit") else {
            return;
        };
        editor.set_value(&text);
        if let Some((start, end)) = selection {
            let _ = editor.focus();
            let _ = editor.set_selection_range(start, end);
        }
    });
}

/// Moves the focus to the row before or after the focused one, or to the first row if none is focused. This is no action of
/// the page.
pub(super) fn focus_row(direction: Direction) -> Option<UserAction> {
    let row_of = |element: &Element| element.closest(ROW).ok().flatten();
    let row = document().active_element().as_ref().and_then(row_of);
    let next = match &row {
        Some(row) => beside(row, direction),
        None => find(ROW),
    };
    focus_in_row(&next?);
    None
}

/// Moves the focus to the lowest row that the form does not cover. This is no action of the page.
pub(super) fn focus_row_above_form() -> Option<UserAction> {
    focus_in_row(&row_at(f64::MAX, &visible_rows())?);
    None
}

/// Moves the focus to an element. This is no action of the page.
pub(super) fn focus_element(selector: &str) -> Option<UserAction> {
    if let Some(element) = find_html(selector) {
        let _ = element.focus();
    }
    None
}
