//! The database of the password and the sessions.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{IDLE, Known, REMEMBERED, Session, TokenDigest, millis};
use crate::server::process::{create_private_folder, open_private_file};
use crate::server::store::now;

/// The file in the data folder.
const FILE: &str = "access.db";

/// How long to wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The version of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS password (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS session (
        token BLOB PRIMARY KEY,
        id TEXT NOT NULL,
        seen_at INTEGER NOT NULL,
        has_ended INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
    COMMIT;
";

/// Who may use the list cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The folder or the file cannot be made.
    #[error("cannot write the password and the sessions: {0}")]
    File(#[from] io::Error),
    /// The database does not work.
    #[error("cannot read or write access.db: {0}")]
    Database(#[from] rusqlite::Error),
    /// A newer version of the program has written it.
    #[error(
        "access.db has version {0}, and this todo-list knows versions up to {VERSION}: use the newer program"
    )]
    Newer(i64),
    /// The system gives no random bytes.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// The password that was verified is not the password any more.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    /// The server is stopping.
    #[error("it was interrupted")]
    Interrupted,
}

pub(super) struct SessionStore {
    connection: Connection,
    /// What SQLite says of the changes by others.
    seen: i64,
}

impl SessionStore {
    /// Opens the database in a folder, both for this user only; without a folder, one in memory.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, AccessError> {
        let connection = match folder {
            Some(folder) => {
                create_private_folder(folder)?;
                let file = folder.join(FILE);
                if !file.exists() {
                    open_private_file(&file)?;
                }
                Connection::open(file)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => connection.execute_batch(TABLES)?,
            VERSION => {}
            newer => return Err(AccessError::Newer(newer)),
        }
        Ok(Self {
            connection,
            seen: 0,
        })
    }

    /// Whether another program has changed something since it was last loaded.
    pub(super) fn has_changed(&mut self) -> Result<bool, AccessError> {
        Ok(self.data_version()? != self.seen)
    }

    fn data_version(&self) -> Result<i64, AccessError> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok(version)
    }

    pub(super) fn load(&mut self) -> Result<Known, AccessError> {
        // Before reading: what changes meanwhile is read once more.
        self.seen = self.data_version()?;
        let password = self
            .connection
            .query_row("SELECT hash FROM password", [], |row| row.get(0))
            .optional()?;
        let mut sessions = self
            .connection
            .prepare_cached("SELECT token, id, seen_at, has_ended FROM session")?;
        let read = |row: &rusqlite::Row<'_>| {
            let id: String = row.get(1)?;
            let session = Session {
                id: Arc::from(id),
                seen_at: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                has_ended: row.get(3)?,
            };
            Ok((row.get(0)?, session))
        };
        let sessions = sessions.query_map([], read)?.collect::<Result<_, _>>()?;
        Ok(Known { password, sessions })
    }

    pub(super) fn set_password(&mut self, hash: Option<&str>) -> Result<(), AccessError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM password", [])?;
        if let Some(hash) = hash {
            transaction.execute("INSERT INTO password (id, hash) VALUES (1, ?)", [hash])?;
        }
        transaction.execute("UPDATE session SET has_ended = 1", [])?;
        Ok(transaction.commit()?)
    }

    pub(super) fn end_all(&mut self) -> Result<(), AccessError> {
        self.connection
            .execute("UPDATE session SET has_ended = 1", [])?;
        Ok(())
    }

    /// Begins a session for whoever knew the password of this hash, in place of an older session of the same
    /// browser, and forgets those of long ago.
    pub(super) fn begin(
        &mut self,
        token: TokenDigest,
        session: &Session,
        hash: &str,
        old: Option<TokenDigest>,
    ) -> Result<(), AccessError> {
        let transaction = self.connection.transaction()?;
        if let Some(old) = old {
            transaction.execute("DELETE FROM session WHERE token = ?", [old])?;
        }
        let forgotten = now().0.saturating_sub(millis(IDLE + REMEMBERED));
        transaction.execute(
            "DELETE FROM session WHERE seen_at < ?",
            [integer(forgotten)],
        )?;
        let begun = transaction.execute(
            "INSERT INTO session (token, id, seen_at, has_ended)
             SELECT ?, ?, ?, 0 FROM password WHERE hash = ?",
            params![token, &*session.id, integer(session.seen_at), hash],
        )?;
        if begun == 0 {
            return Err(AccessError::PasswordChanged);
        }
        Ok(transaction.commit()?)
    }

    pub(super) fn see(&mut self, token: TokenDigest, at: u64) -> Result<(), AccessError> {
        self.connection.execute(
            "UPDATE session SET seen_at = ? WHERE token = ?",
            params![integer(at), token],
        )?;
        Ok(())
    }

    pub(super) fn remove(&mut self, token: TokenDigest) -> Result<(), AccessError> {
        self.connection
            .execute("DELETE FROM session WHERE token = ?", [token])?;
        Ok(())
    }
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
