//! The published list, which all readers share, and the notification that there is a later one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::domain::{Cursor, List};

/// A handle on the list that was published last. It does not keep the writer running.
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

/// The list, and its revision in a field of its own: most readers only check whether their response is current.
struct Current {
    list: RwLock<Arc<List>>,
    revision: AtomicU64,
}

/// The writer has stopped, so the list never changes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer has stopped")]
pub struct WriterStopped;

/// Both ends, with the list as it was loaded.
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
    /// The list. A frequent reader should not hold it for long: the writer copies the whole list if it is still held
    /// when the next one replaces it.
    #[must_use]
    pub fn list(&self) -> Arc<List> {
        self.current.list()
    }

    /// The revision of the list, without taking the list. A list that is taken afterwards has this revision or a later
    /// one.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.current.revision.load(Ordering::Acquire)
    }

    /// The epoch of the list's history.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The epoch, and the revision of the list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            revision: self.revision(),
        }
    }

    /// The revision that was announced last. The list has this revision or a later one.
    pub fn head(&mut self) -> u64 {
        *self.head.borrow_and_update()
    }

    /// Waits until another revision is announced than the one that [`Published::head`] returned.
    ///
    /// # Errors
    ///
    /// [`WriterStopped`] if there will be no other revision.
    pub async fn changed(&mut self) -> Result<(), WriterStopped> {
        self.head.changed().await.map_err(|_| WriterStopped)
    }
}

impl Publisher {
    pub(super) fn list(&self) -> Arc<List> {
        self.current.list()
    }

    /// Publishes a list, and returns the previous one.
    pub(super) fn replace(&self, next: Arc<List>) -> Arc<List> {
        let Current { list, revision } = &*self.current;
        let mut list = list.write().unwrap_or_else(PoisonError::into_inner);
        let later = next.revision();
        let previous = std::mem::replace(&mut *list, next);
        // After the list, so that no reader finds an older list than the revision says.
        revision.store(later, Ordering::Release);
        previous
    }

    /// Notifies the waiting handles of a later list. Its cost grows with their number.
    pub(super) fn announce(&self, revision: u64) {
        self.head
            .send_if_modified(|head| std::mem::replace(head, revision) != revision);
    }
}

impl Current {
    fn list(&self) -> Arc<List> {
        // A poisoned lock is harmless: under it, a pointer is cloned or replaced.
        let list = self.list.read();
        list.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
