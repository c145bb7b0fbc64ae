//! `todo-list import FILE`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::{CliError, STANDARD_STREAM, count_items, print_if_new, print_status};
use crate::domain::{At, ClientId, Command, CommandId, HashKey, Item, List};
use crate::server::files::{
    self, Completion, FormatChoice, ImportError, Imported, ImportedItem, TextFormat,
    TimeOfCompletion,
};
use crate::server::journal::{
    self, Journal, JournalError, JournalReader, LoadedList, Record, SqliteJournal,
};
use crate::server::store::{decide_and_apply, new_item, now};

/// The most bytes of one command, as [`Command::weight`] counts them. The progress bar moves with each command.
const MAX_COMMAND_BYTES: usize = 64 << 10;

/// How many items a dry run shows.
const MAX_PREVIEW_ITEMS: usize = 10;

/// Adds the items of a file at the end of the list, in one transaction.
pub(super) fn run(
    folder: &Path,
    file: &Path,
    format: Option<TextFormat>,
    dry_run: bool,
) -> Result<(), CliError> {
    let imported = read(file, format)?;
    if dry_run {
        return preview(folder, imported);
    }
    let report = imported.report();
    if imported.items.is_empty() {
        return refuse_empty(&report);
    }
    let summary = summary(&imported);
    let is_new = !journal::has_data(folder)?;
    let opened = SqliteJournal::open(folder).map_err(|error| match error {
        JournalError::Locked(folder) => CliError::ServerRuns(folder, "import"),
        error => error.into(),
    });
    let (mut journal, loaded) = opened?;
    let LoadedList { id, mut list, .. } = loaded;
    let records = decide_all(&mut list, imported.items)?;
    let progress =
        ProgressBar::with_draw_target(Some(records.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left") {
        progress.set_style(style);
    }
    journal.append_at_end(&records, || progress.inc(1))?;
    progress.finish_and_clear();
    journal.acknowledge(id, list.revision())?;
    // The items are in the list. What follows makes the next start faster and can take a while.
    print_all(&report);
    print_status(&format!("added {summary}"));
    print_if_new(is_new, folder);
    Ok(journal.save_snapshot_if_due(&list)?)
}

/// Reads a file, or standard input.
fn read(file: &Path, format: Option<TextFormat>) -> Result<Imported, CliError> {
    let is_standard_input = file == Path::new(STANDARD_STREAM);
    let (name, bytes) = if is_standard_input {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (file.display().to_string(), fs::read(file))
    };
    let bytes = bytes.map_err(|error| CliError::File(name.clone().into(), error))?;
    let choice = match format {
        Some(format) => FormatChoice::Named(format),
        None if is_standard_input => FormatChoice::ByContent,
        None => FormatChoice::ByName(file),
    };
    files::import(&bytes, choice).map_err(|error| match error {
        ImportError::UnknownFormat => CliError::UnknownFormat(name),
        error => CliError::Invalid(error.to_string()),
    })
}

/// Shows what an import would add, and fails if the import would.
fn preview(folder: &Path, imported: Imported) -> Result<(), CliError> {
    let report = imported.report();
    if imported.items.is_empty() {
        return refuse_empty(&report);
    }
    let mut list = match JournalReader::open(folder)? {
        Some(reader) => reader.list()?,
        None => List::new(HashKey::new(Uuid::new_v4().into_bytes())),
    };
    let summary = summary(&imported);
    let shown: Vec<String> = imported
        .items
        .iter()
        .take(MAX_PREVIEW_ITEMS)
        .map(describe)
        .collect();
    let hidden = imported.items.len() - shown.len();
    decide_all(&mut list, imported.items)?;
    print_all(&shown);
    if hidden > 0 {
        print_status(&format!("  and {hidden} more"));
    }
    print_all(&report);
    print_status(&format!("would add {summary}; nothing was changed"));
    if !journal::has_data(folder)? {
        let folder = folder.display();
        print_status(&format!(
            "there is no data in {folder}: the import would begin a new list there"
        ));
    }
    Ok(())
}

fn refuse_empty(report: &[String]) -> Result<(), CliError> {
    print_all(report);
    Err(CliError::Invalid("the file has no items".into()))
}

/// Decides the commands that add the items, with the server as their sender.
fn decide_all(list: &mut List, items: Vec<ImportedItem>) -> Result<Vec<Record>, CliError> {
    if list.len() + items.len() > List::MAX_ITEMS {
        let room = List::MAX_ITEMS.saturating_sub(list.len());
        return Err(CliError::Invalid(format!(
            "the file has {}, but the list has room for {room} more",
            count_items(items.len())
        )));
    }
    let mut records = Vec::new();
    let imported_at = now();
    let items = items.into_iter().map(|item| {
        let ImportedItem {
            lines: _,
            title,
            completion,
            order,
        } = item;
        Item {
            completed_at: match completion {
                Completion::Open => None,
                Completion::Completed(TimeOfCompletion::At(at)) => Some(at),
                Completion::Completed(TimeOfCompletion::Unknown) => Some(imported_at),
            },
            order,
            ..new_item(title)
        }
    });
    for command in Command::add_all(items, At::End, MAX_COMMAND_BYTES) {
        let id = CommandId {
            client: ClientId::SERVER,
            seq: list.expected_seq(ClientId::SERVER),
        };
        let record = decide_and_apply(list, id, command);
        if let Err(rejection) = &record.answer {
            return Err(CliError::Invalid(rejection.to_string()));
        }
        records.push(record);
    }
    Ok(records)
}

/// The counts of items.
fn summary(imported: &Imported) -> String {
    let items = count_items(imported.items.len());
    format!("{items}, {} of them completed", imported.completed())
}

fn describe(item: &ImportedItem) -> String {
    let tick = match item.completion {
        Completion::Open => " ",
        Completion::Completed(_) => "x",
    };
    format!("  [{tick}] {}", item.title)
}

fn print_all(lines: &[String]) {
    for line in lines {
        print_status(line);
    }
}
