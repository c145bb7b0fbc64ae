//! The server function of the page, its response and its errors.
//!
//! Arguments and responses are types of `domain` and `sync`. The endpoint has a fixed name, because a page that was opened
//! before an update of the server still calls it: it gets an error that it understands. The server provides the body as a handler.

mod encoding;
mod handler;

use leptos::prelude::*;
use leptos::server_fn::error::ServerFnErrorErr;
use serde::{Deserialize, Serialize};

pub use self::encoding::{CallEncoding, ERROR_VERSION, ErrorEncoding, PostcardRpc, TaggedPostcard};
pub use self::handler::ExchangeHandler;
use crate::domain::{Command, CommandId, Cursor, ListId};
use crate::sync::CallFailure;
pub use crate::sync::ExchangeResponse;

/// Sends the commands of one sender, in order, and asks for the changes since `since`. Commands that were sent before get
/// their first outcome again.
///
/// The server stops at the first command that it cannot decide now. Then the response has fewer outcomes, and the reason
/// is the error of the next call.
///
/// # Errors
///
/// The [`CallError`] says why the server cannot decide the first command: its number does not fit
/// ([`CallError::OutOfOrder`], [`CallError::NumberTaken`]), or the server cannot store it ([`CallError::StorageFull`],
/// [`CallError::Unavailable`]). The other variants do not depend on the commands.
#[server(prefix = "/api/fn", endpoint = "exchange", protocol = PostcardRpc)]
pub async fn exchange(
    /// The list.
    list: ListId,
    /// The cursor of the list as the page knows it.
    since: Cursor,
    /// The id of the first command. The others have the numbers after it.
    first: CommandId,
    /// The commands.
    commands: Vec<Command>,
) -> Result<ExchangeResponse, CallError> {
    expect_context::<ExchangeHandler>()
        .handle(list, since, first, commands)
        .await
}

/// Why a call has failed. The messages are for the person at the page. Pages of version 1 know these variants, so new ones
/// need a new [`ERROR_VERSION`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallError {
    /// Commands of this sender are missing before this one.
    #[error("The server did not receive earlier changes of this page. Try again.")]
    OutOfOrder {
        /// The expected number.
        expected: u64,
    },
    /// The number of the first command is one of an earlier, different command of this sender.
    #[error("The server already has another change with this number. Try again.")]
    NumberTaken,
    /// The disk of the server is full.
    #[error("The server has no room left. Nothing was changed.")]
    StorageFull,
    /// The server cannot store anything now.
    #[error("The server cannot save anything now. Try again in a moment.")]
    Unavailable,
    /// The server cannot decode the arguments: the page is of another version, or the request was altered.
    #[error("The server did not understand this page. Reload it and try again.")]
    Malformed,
    /// The response does not come from this program.
    #[error("The server has a problem. Try again in a moment.")]
    Failed,
    /// There is no response.
    #[error("The server cannot be reached. Check your connection and try again.")]
    Unreachable,
    /// The login session of the page has ended.
    #[error("You are signed out. Sign in and try again.")]
    SignedOut,
    /// The address of the client has used up its budget of requests.
    #[error("The server is busy. Try again in a moment.")]
    Busy {
        /// The seconds after which the server accepts more.
        seconds: u64,
    },
    /// The address of the client has sent commands of too many new senders.
    #[error("Too many new pages have sent changes from this address. Try again in a minute.")]
    TooManySenders {
        /// The seconds after which the server accepts more.
        seconds: u64,
    },
}

impl FromServerFnError for CallError {
    type Encoder = ErrorEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            // In the server the arguments did not decode; in the browser, the response did not.
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Malformed,
            ServerFnErrorErr::Deserialization(_) if cfg!(target_family = "wasm") => Self::Failed,
            ServerFnErrorErr::Deserialization(_) => Self::Malformed,
            _ => Self::Failed,
        }
    }
}

impl From<CallError> for CallFailure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::OutOfOrder { .. } | CallError::NumberTaken => Self::NumberMismatch,
            CallError::Busy { seconds } => Self::Busy { seconds },
            CallError::TooManySenders { seconds } => Self::TooManySenders { seconds },
            CallError::SignedOut => Self::SignedOut,
            CallError::Malformed => Self::Outdated,
            CallError::StorageFull
            | CallError::Unavailable
            | CallError::Failed
            | CallError::Unreachable => Self::Unavailable,
        }
    }
}
