//! Maps SQLite's errors to those of the journal.

use rusqlite::ErrorCode;

use crate::server::journal::JournalError;

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLite may quote what it has read. The first line is enough for the log.
        let text = error.to_string();
        let text = text.lines().next().unwrap_or_default().to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(_) => Self::Io(text),
            // A value is missing, or has another type than the one that was written.
            None => Self::Damaged(text),
        }
    }
}
