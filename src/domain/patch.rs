//! Changes of the fields of an item: as a command asks for them, and as an event reports them.

use serde::{Deserialize, Serialize};

use super::{Item, Timestamp, Title};

/// What to do with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldPatch<T> {
    /// The value stays.
    #[default]
    Keep,
    /// This is the new value.
    Set(T),
}

impl<T> FieldPatch<T> {
    /// The new value, if there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// New values for fields of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemPatch {
    /// The title.
    pub title: FieldPatch<Title>,
    /// Whether the item is completed.
    pub completed: FieldPatch<bool>,
    /// The order number. `None` clears it.
    pub order: FieldPatch<Option<i64>>,
}

impl ItemPatch {
    /// How many fields a patch can set.
    const FIELDS: usize = 3;

    /// How many fields the patch sets.
    pub(super) fn len(&self) -> usize {
        let Self {
            title,
            completed,
            order,
        } = self;
        let sets: [bool; Self::FIELDS] = [
            title.get().is_some(),
            completed.get().is_some(),
            order.get().is_some(),
        ];
        sets.into_iter().filter(|is_set| *is_set).count()
    }

    /// The changes that lead from an item to the new values. Fields that have them already do not change.
    pub(super) fn changes(
        &self,
        item: &Item,
        now: Timestamp,
    ) -> impl Iterator<Item = FieldChange> + use<> {
        let Self {
            title,
            completed,
            order,
        } = self;
        let title = title.get().map(|title| FieldChange::Title {
            to: title.clone(),
            was: item.title.clone(),
        });
        let is_changed = |completed: &&bool| **completed != item.completed_at.is_some();
        let completed = completed.get().filter(is_changed);
        let completed = completed.map(|completed| FieldChange::Completed {
            to: completed.then_some(now),
            was: item.completed_at,
        });
        let order = order.get().map(|order| FieldChange::Order {
            to: *order,
            was: item.order,
        });
        let changes: [Option<FieldChange>; Self::FIELDS] = [title, completed, order];
        let changes = changes.into_iter().flatten();
        changes.filter(FieldChange::is_effective)
    }

    /// An upper bound of the length of the encoded texts in the patch, in bytes.
    pub(super) fn weight(&self) -> usize {
        let Self {
            title,
            completed: _,
            order: _,
        } = self;
        title.get().map_or(0, |title| title.as_str().len())
    }
}

/// A field of an item that people set, and that has a stamp of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// Whether and when the item was completed.
    Completed,
    /// The order number.
    Order,
}

/// One field of an item that has changed: its value after and before the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldChange {
    /// The title.
    Title {
        /// After the change.
        to: Title,
        /// Before the change.
        was: Title,
    },
    /// When the item was completed; `None` for an open item.
    Completed {
        /// After the change.
        to: Option<Timestamp>,
        /// Before the change.
        was: Option<Timestamp>,
    },
    /// The order number.
    Order {
        /// After the change.
        to: Option<i64>,
        /// Before the change.
        was: Option<i64>,
    },
}

impl FieldChange {
    /// The field.
    #[must_use]
    pub fn field(&self) -> Field {
        match self {
            Self::Title { .. } => Field::Title,
            Self::Completed { .. } => Field::Completed,
            Self::Order { .. } => Field::Order,
        }
    }

    /// The change that reverts this one.
    pub(super) fn reversed(&self) -> Self {
        match self.clone() {
            Self::Title { to, was } => Self::Title { to: was, was: to },
            Self::Completed { to, was } => Self::Completed { to: was, was: to },
            Self::Order { to, was } => Self::Order { to: was, was: to },
        }
    }

    /// Gives the field of an item its value after the change.
    pub(super) fn apply_to(&self, item: &mut Item) {
        match self {
            Self::Title { to, was: _ } => item.title = to.clone(),
            Self::Completed { to, was: _ } => item.completed_at = *to,
            Self::Order { to, was: _ } => item.order = *to,
        }
    }

    fn is_effective(&self) -> bool {
        match self {
            Self::Title { to, was } => to != was,
            Self::Completed { to, was } => to != was,
            Self::Order { to, was } => to != was,
        }
    }
}
