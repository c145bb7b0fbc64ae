//! `todo-list import FILE`.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text_format::{BYTE_ORDER_MARK, ParsedItem, parse};
use super::{CliError, TextFormat, print_status};
use crate::domain::{At, ClientId, Command, CommandId, Item, List};
use crate::server::journal::{Journal, LoadedList, Record, SqliteJournal};
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
    let format = format.or_else(|| TextFormat::from_extension(file));
    let format = format.ok_or_else(|| CliError::UnknownFormat(file.into()))?;
    let bytes = fs::read(file).map_err(|error| CliError::File(file.into(), error))?;
    let text =
        String::from_utf8(bytes).map_err(|_| CliError::Invalid("the file is not UTF-8".into()))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    let items = parse(format, text).map_err(CliError::Invalid)?;
    let completed = items.iter().filter(|item| item.completed).count();
    let summary = format!("{} items, {completed} of them completed", items.len());
    if dry_run {
        print_preview(&items);
        print_status(&format!("would add {summary}; nothing was changed"));
        return Ok(());
    }
    let (mut journal, loaded) = SqliteJournal::open(folder)?;
    let LoadedList { id, mut list, .. } = loaded;
    if list.len() + items.len() > List::MAX_ITEMS {
        let room = List::MAX_ITEMS - list.len();
        return Err(CliError::Invalid(format!(
            "the list has room for {room} more items"
        )));
    }
    let records = decide_all(&mut list, items)?;
    let progress =
        ProgressBar::with_draw_target(Some(records.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left") {
        progress.set_style(style);
    }
    journal.append_at_end(&records, || progress.inc(1))?;
    progress.finish_and_clear();
    journal.acknowledge(id, list.revision())?;
    journal.save_snapshot_if_due(&list)?;
    print_status(&format!("added {summary}"));
    Ok(())
}

/// Decides the commands that add the items, with the server as their sender.
fn decide_all(list: &mut List, items: Vec<ParsedItem>) -> Result<Vec<Record>, CliError> {
    let mut records = Vec::new();
    let at = now();
    let items = items
        .into_iter()
        .map(|ParsedItem { title, completed }| Item {
            completed_at: completed.then_some(at),
            ..new_item(title)
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

fn print_preview(items: &[ParsedItem]) {
    for item in items.iter().take(MAX_PREVIEW_ITEMS) {
        print_status(&format!(
            "  [{}] {}",
            if item.completed { "x" } else { " " },
            item.title
        ));
    }
    if items.len() > MAX_PREVIEW_ITEMS {
        print_status(&format!("  and {} more", items.len() - MAX_PREVIEW_ITEMS));
    }
}
