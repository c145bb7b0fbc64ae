//! Rows as copies of one another: only what is different has to be told to the browser, which takes less than to
//! build a row from nothing.

use leptos::tachys::view::{Mountable, Position, RenderHtml};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::domain::ItemId;

/// What rows are copied from: one that is in no document, and what it shows; nothing until it is needed.
pub(super) struct Model<D>(Option<(ItemId, D, Element)>);

impl<D> Default for Model<D> {
    fn default() -> Self {
        Self(None)
    }
}

impl<D: Clone> Model<D> {
    /// Makes the row of an item. It is not in the document yet.
    pub(super) fn copy<V: RenderHtml>(
        &mut self,
        view: &impl Fn(ItemId, D) -> V,
        id: ItemId,
        data: &D,
    ) -> Option<(Element, V::State)> {
        if self.0.is_none() {
            let element = view(id, data.clone()).build().elements().pop()?;
            self.0 = Some((id, data.clone(), element));
        }
        let (model_id, model_data, model) = self.0.as_ref()?;
        let element: Element = model.clone_node_with_deep(true).ok()?.unchecked_into();
        let same = view(*model_id, model_data.clone());
        let mut state = same.hydrate_from_position::<true>(&element, Position::Current);
        view(id, data.clone()).rebuild(&mut state);
        Some((element, state))
    }
}
