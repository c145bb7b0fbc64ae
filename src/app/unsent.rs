//! What was typed and the server has not taken. Nothing of it may be lost: it goes back into the
//! field, or is kept beside it.

use crate::domain::{At, Command, Item, ItemId, Title};

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The item with the text.
    pub(super) item: Item,
    /// Why it was refused: what the text was for.
    pub(super) wish: Wish,
}

/// What a refused text was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A new item.
    Add,
    /// Another title for an item in the list.
    Rename,
    /// Another title for an item that somebody has removed.
    BringBack,
}

impl Refused {
    /// What to give to the list to try once more.
    pub(super) fn commands(self) -> Vec<Command> {
        let Item { id, title, .. } = self.item;
        let at = At::End;
        let restore = Command::Restore { ids: vec![id] };
        match self.wish {
            Wish::Add => vec![Command::Add { id, title, at }],
            Wish::Rename => vec![Command::Rename { id, title }],
            Wish::BringBack => vec![restore, Command::Rename { id, title }],
        }
    }
}

/// Refused texts, and the reason for the last refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unsent {
    reason: Option<String>,
    returned: Option<Item>,
    kept: Vec<Refused>,
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

    /// What could not be done, in a few words.
    pub(super) fn headline(&self) -> &'static str {
        match self.kept.last() {
            Some(refused) if refused.wish != Wish::Add => "Error: Could not save the change.",
            _ => "Error: Could not add item.",
        }
    }

    /// The texts that wait beside the field.
    pub(super) fn kept(&self) -> &[Refused] {
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

    /// A text was refused that has no place in the field: it waits beside it until somebody tries
    /// again or lets go of it.
    pub(super) fn keep(&mut self, refused: Refused, reason: String) {
        self.reason = Some(reason);
        // The latest text of an item is the one to keep; a new item is still to be added.
        match self
            .kept
            .iter_mut()
            .find(|kept| kept.item.id == refused.item.id)
        {
            Some(kept) => kept.item = refused.item,
            None => self.kept.push(refused),
        }
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

    /// Takes a kept text out, to send it once more or to let go of it.
    pub(super) fn take(&mut self, id: ItemId) -> Option<Refused> {
        let index = self.kept.iter().position(|kept| kept.item.id == id)?;
        let refused = self.kept.remove(index);
        if self.kept.is_empty() && self.returned.is_none() {
            self.reason = None;
        }
        Some(refused)
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

    fn refused(number: u64) -> Refused {
        let wish = Wish::Add;
        Refused {
            item: item(number),
            wish,
        }
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
        unsent.keep(refused(2), "no".into());
        unsent.keep(refused(3), "no again".into());
        assert_eq!(unsent.kept(), [refused(2), refused(3)]);
        assert_eq!(unsent.submit(&item(1).title), Some(item(1).id));
        assert_eq!(unsent.reason(), Some("no again"), "two are still unsent");
        assert_eq!(unsent.take(item(2).id), Some(refused(2)));
        assert_eq!(unsent.take(item(3).id), Some(refused(3)));
        assert_eq!(unsent.take(item(3).id), None);
        assert_eq!(unsent, Unsent::default());
    }
}
