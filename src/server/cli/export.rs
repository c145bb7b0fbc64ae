//! `todo-list export`.

use std::io::{self, Write};
use std::path::Path;

use super::new_file::NewFile;
use super::{CliError, STANDARD_STREAM, count_items, open_reader, print_status};
use crate::server::files::{self, TextFormat};

/// Writes the items to a new file or to standard output.
pub(super) fn run(
    folder: &Path,
    file: Option<&Path>,
    format: Option<TextFormat>,
) -> Result<(), CliError> {
    let file = file.filter(|file| *file != Path::new(STANDARD_STREAM));
    let format = format.or_else(|| file.and_then(TextFormat::from_extension));
    let format = match (format, file) {
        (Some(format), _) => format,
        (None, None) => TextFormat::Json,
        (None, Some(file)) => return Err(CliError::UnknownFormat(file.display().to_string())),
    };
    // Before the list is read: whether the file can be created.
    let new = file.map(NewFile::create).transpose()?;
    let list = open_reader(folder)?.list()?;
    let bytes = files::export(format, list.items()).map_err(CliError::Output)?;
    let Some(mut new) = new else {
        let mut output = io::stdout().lock();
        output.write_all(&bytes).map_err(CliError::Output)?;
        return output.flush().map_err(CliError::Output);
    };
    new.write_all(&bytes)?;
    let file = new.keep()?;
    let items = count_items(list.len());
    print_status(&format!("exported {items} to {}", file.display()));
    Ok(())
}
