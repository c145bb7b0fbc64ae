//! Keyboard shortcuts. Letters are no shortcuts while the person types in a field.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::focus::{focus_element, focus_row, focus_row_above_form};
use super::{find, input, is, item_of};
use crate::browser::{Direction, UserAction};
use crate::domain::{At, Filter};

/// The action of a key. Keys without a meaning in the page are left to the browser.
pub(super) fn action(event: &KeyboardEvent, target: &Element) -> Option<UserAction> {
    if let Some(menu) = find("#page-menu:popover-open") {
        return in_menu(event, &menu);
    }
    // In an input method, Enter ends the composition, for example of a Japanese word. Dialog and menu handle keys themselves.
    if is_composing(event) || find("dialog[open], :popover-open").is_some() {
        return None;
    }
    let key = key_name(event);
    if event.repeat() && !may_repeat(&key, target) {
        event.prevent_default();
        return None;
    }
    if let Some(field) = typing(target) {
        return in_field(&key, &field, event);
    }
    let item = item_of(target);
    let command = event.ctrl_key() || event.meta_key();
    let action = match (key.as_str(), command, event.alt_key(), event.shift_key()) {
        ("z" | "Z", true, false, false) => Some(UserAction::Undo),
        ("z" | "Z", true, false, true) | ("y", true, false, false) => Some(UserAction::Redo),
        ("ArrowUp", false, true, false) => Some(UserAction::MoveBy(item?, Direction::Up)),
        ("ArrowDown", false, true, false) => Some(UserAction::MoveBy(item?, Direction::Down)),
        ("ArrowUp", false, true, true) => Some(UserAction::Move(item?, At::Start)),
        ("ArrowDown", false, true, true) => Some(UserAction::Move(item?, At::End)),
        ("ArrowUp", false, false, false) => focus_row(item.map(|_| Direction::Up)?),
        ("ArrowDown", false, false, false) => focus_row(item.map(|_| Direction::Down)?),
        ("Delete", false, false, _) => Some(UserAction::Remove(item?)),
        ("Enter", false, false, false) if is(target, ".toggle") => Some(UserAction::Edit(item?)),
        ("Escape", false, false, false) => Some(UserAction::DismissNotice),
        (letter, false, false, _) if letters_are_on() => match letter {
            "j" => focus_row(Direction::Down),
            "k" => focus_row(Direction::Up),
            "n" => focus_element("#item-input"),
            "/" => {
                super::search_field().inspect(HtmlInputElement::select);
                focus_element("#search")
            }
            "1" => show_view(Filter::All),
            "2" => show_view(Filter::Active),
            "3" => show_view(Filter::Completed),
            "?" => show_help(),
            "x" => Some(UserAction::Toggle(item?)),
            "e" => Some(UserAction::Edit(item?)),
            "#" => Some(UserAction::Remove(item?)),
            _ => return None,
        },
        _ => return None,
    };
    event.prevent_default();
    action
}

/// Whether the key belongs to an input method. Safari ends the composition before the key that has ended it, and marks that
/// key with the code 229.
fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// The name of the key, for shortcuts. A letter or digit of another script is named by its place on the keyboard, and Caps
/// Lock does not matter.
fn key_name(event: &KeyboardEvent) -> String {
    let key = event.key();
    let mut letters = key.chars();
    let is_one = letters.next().is_some() && letters.next().is_none();
    if !is_one {
        return key;
    }
    if key.is_ascii() {
        return if event.shift_key() {
            key
        } else {
            key.to_ascii_lowercase()
        };
    }
    let code = event.code();
    match (code.as_str(), event.shift_key()) {
        ("Slash", false) => "/".to_owned(),
        ("Slash", true) => "?".to_owned(),
        ("Digit3", true) => "#".to_owned(),
        (code, _) => code
            .strip_prefix("Key")
            .or_else(|| code.strip_prefix("Digit"))
            .map_or(key, str::to_ascii_lowercase),
    }
}

/// Whether a key that is held acts again and again: it moves the focus, the cursor or an item, or types. Everything else
/// happens once.
fn may_repeat(key: &str, target: &Element) -> bool {
    let types = typing(target).is_some() && !matches!(key, "Enter" | "Escape");
    types || matches!(key, "ArrowUp" | "ArrowDown" | "j" | "k" | "Tab")
}

/// The text field that the person types in.
fn typing(target: &Element) -> Option<HtmlInputElement> {
    let is_field = is(target, "input:not([type=checkbox])");
    is_field.then(|| target.clone().unchecked_into())
}

fn in_field(key: &str, field: &HtmlInputElement, event: &KeyboardEvent) -> Option<UserAction> {
    let (is_editor, is_search) = (is(field, ".edit"), is(field, "#search"));
    let is_empty = !is_editor && field.value().is_empty();
    let action = match key {
        "Enter" if is_editor => Some(UserAction::SaveEdit(field.value())),
        "Escape" if is_editor => Some(UserAction::CancelEdit),
        "Escape" if is_search && !is_empty => {
            field.set_value("");
            super::address::search_action(field)
        }
        "ArrowDown" | "Escape" if is_search => focus_element("#item-list .toggle"),
        "Escape" | "ArrowUp" if is_empty && is(field, "#item-input") => focus_row_above_form(),
        "?" if is_empty && letters_are_on() => show_help(),
        _ => return None,
    };
    event.prevent_default();
    action
}

/// The arrows, Home and End move the focus from entry to entry of the open menu. Other keys are left to the browser.
fn in_menu(event: &KeyboardEvent, menu: &Element) -> Option<UserAction> {
    let form = menu.first_element_child()?;
    let (first, last) = (form.first_element_child(), form.last_element_child());
    let focused = document().active_element();
    let focused = focused.filter(|element| is(element, "#page-menu *"));
    let next = match (event.key().as_str(), focused) {
        ("Home", _) | ("ArrowDown", None) => first,
        ("End", _) | ("ArrowUp", None) => last,
        ("ArrowDown", Some(entry)) => entry.next_element_sibling().or(first),
        ("ArrowUp", Some(entry)) => entry.previous_element_sibling().or(last),
        _ => return None,
    };
    event.prevent_default();
    let next: HtmlElement = next?.unchecked_into();
    let _ = next.focus();
    None
}

/// Shows a view, with the same search.
fn show_view(filter: Filter) -> Option<UserAction> {
    Some(UserAction::ShowView(filter, super::search_field()?.value()))
}

/// Whether single letters are shortcuts. They can be switched off, because speech input can type letters by accident
/// (WCAG 2.2, 2.1.4).
fn letters_are_on() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage
        .is_none_or(|storage| storage.get_item("letters").ok().flatten().as_deref() != Some("off"))
}

/// Switches shortcuts of single letters on or off.
pub(super) fn switch_letters(on: bool) {
    let Ok(Some(storage)) = window().local_storage() else {
        return;
    };
    let _ = storage.set_item("letters", if on { "on" } else { "off" });
}

/// Shows the dialog with the keyboard shortcuts.
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
