//! Copies of the database, and the one that is kept before an upgrade.
//!
//! A copy is made by SQLite, which takes what is still in the log along.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::JournalError;
use crate::server::process::open_private_file;

/// Keeps a copy of the database beside it, before it gets this version, and answers where the copy is. It
/// is on the disk then, and holds what the database holds.
///
/// A copy that is there is never overwritten, and not made again if it holds the same: an upgrade
/// that was interrupted finds its own, and one that comes after going back to an older program makes
/// another.
pub(super) fn keep(
    connection: &Connection,
    database: &Path,
    version: i64,
) -> Result<PathBuf, JournalError> {
    let folder = database.parent().unwrap_or(Path::new("."));
    let failed = |cause: io::Error| JournalError::NotWritable {
        folder: folder.into(),
        cause,
    };
    let content = fingerprint(connection)?;
    let mut place = named(database, &format!(".before-version-{version}"));
    for number in 2.. {
        if !place.exists() {
            make(connection, &place, content, failed)?;
            break;
        }
        if verify(&place, content).is_ok() {
            break;
        }
        place = named(database, &format!(".before-version-{version}.{number}"));
    }
    // Also for one that was there: its name may not be on the disk yet.
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(place)
}

/// Writes a copy, verifies it, and gives it its name only then.
fn make(
    connection: &Connection,
    place: &Path,
    content: Fingerprint,
    failed: impl Fn(io::Error) -> JournalError,
) -> Result<(), JournalError> {
    let partial = named(place, ".partial");
    // Of an earlier attempt.
    if partial.exists() {
        fs::remove_file(&partial).map_err(&failed)?;
    }
    open_private_file(&partial).map_err(&failed)?;
    let written = write(connection, &partial)
        .and_then(|()| verify(&partial, content))
        .and_then(|()| {
            File::open(&partial)
                .and_then(|copy| copy.sync_all())
                .and_then(|()| fs::rename(&partial, place))
                .map_err(&failed)
        });
    if written.is_err() {
        // What is left of it would only take room on a disk that may have none.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Writes a copy into a file that is not there, or empty: it keeps the permissions of that one.
pub(super) fn write(connection: &Connection, file: &Path) -> Result<(), JournalError> {
    let file = file
        .to_str()
        .ok_or_else(|| JournalError::Io("the name of the file is not text".into()))?;
    connection.execute("VACUUM INTO ?1", [file])?;
    Ok(())
}

/// Reads a copy, which must be whole and hold what it should.
fn verify(file: &Path, content: Fingerprint) -> Result<(), JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(file, flags)?;
    check_structure(&copy)?;
    if fingerprint(&copy)? != content {
        return Err(JournalError::Damaged(format!(
            "{} does not hold what was copied",
            file.display()
        )));
    }
    Ok(())
}

/// Verifies the structure of a database: its pages, its indexes and the types in its rows.
pub(super) fn check_structure(connection: &Connection) -> Result<(), JournalError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(JournalError::Damaged(found)),
    }
}

/// A hash of all that a database holds.
type Fingerprint = [u8; 32];

/// Hashes the version, the tables and every row, whatever the version.
pub(super) fn fingerprint(connection: &Connection) -> Result<Fingerprint, JournalError> {
    let mut hasher = Sha256::new();
    let mut queries = vec![
        "SELECT * FROM pragma_application_id, pragma_user_version".to_owned(),
        "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name".to_owned(),
    ];
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    for name in tables.query_map([], |row| row.get::<_, String>(0))? {
        queries.push(format!("SELECT * FROM \"{}\"", name?.replace('"', "\"\"")));
    }
    for query in queries {
        let mut select = connection.prepare(&query)?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                hash(&mut hasher, row.get_ref(column)?);
            }
        }
        // Between two tables, so that no row belongs to both.
        hasher.update([u8::MAX]);
    }
    Ok(hasher.finalize().into())
}

/// Hashes a value with its type and its length.
fn hash(hasher: &mut Sha256, value: ValueRef<'_>) {
    let number;
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(integer) => {
            number = integer.to_le_bytes();
            (1, &number)
        }
        ValueRef::Real(real) => {
            number = real.to_le_bytes();
            (2, &number)
        }
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn named(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}
