//! Tables: CSV as spreadsheets and other programs write it.

use std::collections::HashMap;

use super::dialect::{self, Answer, Field};
use super::imported::{ImportBuilder, excerpt};
use super::lines::Lines;
use super::{Completion, ImportError, Imported, LineRange, quotes, times};
use crate::domain::{Item, Timestamp};

/// In how many rows at the beginning the names of the columns are looked for. TickTick writes three before them.
const MAX_ROWS_BEFORE_HEADER: usize = 20;

/// What separates cells, in the order in which it is tried.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Spreadsheets take a cell that begins like this for a formula, also with the wide forms of East Asian keyboards.
const FORMULA_STARTS: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// The columns of the program's own tables.
const OWN_COLUMNS: [&str; 4] = ["title", "completed", "completed_at", "order"];

/// A row with the lines that it takes.
struct Row {
    lines: LineRange,
    cells: Vec<String>,
}

/// Which column is which.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<Field, usize>,
    /// The column `order` of the program's own tables.
    order: Option<usize>,
    is_ticktick: bool,
}

/// Whether a text has a row with names of columns that are known.
pub(super) fn is_table(text: &str) -> bool {
    let (separator, start) = declared_separator(text);
    let lines = Lines::new(text);
    find_header(text, &lines, separator, start).is_some()
}

/// Whether a text without a name that says so is a table with tabs, as spreadsheets save text: its first row names at
/// least two columns that are known. A space at the start hides them, so that a title can have them.
pub(super) fn is_tabbed_table(text: &str) -> bool {
    let header = rows(text, &Lines::new(text), b'\t', 0).next();
    let columns = header.map(Columns::new).unwrap_or_default();
    !text.starts_with(' ') && columns.places.contains_key(&Field::Title) && columns.places.len() > 1
}

/// Reads the rows below the names of the columns.
pub(super) fn import(text: &str) -> Result<Imported, ImportError> {
    let lines = Lines::new(text);
    let (declared, start) = declared_separator(text);
    let Some((separator, header)) = find_header(text, &lines, declared, start) else {
        let mut rows = rows(text, &lines, declared.unwrap_or(b','), start);
        if rows
            .by_ref()
            .all(|row| row.cells.iter().all(|cell| cell.trim().is_empty()))
        {
            return Ok(Imported::default());
        }
        return Err(no_title(text, &lines, declared, start));
    };
    quotes::check(text, &lines, separator, start)?;
    let mut builder = ImportBuilder::default();
    let mut rows = rows(text, &lines, separator, start);
    for row in rows.by_ref().take(header) {
        builder.pass_over_lines(&lines, row.lines, "before the names of the columns");
    }
    let columns = rows.next().map(Columns::new).unwrap_or_default();
    for row in rows {
        columns.read(&row, &lines, &mut builder);
    }
    builder.finish()
}

fn no_title(text: &str, lines: &Lines<'_>, declared: Option<u8>, start: usize) -> ImportError {
    let separator = declared.unwrap_or_else(|| {
        let first = lines.get(lines.number_at(start));
        let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
        SEPARATORS
            .into_iter()
            .rev()
            .max_by_key(count)
            .unwrap_or(b',')
    });
    let first = rows(text, lines, separator, start).next();
    let names = first.map(|row| row.cells).unwrap_or_default();
    let shown: Vec<String> = names.iter().take(8).map(|name| excerpt(name)).collect();
    ImportError::NoTitleColumn {
        found: format!("; the first row has {}", shown.join(", ")),
    }
}

/// The separator that the first line declares, and where the table begins.
fn declared_separator(text: &str) -> (Option<u8>, usize) {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = text[..end].trim_matches('"').to_lowercase();
    match line.strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) if !matches!(separator, b'"' | b'\n' | b'\r') => (Some(*separator), end),
        _ => (None, 0),
    }
}

/// The separator, and how many rows are before the one with the names of the columns.
fn find_header(
    text: &str,
    lines: &Lines<'_>,
    declared: Option<u8>,
    start: usize,
) -> Option<(u8, usize)> {
    let candidates = declared.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
    let headers = candidates.into_iter().filter_map(|separator| {
        let mut first = rows(text, lines, separator, start)
            .take(MAX_ROWS_BEFORE_HEADER)
            .enumerate();
        first.find_map(|(index, row)| {
            let columns = Columns::new(row);
            let known = columns.places.len();
            let has_title = columns.places.contains_key(&Field::Title);
            // A later row with a single known name is more likely an item.
            let is_header = has_title && (index == 0 || known > 1);
            is_header.then_some(((known, columns.names.len()), separator, index))
        })
    });
    // Of equal ones the first.
    let best = headers.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map(|(_, separator, index)| (separator, index))
}

/// All rows that are not empty lines.
fn rows<'a>(
    text: &'a str,
    lines: &'a Lines<'a>,
    separator: u8,
    start: usize,
) -> impl Iterator<Item = Row> + 'a {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(&text.as_bytes()[start..]);
    let offset = move |reader: &::csv::Reader<&[u8]>| {
        let read = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        start.saturating_add(read).min(text.len())
    };
    std::iter::from_fn(move || {
        let mut record = ::csv::ByteRecord::new();
        let begin = offset(&reader);
        // Reading bytes from memory with any number of cells cannot fail.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        let end = offset(&reader);
        let bytes = &text.as_bytes()[begin..end];
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let skipped = bytes.iter().take_while(|byte| is_end(byte)).count();
        let filled = bytes.iter().rev().skip_while(|byte| is_end(byte)).count();
        let first = lines.number_at(begin + skipped);
        let last = lines
            .number_at((begin + filled).saturating_sub(1))
            .max(first);
        let cells = record
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned());
        Some(Row {
            lines: LineRange { first, last },
            cells: cells.collect(),
        })
    })
}

impl Columns {
    fn new(header: Row) -> Self {
        let names: Vec<String> = header
            .cells
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        let mut best: HashMap<Field, (usize, usize)> = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let Some((field, rank)) = dialect::field(name) else {
                continue;
            };
            let known = best.entry(field).or_insert((rank, index));
            *known = (*known).min((rank, index));
        }
        let has = |name: &str| names.iter().any(|known| dialect::normalize(known) == name);
        let is_own = names
            .iter()
            .all(|name| OWN_COLUMNS.contains(&name.as_str()));
        let order = names.iter().position(|name| name == "order");
        Self {
            is_ticktick: has("listname") && has("ischecklist") && has("status"),
            places: best
                .into_iter()
                .map(|(field, (_, index))| (field, index))
                .collect(),
            order: order.filter(|_| is_own),
            names,
        }
    }

    fn cell<'a>(&self, row: &'a Row, field: Field) -> Option<(&str, &'a str)> {
        let index = *self.places.get(&field)?;
        let cell = row.cells.get(index).map_or("", |cell| cell.trim());
        Some((self.names.get(index)?, cell))
    }

    /// Reads a row below the names.
    fn read(&self, row: &Row, lines: &Lines<'_>, builder: &mut ImportBuilder) {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            builder.pass_over_lines(lines, row.lines, "an empty row");
            return;
        }
        if let Some(kind) = self.todoist_kind(row) {
            builder.pass_over_lines(lines, row.lines, kind);
            return;
        }
        let line = row.lines.first;
        let completion = self.completion(row, builder);
        let (_, title) = self.cell(row, Field::Title).unwrap_or_default();
        let title = without_text_mark(title);
        if title.trim().is_empty() {
            builder.pass_over_lines(lines, row.lines, "a row without a title");
            return;
        }
        let Some(item) = builder.item(row.lines, title, completion, "a row without a title") else {
            return;
        };
        let order = self
            .order
            .and_then(|index| row.cells.get(index))
            .map(|cell| cell.trim());
        let order = order.filter(|cell| !cell.is_empty());
        match order.map(str::parse) {
            None => {}
            Some(Ok(number)) => item.order = Some(number),
            Some(Err(_)) => {
                let value = excerpt(order.unwrap_or_default());
                let problem = format!(
                    "{value} in \"order\" is no whole number: write one, or leave it empty"
                );
                builder.invalid(line, problem);
            }
        }
        for (index, cell) in row.cells.iter().enumerate() {
            let is_used = self.places.values().any(|used| *used == index)
                || self.order == Some(index)
                || (self.is_todoist() && self.names.get(index).is_some_and(|name| name == "TYPE"));
            if cell.trim().is_empty() || is_used {
                continue;
            }
            match self.names.get(index) {
                Some(name) => builder.not_kept(format!("the column {}", excerpt(name)), line),
                None => builder.not_kept("cells to the right of the named columns", line),
            }
        }
    }

    fn completion(&self, row: &Row, builder: &mut ImportBuilder) -> Completion {
        let line = row.lines.first;
        let completed = self.cell(row, Field::Completed).map(|(name, value)| {
            dialect::answer(value).unwrap_or_else(|| {
                builder.invalid(line, dialect::neither(value, name));
                Answer::No
            })
        });
        let status = self.cell(row, Field::Status).map(|(name, value)| {
            let answer = match value {
                "1" | "2" if self.is_ticktick => Some(Answer::Yes),
                _ => dialect::answer(value),
            };
            if completed.is_none() && !matches!(answer, Some(Answer::Yes | Answer::No)) {
                let what = format!(
                    "a state in {} other than open and completed (the item is open)",
                    excerpt(name)
                );
                builder.value_not_kept(what, value, line);
            }
            answer.unwrap_or(Answer::Other)
        });
        let at = self.cell(row, Field::CompletedAt);
        let at = at.filter(|(_, value)| !times::is_none(value));
        let is_completed = match (completed, status, at) {
            (Some(answer), _, _) | (None, Some(answer), _) => answer == Answer::Yes,
            (None, None, at) => at.is_some(),
        };
        if completed == Some(Answer::Other) {
            builder.not_kept(
                "a state other than open and completed (the item is open)",
                line,
            );
        }
        let time: Option<Timestamp> = at.and_then(|(name, value)| {
            let time = times::parse(value);
            if time.is_none() || !is_completed {
                let what = format!(
                    "a time in {}, {}",
                    excerpt(name),
                    match is_completed {
                        true => times::NOT_UNDERSTOOD,
                        false => times::BUT_OPEN,
                    }
                );
                builder.value_not_kept(what, value, line);
            }
            time
        });
        match is_completed {
            true => Completion::completed(time),
            false => Completion::Open,
        }
    }

    fn is_todoist(&self) -> bool {
        let has = |name| self.names.iter().any(|known| known == name);
        has("TYPE") && has("CONTENT")
    }

    /// Why a row of Todoist is no item.
    fn todoist_kind(&self, row: &Row) -> Option<&'static str> {
        let index = self.names.iter().position(|name| name == "TYPE")?;
        if !self.is_todoist() {
            return None;
        }
        match row.cells.get(index)?.trim() {
            "section" => Some("the name of a section"),
            "note" => Some("a comment on an item, which items cannot hold"),
            "task" | "" => None,
            _ => Some("a row of a kind that is no item"),
        }
    }
}

/// The title without the mark that makes it harmless in a spreadsheet.
fn without_text_mark(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_like_formula(rest) => rest,
        _ => cell,
    }
}

fn is_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

/// The items as a table that spreadsheets show as it is: in UTF-8 with a byte order mark, every cell quoted, and without
/// formulas.
pub(super) fn export<'a>(items: impl Iterator<Item = &'a Item>) -> std::io::Result<Vec<u8>> {
    let items: Vec<&Item> = items.collect();
    let columns = if items.iter().any(|item| item.order.is_some()) {
        4
    } else {
        3
    };
    let mut writer = ::csv::WriterBuilder::new()
        .quote_style(::csv::QuoteStyle::Always)
        .terminator(::csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(&OWN_COLUMNS[..columns])?;
    for item in items {
        let title = item.title.as_str();
        let mark = if is_like_formula(title) { "'" } else { "" };
        let at = item.completed_at.and_then(times::moment);
        let cells = [
            format!("{mark}{title}"),
            item.completed_at.is_some().to_string(),
            at.map(|moment| moment.to_string()).unwrap_or_default(),
            item.order
                .map(|order| order.to_string())
                .unwrap_or_default(),
        ];
        writer.write_record(&cells[..columns])?;
    }
    writer
        .into_inner()
        .map_err(|error| std::io::Error::other(error.to_string()))
}
