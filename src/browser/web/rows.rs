//! The rows of the list. The framework would walk over all of them when the page opens, and whenever the
//! list changes; here only those are touched that come, go, move or look different, so that a list of
//! thousands of items is as quick as a short one. For the same reason rows far from what is seen are
//! only drawn with their text, by which the browser finds them.

use std::sync::Arc;

use leptos::prelude::IntoView;
use leptos::tachys::view::{Position, Render, RenderHtml};
use web_sys::Element;

use super::frame_budget::{AT_LEAST, Budget};
use super::row_blocks::{place, row_of, tidy};
use super::row_template::Model;
use super::viewport::View;
use super::{draw_schedule, find, is};
use crate::browser::{ListEdit, diff, is_interactive, is_subsequence};
use crate::domain::{IdMap, IdSet, ItemId};
use crate::sync::DirtySet;

/// When so many rows have all their controls, those out of reach lose them again. Rows that are added to a shorter
/// list have them from the start.
const MAX_INTERACTIVE_ROWS: usize = 1_200;

/// The rows of the list, which the server has rendered: they are taken over one by one, when they change.
/// Later it is told by [`draw`](super::draw) what may look different.
///
/// `shown` are the items in order, `edited` is the one whose editor is open, and `row` is what the row of an
/// item shows, all of it or what it shows from afar. Rows that are in view or near it are drawn by `near`, the
/// others by `far`.
pub fn rows<D, N, F>(
    shown: impl Fn() -> Arc<[ItemId]> + 'static,
    edited: Option<ItemId>,
    row: impl Fn(ItemId, bool) -> Option<D> + 'static,
    near: fn(ItemId, D) -> N,
    far: impl Fn(ItemId, D) -> F + 'static,
) -> impl IntoView
where
    D: Clone + PartialEq + 'static,
    N: RenderHtml + 'static,
    F: RenderHtml + 'static,
{
    let drawn = shown().to_vec();
    let is_interactive = is_interactive(&drawn, edited);
    let rendered = |(index, id): (usize, &ItemId)| {
        let is_interactive = is_interactive(index);
        let (element, state) = (None, None);
        let data = row(*id, is_interactive)?;
        Some((
            *id,
            Row {
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
    let mut list = Rows {
        interactive_count: rows.values().filter(|row| row.is_interactive).count(),
        view: View::default(),
        drawn,
        rows,
        absent: IdMap::with_hasher(key),
        touched: IdSet::with_hasher(key),
        models: Default::default(),
        row,
        near,
        far,
    };
    draw_schedule::begin(move |touched| list.draw(&shown(), touched));
}

struct Rows<D, N: Render, R, F> {
    /// The items whose rows are in the document, in order.
    drawn: Vec<ItemId>,
    rows: IdMap<ItemId, Row<D, N::State>>,
    /// Rows that a search or another view has taken out of the document. They look as they should when they come back,
    /// but for what a search marks.
    absent: IdMap<ItemId, Row<D, N::State>>,
    /// The items whose rows may look different now.
    touched: IdSet<ItemId>,
    /// What is seen of the list.
    view: View,
    /// How many rows have all their controls.
    interactive_count: usize,
    /// What rows are copied from: one with all controls, and one without.
    models: [Model<D>; 2],
    row: R,
    near: fn(ItemId, D) -> N,
    far: F,
}

/// One row in the document.
struct Row<D, S> {
    /// What it shows.
    data: D,
    /// Whether it has all its controls.
    is_interactive: bool,
    /// Its element, once it is not as the server has rendered it any more.
    element: Option<Element>,
    /// What the framework knows of it, while it is near and once it has changed.
    state: Option<S>,
}

impl<D, N, R, F, V> Rows<D, N, R, F>
where
    D: Clone + PartialEq,
    N: RenderHtml,
    R: Fn(ItemId, bool) -> Option<D>,
    F: Fn(ItemId, D) -> V,
    V: RenderHtml,
{
    fn draw(&mut self, shown: &[ItemId], touched: Vec<DirtySet>) -> bool {
        let mut has_marks = false;
        for touched in touched {
            match touched {
                DirtySet::Items(ids) => {
                    for id in ids {
                        self.absent.remove(&id);
                        self.touched.insert(id);
                    }
                }
                DirtySet::All => {
                    self.absent.clear();
                    self.touched.extend(self.rows.keys());
                }
                DirtySet::SearchMarks => has_marks = true,
            }
        }
        if draw_schedule::has_scrolled() {
            self.view.look(&self.drawn);
        }
        let mut budget = Budget::new(draw_schedule::is_following());
        let is_complete = shown == self.drawn || self.arrange(shown, &mut budget);
        if has_marks {
            // Nothing is marked far from what is seen.
            let near = self.rows.iter().filter(|(_, row)| row.is_interactive);
            self.touched.extend(near.map(|(id, _)| *id));
        }
        self.redraw(&mut budget);
        self.approach(&mut budget);
        !is_complete || !self.touched.is_empty() || budget.is_over()
    }

    /// Gives the rows in reach all their controls, and takes them from others if there are too many.
    fn approach(&mut self, budget: &mut Budget) {
        for id in self.view.visible_first(&self.drawn, AT_LEAST / 2) {
            self.change_distance(id, true, budget);
        }
        if self.interactive_count > MAX_INTERACTIVE_ROWS {
            for (index, id) in self.drawn.clone().into_iter().enumerate() {
                if !self.view.near.contains(&index) {
                    self.change_distance(id, false, budget);
                }
            }
        }
    }

    /// Draws a row with more or fewer controls, if there is still time.
    fn change_distance(&mut self, id: ItemId, is_interactive: bool, budget: &mut Budget) {
        let changes = |row: &Row<D, N::State>| row.is_interactive != is_interactive;
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
        if let Some(element) = self.make(id, is_interactive) {
            let _ = before.replace_with_with_node_1(&element);
        }
        if has_focus {
            super::focus::restore_focus(Some(id));
        }
    }

    /// Makes the rows the ones that are shown, in their order. Answers whether that is done, and nothing is left
    /// for lack of time.
    fn arrange(&mut self, shown: &[ItemId], budget: &mut Budget) -> bool {
        let Some(list) = find("#item-list") else {
            return true;
        };
        let is_complete = self.let_go(&list, shown, budget) && self.let_come(&list, shown, budget);
        tidy(&list, is_complete);
        is_complete
    }

    /// Takes away the rows that are not shown any more, and puts the others in order. Answers whether that is done.
    fn let_go(&mut self, list: &Element, shown: &[ItemId], budget: &mut Budget) -> bool {
        if is_subsequence(&self.drawn, shown) {
            return true;
        }
        let mut stay = shown.to_vec();
        if !is_subsequence(shown, &self.drawn) {
            stay.retain(|id| self.rows.contains_key(id));
        }
        let steps = diff(super::hash_key(), &self.drawn, &stay);
        // Where rows only go, some may stay a little longer.
        let only_go = steps.iter().all(|step| matches!(step, ListEdit::Remove(_)));
        let can_wait = only_go && stay.len() == shown.len();
        let mut gone = Vec::new();
        for step in steps {
            if can_wait && !budget.take() {
                // Those before have gone in their order.
                let mut gone = gone.iter().peekable();
                self.drawn.retain(|id| gone.next_if_eq(&id).is_none());
                return false;
            }
            match step {
                ListEdit::Remove(id) => {
                    gone.push(id);
                    self.take_away(id);
                }
                ListEdit::Insert(id, before) => self.place(list, id, before),
            }
        }
        self.drawn = stay;
        true
    }

    fn take_away(&mut self, id: ItemId) {
        let element = self.element(id);
        if let Some(element) = &element {
            element.remove();
        }
        let Some(mut row) = self.rows.remove(&id) else {
            return;
        };
        self.interactive_count -= usize::from(row.is_interactive);
        // Otherwise it looks different by now, or its item is gone.
        if !self.touched.contains(&id) && (self.row)(id, false).is_some() {
            row.element = element;
            self.absent.insert(id, row);
        }
    }

    /// Lets the rows come that are missing between those that are there. Answers whether there was time for all.
    fn let_come(&mut self, list: &Element, shown: &[ItemId], budget: &mut Budget) -> bool {
        let near = self.view.near.clone();
        let is_interactive = |index| shown.len() <= MAX_INTERACTIVE_ROWS || near.contains(&index);
        let mut drawn = Vec::with_capacity(shown.len());
        let mut at = 0;
        for id in shown {
            let is_there = self.drawn.get(at) == Some(id);
            at += usize::from(is_there);
            let comes = |rows: &mut Self| {
                rows.bring_back(*id) || rows.make(*id, is_interactive(drawn.len())).is_some()
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

    /// Takes up a row that is absent, if it is. It is not in the document yet.
    fn bring_back(&mut self, id: ItemId) -> bool {
        let Some(row) = self.absent.remove(&id) else {
            return false;
        };
        self.interactive_count += usize::from(row.is_interactive);
        if row.is_interactive {
            self.touched.insert(id);
        }
        self.rows.insert(id, row);
        true
    }

    /// Makes the row of an item, in place of one that was there. It is not in the document yet.
    fn make(&mut self, id: ItemId, is_interactive: bool) -> Option<Element> {
        let data = (self.row)(id, is_interactive)?;
        let [far, near] = &mut self.models;
        let (element, state) = if is_interactive {
            let (element, state) = near.copy(&self.near, id, &data)?;
            (element, Some(state))
        } else {
            // It is drawn anew when it changes.
            (far.copy(&self.far, id, &data)?.0, None)
        };
        let row = Row {
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

    /// Draws what looks different, from what is seen on and then from the top, as far as there is time.
    fn redraw(&mut self, budget: &mut Budget) {
        let nothing = IdSet::with_hasher(super::hash_key());
        let touched = std::mem::replace(&mut self.touched, nothing);
        if touched.len() <= AT_LEAST {
            for id in touched {
                self.redraw_row(id, budget);
            }
            return;
        }
        let drawn = self.drawn.clone();
        let first = self.view.seen.saturating_sub(AT_LEAST / 2).min(drawn.len());
        let (above, below) = drawn.split_at(first);
        for id in below.iter().chain(above) {
            if touched.contains(id) {
                budget.compare();
                self.redraw_row(*id, budget);
            }
        }
    }

    /// Draws a row anew, if it looks different; later, if there is no time now.
    fn redraw_row(&mut self, id: ItemId, budget: &mut Budget) {
        if budget.is_over() {
            self.touched.insert(id);
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
            self.touched.insert(id);
            return;
        }
        if !row.is_interactive {
            if let Some(before) = self.element(id)
                && let Some(element) = self.make(id, false)
            {
                let _ = before.replace_with_with_node_1(&element);
            }
            return;
        }
        let before = std::mem::replace(&mut row.data, data.clone());
        if row.state.is_none() {
            row.element = row_of(id);
            let hydrate = |element| {
                (self.near)(id, before).hydrate_from_position::<true>(element, Position::Current)
            };
            row.state = row.element.as_ref().map(hydrate);
        }
        if let Some(state) = &mut row.state {
            (self.near)(id, data).rebuild(state);
        }
    }

    /// The row in the document.
    fn element(&self, id: ItemId) -> Option<Element> {
        let element = self.rows.get(&id)?.element.clone();
        element.or_else(|| row_of(id))
    }
}
