//! The views of a list.

use super::Item;

/// One of the three views of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every item.
    #[default]
    All,
    /// Open items.
    Active,
    /// Completed items.
    Completed,
}

impl Filter {
    /// All views, in the order of their links.
    pub const EACH: [Self; 3] = [Self::All, Self::Active, Self::Completed];

    /// The name of the view, as in its link.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Active => "Active",
            Self::Completed => "Completed",
        }
    }

    /// Whether the view shows an item.
    #[must_use]
    pub fn shows(self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Active => item.completed_at.is_none(),
            Self::Completed => item.completed_at.is_some(),
        }
    }
}
