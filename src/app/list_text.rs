//! The list as text, for the clipboard, for downloads and for notices.

use crate::domain::Item;

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
