//! Everything that touches the browser beyond what the components render, with one face for both
//! builds: in the server the same functions exist and do nothing.

mod gesture;

#[cfg(feature = "hydrate")]
#[path = "dom/mod.rs"]
mod side;
#[cfg(not(feature = "hydrate"))]
#[path = "absent.rs"]
mod side;

pub use gesture::{Direction, Gesture};
pub use side::{
    address, copy, document_state, editor_text, field_is_free, focus, focus_editor, focus_field,
    fold, listen, mark_hydrated, mend_focus, new_client_id, new_item_id, now, pause,
    put_into_field, scroll_to_end, show_address, title_children, title_property, trail,
};

use crate::domain::{Filter, ItemId, Listing};

/// What the server has rendered into the document, read back when the page hydrates: the document
/// itself carries the state, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentState {
    /// The list, all of it.
    pub listing: Listing,
    /// Which of its items the page shows.
    pub filter: Filter,
    /// What it searches for.
    pub search: String,
    /// The item whose editor is open, and the text in it.
    pub editing: Option<(ItemId, String)>,
    /// What was just done, or why it was not.
    pub notice: Option<Notice>,
    /// The commands that can be undone, and those that can be redone, the latest last: numbers of
    /// commands that were given by forms.
    pub done: Vec<u64>,
    /// See `done`.
    pub undone: Vec<u64>,
    /// The text that was refused and stands in the field again.
    pub draft: String,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// A short message, and what it offers to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// What the button beside it does.
    pub offer: Offer,
}

/// What a message offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Nothing: there is no button.
    Nothing,
    /// To take back what it tells.
    Undo,
    /// To do again what was taken back.
    Redo,
}

/// Where the keyboard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Nowhere.
    Lost,
    /// In the row of an item.
    Row(ItemId),
    /// On something else.
    Elsewhere,
}
