//! The rows of the list as HTML.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;

use crate::browser::{BLOCK, Lazy, NEAR, is_near};
use crate::domain::ItemId;
use crate::sync::DirtySet;

/// The rows of the list, once: the first ones, and then block after block while they are written.
pub fn rows<D, N: IntoView + 'static, F: IntoView + 'static>(
    shown: impl Fn() -> Arc<[ItemId]>,
    edited: Option<ItemId>,
    row: impl Fn(ItemId, bool) -> Option<D> + Send,
    near: fn(ItemId, D) -> N,
    far: impl Fn(ItemId, D) -> F + Send,
) -> impl IntoView {
    let shown = shown();
    let is_near = is_near(&shown, edited);
    let draw = move |(index, id)| {
        let is_near = is_near(index);
        let data = row(id, is_near)?;
        Some(if is_near {
            Either::Left(near(id, data))
        } else {
            Either::Right(far(id, data))
        })
    };
    let all = (0..shown.len()).map(move |index| (index, shown[index]));
    let mut rows = all.filter_map(draw);
    let first: Vec<_> = rows.by_ref().take(NEAR).collect();
    let blocks = std::iter::from_fn(move || {
        let block: Vec<_> = rows.by_ref().take(BLOCK).collect();
        (!block.is_empty()).then(|| {
            view! {
                <li class="block" role="none">
                    <ul role="none">{block}</ul>
                </li>
            }
        })
    });
    (first, Lazy(blocks))
}

/// What is rendered stays as it is.
pub fn draw(_: Vec<DirtySet>) {}
