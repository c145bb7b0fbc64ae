//! The steps of one person that can be undone and redone.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// Removes a command that was rejected or has changed nothing. Returns whether a step had it.
    pub fn forget(&mut self, command: CommandId) -> bool {
        let count = |stack: &Self| stack.done.iter().chain(&stack.undone).flatten().count();
        let before = count(self);
        for steps in [&mut self.done, &mut self.undone] {
            steps
                .iter_mut()
                .for_each(|step| step.retain(|id| *id != command));
            steps.retain(|step| !step.is_empty());
        }
        count(self) < before
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
