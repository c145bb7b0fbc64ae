//! What one page knows of a list: the server's word, and its own commands that wait for it.

use std::collections::VecDeque;

use super::{Command, Item, ItemId, List, decide};

/// A list as one page shows it: confirmed by the server, with the page's own additions folded in
/// by the same rules. The server's word always wins; a wrong prediction just goes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    confirmed: List,
    pending: VecDeque<Item>,
    behind: bool,
}

impl Replica {
    /// Starts from what the server has rendered.
    #[must_use]
    pub fn new(confirmed: List) -> Self {
        Self {
            confirmed,
            ..Self::default()
        }
    }

    /// The items to show, in order.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let mut view = self.confirmed.clone();
        for item in &self.pending {
            // A refusal to come is shown when the server has spoken, not guessed at here.
            if let Ok(events) = decide(&view, &Command::Add(item.clone())) {
                events.iter().for_each(|event| view.evolve(event));
            }
        }
        view.items().to_vec()
    }

    /// Whether the item still waits for the server's word.
    #[must_use]
    pub fn is_pending(&self, id: ItemId) -> bool {
        self.pending.iter().any(|item| item.id == id)
    }

    /// Shows an item at once. It is sent when those before it have been answered.
    pub fn add(&mut self, item: Item) {
        self.pending.push_back(item);
    }

    /// The addition to send next.
    #[must_use]
    pub fn next_to_send(&self) -> Option<&Item> {
        self.pending.front()
    }

    /// The server has the item: the list was at `revision` when it answered.
    pub fn acknowledge(&mut self, id: ItemId, revision: u64) {
        let Some(item) = self.take(id) else { return };
        self.behind |= revision != self.confirmed.revision() + 1;
        if let Ok(events) = decide(&self.confirmed, &Command::Add(item)) {
            events.iter().for_each(|event| self.confirmed.evolve(event));
        }
    }

    /// The server will not have the item, or never heard of it: it leaves the view.
    pub fn withdraw(&mut self, id: ItemId) -> Option<Item> {
        self.take(id)
    }

    /// Whether the list has, or may have, changes that this page has not seen and should load.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Asks for the whole list to be loaded.
    pub fn fall_behind(&mut self) {
        self.behind = true;
    }

    /// Takes over the server's list.
    pub fn catch_up(&mut self, confirmed: List) {
        self.confirmed = confirmed;
        self.behind = false;
    }

    /// Goes on with what it has: the list could not be loaded, and is not asked for again before
    /// the next [`Replica::fall_behind`] or the next gap.
    pub fn stay_behind(&mut self) {
        self.behind = false;
    }

    fn take(&mut self, id: ItemId) -> Option<Item> {
        let index = self.pending.iter().position(|item| item.id == id)?;
        self.pending.remove(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Title;

    fn item(number: u64) -> Item {
        Item {
            id: ItemId::new(number, [0; 10]),
            title: Title::parse(&format!("item {number}")).expect("a valid title"),
        }
    }

    fn numbers(replica: &Replica) -> Vec<u64> {
        let number = |shown: &Item| (0..10).find(|&n| item(n) == *shown).expect("a known item");
        replica.items().iter().map(number).collect()
    }

    #[test]
    fn an_addition_shows_at_once_and_stays_when_acknowledged() {
        let mut replica = Replica::new(List::at_revision(4, vec![item(0)]));
        replica.add(item(1));
        assert_eq!(numbers(&replica), [0, 1]);
        assert!(replica.is_pending(item(1).id));
        replica.acknowledge(item(1).id, 5);
        assert_eq!(numbers(&replica), [0, 1]);
        assert!(!replica.is_pending(item(1).id));
        assert!(!replica.is_behind());
    }

    #[test]
    fn a_withdrawn_addition_leaves_the_view_and_only_that_one() {
        let mut replica = Replica::new(List::at_revision(4, vec![item(0)]));
        replica.add(item(1));
        replica.add(item(2));
        assert_eq!(replica.withdraw(item(1).id), Some(item(1)));
        assert_eq!(numbers(&replica), [0, 2]);
        assert_eq!(replica.next_to_send(), Some(&item(2)));
        assert_eq!(replica.withdraw(item(1).id), None);
    }

    #[test]
    fn a_gap_in_the_revisions_means_that_others_changed_the_list() {
        let mut replica = Replica::new(List::at_revision(4, vec![item(0)]));
        replica.add(item(1));
        replica.acknowledge(item(1).id, 7);
        assert!(replica.is_behind());
        replica.catch_up(List::at_revision(
            7,
            vec![item(0), item(2), item(3), item(1)],
        ));
        assert_eq!(numbers(&replica), [0, 2, 3, 1]);
        assert!(!replica.is_behind());
    }

    #[test]
    fn an_item_that_the_list_has_already_is_shown_once() {
        let mut replica = Replica::new(List::default());
        replica.add(item(1));
        replica.catch_up(List::at_revision(1, vec![item(1)]));
        assert_eq!(numbers(&replica), [1]);
        replica.acknowledge(item(1).id, 1);
        assert_eq!(numbers(&replica), [1]);
    }

    #[test]
    fn a_list_that_started_anew_is_taken_over() {
        let mut replica = Replica::new(List::at_revision(9, vec![item(0), item(1)]));
        replica.add(item(2));
        replica.acknowledge(item(2).id, 1);
        assert!(replica.is_behind());
        replica.catch_up(List::at_revision(1, vec![item(2)]));
        assert_eq!(numbers(&replica), [2]);
    }
}
