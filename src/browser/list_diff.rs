//! The difference between two orders of items, as a short list of edits.

use crate::domain::{HashKey, IdSet, ItemId};

/// One edit of an order of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEdit {
    /// Remove an item.
    Remove(ItemId),
    /// Insert or move an item right before another one; `None` is the end.
    Insert(ItemId, Option<ItemId>),
}

/// The edits that turn `old` into `new`, in order. Neither may have an id twice. Ids are hashed with `key`.
///
/// One inserted, removed or moved item is one edit, wherever it is. Items that stay at the start and at the end cost almost
/// nothing. Two unrelated orders differ by at most one edit for each item of both.
#[must_use]
pub fn diff(key: HashKey, old: &[ItemId], new: &[ItemId]) -> Vec<ListEdit> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[start..], &new[start..]);
    let pairs = old.iter().rev().zip(new.iter().rev());
    let end = pairs.take_while(|(a, b)| a == b).count();
    let after = old.len().checked_sub(end).and_then(|at| old.get(at));
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);

    // A search removes thousands of items. If the order stays, no item needs a lookup.
    let (kept, gone): (Vec<ItemId>, Vec<_>) = if is_subsequence(new, old) {
        let mut stays = new.iter().peekable();
        old.iter().partition(|id| stays.next_if_eq(id).is_some())
    } else {
        let mut stays: IdSet<&ItemId> = IdSet::with_hasher(key);
        stays.extend(new);
        old.iter().partition(|id| stays.contains(id))
    };
    let mut edits: Vec<_> = gone.into_iter().map(ListEdit::Remove).collect();
    let mut placed = IdSet::with_hasher(key);
    let mut at = 0;
    for id in new {
        // Items that were placed before are no longer here.
        while kept.get(at).is_some_and(|here| placed.contains(here)) {
            at += 1;
        }
        if kept.get(at) == Some(id) {
            at += 1;
        } else if kept.get(at + 1) == Some(id) {
            // The item between the two moves further down and is placed later.
            at += 2;
        } else {
            placed.insert(*id);
            let before = kept.get(at).or(after).copied();
            edits.push(ListEdit::Insert(*id, before));
        }
    }
    edits
}

/// Whether `all` has all items of `part` in the same order.
#[must_use]
pub fn is_subsequence(part: &[ItemId], all: &[ItemId]) -> bool {
    let mut part = part.iter().peekable();
    for id in all {
        part.next_if_eq(&id);
    }
    part.peek().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::{KEY, id};
    use proptest::prelude::*;

    fn ids(numbers: &[u8]) -> Vec<ItemId> {
        numbers.iter().copied().map(id).collect()
    }

    /// Applies the edits, as a document would.
    fn apply(mut row: Vec<ItemId>, edits: &[ListEdit]) -> Vec<ItemId> {
        for edit in edits {
            let (ListEdit::Remove(id) | ListEdit::Insert(id, _)) = edit;
            row.retain(|here| here != id);
            if let ListEdit::Insert(id, before) = edit {
                let place = |before| row.iter().position(|here| *here == before).unwrap();
                row.insert(before.map_or(row.len(), place), *id);
            }
        }
        row
    }

    fn count(old: &[u8], new: &[u8]) -> usize {
        let (old, new) = (ids(old), ids(new));
        let edits = diff(KEY, &old, &new);
        assert_eq!(apply(old, &edits), new);
        edits.len()
    }

    #[test]
    fn one_inserted_removed_or_moved_item_is_one_edit() {
        for (old, new, steps) in [
            ("", "", 0),
            ("abcd", "abcd", 0),
            ("abcd", "abcde", 1),
            ("abcd", "eabcd", 1),
            ("abcd", "abecd", 1),
            ("abcd", "bcd", 1),
            ("abcd", "acd", 1),
            ("abcd", "abc", 1),
            ("abcdef", "bcdefa", 1),
            ("abcdef", "fabcde", 1),
            ("abcdef", "acdebf", 1),
            ("abcdef", "aebcdf", 1),
            ("abcdef", "abfde", 2),
            ("abcdef", "", 6),
            ("", "abcdef", 6),
        ] {
            assert_eq!(count(old.as_bytes(), new.as_bytes()), steps, "{old} {new}");
        }
    }

    /// Some of all numbers, in order.
    fn some() -> impl Strategy<Value = Vec<u8>> {
        proptest::sample::subsequence((0..30_u8).collect::<Vec<_>>(), 0..=30)
    }

    proptest! {
        #[test]
        fn only_insertions_or_removals_are_one_edit_each(all in some(), stays in any::<u32>()) {
            let some: Vec<_> = all.iter().copied().filter(|number| stays >> number & 1 == 1).collect();
            prop_assert_eq!(count(&all, &some), all.len() - some.len());
            prop_assert_eq!(count(&some, &all), all.len() - some.len());
            prop_assert!(is_subsequence(&ids(&some), &ids(&all)));
            prop_assert_eq!(is_subsequence(&ids(&all), &ids(&some)), all == some);
        }

        #[test]
        fn the_edits_lead_from_any_order_to_any_other(
            old in some().prop_shuffle(),
            new in some().prop_shuffle(),
        ) {
            prop_assert!(count(&old, &new) <= old.len() + new.len());
        }
    }
}
