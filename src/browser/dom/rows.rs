//! The rows of the list. The framework would walk over all of them when the page opens, and whenever the
//! list changes; here only those are touched that come, go, move or look different, so that a list of
//! thousands of items is as quick as a short one. For the same reason rows far from what is seen are
//! only drawn with their text, by which the browser finds them.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::{IntoView, document, request_animation_frame, window};
use leptos::tachys::view::{Position, Render, RenderHtml};
use leptos::task::spawn_local;
use rustc_hash::{FxHashMap, FxHashSet};
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::blocks::{place, row_of, tidy};
use super::budget::{AT_LEAST, Budget};
use super::model::Model;
use super::{find, is};
use crate::browser::{NEAR, Step, is_near, steps};
use crate::domain::{ItemId, Touched};

/// When so many rows have all their controls, those out of reach lose them again. Rows that are added to a shorter
/// list have them from the start.
const MAX_NEAR: usize = 1_200;

/// Brings the rows up to date as far as it goes at once. Answers whether something is left to do.
type Draw = Box<dyn FnMut(Vec<Touched>) -> bool>;

thread_local! {
    static DRAW: RefCell<Option<Draw>> = const { RefCell::new(None) };
    /// What is to be looked at anew; `None` if nothing is, not even the order.
    static TOUCHED: RefCell<Option<Vec<Touched>>> = const { RefCell::new(None) };
    /// Whether what somebody waits for is drawn, and this is the rest.
    static IS_FOLLOWING: Cell<bool> = const { Cell::new(false) };
    /// Whether other rows have come into view since the latest drawing.
    static HAS_SCROLLED: Cell<bool> = const { Cell::new(false) };
}

/// The rows of the list, which the server has rendered: they are taken over one by one, when they change.
/// Later it is told by [`draw`] what may look different.
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
    let is_near = is_near(&drawn, edited);
    let rendered = |(index, id): (usize, &ItemId)| {
        let is_near = is_near(index);
        let (element, state) = (None, None);
        let data = row(*id, is_near)?;
        Some((
            *id,
            Row {
                data,
                is_near,
                element,
                state,
            },
        ))
    };
    let rows: FxHashMap<_, _> = drawn.iter().enumerate().filter_map(rendered).collect();
    let mut list = Rows {
        near_count: rows.values().filter(|row| row.is_near).count(),
        window: 0..NEAR,
        seen: 0,
        drawn,
        rows,
        touched: FxHashSet::default(),
        models: Default::default(),
        row,
        near,
        far,
    };
    let draw: Draw = Box::new(move |touched| list.draw(&shown(), touched));
    DRAW.set(Some(draw));
    let scrolled = Closure::<dyn Fn()>::new(|| {
        if !HAS_SCROLLED.replace(true) {
            request_animation_frame(|| self::draw(Vec::new()));
        }
    });
    window().set_onscroll(Some(scrolled.into_js_value().unchecked_ref()));
}

/// Brings the rows up to date when the browser is done with what it is doing.
pub fn draw(touched: Vec<Touched>) {
    let is_first = TOUCHED.with_borrow_mut(|all| {
        let is_first = all.is_none();
        all.get_or_insert_default().extend(touched);
        is_first
    });
    if is_first {
        spawn_local(async { draw_now() });
    }
}

fn draw_now() {
    let (touched, draw) = (TOUCHED.take(), DRAW.take());
    let Some(mut draw) = draw else {
        return;
    };
    let touched = touched.unwrap_or_default();
    let is_left = draw(touched);
    DRAW.set(Some(draw));
    if is_left {
        // Not before the next frame has been painted.
        request_animation_frame(|| {
            super::after(0, || {
                IS_FOLLOWING.set(true);
                self::draw(Vec::new());
            });
        });
    }
}

struct Rows<D, N: Render, R, F> {
    /// The items whose rows are in the document, in order.
    drawn: Vec<ItemId>,
    rows: FxHashMap<ItemId, Row<D, N::State>>,
    /// The items whose rows may look different now.
    touched: FxHashSet<ItemId>,
    /// Which rows, counted from the top, are in view or near it.
    window: Range<usize>,
    /// The row in the middle of what is seen, as far as is known.
    seen: usize,
    /// How many rows have all their controls.
    near_count: usize,
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
    is_near: bool,
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
    fn draw(&mut self, shown: &[ItemId], touched: Vec<Touched>) -> bool {
        for touched in touched {
            match touched {
                Touched::Items(ids) => self.touched.extend(ids),
                Touched::Everything => self.touched.extend(self.rows.keys()),
                // Nothing is marked far from what is seen.
                Touched::Marks => {
                    let near = self.rows.iter().filter(|(_, row)| row.is_near);
                    self.touched.extend(near.map(|(id, _)| *id));
                }
            }
        }
        if HAS_SCROLLED.take() {
            self.look_around();
        }
        let mut budget = Budget::new(IS_FOLLOWING.take());
        let is_complete = shown == self.drawn || self.arrange(shown.to_vec(), &mut budget);
        self.redraw(&mut budget);
        self.approach(&mut budget);
        !is_complete || !self.touched.is_empty() || budget.is_over()
    }

    /// Finds out which rows are near what is seen.
    fn look_around(&mut self) {
        if self.drawn.len() <= NEAR {
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
        let seen = seen.and_then(|element| super::item_of(&element));
        let seen = seen.and_then(|seen| self.drawn.iter().position(|id| *id == seen));
        let share = ((middle - list.top()) / list.height()).clamp(0.0, 1.0);
        let seen = seen.unwrap_or((share * self.drawn.len() as f64) as usize);
        self.seen = seen;
        let start = seen.saturating_sub(NEAR / 2);
        self.window = start..start + NEAR;
    }

    /// Gives the rows in reach all their controls, and takes them from others if there are too many.
    fn approach(&mut self, budget: &mut Budget) {
        let end = self.window.end.min(self.drawn.len());
        let near = self.drawn.get(self.window.start.min(end)..end);
        let mut near = near.unwrap_or_default().to_vec();
        // What is seen comes first.
        let first = (self.seen - self.window.start).saturating_sub(AT_LEAST / 2);
        let first = first.min(near.len());
        near.rotate_left(first);
        for id in near {
            self.change_distance(id, true, budget);
        }
        if self.near_count > MAX_NEAR {
            for (index, id) in self.drawn.clone().into_iter().enumerate() {
                if !self.window.contains(&index) {
                    self.change_distance(id, false, budget);
                }
            }
        }
    }

    /// Draws a row with more or fewer controls, if there is still time.
    fn change_distance(&mut self, id: ItemId, is_near: bool, budget: &mut Budget) {
        let changes = |row: &Row<D, N::State>| row.is_near != is_near;
        if budget.is_over() || !self.rows.get(&id).is_some_and(changes) {
            return;
        }
        let Some(before) = self.element(id) else {
            return;
        };
        let has_focus = is(&before, ":focus-within");
        if !is_near && (has_focus || is(&before, ".editing, [data-dragged]")) {
            return;
        }
        if !budget.take() {
            return;
        }
        if let Some(element) = self.make(id, is_near) {
            let _ = before.replace_with_with_node_1(&element);
        }
        if has_focus {
            super::focus::mend_focus(Some(id));
        }
    }

    /// Makes the rows the ones that are shown, in their order. Answers whether that is done, and nothing is left
    /// for lack of time.
    fn arrange(&mut self, mut shown: Vec<ItemId>, budget: &mut Budget) -> bool {
        let Some(list) = find("#item-list") else {
            return true;
        };
        let wanted = shown.len();
        let window = self.window.clone();
        let is_near = |index| wanted <= MAX_NEAR || window.contains(&index);
        // What stands where it stood, from the start or from the end, is there.
        let longer = self.drawn.len().wrapping_sub(wanted);
        let (mut asked, mut index) = (0_usize, 0);
        shown.retain(|id| {
            let mut places = [asked, asked.wrapping_add(longer)].into_iter();
            asked += 1;
            let is_made = places.any(|place| self.drawn.get(place) == Some(id))
                || self.rows.contains_key(id)
                || (budget.take() && self.make(*id, is_near(index)).is_some());
            index += usize::from(is_made);
            is_made
        });
        let steps = steps(&self.drawn, &shown);
        // Where rows only go, some may stay a little longer.
        let can_wait = steps.iter().all(|step| matches!(step, Step::Remove(_)));
        let mut has_time = true;
        for step in steps {
            has_time = !can_wait || budget.take();
            if !has_time {
                break;
            }
            let _ = match step {
                Step::Remove(id) => {
                    let element = self.element(id);
                    let row = self.rows.remove(&id);
                    self.near_count -= usize::from(row.is_some_and(|row| row.is_near));
                    element.map(|element| element.remove())
                }
                Step::Place(id, before) => {
                    let before = before.and_then(|id| self.element(id));
                    let element = self.element(id);
                    element.map(|element| place(&list, &element, before.as_ref()))
                }
            };
        }
        let is_complete = has_time && (shown.len() == wanted || !budget.is_over());
        tidy(&list, is_complete);
        if has_time {
            self.drawn = shown;
        } else {
            self.drawn.retain(|id| self.rows.contains_key(id));
        }
        is_complete
    }

    /// Makes the row of an item, in place of one that was there. It is not in the document yet.
    fn make(&mut self, id: ItemId, is_near: bool) -> Option<Element> {
        let data = (self.row)(id, is_near)?;
        let [far, near] = &mut self.models;
        let (element, state) = if is_near {
            let (element, state) = near.copy(&self.near, id, &data)?;
            (element, Some(state))
        } else {
            // It is drawn anew when it changes.
            (far.copy(&self.far, id, &data)?.0, None)
        };
        let row = Row {
            data,
            is_near,
            element: Some(element.clone()),
            state,
        };
        self.near_count += usize::from(is_near);
        let before = self.rows.insert(id, row);
        self.near_count -= usize::from(before.is_some_and(|row| row.is_near));
        Some(element)
    }

    /// Draws what looks different, from what is seen on and then from the top, as far as there is time.
    fn redraw(&mut self, budget: &mut Budget) {
        let touched = std::mem::take(&mut self.touched);
        if touched.len() <= AT_LEAST {
            for id in touched {
                self.redraw_row(id, budget);
            }
            return;
        }
        let drawn = self.drawn.clone();
        let first = self.seen.saturating_sub(AT_LEAST / 2).min(drawn.len());
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
        let Some(data) = (self.row)(id, row.is_near) else {
            return;
        };
        if data == row.data {
            return;
        }
        if !budget.take() {
            self.touched.insert(id);
            return;
        }
        if !row.is_near {
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
