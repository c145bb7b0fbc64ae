//! The part of the list in the window, and what covers it.

use std::ops::Range;

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::row_blocks::ROW;
use super::{find, is, item_of};
use crate::browser::INTERACTIVE_ROWS;
use crate::domain::ItemId;

/// The selector of the list and everything in it.
const LIST: &str = "#item-list, #item-list *";

/// Which rows are in or near the window, as last measured. Indices count from the top of the list.
pub(super) struct Viewport {
    /// The rows in or near the window.
    pub(super) nearby: Range<usize>,
    /// The row in the middle of the window.
    pub(super) middle: usize,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            nearby: 0..INTERACTIVE_ROWS,
            middle: 0,
        }
    }
}

impl Viewport {
    /// Measures which of these rows are in or near the window.
    pub(super) fn measure(&mut self, drawn: &[ItemId]) {
        if drawn.len() <= INTERACTIVE_ROWS {
            return;
        }
        let Some(list) = find("#item-list").map(|list| list.get_bounding_client_rect()) else {
            return;
        };
        let middle = window_height() / 2.0;
        let seen = document().element_from_point((list.left() + 8.0) as f32, middle as f32);
        let seen = seen.and_then(|element| item_of(&element));
        let seen = seen.and_then(|seen| drawn.iter().position(|id| *id == seen));
        let share = ((middle - list.top()) / list.height()).clamp(0.0, 1.0);
        let seen = seen.unwrap_or((share * drawn.len() as f64) as usize);
        self.middle = seen;
        let start = seen.saturating_sub(INTERACTIVE_ROWS / 2);
        self.nearby = start..start + INTERACTIVE_ROWS;
    }

    /// The rows in or near the window: first those from `above` rows above the middle on, then those further up.
    pub(super) fn nearby_items(&self, drawn: &[ItemId], above: usize) -> Vec<ItemId> {
        let end = self.nearby.end.min(drawn.len());
        let near = drawn.get(self.nearby.start.min(end)..end);
        let mut near = near.unwrap_or_default().to_vec();
        let first = (self.middle - self.nearby.start).saturating_sub(above);
        let first = first.min(near.len());
        near.rotate_left(first);
        near
    }
}

fn window_height() -> f64 {
    let height = window().inner_height().ok();
    height
        .and_then(|height| height.as_f64())
        .unwrap_or_default()
}

/// The part of the window that shows rows. What stays in the window, such as the form, covers the others. In CSS pixels
/// from the top of the window.
pub(super) fn visible_rows() -> Range<f64> {
    let Some(list) = find("#item-list").map(|list| list.get_bounding_client_rect()) else {
        return 0.0..0.0;
    };
    let (mut top, mut bottom) = (list.top().max(0.0), list.bottom().min(window_height()));
    let cover = |y| elements_at(y).next().filter(|element| !is(element, LIST));
    while top < bottom
        && let Some(cover) = cover(top + 1.0)
    {
        top = cover.get_bounding_client_rect().bottom().max(top + 1.0);
    }
    while top < bottom
        && let Some(cover) = cover(bottom - 1.0)
    {
        bottom = cover.get_bounding_client_rect().top().min(bottom - 1.0);
    }
    top..bottom
}

/// The row at this height of the window, or the nearest visible one. `None` where the dragged row was.
pub(super) fn row_at(y: f64, visible: &Range<f64>) -> Option<Element> {
    let y = y.min(visible.end - 1.0).max(visible.start + 1.0);
    elements_at(y).find_map(|element| element.closest(ROW).ok()?)
}

/// The elements at this height of the window, near the start of the rows, the topmost first. Messages do not count: they go
/// away.
fn elements_at(y: f64) -> impl Iterator<Item = Element> {
    let list = find("#item-list").map(|list| list.get_bounding_client_rect());
    let x = list.map_or(0.0, |list| list.left()) as f32 + 24.0;
    let elements = document().elements_from_point(x, y as f32).into_iter();
    let elements = elements.map(JsCast::unchecked_into);
    elements.filter(|element: &Element| !is(element, ".toast *"))
}
