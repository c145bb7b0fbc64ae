//! Copies of the database, and the copy that an upgrade keeps.
//!
//! SQLite makes them, so that they include the contents of the write-ahead log.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::JournalError;
use crate::server::process::open_private_file;

/// Keeps a copy of the database beside it, before an upgrade to `version`, and returns its path. The copy is then
/// synced to the disk and verified.
///
/// An existing copy is never overwritten. If it has the same contents, it is used: an interrupted upgrade finds its own
/// copy. Otherwise, as after a return to an older program, the new copy gets a number.
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
    let mut path = with_suffix(database, &format!(".before-version-{version}"));
    for number in 2.. {
        if !path.exists() {
            create(connection, &path, content, failed)?;
            break;
        }
        if verify(&path, content).is_ok() {
            break;
        }
        path = with_suffix(database, &format!(".before-version-{version}.{number}"));
    }
    // Also for an existing copy: its name may not be on the disk yet.
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(path)
}

/// Writes a copy to a partial file, verifies it, and only then renames it.
fn create(
    connection: &Connection,
    path: &Path,
    content: Fingerprint,
    failed: impl Fn(io::Error) -> JournalError,
) -> Result<(), JournalError> {
    let partial = with_suffix(path, ".partial");
    // From an earlier attempt.
    if partial.exists() {
        fs::remove_file(&partial).map_err(&failed)?;
    }
    open_private_file(&partial).map_err(&failed)?;
    let written = write(connection, &partial)
        .and_then(|()| verify(&partial, content))
        .and_then(|()| {
            File::open(&partial)
                .and_then(|copy| copy.sync_all())
                .and_then(|()| fs::rename(&partial, path))
                .map_err(&failed)
        });
    if written.is_err() {
        // The disk may be full, and the rest of the file is useless.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Writes a copy to a file, which must be missing or empty. An empty one keeps its permissions.
pub(super) fn write(connection: &Connection, file: &Path) -> Result<(), JournalError> {
    let file = file
        .to_str()
        .ok_or_else(|| JournalError::Io("the file name is not valid UTF-8".into()))?;
    connection.execute("VACUUM INTO ?1", [file])?;
    Ok(())
}

/// Checks that a copy is intact and has these contents.
fn verify(file: &Path, content: Fingerprint) -> Result<(), JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(file, flags)?;
    check_structure(&copy)?;
    if fingerprint(&copy)? != content {
        return Err(JournalError::Damaged(format!(
            "{} differs from what was copied",
            file.display()
        )));
    }
    Ok(())
}

/// Checks the structure of a database: its pages, its indexes and the types in its rows.
pub(super) fn check_structure(connection: &Connection) -> Result<(), JournalError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(JournalError::Damaged(found)),
    }
}

/// A SHA-256 hash of everything in a database.
type Fingerprint = [u8; 32];

/// Hashes the version, the schema and every row of every table, for a database of any version.
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
                hash_value(&mut hasher, row.get_ref(column)?);
            }
        }
        // A separator, so that moving a row between tables changes the hash.
        hasher.update([u8::MAX]);
    }
    Ok(hasher.finalize().into())
}

/// Hashes a value with its type and its length.
fn hash_value(hasher: &mut Sha256, value: ValueRef<'_>) {
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

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}
