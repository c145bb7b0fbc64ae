//! The tables of the database, their migrations, and its settings.

use rusqlite::Connection;

use super::JournalError;

/// `PRAGMA application_id`, which marks the file as ours: "TODO" in ASCII.
const APPLICATION_ID: i64 = 0x544f_444f;

/// From this many pages of the write-ahead log on, SQLite runs a checkpoint within a commit: 32 megabytes. The writer
/// runs one long before, between two commits.
const AUTOCHECKPOINT_PAGES: i64 = 8_000;

/// The statements that bring the tables to each version, from the version before.
pub(super) const MIGRATIONS: &[&str] = &[
    "
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
",
    "
    ALTER TABLE entry ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE snapshot ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
",
];

/// Applies the settings, and reads each one back.
pub(super) fn set_up(connection: &Connection) -> Result<(), JournalError> {
    let found: String = connection.query_row("PRAGMA journal_mode = wal", [], |row| row.get(0))?;
    if found != "wal" {
        return Err(JournalError::Setting("journal_mode"));
    }
    // synchronous = 2 (FULL): a commit is on the disk when it returns.
    // fullfsync: also on macOS, where a plain fsync leaves the data in the drive's cache.
    // trusted_schema = 0: a manipulated schema runs no code.
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

/// Brings the tables from a version to the latest one. The caller has begun a transaction.
pub(super) fn migrate(
    connection: &Connection,
    migrations: &[&str],
    version: i64,
) -> Result<(), JournalError> {
    let applied = usize::try_from(version).unwrap_or(0);
    for migration in &migrations[applied..] {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", latest(migrations))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

/// Returns the version of the tables, if a program with these migrations can use them.
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
            "it is not a todo-list database".into(),
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
