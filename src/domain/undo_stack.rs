//! What one person has done and can take back, many steps deep.

use super::CommandId;

/// How many steps are remembered.
const MAX_STEPS: usize = 100;

/// A step is what somebody did at once: one command, or several that belong together. Taking a step
/// back is a step of its own, which can be taken back in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndoStack {
    done: Vec<Vec<CommandId>>,
    undone: Vec<Vec<CommandId>>,
}

impl UndoStack {
    /// Goes on from steps that are known from elsewhere, each of one command, the latest last.
    #[must_use]
    pub fn new(done: &[CommandId], undone: &[CommandId]) -> Self {
        let steps = |commands: &[CommandId]| commands.iter().map(|id| vec![*id]).collect();
        Self {
            done: steps(done),
            undone: steps(undone),
        }
    }

    /// Something new was done. What was undone before can no longer be done again.
    pub fn record(&mut self, step: Vec<CommandId>) {
        self.undone.clear();
        self.done.push(step);
        if self.done.len() > MAX_STEPS {
            self.done.remove(0);
        }
    }

    /// Whether there is anything to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is anything to do again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Takes out the step to take back, or the one to do again; either way by reverting its commands,
    /// the latest first.
    pub fn take(&mut self, redo: bool) -> Option<Vec<CommandId>> {
        if redo {
            &mut self.undone
        } else {
            &mut self.done
        }
        .pop()
    }

    /// The step that was taken out was reverted by these commands.
    pub fn reverted(&mut self, redo: bool, by: Vec<CommandId>) {
        if redo {
            &mut self.done
        } else {
            &mut self.undone
        }
        .push(by);
    }

    /// A command was refused, or changed nothing: there is nothing of it to take back. Answers whether it
    /// was remembered.
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

    /// A command that was not sent yet has got another name.
    pub fn rename(&mut self, old: CommandId, new: CommandId) {
        let steps = self.done.iter_mut().chain(&mut self.undone);
        steps
            .flatten()
            .filter(|id| **id == old)
            .for_each(|id| *id = new);
    }
}
