//! Templates of rows. Copying an element and changing what differs is faster than building a row from nothing.

use leptos::tachys::view::{Mountable, Position, RenderHtml};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::domain::ItemId;

/// A row outside of the document, with its item and content, from which others are copied. It is created on first use.
pub(super) struct RowTemplate<D>(Option<(ItemId, D, Element)>);

impl<D> Default for RowTemplate<D> {
    fn default() -> Self {
        Self(None)
    }
}

impl<D: Clone> RowTemplate<D> {
    /// Creates the row of an item. The caller inserts it into the document.
    pub(super) fn instantiate<V: RenderHtml>(
        &mut self,
        view: &impl Fn(ItemId, D) -> V,
        id: ItemId,
        data: &D,
    ) -> Option<(Element, V::State)> {
        if self.0.is_none() {
            let element = view(id, data.clone()).build().elements().pop()?;
            self.0 = Some((id, data.clone(), element));
        }
        let (template_id, template_data, template) = self.0.as_ref()?;
        let element: Element = template.clone_node_with_deep(true).ok()?.unchecked_into();
        let same = view(*template_id, template_data.clone());
        let mut state = same.hydrate_from_position::<true>(&element, Position::Current);
        view(id, data.clone()).rebuild(&mut state);
        Some((element, state))
    }
}
