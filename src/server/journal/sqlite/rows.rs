//! The rows of the journal: a record with its command and answer as JSON, which a person can read, and a checksum.
//!
//! Each row says of which version its JSON is. Rows are never rewritten: a row of an older version becomes a record of
//! today when it is read.

use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{JournalError, LIST_ID, Record};
use crate::domain::{CommandId, Rejection, Timestamp, version_1};

/// The version of the JSON in new rows and snapshots: of [`Command`], [`Answer`](crate::server::journal::Answer),
/// [`Snapshot`](crate::domain::Snapshot) and everything in them. A new command, event or field needs a new version, and a
/// migration of the tables, so that an older program says that the data is newer instead of damaged.
pub(super) const ROW_VERSION: i64 = 2;

/// Inserts a row for each record, in their order, and calls `progress` after each. Returns the bytes of JSON in them.
pub(super) fn insert(
    connection: &Connection,
    records: &[Record],
    progress: &mut impl FnMut(),
) -> Result<usize, JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (list, client, seq, at, version, command, answer, checksum) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    // One buffer for all rows: most have a few hundred bytes.
    let mut text = Vec::with_capacity(1_024);
    let mut bytes = 0;
    for record in records {
        text.clear();
        write_json(&mut text, &record.command)?;
        let length = text.len();
        write_json(&mut text, &record.answer)?;
        bytes += text.len();
        let (command, answer) = text.split_at(length);
        let checksum = checksum(
            ROW_VERSION,
            &[
                record.id.client.as_bytes(),
                &record.id.seq.to_le_bytes(),
                &record.at.0.to_le_bytes(),
                command,
                answer,
            ],
        );
        insert.execute(params![
            LIST_ID,
            record.id.client.as_bytes(),
            integer(record.id.seq),
            integer(record.at.0),
            ROW_VERSION,
            utf8(command)?,
            utf8(answer)?,
            checksum
        ])?;
        progress();
    }
    Ok(bytes)
}

pub(super) fn read_record(row: &rusqlite::Row<'_>) -> Result<Record, JournalError> {
    let client: [u8; 16] = row.get(0)?;
    let (seq, at): (i64, i64) = (row.get(1)?, row.get(2)?);
    let version: i64 = row.get(3)?;
    let (command, answer): (String, String) = (row.get(4)?, row.get(5)?);
    let expected: u32 = row.get(6)?;
    let found = checksum(
        version,
        &[
            &client,
            &seq.to_le_bytes(),
            &at.to_le_bytes(),
            command.as_bytes(),
            answer.as_bytes(),
        ],
    );
    if found != expected {
        return Err(JournalError::Damaged(format!(
            "command {seq} does not match its checksum"
        )));
    }
    let (command, answer) = match version {
        1 => {
            let command: version_1::Command = parse(&command)?;
            let answer: Result<version_1::Change, Rejection> = parse(&answer)?;
            // A command that changed nothing keeps its revision.
            let answer = answer.map(|change| Some(Arc::new(change.into())));
            (command.into(), answer)
        }
        ROW_VERSION => (parse(&command)?, parse(&answer)?),
        other => return Err(unknown_version(other)),
    };
    Ok(Record {
        id: CommandId {
            client: uuid::Uuid::from_bytes(client).into(),
            seq: seq.cast_unsigned(),
        },
        at: Timestamp(at.cast_unsigned()),
        command,
        answer,
    })
}

/// SQLite's integers are signed, so the bits are stored as they are.
pub(super) fn integer(number: u64) -> i64 {
    number.cast_signed()
}

/// The error for a row of a version that no program has written: migrations know all others.
pub(super) fn unknown_version(version: i64) -> JournalError {
    JournalError::Damaged(format!("a row has the unknown version {version}"))
}

/// CRC-32 (IEEE 802.3) over the version, unless it is 1, and the parts. It finds values that the disk has changed: SQLite
/// checks the structure of its pages, not the values in them.
pub(super) fn checksum(version: i64, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    if version != 1 {
        hasher.update(&version.to_le_bytes());
    }
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

pub(super) fn json(value: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Damaged(error.to_string()))
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|error| JournalError::Damaged(error.to_string()))
}

fn write_json(text: &mut Vec<u8>, value: &impl Serialize) -> Result<(), JournalError> {
    serde_json::to_writer(text, value).map_err(|error| JournalError::Damaged(error.to_string()))
}

fn utf8(json: &[u8]) -> Result<&str, JournalError> {
    std::str::from_utf8(json).map_err(|error| JournalError::Damaged(error.to_string()))
}
