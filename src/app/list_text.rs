//! The list as text, for the clipboard, for downloads and for notices.

use crate::domain::{Item, ItemId, List, Rejection};

/// How many characters of a title a notice shows.
const MAX_NAME_CHARS: usize = 40;

/// The items as text with a line for each item, or as a Markdown checklist.
#[must_use]
pub fn format_items<'a>(items: impl Iterator<Item = &'a Item>, markdown: bool) -> String {
    let mut text = String::new();
    for item in items {
        text.push_str(match (markdown, item.completed_at) {
            (false, _) => "",
            (true, None) => "- [ ] ",
            (true, Some(_)) => "- [x] ",
        });
        text.push_str(item.title.as_str());
        text.push('\n');
    }
    text
}

/// Counts items in words: "1 item", "2 items".
#[must_use]
pub fn count_items(count: usize) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} item{ending}")
}

/// Names items in a notice: a single one by its title, several by their number.
#[must_use]
pub fn name_items(list: &List, ids: &[ItemId]) -> String {
    let title = match ids {
        [id] => list.get(*id).map(|item| shorten(item.title.as_str())),
        _ => None,
    };
    title.unwrap_or_else(|| count_items(ids.len()))
}

/// The notice about removed items.
#[must_use]
pub fn removed(list: &List, ids: &[ItemId]) -> String {
    let is_completed = |id: &ItemId| {
        list.get(*id)
            .is_some_and(|item| item.completed_at.is_some())
    };
    if ids.len() > 1 && ids.iter().all(is_completed) {
        return format!("{} completed items removed.", ids.len());
    }
    name_items(list, ids) + " removed."
}

/// The notice about items that were completed or reopened.
#[must_use]
pub fn completed(list: &List, ids: &[ItemId], completed: bool) -> String {
    name_items(list, ids)
        + if completed {
            " done."
        } else {
            " active again."
        }
}

/// The notice about a step that was undone or redone, as `done` says, and about the items that it has changed.
#[must_use]
pub fn reverted(done: &str, list: &List, mut changed: Vec<ItemId>) -> String {
    // An item is there once for each of its fields that has changed.
    changed.dedup();
    match changed.is_empty() {
        true => format!("{done}."),
        false => format!("{done}: {}.", name_items(list, &changed)),
    }
}

/// The notice about a rejected change: why it was rejected, and which item it was about.
#[must_use]
pub fn rejected(list: &List, rejection: Rejection) -> String {
    if let Rejection::ItemRemoved { id } = rejection
        && let Some(item) = list.get(id)
    {
        return format!("Someone has removed {}.", shorten(item.title.as_str()));
    }
    rejection.to_string()
}

/// The beginning of a title. A text from right to left is isolated, so that it does not change the order of the words
/// around it.
#[must_use]
pub fn shorten(title: &str) -> String {
    let mut name: String = title.chars().take(MAX_NAME_CHARS).collect();
    if name.len() < title.len() {
        name.truncate(name.trim_end().len());
        name.push('\u{2026}');
    }
    if name.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}')) {
        name.insert(0, '\u{2068}');
        name.push('\u{2069}');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::{KEY, id};
    use crate::domain::{Listing, Timestamp, Title};

    /// A list with items of these titles; completed ones begin with "+".
    fn list(titles: &[&str]) -> List {
        let item = |(number, text): (usize, &&str)| {
            let title = Title::parse(text.trim_start_matches('+')).unwrap();
            Item {
                completed_at: text.starts_with('+').then_some(Timestamp(1)),
                ..Item::new(id(number as u8), title)
            }
        };
        let items = titles.iter().enumerate().map(item).collect();
        Listing { revision: 1, items }.into_list(KEY)
    }

    #[test]
    fn a_single_item_is_named_and_several_are_counted() {
        let list = list(&["Toilet paper", "b", "+c", "+d"]);
        let check = |ids: &[u8], expected: &str| {
            let ids: Vec<ItemId> = ids.iter().copied().map(id).collect();
            assert_eq!(removed(&list, &ids), expected);
        };
        check(&[0], "Toilet paper removed.");
        check(&[2], "c removed.");
        check(&[0, 1], "2 items removed.");
        check(&[1, 2], "2 items removed.");
        check(&[2, 3], "2 completed items removed.");
        // The item is forgotten.
        check(&[9], "1 item removed.");
    }

    #[test]
    fn a_long_title_is_cut_and_one_from_right_to_left_isolated() {
        let check = |title: &str, expected: &str| assert_eq!(shorten(title), expected);
        check(&"x".repeat(40), &"x".repeat(40));
        check(&"x".repeat(41), &format!("{}\u{2026}", "x".repeat(40)));
        let words = format!("{} and so on", "\u{e9}".repeat(39));
        check(&words, &format!("{}\u{2026}", "\u{e9}".repeat(39)));
        check(
            "\u{5d7}\u{5dc}\u{5d1} 3",
            "\u{2068}\u{5d7}\u{5dc}\u{5d1} 3\u{2069}",
        );
    }
}
