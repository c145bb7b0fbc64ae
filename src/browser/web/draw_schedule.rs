//! When the rows of the list are drawn: once for all that is done before a frame, and what nobody waits for after it.

use std::cell::{Cell, RefCell};

use leptos::prelude::{request_animation_frame, window};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use crate::sync::DirtySet;

/// Brings the rows up to date as far as it goes at once. Answers whether something is left to do.
type Draw = Box<dyn FnMut(Vec<DirtySet>) -> bool>;

thread_local! {
    static DRAW: RefCell<Option<Draw>> = const { RefCell::new(None) };
    /// What is to be looked at anew; `None` if nothing is, not even the order.
    static DIRTY: RefCell<Option<Vec<DirtySet>>> = const { RefCell::new(None) };
    /// Whether what somebody waits for is drawn, and this is the rest.
    static IS_FOLLOWING: Cell<bool> = const { Cell::new(false) };
    /// Whether other rows have come into view since the latest drawing.
    static HAS_SCROLLED: Cell<bool> = const { Cell::new(false) };
}

/// Draws this way from now on, also when other rows come into view.
pub(super) fn begin(draw: impl FnMut(Vec<DirtySet>) -> bool + 'static) {
    DRAW.set(Some(Box::new(draw)));
    let scrolled = Closure::<dyn Fn()>::new(|| {
        if !HAS_SCROLLED.replace(true) {
            request_animation_frame(|| self::schedule_draw(Vec::new()));
        }
    });
    window().set_onscroll(Some(scrolled.into_js_value().unchecked_ref()));
}

/// Brings the rows up to date when the browser is done with what it is doing.
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
        // Not before the next frame has been painted.
        request_animation_frame(|| {
            super::set_timeout(0, || {
                IS_FOLLOWING.set(true);
                self::schedule_draw(Vec::new());
            });
        });
    }
}

/// Whether this drawing goes on with what was left by one before, which a frame has shown by now.
pub(super) fn is_following() -> bool {
    IS_FOLLOWING.take()
}

/// Whether other rows have come into view since this was last asked.
pub(super) fn has_scrolled() -> bool {
    HAS_SCROLLED.take()
}
