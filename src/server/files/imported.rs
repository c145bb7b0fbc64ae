//! What a file contains: its items, and everything that is not taken over.

use super::error::InvalidValue;
use super::lines::Lines;
use super::{ImportError, report};
use crate::domain::{Timestamp, Title, TitleError};

/// How much of a text a report shows, in `char`s.
const MAX_EXCERPT_CHARS: usize = 60;

/// What the numbers of places in a file count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Lines, as an editor counts them.
    #[default]
    Line,
    /// Entries of a JSON text that is one long line.
    Entry,
}

/// How many values of a field a report shows.
const MAX_EXAMPLES: usize = 3;

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// What the numbers of places count.
    pub unit: Unit,
    /// The items, in their order.
    pub items: Vec<ImportedItem>,
    /// What is no item, in the order of the file.
    pub passed_over: Vec<PassedOver>,
    /// Fields of items that cannot be kept.
    pub not_kept: Vec<NotKept>,
    /// What had to be assumed about the file.
    pub assumptions: Vec<String>,
}

/// An item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedItem {
    /// Its lines.
    pub lines: LineRange,
    /// The title.
    pub title: Title,
    /// Whether it is completed, and when.
    pub completion: Completion,
    /// The order number of a client of the API.
    pub order: Option<i64>,
}

/// Whether an item is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It is open.
    Open,
    /// It is completed.
    Completed(TimeOfCompletion),
}

/// When an item was completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOfCompletion {
    /// The file says when.
    At(Timestamp),
    /// The file does not say when.
    Unknown,
}

impl Completion {
    /// Completed at this time, if it is known.
    pub(super) fn completed(at: Option<Timestamp>) -> Self {
        Self::Completed(at.map_or(TimeOfCompletion::Unknown, TimeOfCompletion::At))
    }
}

/// Lines of a file: from the first to the last, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineRange {
    /// The first line.
    pub first: usize,
    /// The last line.
    pub last: usize,
}

impl LineRange {
    /// One line.
    pub(super) const fn one(line: usize) -> Self {
        let (first, last) = (line, line);
        Self { first, last }
    }
}

/// A part of a file that is no item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Its lines.
    pub lines: LineRange,
    /// Its beginning.
    pub excerpt: String,
    /// Why it is no item.
    pub reason: &'static str,
}

/// A kind of field that items cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKept {
    /// The field.
    pub what: String,
    /// Some of its values, if they say what is lost.
    pub examples: Vec<String>,
    /// The lines of the items that have it.
    pub lines: Vec<usize>,
}

/// Collects the content of a file.
#[derive(Default)]
pub(super) struct ImportBuilder {
    imported: Imported,
    invalid: Vec<InvalidValue>,
}

impl ImportBuilder {
    pub(super) fn new(unit: Unit) -> Self {
        let imported = Imported {
            unit,
            ..Imported::default()
        };
        Self {
            imported,
            ..Self::default()
        }
    }

    /// Takes an item over. A text with nothing to read is passed over for this reason; one that cannot be in the list is
    /// an error in the end.
    pub(super) fn item(
        &mut self,
        lines: LineRange,
        text: &str,
        completion: Completion,
        reason_if_blank: &'static str,
    ) -> Option<&mut ImportedItem> {
        let joined = join_lines(text);
        match Title::parse(joined.as_deref().unwrap_or(text)) {
            Ok(title) => {
                if joined.is_some() {
                    self.not_kept("line breaks in titles (each is a space now)", lines.first);
                }
                let order = None;
                self.imported.items.push(ImportedItem {
                    lines,
                    title,
                    completion,
                    order,
                });
                self.imported.items.last_mut()
            }
            Err(TitleError::Blank) => {
                self.pass_over(lines, text, reason_if_blank);
                None
            }
            Err(error) => {
                let hint = match error {
                    TitleError::TooLong { .. } => "shorten it",
                    _ => "remove that character",
                };
                let excerpt = excerpt(text);
                self.invalid(lines.first, format!("{error} Here: {excerpt}: {hint}"));
                None
            }
        }
    }

    /// Names a part of the file that is no item.
    pub(super) fn pass_over(&mut self, lines: LineRange, text: &str, reason: &'static str) {
        self.imported.passed_over.push(PassedOver {
            lines,
            excerpt: excerpt(text),
            reason,
        });
    }

    /// Names whole lines that are no items.
    pub(super) fn pass_over_lines(
        &mut self,
        source: &Lines<'_>,
        lines: LineRange,
        reason: &'static str,
    ) {
        self.pass_over(lines, source.get(lines.first), reason);
    }

    /// Names a field of an item that cannot be kept.
    pub(super) fn not_kept(&mut self, what: impl Into<String>, line: usize) {
        self.note(what.into(), line);
    }

    /// Names a value of an item that cannot be kept.
    pub(super) fn value_not_kept(&mut self, what: impl Into<String>, value: &str, line: usize) {
        let examples = &mut self.note(what.into(), line).examples;
        let value = excerpt(value);
        if examples.len() < MAX_EXAMPLES && !examples.contains(&value) {
            examples.push(value);
        }
    }

    fn note(&mut self, what: String, line: usize) -> &mut NotKept {
        let known = &mut self.imported.not_kept;
        let index = known.iter().position(|known| known.what == what);
        let index = index.unwrap_or_else(|| {
            known.push(NotKept {
                what,
                examples: Vec::new(),
                lines: Vec::new(),
            });
            known.len() - 1
        });
        let noted = &mut known[index];
        if noted.lines.last() != Some(&line) {
            noted.lines.push(line);
        }
        noted
    }

    /// Notes a value that makes the import fail.
    pub(super) fn invalid(&mut self, line: usize, problem: String) {
        self.invalid.push(InvalidValue { line, problem });
    }

    /// How many items there are so far.
    pub(super) fn len(&self) -> usize {
        self.imported.items.len()
    }

    /// The content.
    pub(super) fn finish(mut self) -> Result<Imported, ImportError> {
        if !self.invalid.is_empty() {
            self.invalid.sort_by_key(|value| value.line);
            return Err(ImportError::Invalid(self.imported.unit, self.invalid));
        }
        self.imported.passed_over.sort_by_key(|part| part.lines);
        Ok(self.imported)
    }
}

impl Imported {
    /// How many items are completed.
    #[must_use]
    pub fn completed(&self) -> usize {
        self.count(|completion| completion != Completion::Open)
    }

    /// How many items are completed at a time that the file does not say.
    pub(super) fn completed_at_unknown_time(&self) -> usize {
        self.count(|completion| completion == Completion::Completed(TimeOfCompletion::Unknown))
    }

    fn count(&self, is: fn(Completion) -> bool) -> usize {
        self.items.iter().filter(|item| is(item.completion)).count()
    }

    /// Everything that is not taken over, as lines for the administrator. Empty if everything is.
    #[must_use]
    pub fn report(&self) -> Vec<String> {
        report::describe(self)
    }
}

/// The text with spaces instead of line breaks within it; `None` if it has none.
fn join_lines(text: &str) -> Option<String> {
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}');
    let text = text.trim();
    text.contains(is_break).then(|| {
        let lines = text.split(is_break).map(str::trim);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    })
}

/// The beginning of a text, quoted and on one line.
pub(super) fn excerpt(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut chars = text.trim().chars();
    let start: String = chars.by_ref().take(MAX_EXCERPT_CHARS).map(clean).collect();
    let end = if chars.next().is_some() {
        "\u{2026}"
    } else {
        ""
    };
    format!("\"{start}{end}\"")
}
