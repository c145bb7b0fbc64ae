//! What the sync engine hears of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Change, CommandId, Cursor, Rejection};
use crate::sync::{ConnectionState, ListUpdate, Outcome};

/// What one page tells the other pages of its browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// The storage has changed.
    StorageChanged,
    /// The calls of the leading page fail, which shows this state of the connection.
    CallsFail(ConnectionState),
    /// The calls of the leading page succeed again.
    CallsWork,
    /// The server has rejected this command, which has no text and so leaves nothing in the storage.
    Rejected(CommandId, Rejection),
    /// A page that does not lead asks whether another one does.
    WhoLeads,
    /// This page leads.
    Leads,
    /// The list of the server is at this cursor, as a call has shown: the stream brings nothing.
    ListAt(Cursor),
}

/// An event from outside of the page: from the server, from other pages of this browser, or from the service worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalEvent {
    /// The page is open and hydrated.
    Opened,
    /// The list has changed, in the history of this epoch.
    ListChanged(u64, Vec<Arc<Change>>),
    /// The server can be reached, and its list is at this cursor. The stream says so, or the leading page.
    Heartbeat(Cursor),
    /// The server does not know the changes that this page lacks.
    StreamReset,
    /// The stream, or the network, is lost.
    ConnectionLost,
    /// The person has come back to this page, or the network has. The page may have missed changes.
    Resumed,
    /// Another page has changed the storage.
    StorageChanged,
    /// The calls of the leading page fail, which shows this state of the connection.
    CallsFail(ConnectionState),
    /// The calls of the leading page succeed again.
    CallsWork,
    /// The server has rejected this command, which has no text.
    Rejected(CommandId, Rejection),
    /// Another page asks whether one leads.
    LeaderAsked,
    /// Another page leads, and is there.
    LeaderHeard,
    /// This page leads from now on: it talks to the server for all pages of this browser.
    LeadGained,
    /// Another page leads from now on.
    LeadLost,
    /// The cached page has the list at this cursor.
    PageCached(Cursor),
}

/// The response to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeResponse {
    /// The cursor of the list after the commands.
    pub cursor: Cursor,
    /// What was decided about each command.
    pub outcomes: Vec<Outcome>,
    /// The changes up to the cursor, including those of the commands.
    pub update: ListUpdate,
}

/// Why a call has failed, as far as it matters to what the page does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The number of the first command is not the next one of its sender.
    NumberMismatch,
    /// The server takes no calls of this page for a while.
    Busy {
        /// The seconds after which it takes calls again.
        seconds: u64,
    },
    /// The server takes no commands of this page for a while: too many senders are new from its address.
    TooManySenders {
        /// The seconds after which it takes commands again.
        seconds: u64,
    },
    /// The login session of the page has ended.
    SignedOut,
    /// The server does not understand this page, which is of another version.
    Outdated,
    /// The server cannot be reached, or cannot do its work.
    Unavailable,
}
