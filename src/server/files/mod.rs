//! The formats of files with items: reading them, also those that other programs write, and writing them.
//!
//! Nothing is lost silently. A reader accounts for every line that is not blank: it belongs to an item, is structure of
//! the format such as a header row, or is named as passed over. Fields that items cannot hold are named too.

mod csv;
mod dialect;
mod encoding;
mod error;
mod imported;
mod json;
mod lines;
mod markdown;
mod marks;
mod quotes;
mod report;
#[cfg(test)]
mod tests;
mod times;
mod todo_txt;

use std::path::Path;

use clap::ValueEnum;

pub use self::error::ImportError;
pub use self::imported::{
    Completion, Imported, ImportedItem, LineRange, NotKept, PassedOver, TimeOfCompletion, Unit,
};
use self::lines::Lines;
use crate::app::list_text;
use crate::domain::Item;

/// A text format for items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// An array of objects with `title`, `completed` and `completed_at` (RFC 3339)
    Json,
    /// A checklist: `- [ ] title` and `- [x] title`
    Markdown,
    /// One line for each item, as at <https://github.com/todotxt/todo.txt>
    #[value(name = "todo.txt")]
    TodoTxt,
    /// A table with a header row, for spreadsheets
    Csv,
}

impl TextFormat {
    /// The format that belongs to the extension of a file name, in small or capital letters.
    #[must_use]
    pub fn from_extension(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_lowercase();
        match extension.as_str() {
            "json" => Some(Self::Json),
            "md" | "markdown" | "mdown" | "mkd" => Some(Self::Markdown),
            "txt" => Some(Self::TodoTxt),
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            _ => None,
        }
    }

    /// The format of a text whose name says nothing, for example from a pipe.
    fn from_content(text: &str) -> Option<Self> {
        if json::is_json(text) {
            Some(Self::Json)
        } else if marks::is_checklist(&Lines::new(text)) {
            Some(Self::Markdown)
        } else if csv::is_table(text) {
            Some(Self::Csv)
        } else {
            None
        }
    }
}

/// How the format of a file is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatChoice<'a> {
    /// A person has named it.
    Named(TextFormat),
    /// The extension of the file name, then the content.
    ByName(&'a Path),
    /// The content alone.
    ByContent,
}

/// Reads the items of a file. The result names everything that is not taken over. It may have no item.
///
/// # Errors
///
/// [`ImportError`] if the bytes are no text, the format is unknown, the text is not in its format, or an item in it
/// cannot be in the list.
pub fn import(bytes: &[u8], choice: FormatChoice<'_>) -> Result<Imported, ImportError> {
    let (text, assumption) = encoding::decode(bytes)?;
    let text = &*text;
    let named = match choice {
        FormatChoice::Named(format) => Some(format),
        FormatChoice::ByName(file) => TextFormat::from_extension(file),
        FormatChoice::ByContent => None,
    };
    let format = named.or_else(|| TextFormat::from_content(text));
    let format = format.ok_or(ImportError::UnknownFormat)?;
    let is_chosen = matches!(choice, FormatChoice::Named(_));
    let mut imported = match format {
        TextFormat::Json => json::import(text)?,
        TextFormat::Csv => csv::import(text)?,
        TextFormat::Markdown => markdown::import(text)?,
        TextFormat::TodoTxt if !is_chosen && marks::is_checklist(&Lines::new(text)) => {
            assume(markdown::import(text)?, "the lines look like a checklist")
        }
        TextFormat::TodoTxt if !is_chosen && csv::is_tabbed_table(text) => assume(
            csv::import(text)?,
            "the first line names the columns of a table",
        ),
        TextFormat::TodoTxt => todo_txt::import(text)?,
    };
    if let Some(assumption) = assumption {
        imported.assumptions.insert(0, assumption.into());
    }
    Ok(imported)
}

/// Notes why a text was not read as an item on each line.
fn assume(mut imported: Imported, reason: &str) -> Imported {
    imported.assumptions.push(format!(
        "{reason}, so the file was read as one (--format todo.txt takes each line as it is)"
    ));
    imported
}

/// The items as a file.
///
/// # Errors
///
/// The error of the library that writes the format. None is known to happen.
pub fn export<'a>(
    format: TextFormat,
    items: impl Iterator<Item = &'a Item>,
) -> std::io::Result<Vec<u8>> {
    match format {
        TextFormat::Json => json::export(items),
        TextFormat::Csv => csv::export(items),
        TextFormat::Markdown => Ok(list_text::format_items(items, true).into_bytes()),
        TextFormat::TodoTxt => Ok(todo_txt::export(items).into_bytes()),
    }
}
