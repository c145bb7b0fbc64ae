//! User actions: the commands that they give, and what the page shows then.

use super::{PageState, pasted_lines};
use crate::app::list_text::{self, count_items};
use crate::browser::{Direction, Notice, NoticeAction, UserAction};
use crate::domain::{
    At, Command, CommandId, Filter, Item, ItemId, Timestamp, Title, TitleError, UndoKind,
    fold_needle,
};
use crate::sync::{DirtySet, MAX_BATCH_BYTES};

/// The most items that one command names. More would not fit into a request.
const MAX_ITEMS_PER_COMMAND: usize = 1_500;

/// What has happened to new items.
const ADDED: &str = " added.";

impl PageState {
    /// Performs an action. Returns the items that may look different.
    pub(crate) fn perform(
        &mut self,
        action: UserAction,
        now: Timestamp,
        new_id: &dyn Fn() -> ItemId,
    ) -> Vec<DirtySet> {
        self.announcement.clear();
        let commands = match action {
            UserAction::Add(_) if !self.pasted.is_empty() => {
                return self.add_pasted_lines(now, new_id);
            }
            UserAction::Add(text) => return self.add(&text, now, new_id),
            UserAction::Toggle(id) => {
                let completed = self.row(id).is_some_and(|row| !row.completed);
                let dirty = self.submit_step(vec![Command::complete(id, completed)], now);
                self.leave_view(id);
                return dirty;
            }
            UserAction::CompleteAll(completed) => return self.complete_all(completed, now),
            UserAction::Remove(id) => {
                return self.remove(&[id], vec![Command::Remove { id }], now);
            }
            UserAction::ClearCompleted => {
                let ids = self.select(|item| item.completed_at.is_some());
                let commands = in_chunks(&ids, &|ids| Command::ClearCompleted { ids });
                return self.remove(&ids, commands, now);
            }
            // The open editor has a text that cannot be saved.
            UserAction::Edit(_) if self.editing.is_some() => Vec::new(),
            UserAction::Edit(id) => return self.edit(Some(id)),
            UserAction::CancelEdit => return self.edit(None),
            UserAction::SaveEdit(text) => return self.save(&text, now),
            UserAction::Move(id, at) => return self.move_item(id, at, now),
            UserAction::MoveBy(id, direction) => {
                let shown = self.visible_items().clone();
                let Some(index) = shown.iter().position(|shown| *shown == id) else {
                    return Vec::new();
                };
                let at = match direction {
                    Direction::Up => index.checked_sub(1).map(|index| At::Before(shown[index])),
                    Direction::Down => shown.get(index + 1).map(|id| At::After(*id)),
                };
                return self.move_item(id, at.unwrap_or(At::After(id)), now);
            }
            UserAction::Undo => return self.undo(UndoKind::Undo, now),
            UserAction::Redo => return self.undo(UndoKind::Redo, now),
            UserAction::ShowView(filter, search) => {
                (self.filter, self.needle) = (filter, fold_needle(&search, self.decompose));
                self.search = search;
                self.leaving.clear();
                return vec![DirtySet::SearchMarks];
            }
            UserAction::ShowHidden => return self.show_hidden(),
            UserAction::Paste(text) => {
                let (lines, reason) = match pasted_lines::parse(&text) {
                    Ok(lines) => (lines, None),
                    Err(error) => (Vec::new(), Some(error.to_string())),
                };
                self.pasted = lines;
                self.pasted_text = text;
                self.new_item_error.set_reason(reason);
                Vec::new()
            }
            UserAction::KeepPastedText => {
                self.pasted.clear();
                Vec::new()
            }
            UserAction::AddPastedLines => return self.add_pasted_lines(now, new_id),
            UserAction::RetryRejected(id) => {
                let commands = self.take_rejected_text(id);
                let dirty = self.submit_step(commands, now);
                self.offer_hidden(&[id], " saved.");
                return dirty;
            }
            UserAction::DiscardRejected(id) => {
                self.take_rejected_text(id);
                Vec::new()
            }
            UserAction::SignOut => return Vec::new(),
            UserAction::CopyRejected(id) => {
                let text = self.rejected_texts().find(|text| text.item.id == id);
                let name = text.map(|text| list_text::shorten(text.item.title.as_str()));
                self.show_notice(name.unwrap_or_default() + " copied.", NoticeAction::None);
                Vec::new()
            }
            UserAction::DismissNotice => {
                self.notice = None;
                Vec::new()
            }
            UserAction::CopyItems { .. } => {
                let name = list_text::name_items(self.list(), &self.listed_items());
                self.show_notice(name + " copied.", NoticeAction::None);
                Vec::new()
            }
        };
        self.submit_step(commands, now)
    }

    fn add(&mut self, text: &str, now: Timestamp, new_id: &dyn Fn() -> ItemId) -> Vec<DirtySet> {
        match Title::parse(text) {
            Err(TitleError::Blank) => Vec::new(),
            Err(error) => {
                self.new_item_error.set_reason(Some(error.to_string()));
                Vec::new()
            }
            Ok(title) => {
                self.pasted.clear();
                let id = self.take_returned_id(&title).unwrap_or_else(new_id);
                let dirty = self.submit_step(vec![Command::add(id, title, At::End)], now);
                self.offer_hidden(&[id], ADDED);
                dirty
            }
        }
    }

    /// Adds the pasted lines as items, in one step.
    fn add_pasted_lines(&mut self, now: Timestamp, new_id: &dyn Fn() -> ItemId) -> Vec<DirtySet> {
        let lines = std::mem::take(&mut self.pasted);
        let count = lines.len();
        let ids: Vec<ItemId> = lines.iter().map(|_| new_id()).collect();
        let items = lines.into_iter().zip(&ids).map(|(line, id)| Item {
            completed_at: line.completed.then_some(now),
            ..Item::new(*id, line.title)
        });
        let commands = Command::add_all(items, At::End, MAX_BATCH_BYTES);
        let dirty = self.submit_step(commands, now);
        if count > 0 {
            self.new_item_error.set_reason(None);
            self.show_notice(count_items(count) + ADDED, NoticeAction::Undo);
            self.offer_hidden(&ids, ADDED);
        }
        dirty
    }

    /// If the view or the search hides an item that the person has just changed, says so and offers to show it.
    fn offer_hidden(&mut self, ids: &[ItemId], what: &str) {
        let hidden = |id: &&ItemId| self.row(**id).is_some() && !self.is_shown(**id);
        if let Some(id) = ids.iter().find(hidden) {
            let name = list_text::name_items(self.list(), ids);
            self.show_notice(name + what, NoticeAction::Show(*id));
        }
    }

    /// Shows the item that the notice is about, with as few changes of view and search as it takes.
    fn show_hidden(&mut self) -> Vec<DirtySet> {
        let hidden = self.hidden_item();
        self.notice = None;
        let Some(item) = hidden.and_then(|id| self.list().get(id)) else {
            return Vec::new();
        };
        let (is_in_view, is_found) = (self.filter.shows(item), self.is_found(item));
        if !is_in_view {
            self.filter = Filter::All;
        }
        if !is_found {
            self.search.clear();
            self.needle.clear();
        }
        self.leaving.clear();
        vec![DirtySet::SearchMarks]
    }

    /// The item that the notice offers to show.
    pub(crate) fn hidden_item(&self) -> Option<ItemId> {
        match self.notice.as_ref()?.action {
            NoticeAction::Show(id) => Some(id),
            NoticeAction::None | NoticeAction::Undo | NoticeAction::Redo => None,
        }
    }

    /// The items that `is_meant` selects.
    fn select(&self, is_meant: fn(&Item) -> bool) -> Vec<ItemId> {
        let items = self.list().items().filter(|item| is_meant(item));
        items.map(|item| item.id).collect()
    }

    /// Completes or reopens all items, and says how many that were.
    fn complete_all(&mut self, completed: bool, now: Timestamp) -> Vec<DirtySet> {
        let changed = self.select(match completed {
            true => |item| item.completed_at.is_none(),
            false => |item| item.completed_at.is_some(),
        });
        let all = self.select(|_| true);
        let commands = in_chunks(&all, &|ids| Command::CompleteAll { ids, completed });
        let dirty = self.submit_step(commands, now);
        if !changed.is_empty() {
            let text = list_text::completed(self.list(), &changed, completed);
            self.show_notice(text, NoticeAction::Undo);
        }
        dirty
    }

    /// Submits commands as one step, which is undone as a whole.
    fn submit_step(&mut self, commands: Vec<Command>, now: Timestamp) -> Vec<DirtySet> {
        let (step, dirty) = self.submit_all(commands, now);
        if !step.is_empty() {
            self.undo_stack.record(step);
            self.notice = None;
        }
        dirty
    }

    fn submit_all(
        &mut self,
        commands: Vec<Command>,
        now: Timestamp,
    ) -> (Vec<CommandId>, Vec<DirtySet>) {
        let give = |command| self.engine.replica.submit(command, now);
        commands.into_iter().map(give).unzip()
    }

    fn remove(&mut self, ids: &[ItemId], commands: Vec<Command>, now: Timestamp) -> Vec<DirtySet> {
        let dirty = self.submit_step(commands, now);
        // The person who removes an item gives up the text in its editor.
        self.keep_edit_of_removed_item(None, now);
        if !ids.is_empty() {
            self.show_notice(list_text::removed(self.list(), ids), NoticeAction::Undo);
        }
        dirty
    }

    fn edit(&mut self, item: Option<ItemId>) -> Vec<DirtySet> {
        let before = self.edited();
        let title = item.and_then(|id| Some(self.row(id)?.title));
        self.editing = item.zip(title);
        vec![DirtySet::Items(before.into_iter().chain(item).collect())]
    }

    /// Ends editing with this text. A text other than the one that the editor opened with renames the item, and an empty
    /// one removes it. A text that is no title stays in the editor.
    fn save(&mut self, text: &str, now: Timestamp) -> Vec<DirtySet> {
        let Some((id, opened)) = self.editing.clone() else {
            return Vec::new();
        };
        let command = match Title::parse(text) {
            Ok(title) if title.as_str() == opened => None,
            Ok(title) => Some(Command::rename(id, title)),
            Err(TitleError::Blank) => {
                let mut dirty = self.edit(None);
                dirty.extend(self.remove(&[id], vec![Command::Remove { id }], now));
                return dirty;
            }
            Err(error) => {
                self.show_notice(error.to_string(), NoticeAction::None);
                return Vec::new();
            }
        };
        let mut dirty = self.edit(None);
        dirty.extend(self.submit_step(command.into_iter().collect(), now));
        self.offer_hidden(&[id], " saved.");
        dirty
    }

    /// Moves an item, and announces its new position.
    fn move_item(&mut self, id: ItemId, at: At, now: Timestamp) -> Vec<DirtySet> {
        let index = |state: &Self| state.list().items().position(|item| item.id == id);
        let Some(before) = index(self) else {
            return Vec::new();
        };
        let moves = match at {
            At::After(other) | At::Before(other) => other != id,
            At::Start => before != 0,
            At::End => before + 1 != self.list().len(),
        };
        let commands = moves.then_some(Command::Move { id, at });
        let dirty = self.submit_step(commands.into_iter().collect(), now);
        let position = index(self).map_or(0, |index| index + 1);
        self.announcement = format!("Position {position} of {}", self.list().len());
        dirty
    }

    fn undo(&mut self, kind: UndoKind, now: Timestamp) -> Vec<DirtySet> {
        let (done, nothing, action) = match kind {
            UndoKind::Undo => ("Undone", "There is nothing to undo.", NoticeAction::Redo),
            UndoKind::Redo => (
                "Done again",
                "There is nothing to redo.",
                NoticeAction::Undo,
            ),
        };
        let Some(mut step) = self.undo_stack.take(kind) else {
            self.show_notice(nothing.to_owned(), NoticeAction::None);
            return Vec::new();
        };
        step.reverse();
        let reverts = step.into_iter().map(|of| Command::Revert { of });
        let (by, dirty) = self.submit_all(reverts.collect(), now);
        self.undo_stack.reverted(kind, by);
        let changed = dirty.iter().filter_map(|dirty| match dirty {
            DirtySet::Items(ids) => Some(ids),
            DirtySet::All | DirtySet::SearchMarks => None,
        });
        let changed = changed.flatten().copied().collect();
        self.show_notice(list_text::reverted(done, self.list(), changed), action);
        dirty
    }

    /// Shows a notice.
    pub(crate) fn show_notice(&mut self, text: String, action: NoticeAction) {
        self.notice = Some(Notice { text, action });
        self.notice_count += 1;
    }
}

/// The commands that together name these items.
fn in_chunks(ids: &[ItemId], command: &dyn Fn(Vec<ItemId>) -> Command) -> Vec<Command> {
    ids.chunks(MAX_ITEMS_PER_COMMAND)
        .map(|ids| command(ids.to_vec()))
        .collect()
}
