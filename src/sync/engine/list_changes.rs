//! What an input of the sync engine has changed for the page.

use crate::domain::{Command, CommandId, ItemId, Rejection, UndoStack};
use crate::sync::DirtySet;

/// What has changed in the list and among the commands of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListChanges {
    /// The items that may look different.
    pub dirty: Vec<DirtySet>,
    /// The items that others have changed.
    pub changed_by_others: Vec<ItemId>,
    /// The commands of this browser that the server has rejected.
    pub rejected: Vec<RejectedCommand>,
    /// Accepted commands that have changed nothing.
    pub without_effect: Vec<CommandId>,
    /// Commands that have another id: the old and the new one.
    pub renamed: Vec<(CommandId, CommandId)>,
}

/// A command that the server has rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedCommand {
    /// The id of the command.
    pub id: CommandId,
    /// The command.
    pub command: Command,
    /// Why it was rejected.
    pub rejection: Rejection,
}

impl ListChanges {
    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            dirty,
            changed_by_others,
            rejected,
            without_effect,
            renamed,
        } = self;
        dirty.is_empty()
            && changed_by_others.is_empty()
            && rejected.is_empty()
            && without_effect.is_empty()
            && renamed.is_empty()
    }

    /// Brings the undo steps up to date. Returns whether a step had a command that has changed nothing.
    pub fn update_undo_stack(&self, undo_stack: &mut UndoStack) -> bool {
        for (old, new) in &self.renamed {
            undo_stack.rename(*old, *new);
        }
        for rejected in &self.rejected {
            undo_stack.forget(rejected.id);
        }
        let mut had_command = false;
        for id in &self.without_effect {
            had_command |= undo_stack.forget(*id);
        }
        had_command
    }
}
