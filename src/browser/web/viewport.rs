//! What is seen of the list.

use std::ops::Range;

use leptos::prelude::{document, window};

use super::{find, item_of};
use crate::browser::INTERACTIVE_ROWS;
use crate::domain::ItemId;

/// Which rows are seen, as far as is known, counted from the top.
pub(super) struct View {
    /// Those in view or near it.
    pub(super) near: Range<usize>,
    /// The one in the middle.
    pub(super) seen: usize,
}

impl Default for View {
    fn default() -> Self {
        Self {
            near: 0..INTERACTIVE_ROWS,
            seen: 0,
        }
    }
}

impl View {
    /// Finds out which of these rows are near what is seen.
    pub(super) fn look(&mut self, drawn: &[ItemId]) {
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
        self.seen = seen;
        let start = seen.saturating_sub(INTERACTIVE_ROWS / 2);
        self.near = start..start + INTERACTIVE_ROWS;
    }

    /// The rows near what is seen: first those from `above` the middle on, and then those further up.
    pub(super) fn visible_first(&self, drawn: &[ItemId], above: usize) -> Vec<ItemId> {
        let end = self.near.end.min(drawn.len());
        let near = drawn.get(self.near.start.min(end)..end);
        let mut near = near.unwrap_or_default().to_vec();
        let first = (self.seen - self.near.start).saturating_sub(above);
        let first = first.min(near.len());
        near.rotate_left(first);
        near
    }
}
