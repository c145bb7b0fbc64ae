//! `todo-list export` and `todo-list import FILE`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text_format::{BYTE_ORDER_MARK, Entry, parse, print};
use super::{AdminError, Format, say};
use crate::domain::{At, ClientId, Command, CommandId, Item, List};
use crate::server::journal::{Journal, JournalReader, Record};
use crate::server::process::create_private_file;
use crate::server::store::{decide_now, new_item};

/// How many entries a preview shows.
const PREVIEW: usize = 10;

/// Writes the items of the list.
pub(super) fn export(
    folder: &Path,
    file: Option<&Path>,
    format: Option<Format>,
) -> Result<(), AdminError> {
    let format = format.or_else(|| file.and_then(Format::of));
    let format = match (format, file) {
        (Some(format), _) => format,
        (None, None) => Format::Json,
        (None, Some(file)) => return Err(AdminError::UnknownFormat(file.into())),
    };
    let reader = JournalReader::open(folder)?.ok_or_else(|| AdminError::NoData(folder.into()))?;
    let list = reader.list()?;
    let text =
        print(format, list.items()).map_err(|error| AdminError::Output(io::Error::other(error)))?;
    let Some(file) = file else {
        return Ok(io::stdout().write_all(text.as_bytes())?);
    };
    let mut new = match create_private_file(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(AdminError::Exists(file.into()));
        }
        result => result.map_err(|error| AdminError::File(file.into(), error))?,
    };
    new.write_all(text.as_bytes())
        .map_err(|error| AdminError::File(file.into(), error))?;
    say(&format!(
        "exported {} items into {}",
        list.len(),
        file.display()
    ));
    Ok(())
}

/// Adds the entries of a file at the end of the list.
pub(super) fn import(
    folder: &Path,
    file: &Path,
    format: Option<Format>,
    dry_run: bool,
) -> Result<(), AdminError> {
    let format = format.or_else(|| Format::of(file));
    let format = format.ok_or_else(|| AdminError::UnknownFormat(file.into()))?;
    let bytes = fs::read(file).map_err(|error| AdminError::File(file.into(), error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| AdminError::Invalid("the file is not UTF-8".into()))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    let entries = parse(format, text).map_err(AdminError::Invalid)?;
    let completed = entries.iter().filter(|entry| entry.completed).count();
    let summary = format!("{} items, {completed} of them completed", entries.len());
    if dry_run {
        preview(&entries);
        say(&format!("would add {summary}; nothing was changed"));
        return Ok(());
    }
    let (mut journal, mut list) = Journal::open(folder)?;
    if list.len() + entries.len() > List::MAX_ITEMS {
        let room = List::MAX_ITEMS - list.len();
        return Err(AdminError::Invalid(format!(
            "the list has room for {room} more items"
        )));
    }
    let records = decide_all(&mut list, entries)?;
    let progress =
        ProgressBar::with_draw_target(Some(records.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left") {
        progress.set_style(style);
    }
    // One transaction: all of them, or none.
    journal.append(&records, || progress.inc(1))?;
    progress.finish_and_clear();
    journal.acknowledge(list.revision())?;
    journal.save_snapshot_if_due(&list)?;
    say(&format!("added {summary}"));
    Ok(())
}

/// The commands that add the entries, as the server itself would give them.
fn decide_all(list: &mut List, entries: Vec<Entry>) -> Result<Vec<Record>, AdminError> {
    let mut records = Vec::with_capacity(entries.len());
    for Entry { title, completed } in entries {
        let Item { id, title, .. } = new_item(title);
        let add = Command::Add {
            id,
            title,
            at: At::End,
        };
        let complete = completed.then_some(Command::Complete { id, completed });
        for command in [add].into_iter().chain(complete) {
            let name = CommandId {
                client: ClientId::SERVER,
                seq: list.expected_seq(ClientId::SERVER),
            };
            let record = decide_now(list, name, command);
            if let Err(rejection) = &record.answer {
                return Err(AdminError::Invalid(rejection.to_string()));
            }
            records.push(record);
        }
    }
    Ok(records)
}

fn preview(entries: &[Entry]) {
    for entry in entries.iter().take(PREVIEW) {
        say(&format!(
            "  [{}] {}",
            if entry.completed { "x" } else { " " },
            entry.title
        ));
    }
    if entries.len() > PREVIEW {
        say(&format!("  and {} more", entries.len() - PREVIEW));
    }
}
