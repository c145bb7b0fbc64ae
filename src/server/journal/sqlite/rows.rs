//! The rows of the journal: a record with its command and answer as JSON, which a person can read, and a checksum.

use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{JournalError, LIST_ID, Record};
use crate::domain::{Change, CommandId, Rejection, Timestamp};

/// Inserts a row for each record, in their order, and calls `progress` after each. Returns the bytes of JSON in them.
pub(super) fn insert(
    connection: &Connection,
    records: &[Record],
    progress: &mut impl FnMut(),
) -> Result<usize, JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (list, client, seq, at, command, answer, checksum) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
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
        let checksum = checksum(&[
            record.id.client.as_bytes(),
            &record.id.seq.to_le_bytes(),
            &record.at.0.to_le_bytes(),
            command,
            answer,
        ]);
        insert.execute(params![
            LIST_ID,
            record.id.client.as_bytes(),
            integer(record.id.seq),
            integer(record.at.0),
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
    let (command, answer): (String, String) = (row.get(3)?, row.get(4)?);
    let expected: u32 = row.get(5)?;
    let found = checksum(&[
        &client,
        &seq.to_le_bytes(),
        &at.to_le_bytes(),
        command.as_bytes(),
        answer.as_bytes(),
    ]);
    if found != expected {
        return Err(JournalError::Damaged(format!(
            "command {seq} does not match its checksum"
        )));
    }
    Ok(Record {
        id: CommandId {
            client: uuid::Uuid::from_bytes(client).into(),
            seq: seq.cast_unsigned(),
        },
        at: Timestamp(at.cast_unsigned()),
        command: parse(&command)?,
        answer: parse::<Result<Change, Rejection>>(&answer)?.map(Arc::new),
    })
}

/// SQLite's integers are signed, so the bits are stored as they are.
pub(super) fn integer(number: u64) -> i64 {
    number.cast_signed()
}

/// CRC-32 (IEEE 802.3) over the parts. It finds values that the disk has changed: SQLite checks the structure of its
/// pages, not the values in them.
pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
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
