//! Pasted lines as the titles of several items.

use crate::domain::Title;

/// The most lines that become items. Undoing them is one step of as many commands.
const MAX_PASTED_LINES: usize = 100;

/// The titles in the lines of a text, without list and checklist markers. Empty if there are fewer than two lines or too
/// many, or if a line is no title: then the page offers nothing.
pub(crate) fn titles(text: &str) -> Vec<Title> {
    let lines = text
        .lines()
        .map(without_markers)
        .filter(|line| !line.is_empty());
    let titles: Result<Vec<Title>, _> = lines.map(Title::parse).collect();
    titles
        .ok()
        .filter(|titles| (2..=MAX_PASTED_LINES).contains(&titles.len()))
        .unwrap_or_default()
}

/// A line without "- ", "* ", "\u{2022} ", "[ ] " and "[x] " before its text.
fn without_markers(line: &str) -> &str {
    let mut rest = line.trim();
    for marks in [
        &["- ", "* ", "+ ", "\u{2022} "][..],
        &["[ ] ", "[x] ", "[X] "],
    ] {
        let without = marks.iter().find_map(|mark| rest.strip_prefix(mark));
        rest = without.unwrap_or(rest).trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let titles = titles(text);
        let actual: Vec<_> = titles.iter().map(Title::as_str).collect();
        assert_eq!(actual, expected, "{text:?}");
    }

    #[test]
    fn each_line_is_a_title_without_its_marks() {
        check("Milk\r\n\n  Eggs \n", &["Milk", "Eggs"]);
        check("- Milk\n* Eggs\n\u{2022} Bread", &["Milk", "Eggs", "Bread"]);
        check(
            "- [ ] Milk\n- [x] Eggs\n[ ] Bread",
            &["Milk", "Eggs", "Bread"],
        );
        check("-1 degree\n- -1 degree", &["-1 degree", "-1 degree"]);
    }

    #[test]
    fn one_line_or_a_line_that_cannot_be_a_title_offers_nothing() {
        check("Milk", &[]);
        check("Milk\n\n", &[]);
        check("", &[]);
        check(&format!("Milk\n{}", "x".repeat(501)), &[]);
    }
}
