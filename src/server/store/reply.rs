//! Sends the results of a commit to the callers that wait for them.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use crate::domain::Change;

/// Fewer replies than this are sent by the writer itself.
const MIN_DISPATCHED_REPLIES: usize = 4;

/// The result of a command: its change, or `None` if it changed nothing.
pub(super) type CommandResult = Result<Option<Arc<Change>>, StoreError>;

/// The result of a command, and the caller that waits for it.
pub(super) struct Reply {
    pub(super) caller: oneshot::Sender<CommandResult>,
    pub(super) result: CommandResult,
}

impl Reply {
    fn send(self) {
        // It fails if the caller no longer waits.
        let _ = self.caller.send(self.result);
    }
}

/// Sends replies. Many at once go to a task of the runtime, which wakes the callers: on the runtime's threads each wake
/// is a push to a local queue, from the writer's thread it takes a lock and often a system call.
pub(super) struct ReplyDispatcher(Option<mpsc::UnboundedSender<Vec<Reply>>>);

impl ReplyDispatcher {
    /// A dispatcher with a task on the current runtime. Without a runtime, the writer sends all replies itself.
    #[must_use]
    pub(super) fn on_current_runtime() -> Self {
        Self(Handle::try_current().ok().map(|runtime| {
            let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<Reply>>();
            runtime.spawn(async move {
                while let Some(replies) = receiver.recv().await {
                    replies.into_iter().for_each(Reply::send);
                }
            });
            sender
        }))
    }

    /// Sends all replies.
    pub(super) fn send(&self, replies: Vec<Reply>) {
        let task = self
            .0
            .as_ref()
            .filter(|_| replies.len() >= MIN_DISPATCHED_REPLIES);
        let remaining = match task {
            // It fails if the runtime has ended.
            Some(task) => task
                .send(replies)
                .map_or_else(|error| error.0, |()| Vec::new()),
            None => replies,
        };
        remaining.into_iter().for_each(Reply::send);
    }
}
