//! Which items are shown. To find that out by the whole list takes some milliseconds with thousands of items, and most
//! changes touch one.

use std::sync::{Arc, OnceLock};

use super::PageState;
use crate::domain::ItemId;
use crate::sync::DirtySet;

/// When more items than this are dirty, the whole list is looked at.
const FEW: usize = 16;

/// The items that are shown, in order, and what has happened since that was found out.
#[derive(Default)]
pub(crate) struct VisibleItems {
    now: OnceLock<Arc<[ItemId]>>,
    /// What was shown before, and the items that were dirty since; `None` if anything may be shown now.
    before: Option<(Arc<[ItemId]>, Vec<ItemId>)>,
}

impl PageState {
    /// The items to show, in order. However much is done before a frame, this is found out once.
    pub(crate) fn visible_items(&self) -> &Arc<[ItemId]> {
        let look = || match &self.visible.before {
            Some((before, dirty)) => self.update_visible_items(before, dirty),
            None => self.filter_all_items(),
        };
        self.visible.now.get_or_init(look)
    }

    /// Other items may have to be shown, or in another order.
    pub(crate) fn invalidate_visible_items(&mut self, dirty: &[DirtySet]) {
        let shown = &mut self.visible;
        if let Some(now) = shown.now.take() {
            shown.before = Some((now, Vec::new()));
        }
        for dirty in dirty {
            let Some((_, few)) = &mut shown.before else {
                return;
            };
            match dirty {
                DirtySet::Items(ids) if few.len() + ids.len() <= FEW => few.extend(ids),
                _ => shown.before = None,
            }
        }
    }

    /// By the whole list.
    pub(crate) fn filter_all_items(&self) -> Arc<[ItemId]> {
        let shown = self.list().items().filter(|item| self.shows(item));
        shown.map(|item| item.id).collect()
    }

    /// By what was shown before anything became of these items.
    fn update_visible_items(&self, before: &[ItemId], dirty: &[ItemId]) -> Arc<[ItemId]> {
        let mut shown = before.to_vec();
        let place = |shown: &[ItemId], id| shown.iter().position(|shown| *shown == id);
        for id in dirty {
            if let Some(place) = place(&shown, *id) {
                shown.remove(place);
            }
        }
        for (index, id) in dirty.iter().enumerate() {
            // Not twice; and what comes right before it may have its turn later, and then goes between the two.
            let waits = |id| dirty[index + 1..].contains(&id);
            if waits(*id) || !self.is_shown(*id) {
                continue;
            }
            let before = |id: &ItemId| self.list().before(*id);
            let mut all_before = std::iter::successors(before(id), before);
            let neighbour = all_before.find(|id| !waits(*id) && self.is_shown(*id));
            let place = neighbour.and_then(|id| place(&shown, id));
            shown.insert(place.map_or(0, |place| place + 1), *id);
        }
        shown.into()
    }

    fn is_shown(&self, id: ItemId) -> bool {
        let item = self.list().get(id).filter(|item| item.removed_at.is_none());
        item.is_some_and(|item| self.shows(item))
    }
}
