//! Dragging a row by its handle, with a mouse or a finger. A tap is no drag, and a finger that moves anywhere else scrolls.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use js_sys::Date;
use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};

use super::item_of;
use super::viewport::{row_at, visible_rows};
use crate::browser::UserAction;
use crate::domain::At;

/// How far the pointer moves before a drag begins, in CSS pixels.
const DRAG_THRESHOLD_PX: f64 = 6.0;

/// The distance from the edge of the visible list within which a drag scrolls, in CSS pixels.
const SCROLL_MARGIN_PX: f64 = 64.0;

/// How many times its distance from the start of this margin a pointer scrolls in a second.
const SCROLL_SPEED: f64 = 12.0;

/// The longest time that one frame scrolls for, in milliseconds.
const MAX_SCROLL_STEP_MS: f64 = 50.0;

struct Drag {
    row: HtmlElement,
    /// The vertical position in the document where the drag has begun.
    start: f64,
    /// The vertical position in the window where the drag has begun.
    grabbed: f64,
    /// The vertical position of the pointer in the window.
    pointer: f64,
    /// How far the row is from its place.
    offset: i32,
    /// When the page has scrolled last, in milliseconds.
    scrolled: f64,
    /// The row that the dragged row would be dropped at, and whether before it.
    target: Option<(Element, bool)>,
    moving: bool,
}

thread_local! {
    static DRAG: RefCell<Option<Drag>> = const { RefCell::new(None) };
    static HAS_MOVED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a click is the end of a drag.
pub(super) fn has_moved() -> bool {
    HAS_MOVED.take()
}

/// Handles a pointer event. Returns the move when a row is dropped.
pub(super) fn action(event: &PointerEvent, target: &Element) -> Option<UserAction> {
    DRAG.with(|drag| {
        let mut drag = drag.borrow_mut();
        match event.type_().as_str() {
            "pointerdown" => {
                HAS_MOVED.set(false);
                let handle = target.closest(".more").ok()??;
                let row = handle.closest("li").ok()??.unchecked_into();
                // Without capture, a fast pointer leaves the handle, and the end of the drag is missed.
                let _ =
                    (event.button() == 0).then(|| handle.set_pointer_capture(event.pointer_id()));
                let pointer = f64::from(event.client_y());
                *drag = (event.button() == 0).then_some(Drag {
                    row,
                    start: pointer + scroll_position(),
                    grabbed: pointer,
                    pointer,
                    offset: 0,
                    scrolled: 0.0,
                    target: None,
                    moving: false,
                });
                None
            }
            "pointermove" => {
                drag.as_mut()?.follow(event);
                None
            }
            "pointerup" => {
                let mut drag = drag.take()?;
                drag.follow(event);
                if drag.moving {
                    drag.show(&visible_rows());
                }
                drag.end()
            }
            _ => {
                if let Some(mut drag) = drag.take() {
                    drag.release();
                }
                None
            }
        }
    })
}

/// Cancels a drag. Returns whether there was one.
pub(super) fn cancel() -> bool {
    let drag = DRAG.with(|drag| drag.borrow_mut().take());
    drag.is_some_and(|mut drag| {
        drag.release();
        drag.moving
    })
}

fn scroll_position() -> f64 {
    window().scroll_y().unwrap_or_default()
}

/// Moves the dragged row with each frame. It scrolls while it is held at an edge of the list, and stays under the pointer
/// when the page is scrolled by other means.
fn follow_frames() {
    let is_held = DRAG.with_borrow_mut(|drag| {
        let Some(drag) = drag else { return false };
        let visible = visible_rows();
        drag.scroll(&visible);
        drag.show(&visible);
        true
    });
    if is_held {
        request_animation_frame(follow_frames);
    }
}

impl Drag {
    fn follow(&mut self, event: &PointerEvent) {
        self.pointer = f64::from(event.client_y());
        if !self.moving {
            if self.distance().abs() < DRAG_THRESHOLD_PX {
                return;
            }
            self.moving = true;
            self.scrolled = Date::now();
            HAS_MOVED.set(true);
            let _ = self.row.set_attribute("data-dragged", "");
            request_animation_frame(follow_frames);
        }
    }

    fn distance(&self) -> f64 {
        self.pointer + scroll_position() - self.start
    }

    /// Shows the row under the pointer, and where it would be dropped. The row stays among the visible ones: below the list,
    /// it would make the page longer, which would then scroll without end.
    fn show(&mut self, visible: &Range<f64>) {
        let place = self.row.get_bounding_client_rect();
        let home = place.top() - f64::from(self.offset);
        let offset = self.distance().max(visible.start - home);
        self.offset = offset.min(visible.end - place.height() - home) as i32;
        let style = self.row.style();
        let _ = style.set_property("--dragged", &format!("{}px", self.offset));
        let target = row_at(self.pointer, visible).map(|row| {
            let place = row.get_bounding_client_rect();
            let is_before = self.pointer < place.top() + place.height() / 2.0;
            (row, is_before)
        });
        if target != self.target {
            self.unmark();
            if let Some((row, is_before)) = &target {
                let side = if *is_before { "before" } else { "after" };
                let _ = row.set_attribute("data-drop", side);
            }
            self.target = target;
        }
    }

    /// Scrolls if the pointer is near an edge of the visible list, or beyond it. A row that was taken there can be moved away
    /// from the edge without scrolling.
    fn scroll(&mut self, visible: &Range<f64>) {
        let margin = SCROLL_MARGIN_PX.min((visible.end - visible.start) / 4.0);
        let (start, end) = (visible.start + margin, visible.end - margin);
        // `clamp` would format its bounds for a panic, which takes 10 KB of the module.
        let beyond = self.pointer - self.pointer.min(end).max(start);
        let now = Date::now();
        let seconds = (now - self.scrolled).min(MAX_SCROLL_STEP_MS) / 1000.0;
        self.scrolled = now;
        if beyond * (self.pointer - self.grabbed) > 0.0 {
            let reach = 2.0 * margin;
            let by = beyond.min(reach).max(-reach) * SCROLL_SPEED * seconds;
            // Browsers ignore less than a pixel.
            window().scroll_by_with_x_and_y(0.0, by + by.signum());
        }
    }

    fn unmark(&mut self) {
        if let Some((row, _)) = self.target.take() {
            let _ = row.remove_attribute("data-drop");
        }
    }

    fn release(&mut self) {
        self.unmark();
        let _ = self.row.remove_attribute("data-dragged");
        let _ = self.row.style().set_property("--dragged", "0");
    }

    fn end(mut self) -> Option<UserAction> {
        let target = self.target.clone();
        self.release();
        let (row, before) = target.filter(|_| self.moving)?;
        let (item, other) = (item_of(&self.row)?, item_of(&row)?);
        Some(UserAction::Move(
            item,
            if before {
                At::Before(other)
            } else {
                At::After(other)
            },
        ))
    }
}
