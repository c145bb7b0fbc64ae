//! The actions of the person, from one listener on the window. Rows need no listeners of their own.

use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::prelude::*;
use web_sys::{
    ClipboardEvent, Element, Event, FocusEvent, HtmlInputElement, InputEvent, MouseEvent,
};

use super::{address, double_click, drag, is, item_of, keyboard};
use crate::browser::{Direction, UserAction, view_of_path};
use crate::domain::At;

const EVENTS: [&str; 14] = [
    "click",
    "dblclick",
    "change",
    "input",
    "submit",
    "keydown",
    "blur",
    "paste",
    "pointerdown",
    "pointermove",
    "pointerup",
    "pointercancel",
    "popstate",
    "beforeunload",
];

/// Calls `perform` with each action. While `has_unsaved_text` returns true, the browser asks for confirmation before it
/// closes the page.
pub fn listen_to_user_actions(
    perform: impl Fn(UserAction) + Copy + 'static,
    has_unsaved_text: impl Fn() -> bool + 'static,
) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if event.type_() == "beforeunload" && has_unsaved_text() {
            event.prevent_default();
        }
        for action in actions(&event) {
            perform(action);
        }
    })
    .into_js_value();
    for event in EVENTS {
        // `blur` does not bubble: the window receives it only in the capture phase.
        let captures = event == "blur";
        let _ = window().add_event_listener_with_callback_and_bool(
            event,
            listener.unchecked_ref(),
            captures,
        );
    }
    // The person may have typed a search before the listener existed.
    request_animation_frame(move || {
        if let Some(field) = super::search_field()
            && field.get_attribute("value").unwrap_or_default() != field.value()
        {
            address::search_action(&field).into_iter().for_each(perform);
        }
    });
}

/// The actions of an event: mostly none, and sometimes two.
fn actions(event: &Event) -> Vec<UserAction> {
    let kind = event.type_();
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let one = match (kind.as_str(), target) {
        ("popstate", _) => {
            return save()
                .into_iter()
                .chain(address::view_in_address())
                .collect();
        }
        ("click", Some(target)) => {
            let save = leave_by_click(&target);
            let actions = click(event.unchecked_ref(), &target);
            return save.into_iter().chain(actions).collect();
        }
        ("dblclick", Some(target)) => edit(&target),
        ("change", Some(target)) => change(target.unchecked_ref()),
        ("input", Some(target)) => input(event.unchecked_ref(), target.unchecked_ref()),
        ("submit", Some(target)) => submit(event, &target),
        ("keydown", Some(target)) => {
            let event: &web_sys::KeyboardEvent = event.unchecked_ref();
            if event.key() == "Escape" && drag::cancel() {
                return Vec::new();
            }
            keyboard::action(event, &target)
        }
        ("blur", Some(target)) => leave(event.unchecked_ref(), &target),
        ("paste", Some(target)) => paste(event.unchecked_ref(), &target),
        (kind, Some(target)) => {
            if kind == "pointerdown" {
                double_click::note_pointer(event.unchecked_ref());
            }
            drag::action(event.unchecked_ref(), &target)
        }
        _ => None,
    };
    one.into_iter().collect()
}

fn click(event: &MouseEvent, target: &Element) -> Vec<UserAction> {
    if drag::has_moved() {
        event.prevent_default();
        return Vec::new();
    }
    // Undo and redo keep their places, so a person may click them quickly.
    if double_click::is_repeated(event, target) && is(target, "#live :not(.toolbar > *)") {
        event.prevent_default();
        return Vec::new();
    }
    let control = target.closest("button, a").ok().flatten();
    let Some(control) = control else {
        let is_tap = double_click::is_tap(event) && is(target, ".view > label, .view > label *");
        return edit(target).into_iter().filter(|_| is_tap).collect();
    };
    if let Some(action) = open_view(event, &control) {
        event.prevent_default();
        return vec![action];
    }
    // The menu restores the focus before an action moves it.
    if is(&control, "#page-menu button")
        && let Some(menu) = super::find_html("#page-menu")
    {
        let _ = menu.hide_popover();
    }
    let attribute = |name| control.get_attribute(name).unwrap_or_default();
    let value = attribute("value");
    let action = match attribute("name").as_str() {
        "do" => return in_row(event, &control, &value),
        "clear" => Some(UserAction::ClearCompleted),
        "undo" => Some(UserAction::Undo),
        "redo" => Some(UserAction::Redo),
        "show" => Some(UserAction::ShowHidden),
        "retry" => value.parse().ok().map(UserAction::RetryRejected),
        "discard" => value.parse().ok().map(UserAction::DiscardRejected),
        "add-pasted" => Some(UserAction::AddPastedLines),
        "keep-pasted" => Some(UserAction::KeepPastedText),
        "dismiss" => Some(UserAction::DismissNotice),
        "copy-text" => value.parse().ok().map(UserAction::CopyRejected),
        "copy" => Some(UserAction::CopyItems {
            markdown: value == "markdown",
        }),
        "print" => {
            let _ = window().print();
            None
        }
        "help" => keyboard::show_help(),
        "sign-out" => Some(UserAction::SignOut),
        _ => return Vec::new(),
    };
    event.prevent_default();
    action.into_iter().collect()
}

/// A click on a button of a row. The text in the editor is saved before the item is moved.
fn in_row(event: &MouseEvent, button: &Element, what: &str) -> Vec<UserAction> {
    let Some(item) = item_of(button) else {
        return Vec::new();
    };
    event.prevent_default();
    let action = match what {
        "edit" => return vec![UserAction::Edit(item)],
        "cancel" => return vec![UserAction::CancelEdit],
        "remove" => return vec![UserAction::Remove(item)],
        "up" => Some(UserAction::MoveBy(item, Direction::Up)),
        "down" => Some(UserAction::MoveBy(item, Direction::Down)),
        "top" => Some(UserAction::Move(item, At::Start)),
        "bottom" => Some(UserAction::Move(item, At::End)),
        _ => None,
    };
    save().into_iter().chain(action).collect()
}

/// Saves the text in the editor.
fn save() -> Option<UserAction> {
    super::editor_text().map(UserAction::SaveEdit)
}

/// A click on the link of a view, unless it opens in another tab or window.
fn open_view(event: &MouseEvent, link: &Element) -> Option<UserAction> {
    let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
    let is_view = link.closest(".filters").ok()?.is_some();
    if elsewhere || !is_view {
        return None;
    }
    let address = link.get_attribute("href")?;
    let filter = view_of_path(address.split('?').next()?)?;
    Some(UserAction::ShowView(filter, super::search_field()?.value()))
}

fn edit(target: &Element) -> Option<UserAction> {
    let control = target.closest("button, a, input").ok()?;
    item_of(target)
        .filter(|item| control.is_none() && double_click::began_at(*item))
        .map(UserAction::Edit)
}

fn change(field: &HtmlInputElement) -> Option<UserAction> {
    if is(field, "#letters") {
        keyboard::switch_letters(field.checked());
    } else if is(field, ".toggle") {
        return Some(UserAction::Toggle(item_of(field)?));
    }
    is(field, "#toggle-all").then(|| UserAction::CompleteAll(field.checked()))
}

fn input(event: &InputEvent, field: &HtmlInputElement) -> Option<UserAction> {
    if is(field, "#search") {
        return address::search_action(field);
    }
    // A person who goes on typing has accepted the pasted text as it is.
    let types = is(field, "#item-input") && event.input_type() != "insertFromPaste";
    types.then_some(UserAction::KeepPastedText)
}

fn submit(event: &Event, form: &Element) -> Option<UserAction> {
    if !is(form, "#live form, #edit-form, #item-list-form") {
        return None;
    }
    event.prevent_default();
    is(form, "#add-item-form").then(|| Some(UserAction::Add(super::field()?.value())))?
}

/// Moving the focus out of the editor saves. While a mouse button is down, the layout must not change under it, so the
/// click saves instead.
fn leave(event: &FocusEvent, target: &Element) -> Option<UserAction> {
    let field: &HtmlInputElement = target.unchecked_ref();
    let row = field.closest("li").ok()??;
    let next = event.related_target();
    let stays = next.is_some_and(|next| row.contains(Some(next.unchecked_ref())));
    let leaves = is(field, ".edit") && !stays && super::find(":active").is_none();
    leaves.then(|| UserAction::SaveEdit(field.value()))
}

fn leave_by_click(target: &Element) -> Option<UserAction> {
    let field = super::input("input.edit")?;
    // A text selection that ends outside of the field does not leave it.
    let stays = is(&field, ":focus") || field.closest("li").ok()??.contains(Some(target));
    (!stays).then(|| UserAction::SaveEdit(field.value()))
}

fn paste(event: &ClipboardEvent, target: &Element) -> Option<UserAction> {
    if !is(target, "#item-input") {
        return None;
    }
    if !super::is_new_item_field_blank() {
        return Some(UserAction::KeepPastedText);
    }
    let text = event.clipboard_data()?.get_data("text").ok()?;
    Some(UserAction::Paste(text))
}
