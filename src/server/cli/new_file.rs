//! New files that appear under their name only when they are complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::CliError;

/// A file that is being written beside its final name, readable by this user only. It is deleted unless it is kept.
pub(super) struct NewFile {
    target: PathBuf,
    partial: NamedTempFile,
}

impl NewFile {
    /// Begins a file that does not exist yet.
    pub(super) fn create(target: &Path) -> Result<Self, CliError> {
        if target.symlink_metadata().is_ok() {
            return Err(CliError::Exists(target.into()));
        }
        let failed = |error: io::Error| CliError::cannot_create(target, error.kind());
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        // From an earlier attempt that was killed.
        match fs::remove_file(folder_of(target).join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let partial = Builder::new()
            .prefix(&name)
            .rand_bytes(0)
            .tempfile_in(folder_of(target))
            .map_err(failed)?;
        let target = target.to_owned();
        Ok(Self { target, partial })
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        let written = self.partial.write_all(bytes);
        written.map_err(|error| CliError::File(self.target.clone(), error))
    }

    /// The path of the incomplete file.
    pub(super) fn partial(&self) -> &Path {
        self.partial.path()
    }

    /// Writes the file to the disk and gives it its name, unless a file has that name by now.
    pub(super) fn keep(self) -> Result<PathBuf, CliError> {
        let Self { target, partial } = self;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => CliError::Exists(target.clone()),
            _ => CliError::File(target.clone(), error),
        };
        partial.as_file().sync_all().map_err(failed)?;
        let kept = partial.persist_noclobber(&target);
        kept.map_err(|error| failed(error.error))?;
        let folder = File::open(folder_of(&target));
        folder
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(target)
    }
}

/// The folder of a file.
fn folder_of(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
