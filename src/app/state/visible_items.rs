//! The visible items. Filtering a list of thousands of items takes some milliseconds, and most changes affect one item, so
//! the latest result is updated.

use std::sync::{Arc, OnceLock};

use super::PageState;
use crate::app::list_text;
use crate::browser::NoticeAction;
use crate::domain::{ItemId, have_match};
use crate::sync::DirtySet;

/// With more dirty items than this, the whole list is filtered.
const MAX_DIRTY_ITEMS: usize = 16;

/// A cache of the visible items, in order.
#[derive(Default)]
pub(crate) struct VisibleItems {
    now: OnceLock<Arc<[ItemId]>>,
    /// The latest result, and the items that are dirty since then; `None` if all items may be dirty.
    before: Option<(Arc<[ItemId]>, Vec<ItemId>)>,
}

/// An item that no longer belongs to the view, and stays visible for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeavingItem {
    id: ItemId,
    /// The number of the notice about it, which tells it from the same item at another time.
    notice: usize,
}

impl PageState {
    /// The visible items, in order. They are determined at most once between two changes.
    pub(crate) fn visible_items(&self) -> &Arc<[ItemId]> {
        let look = || match &self.visible.before {
            Some((before, dirty)) => self.update_visible_items(before, dirty),
            None => self.filter_all_items(),
        };
        self.visible.now.get_or_init(look)
    }

    /// Marks items as dirty: they may have to be shown or hidden, or are at another place.
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
                DirtySet::Items(ids) if few.len() + ids.len() <= MAX_DIRTY_ITEMS => few.extend(ids),
                _ => shown.before = None,
            }
        }
    }

    /// Filters the whole list.
    pub(crate) fn filter_all_items(&self) -> Arc<[ItemId]> {
        let items = || self.list().items();
        let mut has_match = None;
        if self.is_searching() {
            let titles = items().map(|item| item.title.as_str());
            has_match = Some(have_match(titles, &self.needle, self.decompose).into_iter());
        }
        let shown = items().filter(|item| {
            let is_found = has_match
                .as_mut()
                .is_none_or(|next| next.next() == Some(true));
            self.stays(item) || (is_found && self.filter.shows(item))
        });
        shown.map(|item| item.id).collect()
    }

    /// Updates the items that were visible before the dirty items have changed.
    fn update_visible_items(&self, before: &[ItemId], dirty: &[ItemId]) -> Arc<[ItemId]> {
        let mut shown = before.to_vec();
        let place = |shown: &[ItemId], id| shown.iter().position(|shown| *shown == id);
        for id in dirty {
            if let Some(place) = place(&shown, *id) {
                shown.remove(place);
            }
        }
        for (index, id) in dirty.iter().enumerate() {
            // An item can be dirty twice. Its predecessor may be inserted later, and then goes between the two.
            let waits = |id| dirty[index + 1..].contains(&id);
            if waits(*id) || !self.is_shown(*id) {
                continue;
            }
            let before = |id: &ItemId| self.list().predecessor(*id);
            let mut all_before = std::iter::successors(before(id), before);
            let neighbour = all_before.find(|id| !waits(*id) && self.is_shown(*id));
            let place = neighbour.and_then(|id| place(&shown, id));
            shown.insert(place.map_or(0, |place| place + 1), *id);
        }
        shown.into()
    }

    /// Marks an item as leaving if the view does not show it any more, and says what has happened to it.
    pub(crate) fn leave_view(&mut self, id: ItemId) {
        self.leaving.retain(|leaving| leaving.id != id);
        let item = self.list().get(id).filter(|item| item.removed_at.is_none());
        let Some(item) = item.filter(|item| !self.filter.shows(item)) else {
            return;
        };
        let text = list_text::completed(self.list(), &[id], item.completed_at.is_some());
        self.show_notice(text, NoticeAction::Undo);
        let notice = self.notice_count;
        self.leaving.push(LeavingItem { id, notice });
    }

    /// Whether an item that has left the view is still visible.
    pub(crate) fn is_leaving(&self, id: ItemId) -> bool {
        self.leaving.iter().any(|leaving| leaving.id == id)
    }

    /// Ends the time that a leaving item is visible.
    pub(crate) fn hide_leaving(&mut self, item: LeavingItem) -> Vec<DirtySet> {
        self.leaving.retain(|leaving| *leaving != item);
        vec![DirtySet::Items(vec![item.id])]
    }

    /// The visible items without those that are leaving.
    pub(crate) fn listed_items(&self) -> Vec<ItemId> {
        let mut items = self.visible_items().to_vec();
        if !self.leaving.is_empty() {
            let has_left = |id: ItemId| {
                let item = self.list().get(id);
                self.is_leaving(id) && item.is_some_and(|item| !self.filter.shows(item))
            };
            items.retain(|id| !has_left(*id));
        }
        items
    }

    /// Whether the item is in the list, and the view and the search show it.
    pub(crate) fn is_shown(&self, id: ItemId) -> bool {
        let item = self.list().get(id).filter(|item| item.removed_at.is_none());
        item.is_some_and(|item| self.shows(item))
    }
}
