//! The names of form fields, and of parameters in the query of a page. The components of [`crate::app`] and the inline
//! scripts use the same names.

/// The title of a new item, or the text in the editor of an item.
pub(super) const TITLE: &str = "title";
/// The id of an item.
pub(super) const ITEM: &str = "item";
/// The title of an item when its editor was opened.
pub(super) const OLD_TITLE: &str = "was";
/// The revision of the list that the page shows.
pub(super) const REVISION: &str = "revision";

/// A button of a row or of an editor.
pub(super) const ROW_BUTTON: &str = "do";
/// The button that completes all items (`true`), or none of them.
pub(super) const COMPLETE_ALL: &str = "all";
/// The button that removes all completed items.
pub(super) const CLEAR_COMPLETED: &str = "clear";
/// The button that undoes a command.
pub(super) const UNDO: &str = "undo";
/// The button that redoes a command.
pub(super) const REDO: &str = "redo";
/// The button that restores an item by its id, or all items (`all`).
pub(super) const RESTORE: &str = "restore";

/// The search text.
pub(super) const SEARCH: &str = "q";
/// The commands that can be undone.
pub(super) const DONE: &str = "done";
/// The commands that can be redone.
pub(super) const UNDONE: &str = "undone";

/// The address of the page to show after signing in.
pub(super) const TARGET: &str = "to";
/// What a person has typed before signing in.
pub(super) const TEXT: &str = "text";
pub(super) const PASSWORD: &str = "password";
/// Who was signed in in this browser before.
pub(super) const PREVIOUS_USER: &str = "before";
