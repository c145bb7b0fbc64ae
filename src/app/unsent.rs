//! What was typed and could not be added. Nothing of it may be lost: it goes back into the field, or
//! is kept beside it.

use crate::domain::{Item, ItemId, Title};

/// Refused additions, and the reason for the last refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unsent {
    reason: Option<String>,
    returned: Option<Item>,
    kept: Vec<Item>,
}

impl Unsent {
    /// Starts with the reason that the server has rendered, if it has refused a form.
    pub(super) fn new(reason: Option<String>) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }

    /// Why the last text was refused; `None` when there is nothing to complain about.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The items that wait beside the field.
    pub(super) fn kept(&self) -> &[Item] {
        &self.kept
    }

    /// A text in the field that cannot become an item.
    pub(super) fn refuse_text(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    /// An item was refused, and its text is in the field again.
    pub(super) fn return_to_field(&mut self, item: Item, reason: String) {
        self.returned = Some(item);
        self.reason = Some(reason);
    }

    /// An item was refused while something else stands in the field: it waits beside it until
    /// somebody tries again.
    pub(super) fn keep(&mut self, item: Item, reason: String) {
        self.kept.push(item);
        self.reason = Some(reason);
    }

    /// The field is being submitted with `title`. Answers the id to use again if this is the very
    /// text that was refused: the server may have it all the same, and must not take it twice.
    pub(super) fn submit(&mut self, title: &Title) -> Option<ItemId> {
        if self.kept.is_empty() {
            self.reason = None;
        }
        let returned = self.returned.take()?;
        (returned.title == *title).then_some(returned.id)
    }

    /// Takes a kept item out, to send it once more.
    pub(super) fn take(&mut self, id: ItemId) -> Option<Item> {
        let index = self.kept.iter().position(|item| item.id == id)?;
        let item = self.kept.remove(index);
        if self.kept.is_empty() && self.returned.is_none() {
            self.reason = None;
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn item(number: u64) -> Item {
        let title = Title::parse(&format!("item {number}")).expect("a valid title");
        Item::new(ItemId::new(Timestamp(number), [0; 10]), title)
    }

    #[test]
    fn a_text_that_is_sent_again_unchanged_keeps_its_id() {
        let mut unsent = Unsent::default();
        unsent.return_to_field(item(1), "no".into());
        assert_eq!(unsent.reason(), Some("no"));
        assert_eq!(unsent.submit(&item(1).title), Some(item(1).id));
        assert_eq!(unsent, Unsent::default());
    }

    #[test]
    fn a_changed_text_is_another_item() {
        let mut unsent = Unsent::default();
        unsent.return_to_field(item(1), "no".into());
        assert_eq!(unsent.submit(&item(2).title), None);
        assert_eq!(unsent.submit(&item(1).title), None);
    }

    #[test]
    fn kept_texts_stay_with_the_reason_until_each_is_tried_again() {
        let mut unsent = Unsent::default();
        unsent.return_to_field(item(1), "no".into());
        unsent.keep(item(2), "no".into());
        unsent.keep(item(3), "no again".into());
        assert_eq!(unsent.kept(), [item(2), item(3)]);
        assert_eq!(unsent.submit(&item(1).title), Some(item(1).id));
        assert_eq!(unsent.reason(), Some("no again"), "two are still unsent");
        assert_eq!(unsent.take(item(2).id), Some(item(2)));
        assert_eq!(unsent.take(item(3).id), Some(item(3)));
        assert_eq!(unsent.take(item(3).id), None);
        assert_eq!(unsent, Unsent::default());
    }
}
