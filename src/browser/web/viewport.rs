//! The part of the list in the window.

use std::ops::Range;

use leptos::prelude::{document, window};

use super::{find, item_of};
use crate::browser::INTERACTIVE_ROWS;
use crate::domain::ItemId;

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
        let height = window()
            .inner_height()
            .ok()
            .and_then(|height| height.as_f64());
        let middle = height.unwrap_or_default() / 2.0;
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
