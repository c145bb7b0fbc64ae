//! How the answers of a commit reach those who wait for them.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use crate::domain::Change;

/// From so many answers on it is worth to go another way.
const MANY: usize = 4;

pub(super) type Answer = Result<Arc<Change>, StoreError>;

/// An answer, and where it goes.
pub(super) struct Reply {
    pub(super) to: oneshot::Sender<Answer>,
    pub(super) answer: Answer,
}

impl Reply {
    fn send(self) {
        // Somebody who has gone does not need an answer.
        let _ = self.to.send(self.answer);
    }
}

/// Delivers answers. Many at once go to a task of the runtime first, which wakes all others: on its own threads that
/// is a step in their own queues, from the writer's it is a lock and often a call of the system for each of them.
pub(super) struct ReplyDispatcher(Option<mpsc::UnboundedSender<Vec<Reply>>>);

impl ReplyDispatcher {
    /// By the runtime that this is called in, if it is in one.
    #[must_use]
    pub(super) fn here() -> Self {
        Self(Handle::try_current().ok().map(|runtime| {
            let (sender, mut letters) = mpsc::unbounded_channel::<Vec<Reply>>();
            runtime.spawn(async move {
                while let Some(letters) = letters.recv().await {
                    letters.into_iter().for_each(Reply::send);
                }
            });
            sender
        }))
    }

    /// Delivers all of them.
    pub(super) fn send(&self, letters: Vec<Reply>) {
        let by_task = self.0.as_ref().filter(|_| letters.len() >= MANY);
        let rest = match by_task {
            // Without the runtime there is hardly anybody who waits.
            Some(task) => task
                .send(letters)
                .map_or_else(|lost| lost.0, |()| Vec::new()),
            None => letters,
        };
        rest.into_iter().for_each(Reply::send);
    }
}
