//! Reads the list from the database: from a snapshot and the commands after it, or from all commands.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::maintenance::command_weight;
use super::rows::{ROW_VERSION, checksum, parse, read_record, unknown_version};
use super::{JournalError, LIST_ID, SqliteJournal, read_epoch};
use crate::domain::{HashKey, List, Snapshot, version_1};

/// Where reading the list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoadFrom {
    /// At the latest snapshot, if there is one.
    Snapshot,
    /// At the first command.
    FirstCommand,
}

impl SqliteJournal {
    /// The list that all commands make, and the epoch that belongs to it.
    pub(super) fn read_list(&mut self, from: LoadFrom) -> Result<List, JournalError> {
        self.epoch = read_epoch(&self.connection)?;
        let key = HashKey::new(Uuid::new_v4().into_bytes());
        let snapshot = match from {
            LoadFrom::Snapshot => self.load_snapshot(key)?,
            LoadFrom::FirstCommand => None,
        };
        let (number, mut list) = snapshot.unwrap_or_else(|| (0, List::new(key)));
        let mut select = self.connection.prepare(
            "SELECT client, seq, at, version, command, answer, checksum FROM entry \
             WHERE list = ?1 AND number > ?2 ORDER BY number",
        )?;
        let mut rows = select.query(params![LIST_ID, number])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(4)?.as_str().map_or(0, str::len)
                + row.get_ref(5)?.as_str().map_or(0, str::len);
            let record = read_record(row)?;
            if list.expected_seq(record.id.client) != record.id.seq {
                return Err(JournalError::Damaged(format!(
                    "command {:?} is out of order",
                    record.id
                )));
            }
            if let Ok(Some(change)) = &record.answer
                && change.revision != list.revision() + 1
            {
                return Err(JournalError::Damaged(format!(
                    "revision {} is out of order",
                    change.revision
                )));
            }
            record.apply_to(&mut list);
            self.unsnapshotted_commands += command_weight(1, bytes);
        }
        Ok(list)
    }

    /// The list of the latest snapshot, and the number of the last command in it.
    fn load_snapshot(&self, key: HashKey) -> Result<Option<(i64, List)>, JournalError> {
        let select = "SELECT number, version, body, checksum FROM snapshot WHERE list = ?1";
        let row = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, u32>(3)?,
            ))
        };
        let snapshot = self.connection.query_row(select, [LIST_ID], row);
        let Some((number, version, body, expected)) = snapshot.optional()? else {
            return Ok(None);
        };
        if checksum(version, &[body.as_bytes()]) != expected {
            return Err(JournalError::Damaged(
                "the snapshot does not match its checksum".into(),
            ));
        }
        let last = "SELECT coalesce(max(number), 0) FROM entry";
        let last: i64 = self.connection.query_row(last, [], |row| row.get(0))?;
        if number > last {
            // The next commands would get numbers that the snapshot already covers.
            return Err(JournalError::Damaged(
                "the snapshot covers commands that are missing".into(),
            ));
        }
        let snapshot = match version {
            1 => parse::<version_1::Snapshot>(&body)?.into(),
            ROW_VERSION => parse::<Snapshot>(&body)?,
            other => return Err(unknown_version(other)),
        };
        let list = snapshot.into_list(key);
        let list = list.map_err(|error| JournalError::Damaged(error.to_string()))?;
        Ok(Some((number, list)))
    }
}
