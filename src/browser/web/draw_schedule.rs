//! When the rows of the list are drawn: once for all changes before a frame. What the budget does not cover follows after
//! the frame.

use std::cell::{Cell, RefCell};

use leptos::prelude::{request_animation_frame, window};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use crate::sync::DirtySet;

/// Draws dirty rows within the budget of a frame. Returns whether some are left.
type Draw = Box<dyn FnMut(Vec<DirtySet>) -> bool>;

thread_local! {
    static DRAW: RefCell<Option<Draw>> = const { RefCell::new(None) };
    /// What is dirty since the latest drawing; `None` if no drawing is scheduled.
    static DIRTY: RefCell<Option<Vec<DirtySet>>> = const { RefCell::new(None) };
    /// Whether the next drawing continues an earlier one.
    static IS_CONTINUATION: Cell<bool> = const { Cell::new(false) };
    /// Whether the window was scrolled since the latest drawing.
    static HAS_SCROLLED: Cell<bool> = const { Cell::new(false) };
}

/// Sets the function that draws the rows, and draws when the window is scrolled.
pub(super) fn set_draw(draw: impl FnMut(Vec<DirtySet>) -> bool + 'static) {
    DRAW.set(Some(Box::new(draw)));
    let scrolled = Closure::<dyn Fn()>::new(|| {
        if !HAS_SCROLLED.replace(true) {
            request_animation_frame(|| self::schedule_draw(Vec::new()));
        }
    });
    window().set_onscroll(Some(scrolled.into_js_value().unchecked_ref()));
}

/// Schedules a drawing of dirty rows, right after the current task of the browser.
pub fn schedule_draw(dirty: Vec<DirtySet>) {
    let is_first = DIRTY.with_borrow_mut(|all| {
        let is_first = all.is_none();
        all.get_or_insert_default().extend(dirty);
        is_first
    });
    if is_first {
        spawn_local(async { draw_now() });
    }
}

fn draw_now() {
    let (dirty, draw) = (DIRTY.take(), DRAW.take());
    let Some(mut draw) = draw else {
        return;
    };
    let is_left = draw(dirty.unwrap_or_default());
    DRAW.set(Some(draw));
    if is_left {
        // The rest follows after the next frame is painted.
        request_animation_frame(|| {
            super::set_timeout(0, || {
                IS_CONTINUATION.set(true);
                self::schedule_draw(Vec::new());
            });
        });
    }
}

/// Whether this drawing continues an earlier one, which a frame has shown.
pub(super) fn is_continuation() -> bool {
    IS_CONTINUATION.take()
}

/// Whether the window was scrolled since the last call.
pub(super) fn has_scrolled() -> bool {
    HAS_SCROLLED.take()
}
