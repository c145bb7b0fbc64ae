//! The steps of one person that can be undone and redone.

use serde::{Deserialize, Serialize};

use super::CommandId;

/// The most steps that can be undone.
const MAX_UNDO_STEPS: usize = 100;

/// Whether to undo or to redo a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoKind {
    /// Undo the latest step.
    Undo,
    /// Redo the step that was undone last.
    Redo,
}

/// The steps of one person. A step is one command, or several that belong together. Undoing a step is a step of its own,
/// which can be undone in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStack {
    done: Vec<Vec<CommandId>>,
    undone: Vec<Vec<CommandId>>,
}

impl UndoStack {
    /// A stack with steps of one command each, the latest last.
    #[must_use]
    pub fn new(done: &[CommandId], undone: &[CommandId]) -> Self {
        let steps = |commands: &[CommandId]| commands.iter().map(|id| vec![*id]).collect();
        Self {
            done: steps(done),
            undone: steps(undone),
        }
    }

    /// Adds a new step. Steps that were undone before can no longer be redone.
    pub fn record(&mut self, step: Vec<CommandId>) {
        self.undone.clear();
        self.done.push(step);
        if self.done.len() > MAX_UNDO_STEPS {
            self.done.remove(0);
        }
    }

    /// Whether there is a step to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is a step to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Takes out the step to undo or to redo. Either way the caller reverts its commands, the latest first.
    pub fn take(&mut self, kind: UndoKind) -> Option<Vec<CommandId>> {
        match kind {
            UndoKind::Undo => self.done.pop(),
            UndoKind::Redo => self.undone.pop(),
        }
    }

    /// The step that was taken out was reverted by these commands.
    pub fn reverted(&mut self, kind: UndoKind, by: Vec<CommandId>) {
        match kind {
            UndoKind::Undo => self.undone.push(by),
            UndoKind::Redo => self.done.push(by),
        }
    }

    /// The commands of all steps, those of the latest steps first.
    pub fn commands(&self) -> impl Iterator<Item = CommandId> {
        let steps = self.done.iter().rev().chain(self.undone.iter().rev());
        steps.flatten().copied()
    }

    /// Continues the steps of an earlier page: puts them before the steps of this one. Those of `known` were among them.
    pub fn resume(&mut self, earlier: Self, known: impl Fn(CommandId) -> bool) {
        let mut later = std::mem::replace(self, earlier);
        later.retain(|id| !known(id));
        for step in later.done {
            self.record(step);
        }
        self.undone.extend(later.undone);
    }

    /// Removes a command that was rejected or has changed nothing. Returns whether a step had it.
    pub fn forget(&mut self, command: CommandId) -> bool {
        let before = self.commands().count();
        self.retain(|id| id != command);
        self.commands().count() < before
    }

    fn retain(&mut self, stays: impl Fn(CommandId) -> bool) {
        for steps in [&mut self.done, &mut self.undone] {
            steps
                .iter_mut()
                .for_each(|step| step.retain(|id| stays(*id)));
            steps.retain(|step| !step.is_empty());
        }
    }

    /// Gives a command another id.
    pub fn rename(&mut self, old: CommandId, new: CommandId) {
        let steps = self.done.iter_mut().chain(&mut self.undone);
        steps
            .flatten()
            .filter(|id| **id == old)
            .for_each(|id| *id = new);
    }
}
