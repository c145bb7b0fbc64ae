//! The limit of open files.

/// The limit if the system does not tell it.
const DEFAULT_OPEN_FILE_LIMIT: usize = 1_024;

/// Raises the process's limit of open files as far as the system allows. Every connection takes one file, and many systems
/// start a process with a limit of 1,024.
pub fn raise_open_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// How many files the process may have open.
#[cfg(unix)]
pub(crate) fn open_file_limit() -> usize {
    let limits = rlimit::getrlimit(rlimit::Resource::NOFILE);
    limits.map_or(DEFAULT_OPEN_FILE_LIMIT, |(soft, _)| {
        usize::try_from(soft).unwrap_or(usize::MAX)
    })
}

/// How many files the process may have open.
#[cfg(not(unix))]
pub(crate) fn open_file_limit() -> usize {
    DEFAULT_OPEN_FILE_LIMIT
}
