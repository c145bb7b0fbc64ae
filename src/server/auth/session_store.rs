//! The database of the password and the sessions.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{AuthState, Session, TokenDigest, millis};
use crate::server::process::{create_private_folder, give_to_owner_of, open_private_file};
use crate::server::store::now;

/// A session ends after this time without a request.
pub(super) const SESSION_IDLE_TIMEOUT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long the database keeps a session after its end: until then a person who signs in again at the same browser can
/// continue it, and send what was not sent.
const ENDED_SESSION_RETENTION: Duration = SESSION_IDLE_TIMEOUT;

/// The name of the file in the data folder.
const FILE_NAME: &str = "access.db";

/// How long to wait while another program writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The version of the schema.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
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

/// The password and the sessions cannot be read or saved.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The folder or the file cannot be created.
    #[error("cannot write the password and the sessions: {0}")]
    File(#[from] io::Error),
    /// SQLite cannot read or write the database.
    #[error("cannot read or write access.db: {0}")]
    Database(#[from] rusqlite::Error),
    /// A newer version of the program has written the database.
    #[error(
        "access.db has version {0}, and this todo-list knows versions up to {SCHEMA_VERSION}: use the newer program"
    )]
    Newer(i64),
    /// The system provides no random bytes.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// The password was changed after it was verified.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    /// The server is stopping.
    #[error("the server is stopping")]
    Interrupted,
}

/// The database; every call waits for the disk.
pub(super) struct SessionStore {
    connection: Connection,
    /// SQLite's `data_version` when the database was last loaded. It changes when another connection commits.
    loaded_version: i64,
}

impl SessionStore {
    /// Whether a folder has the database.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(FILE_NAME).exists()
    }

    /// Opens the database in a folder. Creates both if they do not exist, readable by this user only. Without a folder the
    /// database is in memory.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, AuthError> {
        let connection = match folder {
            Some(folder) => {
                create_private_folder(folder)?;
                let file = folder.join(FILE_NAME);
                if !file.exists() {
                    open_private_file(&file)?;
                    give_to_owner_of(folder, &file)?;
                }
                Connection::open(file)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => connection.execute_batch(SCHEMA)?,
            SCHEMA_VERSION => {}
            newer => return Err(AuthError::Newer(newer)),
        }
        Ok(Self {
            connection,
            loaded_version: 0,
        })
    }

    /// Whether another program has changed the database since it was last loaded.
    pub(super) fn has_changed(&mut self) -> Result<bool, AuthError> {
        Ok(self.data_version()? != self.loaded_version)
    }

    fn data_version(&self) -> Result<i64, AuthError> {
        let version = self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok(version)
    }

    /// Reads the whole database.
    pub(super) fn load(&mut self) -> Result<AuthState, AuthError> {
        // Before reading, so that a change meanwhile causes another load.
        self.loaded_version = self.data_version()?;
        let password_hash = self
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
        Ok(AuthState {
            password_hash,
            sessions,
        })
    }

    /// Sets or removes the hash of the password, and ends all sessions.
    pub(super) fn set_password(&mut self, hash: Option<&str>) -> Result<(), AuthError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM password", [])?;
        if let Some(hash) = hash {
            transaction.execute("INSERT INTO password (id, hash) VALUES (1, ?)", [hash])?;
        }
        transaction.execute("UPDATE session SET has_ended = 1", [])?;
        Ok(transaction.commit()?)
    }

    /// Ends all sessions.
    pub(super) fn end_all(&mut self) -> Result<(), AuthError> {
        self.connection
            .execute("UPDATE session SET has_ended = 1", [])?;
        Ok(())
    }

    /// Starts a session of a client that knew the password with this hash, in place of the `old` session of the same
    /// browser. Deletes sessions whose retention has ended, if the clock can be believed.
    ///
    /// # Errors
    ///
    /// [`AuthError::PasswordChanged`] if the password has another hash now.
    pub(super) fn start_session(
        &mut self,
        token: TokenDigest,
        session: &Session,
        hash: &str,
        old: Option<TokenDigest>,
        believes_clock: bool,
    ) -> Result<(), AuthError> {
        let transaction = self.connection.transaction()?;
        if let Some(old) = old {
            transaction.execute("DELETE FROM session WHERE token = ?", [old])?;
        }
        let oldest = SESSION_IDLE_TIMEOUT + ENDED_SESSION_RETENTION;
        let oldest = now().0.saturating_sub(millis(oldest));
        if believes_clock {
            transaction.execute("DELETE FROM session WHERE seen_at < ?", [integer(oldest)])?;
        }
        let inserted = transaction.execute(
            "INSERT INTO session (token, id, seen_at, has_ended)
             SELECT ?, ?, ?, 0 FROM password WHERE hash = ?",
            params![token, &*session.id, integer(session.seen_at), hash],
        )?;
        if inserted == 0 {
            return Err(AuthError::PasswordChanged);
        }
        Ok(transaction.commit()?)
    }

    /// Saves the last use of a session, in milliseconds since 1970.
    pub(super) fn save_last_use(&mut self, token: TokenDigest, at: u64) -> Result<(), AuthError> {
        self.connection.execute(
            "UPDATE session SET seen_at = ? WHERE token = ?",
            params![integer(at), token],
        )?;
        Ok(())
    }

    /// Deletes a session.
    pub(super) fn remove(&mut self, token: TokenDigest) -> Result<(), AuthError> {
        self.connection
            .execute("DELETE FROM session WHERE token = ?", [token])?;
        Ok(())
    }
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
