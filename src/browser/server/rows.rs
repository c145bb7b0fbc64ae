//! The rows of the list as HTML.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;

use crate::browser::{INTERACTIVE_ROWS, ROWS_PER_BLOCK, StreamedViews, is_interactive};
use crate::domain::ItemId;
use crate::sync::DirtySet;

/// The rows of the list: the first ones, then block after block, each rendered when it is written.
pub fn rows<D, N: IntoView + 'static, F: IntoView + 'static>(
    shown: impl Fn() -> Arc<[ItemId]>,
    edited: impl Fn() -> Option<ItemId>,
    row: impl Fn(ItemId, bool) -> Option<D> + Send,
    _: fn(&D) -> &str,
    interactive_view: fn(ItemId, D) -> N,
    text_only_view: impl Fn(ItemId, D) -> F + Send,
) -> impl IntoView {
    let shown = shown();
    let is_interactive = is_interactive(&shown, edited());
    let draw = move |(index, id)| {
        let is_interactive = is_interactive(index);
        let data = row(id, is_interactive)?;
        Some(if is_interactive {
            Either::Left(interactive_view(id, data))
        } else {
            Either::Right(text_only_view(id, data))
        })
    };
    let all = (0..shown.len()).map(move |index| (index, shown[index]));
    let mut rows = all.filter_map(draw);
    let first: Vec<_> = rows.by_ref().take(INTERACTIVE_ROWS).collect();
    let blocks = std::iter::from_fn(move || {
        let block: Vec<_> = rows.by_ref().take(ROWS_PER_BLOCK).collect();
        (!block.is_empty()).then(|| {
            view! {
                <li class="block" role="none">
                    <ul role="none">{block}</ul>
                </li>
            }
        })
    });
    (first, StreamedViews(blocks))
}

/// Rendered rows do not change.
pub fn schedule_draw(_: Vec<DirtySet>) {}
