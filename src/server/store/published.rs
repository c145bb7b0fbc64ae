//! The list as everybody reads it, and the news that there is a later one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::domain::{Cursor, List};

/// The list as it was last published. It keeps no writer at work.
#[derive(Clone)]
pub struct Published {
    epoch: u64,
    current: Arc<Current>,
    head: watch::Receiver<u64>,
}

/// The writer's end.
pub(super) struct Publisher {
    current: Arc<Current>,
    head: watch::Sender<u64>,
}

/// The list, and its revision beside it: most readers have an answer for that already.
struct Current {
    list: RwLock<Arc<List>>,
    revision: AtomicU64,
}

/// There is no writer any more: nothing will ever change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer has stopped")]
pub struct Ended;

/// Both ends, with the first list.
pub(super) fn publish(epoch: u64, list: List) -> (Publisher, Published) {
    let (sender, head) = watch::channel(list.revision());
    let current = Arc::new(Current {
        revision: AtomicU64::new(list.revision()),
        list: RwLock::new(Arc::new(list)),
    });
    let publisher = Publisher {
        current: current.clone(),
        head: sender,
    };
    let published = Published {
        epoch,
        current,
        head,
    };
    (publisher, published)
}

impl Published {
    /// The list. The writer copies a list that is still held when the next but one is published, so
    /// whoever reads often should not hold it for long.
    #[must_use]
    pub fn list(&self) -> Arc<List> {
        self.current.list()
    }

    /// The revision of the list, without the list. Who takes that afterwards gets it of this revision or a later
    /// one.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.current.revision.load(Ordering::Acquire)
    }

    /// The name of the history that the list has here.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Where the list stands.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            revision: self.revision(),
        }
    }

    /// The latest revision that was announced, without a look at the list, which is as late or later.
    pub fn head(&mut self) -> u64 {
        *self.head.borrow_and_update()
    }

    /// Done when another revision is announced than [`Published::head`] has told.
    ///
    /// # Errors
    ///
    /// [`Ended`] when none will be.
    pub async fn changed(&mut self) -> Result<(), Ended> {
        self.head.changed().await.map_err(|_| Ended)
    }
}

impl Publisher {
    pub(super) fn list(&self) -> Arc<List> {
        self.current.list()
    }

    /// Puts a list in the place of the one that readers had, and gives that one back.
    pub(super) fn replace(&self, next: Arc<List>) -> Arc<List> {
        let Current { list, revision } = &*self.current;
        let mut list = list.write().unwrap_or_else(PoisonError::into_inner);
        let later = next.revision();
        let previous = std::mem::replace(&mut *list, next);
        // After the list: nobody finds an older one than this says.
        revision.store(later, Ordering::Release);
        previous
    }

    /// Tells those who wait for it that there is a later list. It takes longer the more they are.
    pub(super) fn announce(&self, revision: u64) {
        self.head
            .send_if_modified(|head| std::mem::replace(head, revision) != revision);
    }
}

impl Current {
    fn list(&self) -> Arc<List> {
        // A thread that panicked here has only cloned a pointer.
        let list = self.list.read();
        list.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
