//! The journal: every decided command in an embedded SQLite database, before it is acknowledged.
//!
//! It keeps and gives back; it knows no rule of the list. Only the writer thread uses it.

mod copy;
mod due;
mod error;
mod folder;
mod read_only;
mod reader;
mod rows;
mod schema;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

pub use self::error::JournalError;

use self::due::{PATIENCE, between_snapshots, weight};
use self::folder::Folder;
pub use self::reader::{Reader, acknowledged, replace};
use self::rows::{checksum, integer, parse, read_record};
use crate::domain::{Change, Command, CommandId, HashKey, List, Rejection, Snapshot, Timestamp};

/// The one list of this version, in every row: more lists come on the same tables.
const HOME: [u8; 16] = [0; 16];

/// A decided command, and the answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub id: CommandId,
    /// When it was decided.
    pub at: Timestamp,
    /// What was wanted.
    pub command: Command,
    /// What it did, or why it was refused.
    pub answer: Result<Arc<Change>, Rejection>,
}

/// The open journal, and the list as it stands.
pub struct Journal {
    connection: Connection,
    folder: Option<Folder>,
    epoch: u64,
    since_snapshot: usize,
    /// About how many pages the log has that are not in the database, and never fewer.
    log_pages: usize,
}

/// How many pages the log has before they are put into the database, as soon as there is a quiet moment; some
/// two megabytes.
const LOG_PAGES: usize = 500;

/// How many pages it has before that is done without a quiet moment. So many it has room for from the start: a longer
/// log costs more with every commit, and all at once in the end.
const MOST_LOG_PAGES: usize = 1_000;

impl Journal {
    /// Opens the journal in a folder, which is made if it is not there, and reads the list. Nobody
    /// else can open it as long as this one lives. Data of an older version are brought to this one, and
    /// a copy of what they were stays beside them.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the data are unchanged then.
    pub fn open(folder: &Path) -> Result<(Self, List), JournalError> {
        Self::open_with(folder, schema::MIGRATIONS)
    }

    /// Opens it as the program does that knows these migrations.
    fn open_with(folder: &Path, migrations: &[&str]) -> Result<(Self, List), JournalError> {
        let mut folder = Folder::open(folder)?;
        let acknowledged = folder.acknowledged()?;
        let has_log = folder.has_log();
        if folder.is_empty() && (acknowledged > Some(0) || has_log) {
            // SQLite would take this for a new database, and delete the log that belongs to it.
            return Err(JournalError::Lost {
                acknowledged: acknowledged.unwrap_or(0),
                found: 0,
            });
        }
        folder.create_database()?;
        let connection = Connection::open(folder.database())?;
        // Damaged files must stay as they are: no clean-up at the end before the list is read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log)?;
        let (mut journal, list) = Self::start(
            connection,
            acknowledged.unwrap_or(0),
            Some(&folder.database()),
            migrations,
        )?;
        if acknowledged.is_none() && !list.is_untouched() {
            // A person has put these data here, or goes on without an end that was lost.
            begin_history(&journal.connection)?;
            journal.epoch = epoch(&journal.connection)?;
        }
        folder.acknowledge(list.revision())?;
        folder.lengthen_log();
        journal.folder = Some(folder);
        journal
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok((journal, list))
    }

    /// A journal in memory only.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn in_memory() -> Result<(Self, List), JournalError> {
        Self::start(Connection::open_in_memory()?, 0, None, schema::MIGRATIONS)
    }

    /// Prepares the database and reads the list. Tables of an older version are migrated in the
    /// transaction that reads the list from them, so that they stay what they were if it cannot be read.
    fn start(
        connection: Connection,
        acknowledged: u64,
        database: Option<&Path>,
        migrations: &[&str],
    ) -> Result<(Self, List), JournalError> {
        let lost = |found| JournalError::Lost {
            acknowledged,
            found,
        };
        if schema::version(&connection)? == 0 && acknowledged > 0 {
            return Err(lost(0));
        }
        // Before anything is written: a newer or a foreign file stays as it is.
        let version = schema::check_version(&connection, migrations)?;
        let latest = schema::latest(migrations);
        if let Some(database) = database.filter(|_| 0 < version && version < latest) {
            let copy = copy::keep(&connection, database, latest).map_err(|cause| {
                let cause = Box::new(cause);
                JournalError::NotCopied { version, cause }
            })?;
            tracing::info!(
                "the data has version {version} and becomes version {latest}: {} is a copy of what it was",
                copy.display()
            );
        }
        schema::set_up(&connection, database.is_some())?;
        if version < latest {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            schema::migrate(&connection, migrations, version)?;
        }
        let mut journal = Self {
            connection,
            folder: None,
            epoch: 0,
            since_snapshot: 0,
            log_pages: 0,
        };
        let list = journal.load(true)?;
        if list.revision() < acknowledged {
            return Err(lost(list.revision()));
        }
        if version < latest {
            journal.connection.execute_batch("COMMIT")?;
        }
        Ok((journal, list))
    }

    /// The name of the history that is kept here (see [`Cursor`](crate::domain::Cursor)).
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Keeps the records for good, all or none, in their order. `progress` hears of each. Answers how long
    /// the commit took, which is mostly the sync.
    ///
    /// # Errors
    ///
    /// [`JournalError::Full`]: none is kept, and the journal goes on. Any other: nobody knows, and
    /// the program must end.
    pub fn append(
        &mut self,
        records: &[Record],
        mut progress: impl FnMut(),
    ) -> Result<Duration, JournalError> {
        let transaction = self.connection.transaction()?;
        let bytes = rows::insert(&transaction, records, &mut progress)?;
        let begin = Instant::now();
        transaction.commit()?;
        let taken = begin.elapsed();
        self.since_snapshot += weight(records.len(), bytes);
        // The last page of the table and that of its index, the first page of all, and what is new.
        self.log_pages += 3 + bytes / 2_048;
        Ok(taken)
    }

    /// Takes note of the revision that is kept and about to be acknowledged.
    ///
    /// # Errors
    ///
    /// What the system says. What is kept stays kept.
    pub fn acknowledge(&mut self, revision: u64) -> Result<(), JournalError> {
        match &mut self.folder {
            Some(folder) => folder.acknowledge(revision),
            None => Ok(()),
        }
    }

    /// The record of a command that was decided before.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if it cannot be read, is damaged, or is not there.
    pub fn find(&self, id: CommandId) -> Result<Record, JournalError> {
        let mut select = self.connection.prepare_cached(
            "SELECT client, seq, at, command, answer, checksum FROM entry \
             WHERE list = ?1 AND client = ?2 AND seq = ?3",
        )?;
        let key = params![HOME, id.client.as_bytes(), integer(id.seq)];
        let record = select
            .query_row(key, |row| Ok(read_record(row)))
            .optional()?;
        record.unwrap_or_else(|| {
            Err(JournalError::Damaged(format!(
                "command {id:?} is not there any more"
            )))
        })
    }

    /// Whether there is something to [tidy up](Journal::tidy_up).
    #[must_use]
    pub fn is_untidy(&self, list: &List) -> bool {
        self.log_pages >= LOG_PAGES || self.since_snapshot >= between_snapshots(list)
    }

    /// Keeps the whole list when enough has happened since it was last kept, so that a start has little to
    /// replay, and puts the log into the database when it has become long. All of it takes longer than a
    /// command should have to wait for.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn tidy_up(&mut self, list: &List) -> Result<(), JournalError> {
        self.snapshot_if_due(list)?;
        self.empty_log_from(LOG_PAGES)
    }

    /// Does of that only what cannot wait any longer for a quiet moment.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn tidy_up_at_last(&mut self, list: &List) -> Result<(), JournalError> {
        if self.since_snapshot >= between_snapshots(list) + PATIENCE {
            self.snapshot_if_due(list)?;
        }
        self.empty_log_from(MOST_LOG_PAGES)
    }

    /// Puts the log into the database if it has so many pages. What comes next is written over it from its start.
    fn empty_log_from(&mut self, pages: usize) -> Result<(), JournalError> {
        if self.log_pages >= pages {
            self.log_pages = 0;
            // It answers whether somebody who reads has kept it from an end: SQLite then goes on later.
            let mut checkpoint = self.connection.prepare_cached("PRAGMA wal_checkpoint")?;
            checkpoint.query_row([], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Keeps the whole list, if that is due. Its cost is spread over half as many commands as the list has
    /// items and senders.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn snapshot_if_due(&mut self, list: &List) -> Result<(), JournalError> {
        if self.since_snapshot < between_snapshots(list) {
            return Ok(());
        }
        let body = rows::json(&Snapshot::from(list))?;
        self.connection.execute(
            "INSERT OR REPLACE INTO snapshot (list, number, body, checksum) \
             VALUES (?1, (SELECT max(number) FROM entry WHERE list = ?1), ?2, ?3)",
            params![HOME, body, checksum(&[body.as_bytes()])],
        )?;
        self.log_pages += body.len() / 2_048;
        self.since_snapshot = 0;
        Ok(())
    }

    /// The list that all commands make: from the latest snapshot, or from the first command.
    fn load(&mut self, from_snapshot: bool) -> Result<List, JournalError> {
        self.epoch = epoch(&self.connection)?;
        let key = HashKey::new(Uuid::new_v4().into_bytes());
        let row = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, u32>(2)?,
            ))
        };
        let select = "SELECT number, body, checksum FROM snapshot WHERE list = ?1";
        let snapshot = match from_snapshot {
            true => self.connection.query_row(select, [HOME], row).optional()?,
            false => None,
        };
        let (number, mut list) = match snapshot {
            None => (0, List::new(key)),
            Some((number, body, kept)) => {
                if checksum(&[body.as_bytes()]) != kept {
                    return Err(JournalError::Damaged(
                        "the snapshot does not match its checksum".into(),
                    ));
                }
                let last = "SELECT coalesce(max(number), 0) FROM entry";
                let last: i64 = self.connection.query_row(last, [], |row| row.get(0))?;
                if number > last {
                    // What comes next would be taken for a part of it.
                    return Err(JournalError::Damaged(
                        "the snapshot is of commands that are not there".into(),
                    ));
                }
                let list = parse::<Snapshot>(&body)?.into_list(key);
                (
                    number,
                    list.map_err(|error| JournalError::Damaged(error.to_string()))?,
                )
            }
        };
        let mut select = self.connection.prepare(
            "SELECT client, seq, at, command, answer, checksum FROM entry \
             WHERE list = ?1 AND number > ?2 ORDER BY number",
        )?;
        let mut rows = select.query(params![HOME, number])?;
        while let Some(row) = rows.next()? {
            let length = row.get_ref(3)?.as_str().map_or(0, str::len)
                + row.get_ref(4)?.as_str().map_or(0, str::len);
            let record = read_record(row)?;
            if list.expected_seq(record.id.client) != record.id.seq {
                return Err(JournalError::Damaged(format!(
                    "command {:?} is out of order",
                    record.id
                )));
            }
            match record.answer {
                Ok(change) if change.revision == list.revision() + 1 => {
                    list.apply(change);
                }
                Ok(change) => {
                    return Err(JournalError::Damaged(format!(
                        "revision {} is out of order",
                        change.revision
                    )));
                }
                Err(_) => list.reject(record.id),
            }
            self.since_snapshot += weight(1, length);
        }
        Ok(list)
    }
}

/// The name of the history. It has no checksum: with another one, readers only load the list anew.
fn epoch(connection: &Connection) -> Result<u64, JournalError> {
    let select = "SELECT epoch FROM history WHERE list = ?1";
    let epoch: Option<i64> = connection
        .query_row(select, [HOME], |row| row.get(0))
        .optional()?;
    let missing = || JournalError::Damaged("the name of the history is not there any more".into());
    epoch.map(i64::cast_unsigned).ok_or_else(missing)
}

/// Gives the history another name: its revisions are not those that readers know by the same numbers.
fn begin_history(connection: &Connection) -> Result<(), JournalError> {
    connection.execute(
        "UPDATE history SET epoch = random() WHERE list = ?1",
        [HOME],
    )?;
    Ok(())
}
