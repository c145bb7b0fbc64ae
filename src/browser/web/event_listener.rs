//! Everything that a person does, from one listener on the window: rows come and go without any of
//! their own.

use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::prelude::*;
use web_sys::{
    ClipboardEvent, Element, Event, FocusEvent, HtmlInputElement, InputEvent, MouseEvent,
};

use super::{address, drag, is, item_of, keyboard};
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

/// Calls back with all that is done. While `holds_texts` says so, the browser asks the person before the
/// page is closed.
pub fn listen_to_user_actions(
    perform: impl Fn(UserAction) + Copy + 'static,
    holds_texts: impl Fn() -> bool + 'static,
) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if event.type_() == "beforeunload" && holds_texts() {
            event.prevent_default();
        }
        for gesture in gestures(&event) {
            perform(gesture);
        }
    })
    .into_js_value();
    for event in EVENTS {
        // Losing the keyboard does not bubble: the window hears of it on the way down only.
        let on_the_way_down = event == "blur";
        let _ = window().add_event_listener_with_callback_and_bool(
            event,
            listener.unchecked_ref(),
            on_the_way_down,
        );
    }
    // What was typed before anybody listened.
    request_animation_frame(move || {
        if let Some(field) = super::search_field()
            && field.get_attribute("value").unwrap_or_default() != field.value()
        {
            address::searched(&field).into_iter().for_each(perform);
        }
    });
}

/// What an event means: nothing mostly, and now and then two things.
fn gestures(event: &Event) -> Vec<UserAction> {
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
            let gestures = click(event.unchecked_ref(), &target);
            return save.into_iter().chain(gestures).collect();
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
            keyboard::gesture(event, &target)
        }
        ("blur", Some(target)) => leave(event.unchecked_ref(), &target),
        ("paste", Some(target)) => paste(event.unchecked_ref(), &target),
        (_, Some(target)) => drag::gesture(event.unchecked_ref(), &target),
        _ => None,
    };
    one.into_iter().collect()
}

fn click(event: &MouseEvent, target: &Element) -> Vec<UserAction> {
    if drag::has_moved() {
        event.prevent_default();
        return Vec::new();
    }
    let control = target.closest("button, a").ok().flatten();
    let Some(control) = control else {
        return Vec::new();
    };
    if let Some(gesture) = follow(event, &control) {
        event.prevent_default();
        return vec![gesture];
    }
    // The menu gives the keyboard back before it is taken anywhere else.
    if is(&control, "#page-menu button")
        && let Some(menu) = super::find_html("#page-menu")
    {
        let _ = menu.hide_popover();
    }
    let attribute = |name| control.get_attribute(name).unwrap_or_default();
    let value = attribute("value");
    let gesture = match attribute("name").as_str() {
        "do" => return in_row(event, &control, &value),
        "clear" => Some(UserAction::ClearCompleted),
        "undo" => Some(UserAction::Undo),
        "redo" => Some(UserAction::Redo),
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
    gesture.into_iter().collect()
}

/// A click on one of the buttons of a row. What stands in the editor is saved before the item is moved.
fn in_row(event: &MouseEvent, button: &Element, what: &str) -> Vec<UserAction> {
    let Some(item) = item_of(button) else {
        return Vec::new();
    };
    event.prevent_default();
    let gesture = match what {
        "edit" => return vec![UserAction::Edit(item)],
        "cancel" => return vec![UserAction::CancelEdit],
        "remove" => return vec![UserAction::Remove(item)],
        "up" => Some(UserAction::MoveBy(item, Direction::Up)),
        "down" => Some(UserAction::MoveBy(item, Direction::Down)),
        "top" => Some(UserAction::Move(item, At::Start)),
        "bottom" => Some(UserAction::Move(item, At::End)),
        _ => None,
    };
    save().into_iter().chain(gesture).collect()
}

/// What is being typed in an editor is saved before anything else is done.
fn save() -> Option<UserAction> {
    super::editor_text().map(UserAction::SaveEdit)
}

/// A click on one of the views, if it is to open here.
fn follow(event: &MouseEvent, link: &Element) -> Option<UserAction> {
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
        .filter(|_| control.is_none())
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
        return address::searched(field);
    }
    // Whoever goes on typing has taken the pasted text as it is.
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

/// Leaving the editor by the keyboard saves. While a button of the mouse is down, nothing may move under
/// it: then the click saves.
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
    // A selection that ends beside the field has not left it.
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
