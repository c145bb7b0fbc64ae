//! The rules of the list. They are pure, and the same in the server and in the browser.
//!
//! Nothing here reads a clock, draws random numbers, does I/O or depends on the framework: times and ids arrive in
//! commands. A [`Command`] says what a sender wants, [`decide`] returns the [`Event`]s that follow or a [`Rejection`],
//! and [`List::apply`] applies them.

mod client;
mod command;
mod cursor;
mod decide;
pub mod encoding;
mod event;
mod filter;
mod history;
mod id_map;
mod item;
mod list;
mod list_id;
mod nodes;
mod patch;
mod recall;
mod search;
mod snapshot;
mod timestamp;
mod title;
mod title_pieces;
mod undo_stack;
pub mod version_1;

pub use client::{Admission, ClientId, CommandId};
pub use command::{At, Command, Rejection};
pub use cursor::{Cursor, ParseCursorError};
pub use decide::{decide, max_events};
pub use event::{Change, Event, Stamp};
pub use filter::Filter;
pub use id_map::{HashKey, IdMap, IdSet};
pub use item::{Item, ItemId, ParseItemIdError};
pub use list::List;
pub use list_id::ListId;
pub use nodes::Stamps;
pub use patch::{Field, FieldChange, FieldPatch, ItemPatch};
pub use search::{find_matches, fold, fold_needle, has_match, have_match, sanitize_search};
pub use snapshot::{ImpossibleSnapshot, Listing, Snapshot};
pub use timestamp::Timestamp;
pub use title::{Title, TitleError};
pub use title_pieces::{TitlePiece, title_pieces};
pub use undo_stack::{UndoKind, UndoStack};

#[cfg(test)]
pub(crate) mod tests;
