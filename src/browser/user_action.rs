//! What a person does with the page, whatever it is done with: mouse, finger, keys or menu.

use crate::domain::{At, Filter, ItemId};

/// One thing that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserAction {
    /// Add an item with this text.
    Add(String),
    /// Complete an item if it is open, else open it again.
    Toggle(ItemId),
    /// Complete all items, or open them again.
    CompleteAll(bool),
    /// Remove an item.
    Remove(ItemId),
    /// Remove what is completed.
    ClearCompleted,
    /// Begin to edit an item.
    Edit(ItemId),
    /// End editing with this text.
    SaveEdit(String),
    /// End editing, and leave the item as it was.
    CancelEdit,
    /// Put an item at another place.
    Move(ItemId, At),
    /// Move an item by one place up or down among those that are shown.
    MoveBy(ItemId, Direction),
    /// Take the last step back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Look at a view, and search in it.
    ShowView(Filter, String),
    /// Several lines were pasted.
    Paste(String),
    /// Make an item of each pasted line.
    AddPastedLines,
    /// Let the pasted lines be one text.
    KeepPastedText,
    /// Send a refused text once more.
    RetryRejected(ItemId),
    /// Let go of a refused text.
    DiscardRejected(ItemId),
    /// Put a refused text on the clipboard.
    CopyRejected(ItemId),
    /// Put the items that are shown on the clipboard, as plain text or as Markdown.
    CopyItems {
        /// Whether as Markdown.
        markdown: bool,
    },
    /// Sign out.
    SignOut,
    /// Take the message away.
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
