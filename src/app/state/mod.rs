//! The state of one open page, as a value: all behaviour of the page that needs no browser.

use std::ops::Range;

mod drafts;
mod pasted_lines;
mod rejected_texts;
mod server_updates;
mod sync_status;
mod user_actions;
mod visible_items;

use self::drafts::Drafts;
use self::pasted_lines::PastedLine;
use self::rejected_texts::NewItemError;
pub(crate) use self::rejected_texts::RejectedText;
use self::sync_status::SyncStatus;
pub(crate) use self::visible_items::LeavingItem;
use self::visible_items::VisibleItems;
use crate::app::list_text;
use crate::browser::{DocumentState, Notice};
use crate::domain::{
    ClientId, CommandId, Filter, HashKey, IdSet, Item, ItemId, List, ListId, UndoStack,
    find_matches, fold_needle, has_match,
};
use crate::sync::{Replica, SyncEngine};

/// Everything that the page shows or remembers.
pub(crate) struct PageState {
    /// The list, the pending commands, and the connection to the server.
    pub(crate) engine: SyncEngine,
    pub(crate) new_item_error: NewItemError,
    pub(crate) undo_stack: UndoStack,
    pub(crate) filter: Filter,
    /// The text in the search field.
    pub(crate) search: String,
    /// The item whose editor is open, and the text that the editor has opened with.
    pub(crate) editing: Option<(ItemId, String)>,
    pub(crate) notice: Option<Notice>,
    /// How many notices there have been.
    pub(crate) notice_count: usize,
    /// An announcement for screen readers.
    pub(crate) announcement: String,
    /// The items that others have changed and whose rows are animated.
    pub(crate) changed_by_others: IdSet<ItemId>,
    /// Pasted lines that the page offers to add as items.
    pub(crate) pasted: Vec<PastedLine>,
    /// The text that the lines were pasted as.
    pasted_text: String,
    /// Texts of an earlier page of the tab that wait for their field.
    drafts: Drafts,
    /// The number of the latest command of a form among the undo steps.
    form_steps: u64,
    /// Whether the commands in the storage of the browser are read, if it has any.
    pub(crate) is_storage_read: bool,
    /// The status that was announced last.
    pub(crate) announced_status: SyncStatus,
    pub(crate) visible: VisibleItems,
    /// The items that the person has completed or reopened, so that they no longer belong to the view. They stay visible
    /// for a moment.
    pub(crate) leaving: Vec<LeavingItem>,
    /// The folded search text, and the function that folding needs (see [`fold`](crate::domain::fold)).
    pub(crate) needle: String,
    pub(crate) decompose: fn(&str) -> String,
}

/// The content of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowContent {
    pub(crate) title: String,
    pub(crate) completed: bool,
    pub(crate) pending: bool,
    pub(crate) arrived: bool,
    /// The text that the editor opens with, if it is open.
    pub(crate) editing: Option<String>,
    /// The byte ranges of the matches in the title.
    pub(crate) found: Vec<Range<usize>>,
}

impl RowContent {
    /// The classes of the row, including those of the TodoMVC specification.
    pub(crate) fn class(&self) -> String {
        let mut class = String::new();
        for (name, applies) in [
            ("completed ", self.completed),
            ("editing ", self.editing.is_some()),
            ("pending ", self.pending),
        ] {
            if applies {
                class.push_str(name);
            }
        }
        class.truncate(class.trim_end().len());
        class
    }
}

impl PageState {
    /// Starts from the document that the server has rendered. Ids are hashed with `key`; `decompose` is for
    /// searching (see [`fold`](crate::domain::fold)).
    pub(crate) fn new(
        document: DocumentState,
        client: ClientId,
        key: HashKey,
        decompose: fn(&str) -> String,
    ) -> Self {
        let command = |seq: &u64| CommandId {
            client: ClientId::SERVER,
            seq: *seq,
        };
        let done: Vec<_> = document.done.iter().map(command).collect();
        let undone: Vec<_> = document.undone.iter().map(command).collect();
        let replica = Replica::new(key, ListId::HOME, document.epoch, document.listing, client);
        Self {
            visible: VisibleItems::default(),
            leaving: Vec::new(),
            engine: SyncEngine::new(replica),
            new_item_error: NewItemError::new(document.refusal),
            undo_stack: UndoStack::new(&done, &undone),
            filter: document.filter,
            needle: fold_needle(&document.search, decompose),
            search: document.search,
            editing: document.editing,
            notice: document.notice,
            notice_count: 0,
            announcement: String::new(),
            changed_by_others: IdSet::with_hasher(key),
            pasted: Vec::new(),
            pasted_text: String::new(),
            drafts: Drafts::default(),
            form_steps: done
                .iter()
                .chain(&undone)
                .map(|id| id.seq)
                .max()
                .unwrap_or_default(),
            is_storage_read: false,
            announced_status: SyncStatus::default(),
            decompose,
        }
    }

    /// The list, with pending commands applied.
    pub(crate) fn list(&self) -> &List {
        self.engine.replica.view()
    }

    /// The content of an interactive row; `None` if the item is not in the list.
    pub(crate) fn row(&self, id: ItemId) -> Option<RowContent> {
        let text_only = self.text_only_row(id)?;
        let editing = self.editing.as_ref().filter(|(item, _)| *item == id);
        Some(RowContent {
            pending: self.engine.replica.outbox.is_adding(id),
            arrived: self.changed_by_others.contains(&id),
            editing: editing.map(|(_, text)| text.clone()),
            found: find_matches(&text_only.title, &self.needle, self.decompose),
            ..text_only
        })
    }

    /// The content of a text-only row; `None` if the item is not in the list.
    pub(crate) fn text_only_row(&self, id: ItemId) -> Option<RowContent> {
        let item = self.list().get(id)?;
        item.removed_at.is_none().then(|| RowContent {
            title: item.title.to_string(),
            completed: item.completed_at.is_some(),
            ..RowContent::default()
        })
    }

    /// The item whose editor is open.
    pub(crate) fn edited(&self) -> Option<ItemId> {
        self.editing.as_ref().map(|(id, _)| *id)
    }

    /// Whether the view and the search show an item.
    pub(crate) fn shows(&self, item: &Item) -> bool {
        self.stays(item) || (self.filter.shows(item) && self.is_found(item))
    }

    /// Whether an item is visible whatever changes in it: its editor is open, or it is leaving.
    fn stays(&self, item: &Item) -> bool {
        self.edited() == Some(item.id) || self.is_leaving(item.id)
    }

    /// Whether the search finds an item.
    pub(crate) fn is_found(&self, item: &Item) -> bool {
        self.needle.is_empty() || has_match(item.title.as_str(), &self.needle, self.decompose)
    }

    /// The number of open items.
    pub(crate) fn left(&self) -> usize {
        self.list().len() - self.list().completed()
    }

    /// Whether the list has items and all are completed.
    pub(crate) fn all_completed(&self) -> bool {
        !self.list().is_empty() && self.left() == 0
    }

    /// The number that the page shows, and the words after it: the open items, or the result of a search.
    pub(crate) fn count(&self) -> (usize, String) {
        if !self.is_searching() {
            let ending = if self.left() == 1 { "" } else { "s" };
            return (self.left(), format!(" item{ending} left"));
        }
        let of = match self.filter {
            Filter::All => self.list().len(),
            Filter::Active => self.left(),
            Filter::Completed => self.list().completed(),
        };
        (self.listed_items().len(), format!(" of {of}"))
    }

    /// Whether a search hides items.
    pub(crate) fn is_searching(&self) -> bool {
        !self.needle.is_empty()
    }

    /// The text in place of items if none is visible.
    pub(crate) fn empty_message(&self) -> String {
        self.empty_message_text().to_owned()
    }

    fn empty_message_text(&self) -> &'static str {
        if self.list().is_empty() {
            return "Nothing to do. Enjoy the day, or add something.";
        }
        if !self.visible_items().is_empty() {
            return "";
        }
        match self.filter {
            _ if self.is_searching() => "No item matches.",
            Filter::Active => "All done.",
            _ => "Nothing is completed yet.",
        }
    }

    /// The items as plain text or as Markdown.
    pub(crate) fn text(&self, shown: &[ItemId], markdown: bool) -> String {
        list_text::format_items(shown.iter().filter_map(|id| self.list().get(*id)), markdown)
    }
}

#[cfg(test)]
mod tests;
