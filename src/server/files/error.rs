//! Why a file cannot be imported, in words for the person who has the file.

use super::{Unit, report};

/// Why nothing of a file can be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Neither the name nor the content tells the format.
    #[error("the format is unknown: name it with --format")]
    UnknownFormat,
    /// The bytes are no text.
    #[error("the file is no text: {0}")]
    NotText(&'static str),
    /// The text is not JSON.
    #[error("line {line}, column {column}: this is not JSON: {problem}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// No row of a table names its columns.
    #[error(
        "no column has the titles: write \"title\" above it, in a first row that names the columns{found}"
    )]
    NoTitleColumn {
        /// What the first row has instead.
        found: String,
    },
    /// Quotation marks of a table do not match.
    #[error("line {line}: {problem}: write \"\" for a quotation mark inside a quoted cell")]
    Quotes {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Values that cannot be in the list.
    #[error("{}", describe(*.0, .1))]
    Invalid(Unit, Vec<InvalidValue>),
}

/// A value that cannot be in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// The line or entry, from 1.
    pub(super) line: usize,
    /// What is wrong, with the value, and what to do.
    pub(super) problem: String,
}

/// How many values a message explains.
const MAX_EXPLAINED: usize = 3;

fn describe(unit: Unit, values: &[InvalidValue]) -> String {
    let explained = values.iter().take(MAX_EXPLAINED);
    let explained: Vec<String> = explained
        .map(|value| {
            let place = report::name_lines(unit, [value.line].into_iter());
            format!("{place}: {}", value.problem)
        })
        .collect();
    let mut text = explained.join("; ");
    if let Some(others) = values.get(MAX_EXPLAINED..).filter(|rest| !rest.is_empty()) {
        let lines = others.iter().map(|value| value.line);
        text += &format!("; also {}", report::name_lines(unit, lines));
    }
    text
}
