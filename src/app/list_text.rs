//! The list in words, for the clipboard and for messages.

use crate::domain::Item;

/// The items as text, a line for each; as Markdown, a checklist.
#[must_use]
pub fn of<'a>(items: impl Iterator<Item = &'a Item>, markdown: bool) -> String {
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

/// "1 item", "2 items".
#[must_use]
pub fn count_items(count: usize) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} item{ending}")
}
