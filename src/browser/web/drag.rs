//! Dragging a row by its handle, with a mouse or a finger. A tap is no drag, and a finger that moves anywhere else scrolls.

use std::cell::{Cell, RefCell};

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};

use super::item_of;
use super::row_blocks::ROW;
use crate::browser::UserAction;
use crate::domain::At;

/// How far the pointer moves before a drag begins, in CSS pixels.
const DRAG_THRESHOLD_PX: f64 = 6.0;

/// The distance from the edge of the window within which a drag scrolls, in CSS pixels.
const SCROLL_MARGIN_PX: f64 = 64.0;

struct Drag {
    row: HtmlElement,
    /// The vertical position in the document where the drag has begun.
    start: f64,
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
                let start = document_y(event);
                let (target, moving) = (None, false);
                *drag = (event.button() == 0).then_some(Drag {
                    row,
                    start,
                    target,
                    moving,
                });
                None
            }
            "pointermove" => {
                drag.as_mut()?.follow(event);
                None
            }
            "pointerup" => drag.take().and_then(Drag::end),
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

fn document_y(event: &PointerEvent) -> f64 {
    f64::from(event.client_y()) + window().scroll_y().unwrap_or_default()
}

impl Drag {
    fn follow(&mut self, event: &PointerEvent) {
        let distance = document_y(event) - self.start;
        if !self.moving {
            if distance.abs() < DRAG_THRESHOLD_PX {
                return;
            }
            self.moving = true;
            HAS_MOVED.set(true);
            let _ = self.row.set_attribute("data-dragged", "");
        }
        let _ = self
            .row
            .style()
            .set_property("--dragged", &format!("{}px", distance as i32));
        scroll_near_edge(f64::from(event.client_y()));
        self.aim(event);
    }

    /// Marks where the row would be dropped.
    fn aim(&mut self, event: &PointerEvent) {
        self.unmark();
        let middle = self.row.get_bounding_client_rect();
        let x = middle.left() as f32 + 24.0;
        let y = f64::from(event.client_y());
        let under = document().element_from_point(x, y as f32);
        let row = under.and_then(|element| element.closest(ROW).ok().flatten());
        let Some(row) = row else { return };
        let place = row.get_bounding_client_rect();
        let before = y < place.top() + place.height() / 2.0;
        let _ = row.set_attribute("data-drop", if before { "before" } else { "after" });
        self.target = Some((row, before));
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

fn scroll_near_edge(y: f64) {
    let height = window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64());
    let height = height.unwrap_or(f64::MAX);
    let by = if y < SCROLL_MARGIN_PX {
        y - SCROLL_MARGIN_PX
    } else if y > height - SCROLL_MARGIN_PX {
        y - (height - SCROLL_MARGIN_PX)
    } else {
        return;
    };
    window().scroll_by_with_x_and_y(0.0, by / 4.0);
}
