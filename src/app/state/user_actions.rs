//! What happens when a person does something: commands, messages, and what the page shows then.

use super::{PageState, pasted_lines};
use crate::app::list_text::count_items;
use crate::browser::{Direction, Notice, NoticeAction, UserAction};
use crate::domain::{At, Command, CommandId, Item, ItemId, Timestamp, Title, TitleError};
use crate::sync::DirtySet;

/// The most items that one command names: more would not fit into a request.
const MAX_NAMED: usize = 1_500;

impl PageState {
    /// Does what the person asks for. Answers what may look different.
    pub(crate) fn perform(
        &mut self,
        gesture: UserAction,
        now: Timestamp,
        new_id: &dyn Fn() -> ItemId,
    ) -> Vec<DirtySet> {
        self.announcement.clear();
        let commands = match gesture {
            UserAction::Add(text) => self.add(&text, new_id),
            UserAction::Toggle(id) => {
                let completed = self.row(id).is_some_and(|row| !row.completed);
                vec![Command::Complete { id, completed }]
            }
            UserAction::CompleteAll(completed) => {
                self.name_all(|_| true, |ids| Command::CompleteAll { ids, completed })
            }
            UserAction::Remove(id) => return self.remove(vec![Command::Remove { id }], 1, now),
            UserAction::ClearCompleted => {
                let is_completed = |item: &Item| item.completed_at.is_some();
                let commands = self.name_all(is_completed, |ids| Command::ClearCompleted { ids });
                return self.remove(commands, self.list().completed(), now);
            }
            // Another editor that is still open holds a text that cannot be saved.
            UserAction::Edit(_) if self.editing.is_some() => Vec::new(),
            UserAction::Edit(id) => return self.edit(Some(id)),
            UserAction::CancelEdit => return self.edit(None),
            UserAction::SaveEdit(text) => return self.save(&text, now),
            UserAction::Move(id, at) => return self.place(id, at, now),
            UserAction::MoveBy(id, direction) => {
                let shown = self.visible_items().clone();
                let Some(index) = shown.iter().position(|shown| *shown == id) else {
                    return Vec::new();
                };
                let at = match direction {
                    Direction::Up => index.checked_sub(1).map(|index| At::Before(shown[index])),
                    Direction::Down => shown.get(index + 1).map(|id| At::After(*id)),
                };
                return self.place(id, at.unwrap_or(At::After(id)), now);
            }
            UserAction::Undo => return self.undo(false, now),
            UserAction::Redo => return self.undo(true, now),
            UserAction::ShowView(filter, search) => {
                (self.filter, self.needle) = (filter, (self.fold)(search.trim()));
                self.search = search;
                return vec![DirtySet::SearchMarks];
            }
            UserAction::Paste(text) => {
                self.pasted = pasted_lines::titles(&text);
                Vec::new()
            }
            UserAction::KeepPastedText => {
                self.pasted.clear();
                Vec::new()
            }
            UserAction::AddPastedLines => {
                let add = |title| Command::Add {
                    id: new_id(),
                    title,
                    at: At::End,
                };
                std::mem::take(&mut self.pasted)
                    .into_iter()
                    .map(add)
                    .collect()
            }
            UserAction::RetryRejected(id) => self.take_rejected_text(id),
            UserAction::DiscardRejected(id) => {
                self.take_rejected_text(id);
                Vec::new()
            }
            UserAction::SignOut => return Vec::new(),
            UserAction::CopyRejected(_) => {
                self.show_notice("Copied.".to_owned(), NoticeAction::None);
                Vec::new()
            }
            UserAction::DismissNotice => {
                self.notice = None;
                Vec::new()
            }
            UserAction::CopyItems { .. } => {
                self.show_notice(
                    format!("{} copied.", count_items(self.visible_items().len())),
                    NoticeAction::None,
                );
                Vec::new()
            }
        };
        self.submit_step(commands, now)
    }

    fn add(&mut self, text: &str, new_id: &dyn Fn() -> ItemId) -> Vec<Command> {
        match Title::parse(text) {
            Err(TitleError::Blank) => Vec::new(),
            Err(error) => {
                self.new_item_error.set_reason(error.to_string());
                Vec::new()
            }
            Ok(title) => {
                self.pasted.clear();
                let id = self.take_returned_id(&title).unwrap_or_else(new_id);
                let at = At::End;
                vec![Command::Add { id, title, at }]
            }
        }
    }

    /// Commands that name all items of a kind, as many as one can name in each.
    fn name_all(
        &self,
        is_meant: impl Fn(&Item) -> bool,
        command: impl Fn(Vec<ItemId>) -> Command,
    ) -> Vec<Command> {
        let items = self.list().items().filter(|item| is_meant(item));
        let ids: Vec<ItemId> = items.map(|item| item.id).collect();
        ids.chunks(MAX_NAMED)
            .map(|ids| command(ids.to_vec()))
            .collect()
    }

    /// Gives commands that are one step for the person: they show at once, and are undone together.
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
        let give = |command| self.replica.submit(command, now);
        commands.into_iter().map(give).unzip()
    }

    fn remove(&mut self, commands: Vec<Command>, count: usize, now: Timestamp) -> Vec<DirtySet> {
        let dirty = self.submit_step(commands, now);
        // Who removes an item knows of its open editor.
        self.keep_edit_of_removed_item(None, now);
        if count > 0 {
            self.show_notice(
                format!("{} removed.", count_items(count)),
                NoticeAction::Undo,
            );
        }
        dirty
    }

    fn edit(&mut self, item: Option<ItemId>) -> Vec<DirtySet> {
        let before = self.edited();
        let title = item.and_then(|id| Some(self.row(id)?.title));
        self.editing = item.zip(title);
        vec![DirtySet::Items(before.into_iter().chain(item).collect())]
    }

    /// Ends editing with this text: another one than the editor opened with renames, none removes. A
    /// text that cannot be a title stays in its field.
    fn save(&mut self, text: &str, now: Timestamp) -> Vec<DirtySet> {
        let Some((id, opened)) = self.editing.clone() else {
            return Vec::new();
        };
        let command = match Title::parse(text) {
            Ok(title) if title.as_str() == opened => None,
            Ok(title) => Some(Command::Rename { id, title }),
            Err(TitleError::Blank) => Some(Command::Remove { id }),
            Err(error) => {
                self.show_notice(error.to_string(), NoticeAction::None);
                return Vec::new();
            }
        };
        let mut dirty = self.edit(None);
        dirty.extend(match command {
            Some(Command::Remove { .. }) => self.remove(command.into_iter().collect(), 1, now),
            command => self.submit_step(command.into_iter().collect(), now),
        });
        dirty
    }

    /// Moves an item, and says where it is then.
    fn place(&mut self, id: ItemId, at: At, now: Timestamp) -> Vec<DirtySet> {
        let place = |state: &Self| state.list().items().position(|item| item.id == id);
        let Some(before) = place(self) else {
            return Vec::new();
        };
        let moving = match at {
            At::After(other) | At::Before(other) => other != id,
            At::Start => before != 0,
            At::End => before + 1 != self.list().len(),
        };
        let commands = moving.then_some(Command::Move { id, at });
        let dirty = self.submit_step(commands.into_iter().collect(), now);
        let place = place(self).map_or(0, |index| index + 1);
        self.announcement = format!("Position {place} of {}", self.list().len());
        dirty
    }

    fn undo(&mut self, redo: bool, now: Timestamp) -> Vec<DirtySet> {
        let words = ["There is nothing to undo.", "There is nothing to redo."];
        let Some(mut step) = self.undo_stack.take(redo) else {
            self.show_notice(words[usize::from(redo)].into(), NoticeAction::None);
            return Vec::new();
        };
        step.reverse();
        let reverts = step.into_iter().map(|of| Command::Revert { of });
        let (by, dirty) = self.submit_all(reverts.collect(), now);
        self.undo_stack.reverted(redo, by);
        if redo {
            self.show_notice("Done again.".into(), NoticeAction::Undo);
        } else {
            self.show_notice("Undone.".into(), NoticeAction::Redo);
        }
        dirty
    }

    /// Shows a message.
    pub(crate) fn show_notice(&mut self, text: String, offer: NoticeAction) {
        self.notice = Some(Notice { text, offer });
        self.notice_count += 1;
    }
}
