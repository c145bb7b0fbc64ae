//! What the sync engine asks the page to do.

use super::{StreamWatch, TabMessage};
use crate::domain::{Command, CommandId, Cursor, ListId};
use crate::sync::StorageWrite;

/// Something that the page does for the sync engine. Functions of [`SyncEngine`](super::SyncEngine) take the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Call the server. The result goes to `on_response` or `on_call_failed`.
    Call(Call),
    /// Do these writes to the storage in one transaction. The result goes to `on_written`.
    Write(Vec<StorageWrite>),
    /// Read the storage, after the writes before. The result goes to `on_read`.
    Read(ReadPurpose),
    /// Pass the timer to `on_timer` after this number of milliseconds.
    SetTimer(Timer, u32),
    /// Tell the other pages of this browser.
    Broadcast(TabMessage),
    /// Open the stream after this cursor, in place of one that may be open.
    OpenStream(Cursor),
    /// Close the stream.
    CloseStream,
    /// Ask to lead the pages of this browser.
    RequestLead,
    /// Take the lead from a page that does not answer.
    TakeLead,
    /// Ask the service worker to cache the page. If there is no service worker, call `on_page_cache_missing`.
    CachePage,
    /// Find out whether the login session of the page is still that of the browser.
    CheckLoginSession,
    /// Ask the browser to keep the storage when it needs space.
    RequestPersistentStorage,
}

/// A call of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The list.
    pub list: ListId,
    /// The cursor of the list as the page knows it.
    pub since: Cursor,
    /// The id of the first command. The others have the numbers after it.
    pub first: CommandId,
    /// The commands; none if the call only asks for changes.
    pub commands: Vec<Command>,
}

/// Why the storage is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadPurpose {
    /// The page has just opened.
    Start,
    /// Another page has changed the storage, or may have.
    News,
    /// The number of a command did not fit: another page may have sent it. No call goes out meanwhile.
    Resync,
}

/// A timer, with what was so when it was set. Timers are not cancelled: one that is out of date has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Call again, unless a call has succeeded or failed again since.
    Retry {
        /// What the engine counted when the timer was set: see `SyncEngine::failures`.
        failures: u32,
    },
    /// The pause with this number ends.
    PauseEnd {
        /// How often the server has asked for a pause.
        pauses: u32,
    },
    /// The stream was lost, and may be back.
    StreamLoss(StreamWatch),
    /// The stream may be silent.
    StreamSilence {
        /// How often the stream was opened.
        opened: u32,
    },
    /// This command was the first pending one, and may still be.
    SlowSaving {
        /// The id of the command.
        first: CommandId,
    },
    /// The storage could not be read.
    ReadRetry,
    /// The leading page may not have answered.
    LeaderAnswer {
        /// How often it had shown that it is there when the timer was set.
        signs: u32,
    },
    /// The leading page may be silent.
    LeaderSilence {
        /// How often it had shown that it is there when the timer was set.
        signs: u32,
    },
    /// Cache the page.
    PageCache,
}
