//! The rows of the list. The framework would visit all rows when the page opens and whenever the list changes. This module
//! visits only rows that appear, disappear, move or look different, so a list of thousands of items is as fast as a short
//! one. For the same reason, rows far from the viewport are text-only: the browser's search finds them by their text.

use std::sync::Arc;

use leptos::prelude::IntoView;
use leptos::tachys::view::{Position, Render, RenderHtml};
use web_sys::Element;

use super::frame_budget::{FrameBudget, MIN_ROWS_PER_FRAME};
use super::row_blocks::{balance_blocks, place, row_of};
use super::row_template::RowTemplate;
use super::viewport::Viewport;
use super::{draw_schedule, find, is};
use crate::browser::{ListEdit, diff, is_interactive, is_subsequence};
use crate::domain::{IdMap, IdSet, ItemId};
use crate::sync::DirtySet;

/// With more interactive rows than this, those far from the viewport become text-only again. All rows that are added to a
/// shorter list are interactive.
const MAX_INTERACTIVE_ROWS: usize = 1_200;

/// The rows of the list. The server has rendered them, and each is hydrated when it changes first.
/// [`schedule_draw`](super::schedule_draw) says which rows may look different.
///
/// `shown` returns the visible items in order, `edited` returns the item whose editor is open, and `row` returns the content of
/// an interactive or a text-only row, of which `title` is the text. `interactive_view` renders interactive rows,
/// `text_only_view` the others.
pub fn rows<D, N, F>(
    shown: impl Fn() -> Arc<[ItemId]> + 'static,
    edited: impl Fn() -> Option<ItemId> + 'static,
    row: impl Fn(ItemId, bool) -> Option<D> + 'static,
    title: fn(&D) -> &str,
    interactive_view: fn(ItemId, D) -> N,
    text_only_view: impl Fn(ItemId, D) -> F + 'static,
) -> impl IntoView
where
    D: Clone + PartialEq + 'static,
    N: RenderHtml + 'static,
    F: RenderHtml + 'static,
{
    let drawn = shown().to_vec();
    let is_interactive = is_interactive(&drawn, edited());
    let rendered = |(index, id): (usize, &ItemId)| {
        let is_interactive = is_interactive(index);
        let (element, state) = (None, None);
        let data = row(*id, is_interactive)?;
        Some((
            *id,
            RenderedRow {
                data,
                is_interactive,
                element,
                state,
            },
        ))
    };
    let key = super::hash_key();
    let mut rows = IdMap::with_hasher(key);
    rows.extend(drawn.iter().enumerate().filter_map(rendered));
    let mut list = RowList {
        interactive_count: rows.values().filter(|row| row.is_interactive).count(),
        viewport: Viewport::default(),
        drawn,
        rows,
        detached: IdMap::with_hasher(key),
        dirty: IdSet::with_hasher(key),
        templates: Default::default(),
        row,
        interactive_view,
        text_only_view,
    };
    list.correct_rows(title);
    draw_schedule::set_draw(move |dirty| list.draw(&shown(), edited(), dirty));
}

struct RowList<D, N: Render, R, F> {
    /// The items whose rows are in the document, in order.
    drawn: Vec<ItemId>,
    rows: IdMap<ItemId, RenderedRow<D, N::State>>,
    /// Rows that a search or another view has removed from the document. They are up to date except for search matches.
    detached: IdMap<ItemId, RenderedRow<D, N::State>>,
    /// The items whose rows may look different.
    dirty: IdSet<ItemId>,
    /// The part of the list in the window.
    viewport: Viewport,
    /// How many rows are interactive.
    interactive_count: usize,
    /// The templates of text-only and of interactive rows.
    templates: [RowTemplate<D>; 2],
    row: R,
    interactive_view: fn(ItemId, D) -> N,
    text_only_view: F,
}

/// One row in the document.
struct RenderedRow<D, S> {
    /// The content that the row shows.
    data: D,
    /// Whether the row is interactive.
    is_interactive: bool,
    /// The element of the row, once it is not as the server has rendered it.
    element: Option<Element>,
    /// The framework's state of an interactive row, once it was hydrated or created.
    state: Option<S>,
}

impl<D, N, R, F, V> RowList<D, N, R, F>
where
    D: Clone + PartialEq,
    N: RenderHtml,
    R: Fn(ItemId, bool) -> Option<D>,
    F: Fn(ItemId, D) -> V,
    V: RenderHtml,
{
    /// Shows the titles in interactive rows whose text was changed after the server had rendered it, for example by a proxy
    /// that hides e-mail addresses. Text-only rows are replaced before they come into view. If a row is missing, all rows
    /// are created again.
    fn correct_rows(&mut self, title: fn(&D) -> &str) {
        let mut wrong = Vec::new();
        for (id, row) in self.rows.iter().filter(|(_, row)| row.is_interactive) {
            let Some(element) = row_of(*id) else {
                return self.remove_all();
            };
            if element.text_content().as_deref() != Some(title(&row.data)) {
                wrong.push(*id);
            }
        }
        for id in wrong {
            self.hydrate_row(id);
        }
    }

    /// Removes all rows. The next draw creates them again.
    fn remove_all(&mut self) {
        if let Some(list) = find("#item-list") {
            list.set_text_content(None);
        }
        self.drawn.clear();
        self.rows.clear();
        self.interactive_count = 0;
        draw_schedule::schedule_draw(Vec::new());
    }

    fn draw(&mut self, shown: &[ItemId], edited: Option<ItemId>, dirty: Vec<DirtySet>) -> bool {
        let mut has_marks = false;
        for dirty in dirty {
            match dirty {
                DirtySet::Items(ids) => {
                    for id in ids {
                        self.detached.remove(&id);
                        self.dirty.insert(id);
                    }
                }
                DirtySet::All => {
                    self.detached.clear();
                    self.dirty.extend(self.rows.keys());
                }
                DirtySet::SearchMarks => has_marks = true,
            }
        }
        if draw_schedule::has_scrolled() {
            self.viewport.measure(&self.drawn);
        }
        let mut budget = FrameBudget::new(draw_schedule::is_continuation());
        let is_complete = shown == self.drawn || self.update_order(shown, &mut budget);
        if has_marks {
            // Text-only rows show no matches.
            let interactive = self.rows.iter().filter(|(_, row)| row.is_interactive);
            self.dirty.extend(interactive.map(|(id, _)| *id));
        }
        if let Some(edited) = edited {
            // The editor of an earlier page of the tab can be far from the viewport.
            self.set_interactive(edited, true, &mut budget);
        }
        self.redraw(&mut budget);
        self.make_nearby_interactive(&mut budget);
        !is_complete || !self.dirty.is_empty() || budget.is_over()
    }

    /// Makes rows near the viewport interactive, and others text-only if there are too many interactive ones.
    fn make_nearby_interactive(&mut self, budget: &mut FrameBudget) {
        for id in self
            .viewport
            .nearby_items(&self.drawn, MIN_ROWS_PER_FRAME / 2)
        {
            self.set_interactive(id, true, budget);
        }
        if self.interactive_count > MAX_INTERACTIVE_ROWS {
            for (index, id) in self.drawn.clone().into_iter().enumerate() {
                if !self.viewport.nearby.contains(&index) {
                    self.set_interactive(id, false, budget);
                }
            }
        }
    }

    /// Makes a row interactive or text-only if the budget allows.
    fn set_interactive(&mut self, id: ItemId, is_interactive: bool, budget: &mut FrameBudget) {
        let changes = |row: &RenderedRow<D, N::State>| row.is_interactive != is_interactive;
        if budget.is_over() || !self.rows.get(&id).is_some_and(changes) {
            return;
        }
        let Some(before) = self.element(id) else {
            return;
        };
        let has_focus = is(&before, ":focus-within");
        if !is_interactive && (has_focus || is(&before, ".editing, [data-dragged]")) {
            return;
        }
        if !budget.take() {
            return;
        }
        if let Some(element) = self.create_row(id, is_interactive) {
            let _ = before.replace_with_with_node_1(&element);
        }
        if has_focus {
            super::focus::restore_focus(Some(id));
        }
    }

    /// Updates which rows are in the document, and their order. Returns whether the budget was enough.
    fn update_order(&mut self, shown: &[ItemId], budget: &mut FrameBudget) -> bool {
        let Some(list) = find("#item-list") else {
            return true;
        };
        let is_complete =
            self.remove_hidden(&list, shown, budget) && self.insert_visible(&list, shown, budget);
        balance_blocks(&list, is_complete);
        is_complete
    }

    /// Removes the rows of hidden items, and puts the others in order. Returns whether the budget was enough.
    fn remove_hidden(
        &mut self,
        list: &Element,
        shown: &[ItemId],
        budget: &mut FrameBudget,
    ) -> bool {
        if is_subsequence(&self.drawn, shown) {
            return true;
        }
        let mut stay = shown.to_vec();
        if !is_subsequence(shown, &self.drawn) {
            stay.retain(|id| self.rows.contains_key(id));
        }
        let steps = diff(super::hash_key(), &self.drawn, &stay);
        // If rows are only removed, some may stay a little longer.
        let only_go = steps.iter().all(|step| matches!(step, ListEdit::Remove(_)));
        let can_wait = only_go && stay.len() == shown.len();
        let mut gone = Vec::new();
        for step in steps {
            if can_wait && !budget.take() {
                // The rows before this one were removed in order.
                let mut gone = gone.iter().peekable();
                self.drawn.retain(|id| gone.next_if_eq(&id).is_none());
                return false;
            }
            match step {
                ListEdit::Remove(id) => {
                    gone.push(id);
                    self.detach(id);
                }
                ListEdit::Insert(id, before) => self.place(list, id, before),
            }
        }
        self.drawn = stay;
        true
    }

    fn detach(&mut self, id: ItemId) {
        let element = self.element(id);
        if let Some(element) = &element {
            element.remove();
        }
        let Some(mut row) = self.rows.remove(&id) else {
            return;
        };
        self.interactive_count -= usize::from(row.is_interactive);
        // A dirty row is out of date, and a row without content has no item.
        if !self.dirty.contains(&id) && (self.row)(id, false).is_some() {
            row.element = element;
            self.detached.insert(id, row);
        }
    }

    /// Inserts the missing rows between the present ones. Returns whether the budget was enough.
    fn insert_visible(
        &mut self,
        list: &Element,
        shown: &[ItemId],
        budget: &mut FrameBudget,
    ) -> bool {
        let nearby = self.viewport.nearby.clone();
        let is_interactive = |index| shown.len() <= MAX_INTERACTIVE_ROWS || nearby.contains(&index);
        let mut drawn = Vec::with_capacity(shown.len());
        let mut at = 0;
        for id in shown {
            let is_there = self.drawn.get(at) == Some(id);
            at += usize::from(is_there);
            let comes = |rows: &mut Self| {
                rows.reattach(*id) || rows.create_row(*id, is_interactive(drawn.len())).is_some()
            };
            if !is_there {
                if !budget.take() || !comes(self) {
                    continue;
                }
                self.place(list, *id, self.drawn.get(at).copied());
            }
            drawn.push(*id);
        }
        self.drawn = drawn;
        self.drawn.len() == shown.len() || !budget.is_over()
    }

    fn place(&self, list: &Element, id: ItemId, before: Option<ItemId>) {
        let before = before.and_then(|id| self.element(id));
        if let Some(element) = self.element(id) {
            place(list, &element, before.as_ref());
        }
    }

    /// Uses a detached row again. Returns whether there is one. The caller inserts it into the document.
    fn reattach(&mut self, id: ItemId) -> bool {
        let Some(row) = self.detached.remove(&id) else {
            return false;
        };
        self.interactive_count += usize::from(row.is_interactive);
        if row.is_interactive {
            self.dirty.insert(id);
        }
        self.rows.insert(id, row);
        true
    }

    /// Creates the row of an item, in place of an earlier one. The caller inserts it into the document.
    fn create_row(&mut self, id: ItemId, is_interactive: bool) -> Option<Element> {
        let data = (self.row)(id, is_interactive)?;
        let [text_only, interactive] = &mut self.templates;
        let (element, state) = if is_interactive {
            let (element, state) = interactive.instantiate(&self.interactive_view, id, &data)?;
            (element, Some(state))
        } else {
            // A text-only row is created again when it changes.
            (
                text_only.instantiate(&self.text_only_view, id, &data)?.0,
                None,
            )
        };
        let row = RenderedRow {
            data,
            is_interactive,
            element: Some(element.clone()),
            state,
        };
        self.interactive_count += usize::from(is_interactive);
        let before = self.rows.insert(id, row);
        self.interactive_count -= usize::from(before.is_some_and(|row| row.is_interactive));
        Some(element)
    }

    /// Redraws dirty rows as far as the budget allows: first those from the viewport on, then those above.
    fn redraw(&mut self, budget: &mut FrameBudget) {
        let nothing = IdSet::with_hasher(super::hash_key());
        let dirty = std::mem::replace(&mut self.dirty, nothing);
        if dirty.len() <= MIN_ROWS_PER_FRAME {
            for id in dirty {
                self.redraw_row(id, budget);
            }
            return;
        }
        let drawn = self.drawn.clone();
        let first = self
            .viewport
            .middle
            .saturating_sub(MIN_ROWS_PER_FRAME / 2)
            .min(drawn.len());
        let (above, below) = drawn.split_at(first);
        for id in below.iter().chain(above) {
            if dirty.contains(id) {
                budget.compare();
                self.redraw_row(*id, budget);
            }
        }
    }

    /// Redraws a row if it looks different. Without budget, it stays dirty.
    fn redraw_row(&mut self, id: ItemId, budget: &mut FrameBudget) {
        if budget.is_over() {
            self.dirty.insert(id);
            return;
        }
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        let Some(data) = (self.row)(id, row.is_interactive) else {
            return;
        };
        if data == row.data {
            return;
        }
        if !budget.take() {
            self.dirty.insert(id);
            return;
        }
        if !row.is_interactive {
            if let Some(before) = self.element(id)
                && let Some(element) = self.create_row(id, false)
            {
                let _ = before.replace_with_with_node_1(&element);
            }
            return;
        }
        if row.state.is_none() {
            self.hydrate_row(id);
        }
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        row.data = data.clone();
        if let Some(state) = &mut row.state {
            (self.interactive_view)(id, data).rebuild(state);
        }
    }

    /// Takes over an interactive row of the server. It then shows its title, whatever its text was.
    fn hydrate_row(&mut self, id: ItemId) {
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        row.element = row_of(id);
        let hydrate = |element| {
            (self.interactive_view)(id, row.data.clone())
                .hydrate_from_position::<true>(element, Position::Current)
        };
        row.state = row.element.as_ref().map(hydrate);
    }

    /// The element of a row in the document.
    fn element(&self, id: ItemId) -> Option<Element> {
        let element = self.rows.get(&id)?.element.clone();
        element.or_else(|| row_of(id))
    }
}
