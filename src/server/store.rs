//! The list in memory. Everything that reads or changes it goes through [`Store`].

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use uuid::Uuid;

use crate::domain::{Command, Item, ItemId, List, Rejection, Title, TitleError, decide};

/// A handle on the one list; a clone is the same list. No lock is held across an await.
#[derive(Clone, Default)]
pub struct Store {
    list: Arc<RwLock<List>>,
}

impl Store {
    /// A store that holds `list`.
    #[must_use]
    pub fn new(list: List) -> Self {
        Self {
            list: Arc::new(RwLock::new(list)),
        }
    }

    /// What a fresh server starts with.
    ///
    /// # Errors
    ///
    /// None in practice: the two titles are valid.
    pub fn with_first_items() -> Result<Self, TitleError> {
        let titles = ["Build the front-end", "Connect to the back-end"];
        let items = titles
            .into_iter()
            .map(|text| Ok(new_item(Title::parse(text)?)));
        Ok(Self::new(List::at_revision(
            0,
            items.collect::<Result<_, _>>()?,
        )))
    }

    /// Decides the command, applies what follows, and answers the revision after it.
    ///
    /// # Errors
    ///
    /// The rules' [`Rejection`]; the list is unchanged then.
    pub fn run(&self, command: &Command) -> Result<u64, Rejection> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let events = decide(&list, command)?;
        for event in &events {
            list.evolve(event);
        }
        if !events.is_empty() {
            tracing::debug!(length = list.items().len(), "added an item");
        }
        Ok(list.revision())
    }

    /// The list as it is now.
    #[must_use]
    pub fn list(&self) -> List {
        self.read().clone()
    }

    /// The revision as it is now.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.read().revision()
    }

    // A thread that panicked while it held the lock has left the list whole: `evolve` only pushes.
    fn read(&self) -> RwLockReadGuard<'_, List> {
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An item with a fresh id from the server's clock and randomness, for those who cannot make one.
#[must_use]
pub fn new_item(title: Title) -> Item {
    Item {
        id: ItemId::from(Uuid::now_v7()),
        title,
    }
}
