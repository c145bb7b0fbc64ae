//! The function that the page calls on the server, and how such a call can fail.
//!
//! Arguments and answers are domain types. The endpoint is a fixed name, since a page that was opened
//! yesterday still calls it. The body exists in the server only.

mod encoding;
mod handler;

use leptos::prelude::*;
use leptos::server_fn::error::ServerFnErrorErr;
use serde::{Deserialize, Serialize};

pub use self::encoding::{PostcardRpc, TaggedPostcard};
pub use self::handler::ExchangeHandler;
use crate::domain::{Command, CommandId, Cursor, Rejection};
use crate::sync::ListUpdate;

/// Gives the list the commands of one sender, in order, and tells what has happened since `since`. Commands
/// that were given before get their first answer again.
///
/// It ends at the first command that cannot be decided now: the answer is shorter then, and whoever sends
/// the rest again hears why.
///
/// # Errors
///
/// Why the first command cannot be decided: [`CallError::OutOfOrder`] and [`CallError::NumberTaken`] say
/// that its number does not fit, [`CallError::StorageFull`] and [`CallError::Unavailable`] that the server
/// cannot keep it.
#[server(prefix = "/api/fn", endpoint = "exchange", protocol = PostcardRpc)]
pub async fn exchange(
    /// Up to where the page knows the list.
    since: Cursor,
    /// The name of the first command; the next ones have the numbers after it.
    first: CommandId,
    /// What the person wants.
    commands: Vec<Command>,
) -> Result<ExchangeResponse, CallError> {
    expect_context::<ExchangeHandler>()
        .handle(since, first, commands)
        .await
}

/// What the server says to commands, and about its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeResponse {
    /// Where the list is after them.
    pub cursor: Cursor,
    /// For each command whether it was done, or which rule forbids it.
    pub outcomes: Vec<Result<(), Rejection>>,
    /// What has happened up to there, those commands included.
    pub update: ListUpdate,
}

/// Why a call did not do what it should. The messages are written for the person at the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
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
    /// Whoever has opened the page is not signed in any more.
    #[error("You are signed out. Sign in and try again.")]
    SignedOut,
    /// Much was asked for from this address: the server takes more after so many seconds.
    #[error("The server has much to do. Try again in a moment.")]
    Busy {
        /// How long to wait, in seconds.
        seconds: u64,
    },
    /// Too many senders are new from this address: the server takes another one after so many seconds.
    #[error("Too many new pages have sent something from here. Try again in a minute.")]
    TooManySenders {
        /// How long to wait, in seconds.
        seconds: u64,
    },
}

impl FromServerFnError for CallError {
    type Encoder = TaggedPostcard;

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
