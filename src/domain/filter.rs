//! Which items a person looks at.

use super::Item;

/// One of the three views of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every item.
    #[default]
    All,
    /// What is still to be done.
    Active,
    /// What is done.
    Completed,
}

impl Filter {
    /// All of them, in the order in which they are offered.
    pub const EACH: [Self; 3] = [Self::All, Self::Active, Self::Completed];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Active => "Active",
            Self::Completed => "Completed",
        }
    }

    /// Whether the item is in the view.
    #[must_use]
    pub fn shows(self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Active => item.completed_at.is_none(),
            Self::Completed => item.completed_at.is_some(),
        }
    }
}
