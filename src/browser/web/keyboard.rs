//! The keyboard. No shortcut fires while somebody types.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlInputElement, KeyboardEvent};

use super::focus::{go, go_to};
use super::{find, input, is, item_of};
use crate::browser::{Direction, UserAction};
use crate::domain::At;

/// What a key means; keys that mean nothing to the page are the browser's.
pub(super) fn gesture(event: &KeyboardEvent, target: &Element) -> Option<UserAction> {
    // Enter that ends the input of a Japanese word, for one, is not ours. The menu has keys of its own.
    if event.is_composing() || find("dialog[open], :popover-open").is_some() {
        return None;
    }
    let key = event.key();
    if let Some(field) = typing(target) {
        return in_field(&key, &field, event);
    }
    let item = item_of(target);
    let command = event.ctrl_key() || event.meta_key();
    let gesture = match (key.as_str(), command, event.alt_key(), event.shift_key()) {
        ("z" | "Z", true, false, false) => Some(UserAction::Undo),
        ("z" | "Z", true, false, true) | ("y", true, false, false) => Some(UserAction::Redo),
        ("ArrowUp", false, true, false) => Some(UserAction::MoveBy(item?, Direction::Up)),
        ("ArrowDown", false, true, false) => Some(UserAction::MoveBy(item?, Direction::Down)),
        ("ArrowUp", false, true, true) => Some(UserAction::Move(item?, At::Start)),
        ("ArrowDown", false, true, true) => Some(UserAction::Move(item?, At::End)),
        ("ArrowUp", false, false, false) => go(item.map(|_| Direction::Up)?),
        ("ArrowDown", false, false, false) => go(item.map(|_| Direction::Down)?),
        ("Delete", false, false, _) => Some(UserAction::Remove(item?)),
        ("Enter", false, false, false) if is(target, ".toggle") => Some(UserAction::Edit(item?)),
        ("Escape", false, false, false) => Some(UserAction::DismissNotice),
        (letter, false, false, _) if letters_are_on() => match letter {
            "j" => go(Direction::Down),
            "k" => go(Direction::Up),
            "n" => go_to("#item-input"),
            "/" => go_to("#search"),
            "?" => show_help(),
            "x" => Some(UserAction::Toggle(item?)),
            "e" => Some(UserAction::Edit(item?)),
            "#" => Some(UserAction::Remove(item?)),
            _ => return None,
        },
        _ => return None,
    };
    event.prevent_default();
    gesture
}

/// The field that somebody types in, if it is one for text.
fn typing(target: &Element) -> Option<HtmlInputElement> {
    let is_field = is(target, "input:not([type=checkbox])");
    is_field.then(|| target.clone().unchecked_into())
}

fn in_field(key: &str, field: &HtmlInputElement, event: &KeyboardEvent) -> Option<UserAction> {
    let is_editor = is(field, ".edit");
    let gesture = match key {
        "Enter" if is_editor => UserAction::SaveEdit(field.value()),
        "Escape" if is_editor => UserAction::CancelEdit,
        "Escape" if is(field, "#search") => {
            field.set_value("");
            super::address::searched(field)?
        }
        "ArrowDown" if is(field, "#search") => {
            event.prevent_default();
            return go_to("#item-list .toggle");
        }
        _ => return None,
    };
    event.prevent_default();
    Some(gesture)
}

/// Whether single letters are shortcuts. They can be switched off, since some people's tools type
/// letters by accident (WCAG 2.2, 2.1.4).
fn letters_are_on() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage
        .is_none_or(|storage| storage.get_item("letters").ok().flatten().as_deref() != Some("off"))
}

/// Switches single letters on or off.
pub(super) fn switch_letters(on: bool) {
    let Ok(Some(storage)) = window().local_storage() else {
        return;
    };
    let _ = storage.set_item("letters", if on { "on" } else { "off" });
}

/// Shows the keyboard shortcuts.
pub(super) fn show_help() -> Option<UserAction> {
    if let Some(dialog) = find("dialog#shortcuts") {
        let dialog: HtmlDialogElement = dialog.unchecked_into();
        if let Some(switch) = input("input#letters") {
            switch.set_checked(letters_are_on());
        }
        let _ = dialog.show_modal();
    }
    None
}
