//! Double clicks and double taps. The second click does not count, because the first one may have moved something else under
//! the pointer. Separate clicks always count.

use std::cell::Cell;

use web_sys::{Element, MouseEvent, PointerEvent};

use super::item_of;
use crate::domain::ItemId;

/// The longest time between the taps of a double tap, in milliseconds.
const DOUBLE_TAP_MS: f64 = 350.0;

/// The longest distance between the taps of a double tap, in CSS pixels.
const DOUBLE_TAP_DISTANCE_PX: i32 = 24;

#[derive(Clone, Copy)]
struct Click {
    /// When it was, in milliseconds since the page was opened.
    time: f64,
    x: i32,
    y: i32,
    /// The item that the first click of a double click has hit.
    item: Option<ItemId>,
}

thread_local! {
    static LATEST: Cell<Option<Click>> = const { Cell::new(None) };
    static IS_TOUCH: Cell<bool> = const { Cell::new(false) };
}

/// Notes which pointer the next click comes from: not every browser says it in the click.
pub(super) fn note_pointer(event: &PointerEvent) {
    IS_TOUCH.set(event.pointer_type() == "touch");
}

/// Whether a click is a tap of a finger.
pub(super) fn is_tap(event: &MouseEvent) -> bool {
    // Clicks by the keyboard have no number.
    event.detail() > 0 && IS_TOUCH.get()
}

/// Notes a click. Returns whether it continues a double click or a double tap. Browsers count the clicks of a mouse, but not
/// all count taps.
pub(super) fn is_repeated(event: &MouseEvent, target: &Element) -> bool {
    if event.detail() == 0 {
        return false;
    }
    let (time, x, y) = (event.time_stamp(), event.client_x(), event.client_y());
    let is_near = |latest: &Click| {
        time - latest.time < DOUBLE_TAP_MS
            && (x - latest.x).abs().max((y - latest.y).abs()) < DOUBLE_TAP_DISTANCE_PX
    };
    let latest = LATEST.get();
    let first = match is_tap(event) {
        true => latest.filter(is_near),
        false => latest.filter(|_| event.detail() > 1),
    };
    let item = first.map_or_else(|| item_of(target), |first| first.item);
    LATEST.set(Some(Click { time, x, y, item }));
    first.is_some()
}

/// Whether the first click of a double click has hit this item.
pub(super) fn began_at(item: ItemId) -> bool {
    LATEST.get().is_none_or(|click| click.item == Some(item))
}
