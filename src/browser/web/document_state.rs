//! Reads the state from the document that the server has rendered.

use js_sys::{JSON, Reflect};

use super::find;
use crate::browser::{DocumentState, STATE_ELEMENT};

/// Reads the state from the document. `None` if it is not there as the server has rendered it: the response may have been
/// cut short. Such a page still works without script.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    let json = find(&format!("script#{STATE_ELEMENT}"))?.text_content()?;
    let state = JSON::parse(&json).ok()?;
    DocumentState::read(|name| Reflect::get(&state, &name.into()).ok()?.as_string())
}
