//! `todo-list export`.

use std::io::{self, Write};
use std::path::Path;

use super::text_format::print;
use super::{CliError, TextFormat, print_status};
use crate::server::journal::JournalReader;
use crate::server::process::create_private_file;

/// Writes the items to a new file or to standard output.
pub(super) fn run(
    folder: &Path,
    file: Option<&Path>,
    format: Option<TextFormat>,
) -> Result<(), CliError> {
    let format = format.or_else(|| file.and_then(TextFormat::from_extension));
    let format = match (format, file) {
        (Some(format), _) => format,
        (None, None) => TextFormat::Json,
        (None, Some(file)) => return Err(CliError::UnknownFormat(file.into())),
    };
    let reader = JournalReader::open(folder)?.ok_or_else(|| CliError::NoData(folder.into()))?;
    let list = reader.list()?;
    let text =
        print(format, list.items()).map_err(|error| CliError::Output(io::Error::other(error)))?;
    let Some(file) = file else {
        return Ok(io::stdout().write_all(text.as_bytes())?);
    };
    let mut new = match create_private_file(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CliError::Exists(file.into()));
        }
        result => result.map_err(|error| CliError::File(file.into(), error))?,
    };
    new.write_all(text.as_bytes())
        .map_err(|error| CliError::File(file.into(), error))?;
    print_status(&format!(
        "exported {} items to {}",
        list.len(),
        file.display()
    ));
    Ok(())
}
