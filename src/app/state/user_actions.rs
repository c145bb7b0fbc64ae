//! What happens when a person does something: commands, messages, and what the page shows then.

use super::{State, pasted_lines};
use crate::app::list_text::count_items;
use crate::browser::{Direction, Gesture, Notice, Offer};
use crate::domain::{At, Command, CommandId, Item, ItemId, Timestamp, Title, TitleError};
use crate::sync::DirtySet;

/// The most items that one command names: more would not fit into a request.
const MAX_NAMED: usize = 1_500;

impl State {
    /// Does what the person asks for. Answers what may look different.
    pub(crate) fn perform(
        &mut self,
        gesture: Gesture,
        now: Timestamp,
        new_id: &dyn Fn() -> ItemId,
    ) -> Vec<DirtySet> {
        self.announcement.clear();
        let commands = match gesture {
            Gesture::Add(text) => self.add(&text, new_id),
            Gesture::Toggle(id) => {
                let completed = self.row(id).is_some_and(|row| !row.completed);
                vec![Command::Complete { id, completed }]
            }
            Gesture::CompleteAll(completed) => {
                self.name_all(|_| true, |ids| Command::CompleteAll { ids, completed })
            }
            Gesture::Remove(id) => return self.remove(vec![Command::Remove { id }], 1, now),
            Gesture::ClearCompleted => {
                let is_completed = |item: &Item| item.completed_at.is_some();
                let commands = self.name_all(is_completed, |ids| Command::ClearCompleted { ids });
                return self.remove(commands, self.list().completed(), now);
            }
            // Another editor that is still open holds a text that cannot be saved.
            Gesture::Edit(_) if self.editing.is_some() => Vec::new(),
            Gesture::Edit(id) => return self.edit(Some(id)),
            Gesture::Cancel => return self.edit(None),
            Gesture::Save(text) => return self.save(&text, now),
            Gesture::Move(id, at) => return self.place(id, at, now),
            Gesture::Step(id, direction) => {
                let shown = self.shown().clone();
                let Some(index) = shown.iter().position(|shown| *shown == id) else {
                    return Vec::new();
                };
                let at = match direction {
                    Direction::Up => index.checked_sub(1).map(|index| At::Before(shown[index])),
                    Direction::Down => shown.get(index + 1).map(|id| At::After(*id)),
                };
                return self.place(id, at.unwrap_or(At::After(id)), now);
            }
            Gesture::Undo => return self.undo(false, now),
            Gesture::Redo => return self.undo(true, now),
            Gesture::Show(filter, search) => {
                (self.filter, self.needle) = (filter, (self.fold)(search.trim()));
                self.search = search;
                return vec![DirtySet::SearchMarks];
            }
            Gesture::Paste(text) => {
                self.pasted = pasted_lines::titles(&text);
                Vec::new()
            }
            Gesture::KeepPasted => {
                self.pasted.clear();
                Vec::new()
            }
            Gesture::AddPasted => {
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
            Gesture::Retry(id) => self.let_go(id),
            Gesture::Discard(id) => {
                self.let_go(id);
                Vec::new()
            }
            Gesture::SignOut => return Vec::new(),
            Gesture::CopyText(_) => {
                self.say("Copied.".to_owned(), Offer::Nothing);
                Vec::new()
            }
            Gesture::Dismiss => {
                self.toast = None;
                Vec::new()
            }
            Gesture::Copy { .. } => {
                self.say(
                    format!("{} copied.", count_items(self.shown().len())),
                    Offer::Nothing,
                );
                Vec::new()
            }
        };
        self.give(commands, now)
    }

    fn add(&mut self, text: &str, new_id: &dyn Fn() -> ItemId) -> Vec<Command> {
        match Title::parse(text) {
            Err(TitleError::Blank) => Vec::new(),
            Err(error) => {
                self.unsent.refuse_text(error.to_string());
                Vec::new()
            }
            Ok(title) => {
                self.pasted.clear();
                let id = self.submit(&title).unwrap_or_else(new_id);
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
    fn give(&mut self, commands: Vec<Command>, now: Timestamp) -> Vec<DirtySet> {
        let (step, touched) = self.give_quietly(commands, now);
        if !step.is_empty() {
            self.steps.record(step);
            self.toast = None;
        }
        touched
    }

    fn give_quietly(
        &mut self,
        commands: Vec<Command>,
        now: Timestamp,
    ) -> (Vec<CommandId>, Vec<DirtySet>) {
        let give = |command| self.replica.submit(command, now);
        commands.into_iter().map(give).unzip()
    }

    fn remove(&mut self, commands: Vec<Command>, count: usize, now: Timestamp) -> Vec<DirtySet> {
        let touched = self.give(commands, now);
        // Who removes an item knows of its open editor.
        self.rescue(None, now);
        if count > 0 {
            self.say(format!("{} removed.", count_items(count)), Offer::Undo);
        }
        touched
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
                self.say(error.to_string(), Offer::Nothing);
                return Vec::new();
            }
        };
        let mut touched = self.edit(None);
        touched.extend(match command {
            Some(Command::Remove { .. }) => self.remove(command.into_iter().collect(), 1, now),
            command => self.give(command.into_iter().collect(), now),
        });
        touched
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
        let touched = self.give(commands.into_iter().collect(), now);
        let place = place(self).map_or(0, |index| index + 1);
        self.announcement = format!("Position {place} of {}", self.list().len());
        touched
    }

    fn undo(&mut self, redo: bool, now: Timestamp) -> Vec<DirtySet> {
        let words = ["There is nothing to undo.", "There is nothing to redo."];
        let Some(mut step) = self.steps.take(redo) else {
            self.say(words[usize::from(redo)].into(), Offer::Nothing);
            return Vec::new();
        };
        step.reverse();
        let reverts = step.into_iter().map(|of| Command::Revert { of });
        let (by, touched) = self.give_quietly(reverts.collect(), now);
        self.steps.reverted(redo, by);
        if redo {
            self.say("Done again.".into(), Offer::Undo);
        } else {
            self.say("Undone.".into(), Offer::Redo);
        }
        touched
    }

    /// Shows a message.
    pub(crate) fn say(&mut self, text: String, offer: Offer) {
        self.toast = Some(Notice { text, offer });
        self.toasts += 1;
    }
}
