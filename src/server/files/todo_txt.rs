//! todo.txt (<https://github.com/todotxt/todo.txt>): one item on each line.
//!
//! A further space before a title says that nothing before it belongs to the format. So titles that begin like a date,
//! a priority or the mark of a checklist can be written.

use std::fmt::Write;

use jiff::civil::Date;

use super::imported::ImportBuilder;
use super::lines::Lines;
use super::{Completion, ImportError, Imported, LineRange, marks, times};
use crate::domain::Item;

/// Reads an item from each line that is not blank.
pub(super) fn import(text: &str) -> Result<Imported, ImportError> {
    let mut builder = ImportBuilder::default();
    for (number, line) in Lines::new(text).iter() {
        if line.trim().is_empty() {
            continue;
        }
        let parsed = Line::parse(line);
        let completion = match parsed.completed_on {
            _ if !parsed.is_completed => Completion::Open,
            date => Completion::completed(date.and_then(times::parse)),
        };
        let item = builder.item(
            LineRange::one(number),
            parsed.title,
            completion,
            "marks without a text",
        );
        if item.is_none() {
            continue;
        }
        if parsed.has_priority {
            builder.not_kept("the priority", number);
        }
        if parsed.has_creation_date {
            builder.not_kept("when an item was written down", number);
        }
    }
    builder.finish()
}

/// A line of the file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line<'a> {
    is_completed: bool,
    has_priority: bool,
    completed_on: Option<&'a str>,
    has_creation_date: bool,
    title: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Self {
        let mut parsed = Self::default();
        let mut rest = line;
        if let Some(completed) = rest.strip_prefix("x ") {
            parsed.is_completed = true;
            rest = completed;
        }
        if let Some(after) = without_priority(rest) {
            parsed.has_priority = true;
            rest = after;
        }
        let first = split_date(rest);
        if let Some((date, after)) = first {
            if parsed.is_completed {
                parsed.completed_on = Some(date);
            } else {
                parsed.has_creation_date = true;
            }
            rest = after;
        }
        if first.is_some()
            && parsed.is_completed
            && let Some((_, after)) = split_date(rest)
        {
            parsed.has_creation_date = true;
            rest = after;
        }
        parsed.title = rest.trim();
        parsed
    }
}

/// The rest after a priority such as "(A) ".
fn without_priority(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('(')?;
    let rest = rest.strip_prefix(|c: char| c.is_ascii_uppercase())?;
    rest.strip_prefix(") ")
}

/// Splits a date such as "2026-01-31 " off.
fn split_date(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = line.split_once(' ')?;
    let is_date = word.len() == 10 && word.parse::<Date>().is_ok();
    is_date.then_some((word, rest))
}

/// The items, each with the day of its completion (UTC).
pub(super) fn export<'a>(items: impl Iterator<Item = &'a Item>) -> String {
    let mut text = String::new();
    for item in items {
        let title = item.title.as_str();
        let mut line = String::new();
        if let Some(at) = item.completed_at {
            line.push_str("x ");
            if let Some(moment) = times::moment(at) {
                // Writing into a string cannot fail.
                let _ = write!(line, "{} ", moment.strftime("%Y-%m-%d"));
            }
        }
        let start = line.len();
        line.push_str(title);
        let is_read_as_written = Line::parse(&line).title == title
            && Line::parse(&line).is_completed == item.completed_at.is_some()
            && !Line::parse(&line).has_priority
            && !Line::parse(&line).has_creation_date;
        let is_like_a_mark =
            start == 0 && (marks::has_mark(title) || title.starts_with('\u{feff}'));
        let is_like_a_header = text.is_empty() && title.contains('\t');
        if !is_read_as_written || is_like_a_mark || is_like_a_header {
            line.insert(start, ' ');
        }
        text += &line;
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_before_the_title_in_their_order() {
        let check = |line: &str, expected: (bool, Option<&str>, &str)| {
            let Line {
                is_completed,
                completed_on,
                title,
                ..
            } = Line::parse(line);
            assert_eq!((is_completed, completed_on, title), expected, "{line}");
        };
        check("Call", (false, None, "Call"));
        check("(A) Call", (false, None, "Call"));
        check("(A) 2026-01-02 Call", (false, None, "Call"));
        check("2026-01-02 Call", (false, None, "Call"));
        check("x Call", (true, None, "Call"));
        check("x 2026-01-02 Call", (true, Some("2026-01-02"), "Call"));
        check(
            "x 2026-01-02 2026-01-01 Call",
            (true, Some("2026-01-02"), "Call"),
        );
        check(
            "x (B) 2026-01-02 2026-01-01 Call",
            (true, Some("2026-01-02"), "Call"),
        );
        check(
            "x 2026-01-02  2026-01-01 Call",
            (true, Some("2026-01-02"), "2026-01-01 Call"),
        );
        check("x 2026-13-02 Call", (true, None, "2026-13-02 Call"));
        check("x  2026-01-02 Call", (true, None, "2026-01-02 Call"));
        for title in [
            "X Call",
            "xylophone",
            "(a) Call",
            "(AA) Call",
            "(A)",
            "2026-01-02",
            "x",
        ] {
            check(title, (false, None, title));
            check(&format!(" {title}"), (false, None, title));
        }
    }
}
