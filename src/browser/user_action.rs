//! What a person does with the page, whatever it is done with: mouse, finger, keys or menu.

use crate::domain::{At, Filter, ItemId};

/// One thing that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gesture {
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
    Save(String),
    /// End editing, and leave the item as it was.
    Cancel,
    /// Put an item at another place.
    Move(ItemId, At),
    /// Move an item by one place up or down among those that are shown.
    Step(ItemId, Direction),
    /// Take the last step back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Look at a view, and search in it.
    Show(Filter, String),
    /// Several lines were pasted.
    Paste(String),
    /// Make an item of each pasted line.
    AddPasted,
    /// Let the pasted lines be one text.
    KeepPasted,
    /// Send a refused text once more.
    Retry(ItemId),
    /// Let go of a refused text.
    Discard(ItemId),
    /// Put a refused text on the clipboard.
    CopyText(ItemId),
    /// Put the items that are shown on the clipboard, as plain text or as Markdown.
    Copy {
        /// Whether as Markdown.
        markdown: bool,
    },
    /// Sign out.
    SignOut,
    /// Take the message away.
    Dismiss,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the start of the list.
    Up,
    /// Towards its end.
    Down,
}
