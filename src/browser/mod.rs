//! Everything that touches the browser beyond what the components render, with one face for both
//! builds: in the server the same functions exist and do nothing.

#[cfg(feature = "hydrate")]
#[path = "dom.rs"]
mod side;
#[cfg(not(feature = "hydrate"))]
#[path = "absent.rs"]
mod side;

pub use side::{
    document_state, mark_hydrated, new_client_id, new_item_id, now, on_return, pause,
    scroll_to_end, warn_before_leaving,
};

use crate::domain::Listing;

/// What the server has rendered into the document, read back when the page hydrates: the document
/// itself carries the state, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentState {
    /// The list.
    pub listing: Listing,
    /// The text that was refused and stands in the field again.
    pub draft: String,
    /// Why it was refused.
    pub refusal: Option<String>,
}
