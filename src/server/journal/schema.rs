//! The tables and settings of the database.

use rusqlite::Connection;

use super::JournalError;

/// Says whose file it is (`PRAGMA application_id`): "TODO" in ASCII.
const APPLICATION_ID: i64 = 0x544f_444f;

/// How many pages the log has before SQLite puts them into the database by itself, within a commit; 32 megabytes. The
/// writer does so long before, between two commits.
const AUTOCHECKPOINT_PAGES: i64 = 8_000;

/// The tables of each version, made from those of the version before.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE entry (
        number INTEGER PRIMARY KEY,
        list BLOB NOT NULL,
        client BLOB NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        command TEXT NOT NULL,
        answer TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (list, client, seq)
    ) STRICT;
    CREATE TABLE snapshot (
        list BLOB PRIMARY KEY,
        number INTEGER NOT NULL,
        body TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE history (
        list BLOB PRIMARY KEY,
        epoch INTEGER NOT NULL
    ) STRICT;
    INSERT INTO history (list, epoch) VALUES (zeroblob(16), random());
"];

/// Makes the settings, each read back.
pub(super) fn set_up(connection: &Connection, on_disk: bool) -> Result<(), JournalError> {
    let mode = if on_disk { "wal" } else { "memory" };
    let found: String =
        connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| {
            row.get(0)
        })?;
    if found != mode {
        return Err(JournalError::Setting("journal_mode"));
    }
    // Full: a commit is on the disk when it returns. Untrusted: a meddled schema runs no code.
    // Full sync: also where a plain one leaves the data in the drive's cache (macOS).
    for (name, value) in [
        ("synchronous", 2),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("wal_autocheckpoint", AUTOCHECKPOINT_PAGES),
    ] {
        connection.pragma_update(None, name, value)?;
        if pragma(connection, name)? != value {
            return Err(JournalError::Setting(name));
        }
    }
    Ok(())
}

/// Brings the tables from a version to the latest one, inside a transaction of the caller.
pub(super) fn migrate(
    connection: &Connection,
    migrations: &[&str],
    version: i64,
) -> Result<(), JournalError> {
    let done = usize::try_from(version).unwrap_or(0);
    for migration in &migrations[done..] {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", latest(migrations))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

/// Answers the version of the tables, if a program that knows these migrations can use them.
pub(super) fn check_version(
    connection: &Connection,
    migrations: &[&str],
) -> Result<i64, JournalError> {
    let version = version(connection)?;
    let known = latest(migrations);
    if version > known {
        return Err(JournalError::Newer {
            found: version,
            known,
        });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application = pragma(connection, "application_id")?;
    if tables > 0 && (version < 1 || application != APPLICATION_ID) {
        return Err(JournalError::Damaged(
            "it is not a database of todo-list".into(),
        ));
    }
    Ok(version)
}

/// The version that these migrations lead to.
pub(super) fn latest(migrations: &[&str]) -> i64 {
    migrations.len() as i64
}

/// The version of the tables; 0 if there are none yet.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    pragma(connection, "user_version")
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
