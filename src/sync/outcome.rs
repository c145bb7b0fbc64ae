//! What the server has decided about a command.

use serde::{Deserialize, Serialize};

use crate::domain::Rejection;

/// What the server has decided about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It has changed the list.
    Accepted,
    /// The list was already as the command wants it. There is no change to wait for.
    Unchanged,
    /// The rules of the list reject it.
    Rejected(Rejection),
}
