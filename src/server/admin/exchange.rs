//! `todo-list export` and `todo-list import FILE`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::format::{Entry, parse, print};
use super::{AdminError, Format, say};
use crate::domain::{At, Command, Item, List};
use crate::server::journal::{Journal, Reader};
use crate::server::store::{Store, new_item};

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
    let reader = Reader::open(folder)?.ok_or_else(|| AdminError::NoData(folder.into()))?;
    let list = reader.list()?;
    let text =
        print(format, list.items()).map_err(|error| AdminError::Output(io::Error::other(error)))?;
    let Some(file) = file else {
        return Ok(io::stdout().write_all(text.as_bytes())?);
    };
    let mut new = match OpenOptions::new().write(true).create_new(true).open(file) {
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
pub(super) async fn import(
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
    // A mark that some editors put in front of UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let entries = parse(format, text).map_err(AdminError::Invalid)?;
    let completed = entries.iter().filter(|entry| entry.completed).count();
    let summary = format!("{} items, {completed} of them completed", entries.len());
    if dry_run {
        preview(&entries);
        say(&format!("would add {summary}; nothing was changed"));
        return Ok(());
    }
    let (journal, list) = Journal::open(folder)?;
    if list.len() + entries.len() > List::MAX_ITEMS {
        let room = List::MAX_ITEMS - list.len();
        return Err(AdminError::Invalid(format!(
            "the list has room for {room} more items"
        )));
    }
    let store = Store::start(journal, list)?;
    let added = add(&store, entries).await;
    store.close().await;
    added?;
    say(&format!("added {summary}"));
    Ok(())
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

/// Hands everything to the writer in order, and waits for the answers: what waits together is
/// committed together.
async fn add(store: &Store, entries: Vec<Entry>) -> Result<(), AdminError> {
    let progress =
        ProgressBar::with_draw_target(Some(entries.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left") {
        progress.set_style(style);
    }
    let failed = |error| AdminError::Invalid(format!("the list has not taken everything: {error}"));
    for entries in entries.chunks(256) {
        let mut answers = Vec::with_capacity(entries.len());
        for Entry { title, completed } in entries {
            let Item { id, title, .. } = new_item(title.clone());
            let add = Command::Add {
                id,
                title,
                at: At::End,
            };
            answers.push(store.hand_over(add).await.map_err(failed)?);
            if *completed {
                let complete = Command::Complete {
                    id,
                    completed: true,
                };
                answers.push(store.hand_over(complete).await.map_err(failed)?);
            }
        }
        for answer in answers {
            answer.await.map_err(failed)?;
        }
        progress.inc(entries.len() as u64);
    }
    progress.finish_and_clear();
    Ok(())
}
