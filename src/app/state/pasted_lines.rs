//! Several lines at once: what was pasted, as the titles of several items.

use crate::domain::Title;

/// The most lines that become items: so many can be undone together.
const MAX_LINES: usize = 100;

/// The title of each line that has one, without the marks of a list or a checklist. Empty if there
/// are not at least two, or too many, or if one of them cannot be a title: then nothing is offered.
pub(crate) fn titles(text: &str) -> Vec<Title> {
    let lines = text
        .lines()
        .map(without_mark)
        .filter(|line| !line.is_empty());
    let titles: Result<Vec<Title>, _> = lines.map(Title::parse).collect();
    titles
        .ok()
        .filter(|titles| (2..=MAX_LINES).contains(&titles.len()))
        .unwrap_or_default()
}

/// The line without "- ", "* ", "\u{2022} ", "[ ] " and "[x] " before its text.
fn without_mark(line: &str) -> &str {
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
