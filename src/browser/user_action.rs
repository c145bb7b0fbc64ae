//! The actions of the person, independent of the input device.

use crate::domain::{At, Filter, ItemId};

/// One action of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserAction {
    /// Add an item with this text.
    Add(String),
    /// Complete an open item, or reopen a completed one.
    Toggle(ItemId),
    /// Complete all items (true), or reopen them.
    CompleteAll(bool),
    /// Remove an item.
    Remove(ItemId),
    /// Remove the completed items.
    ClearCompleted,
    /// Open the editor of an item.
    Edit(ItemId),
    /// Close the editor and save this text.
    SaveEdit(String),
    /// Close the editor and leave the item as it was.
    CancelEdit,
    /// Move an item to another place.
    Move(ItemId, At),
    /// Move an item up or down by one visible item.
    MoveBy(ItemId, Direction),
    /// Undo the latest step.
    Undo,
    /// Redo the step that was undone last.
    Redo,
    /// Show a view, filtered by a search text.
    ShowView(Filter, String),
    /// Show the item that the notice says is hidden.
    ShowHidden,
    /// Paste a text with several lines into the field for new items.
    Paste(String),
    /// Add an item for each pasted line.
    AddPastedLines,
    /// Keep the pasted lines as one text.
    KeepPastedText,
    /// Send a rejected text again.
    RetryRejected(ItemId),
    /// Discard a rejected text.
    DiscardRejected(ItemId),
    /// Copy a rejected text to the clipboard.
    CopyRejected(ItemId),
    /// Copy the visible items to the clipboard, as plain text or as Markdown.
    CopyItems {
        /// Whether to copy Markdown.
        markdown: bool,
    },
    /// Sign out.
    SignOut,
    /// Dismiss the notice.
    DismissNotice,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the start of the list.
    Up,
    /// Towards its end.
    Down,
}
