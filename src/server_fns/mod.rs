//! The functions that the page calls on the server, and how such a call can fail.
//!
//! Arguments and answers are domain types. The endpoints are fixed names, since a page
//! that was opened yesterday still calls them. The bodies exist in the server only.

mod codec;

use leptos::prelude::*;
use leptos::server_fn::error::ServerFnErrorErr;
use serde::{Deserialize, Serialize};

pub use self::codec::{Signed, SignedPostcard};
use crate::domain::{Change, Command, CommandId, Listing, Rejection};

/// Gives the list a command, and answers what it did. The same command sent again gets the first
/// answer again.
///
/// # Errors
///
/// [`CallError::Rejected`] says which rule forbids it; [`CallError::OutOfOrder`] and
/// [`CallError::NumberTaken`] that its number does not fit.
#[server(prefix = "/api/fn", endpoint = "run_command", input = Signed, output = Signed)]
pub async fn run_command(
    /// The name of the command.
    id: CommandId,
    /// What the person wants.
    command: Command,
) -> Result<Change, CallError> {
    crate::server::calls::run_command(id, command).await
}

/// The whole list as it is now.
///
/// # Errors
///
/// None of its own: only those of the way to the server and back.
#[server(prefix = "/api/fn", endpoint = "load_list", input = Signed, output = Signed)]
pub async fn load_list() -> Result<Listing, CallError> {
    Ok(crate::server::calls::load_list())
}

/// Why a call did not do what it should. The messages are written for the person at the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
    /// The server understood and said no.
    #[error("{0}")]
    Rejected(Rejection),
    /// Commands of this sender are missing before this one.
    #[error("The server has missed something from this page. Try again.")]
    OutOfOrder {
        /// The number that is expected.
        expected: u64,
    },
    /// Another command of this sender had the number before.
    #[error("The server has taken this for something else. Try again.")]
    NumberTaken,
    /// The disk of the server is full.
    #[error("The server has no room left. Nothing was changed.")]
    StorageFull,
    /// The server cannot keep anything just now.
    #[error("The server cannot save anything now. Try again in a moment.")]
    Unavailable,
    /// The server could not read the arguments: the page is of another version, or was meddled with.
    #[error("The server did not understand this page. Reload it and try again.")]
    Malformed,
    /// The server answered something that is not an answer of ours.
    #[error("The server has a problem. Try again in a moment.")]
    Failed,
    /// No answer came.
    #[error("The server cannot be reached. Check your connection and try again.")]
    Unreachable,
}

impl FromServerFnError for CallError {
    type Encoder = SignedPostcard;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            // In the server this is what unreadable arguments become; in the browser, unreadable answers.
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Malformed,
            ServerFnErrorErr::Deserialization(_) if cfg!(target_family = "wasm") => Self::Failed,
            ServerFnErrorErr::Deserialization(_) => Self::Malformed,
            _ => Self::Failed,
        }
    }
}
