//! A journal in memory, which several stores can share. Its records are gone when its last handle is dropped.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::{Appended, Journal, JournalError, LoadedList, Maintenance, Position, Record};
use crate::domain::{CommandId, HashKey, List, ListId, Timestamp};

/// A handle on a journal in memory. A clone is another connection to the same records.
#[derive(Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Lists>>);

type Lists = BTreeMap<ListId, ListRecords>;

/// One list: the list at the start, and the records of all commands since then.
struct ListRecords {
    epoch: u64,
    start: List,
    records: Vec<Record>,
    /// The index of each record.
    index: HashMap<CommandId, usize>,
}

impl ListRecords {
    fn new(start: List) -> Self {
        Self {
            epoch: Uuid::new_v4().as_u64_pair().0,
            start,
            records: Vec::new(),
            index: HashMap::new(),
        }
    }

    fn end(&self) -> Position {
        Position::START.after(&self.records)
    }
}

impl MemoryJournal {
    /// A journal whose home list starts as this list, without records.
    #[must_use]
    pub fn starting_with(list: List) -> Self {
        let lists = Lists::from([(ListId::HOME, ListRecords::new(list))]);
        Self(Arc::new(Mutex::new(lists)))
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        // No call panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records of a list. A missing list is created.
fn records_of(lists: &mut Lists, id: ListId) -> &mut ListRecords {
    let create = || ListRecords::new(List::new(HashKey::new(Uuid::new_v4().into_bytes())));
    lists.entry(id).or_insert_with(create)
}

impl Journal for MemoryJournal {
    fn load(&mut self, id: ListId) -> Result<LoadedList, JournalError> {
        let mut lists = self.lock();
        let stored = records_of(&mut lists, id);
        let mut list = stored.start.clone();
        for record in &stored.records {
            record.apply_to(&mut list);
        }
        Ok(LoadedList {
            id,
            epoch: stored.epoch,
            position: stored.end(),
            last_at: stored
                .records
                .last()
                .map_or(Timestamp::default(), |record| record.at),
            list,
        })
    }

    fn append(
        &mut self,
        id: ListId,
        expected: Position,
        records: &[Record],
    ) -> Result<Appended, JournalError> {
        let mut lists = self.lock();
        let stored = records_of(&mut lists, id);
        if expected != stored.end() {
            return Ok(Appended::Conflict);
        }
        for record in records {
            stored.index.insert(record.id, stored.records.len());
            stored.records.push(record.clone());
        }
        Ok(Appended::Written {
            commit: Duration::ZERO,
        })
    }

    fn tail(&mut self, id: ListId, after: Position) -> Result<Vec<Record>, JournalError> {
        let mut lists = self.lock();
        let records = &records_of(&mut lists, id).records;
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        Ok(records.get(after..).unwrap_or_default().to_vec())
    }

    fn find(&mut self, id: ListId, command: CommandId) -> Result<Option<Record>, JournalError> {
        let mut lists = self.lock();
        let stored = records_of(&mut lists, id);
        let index = stored.index.get(&command);
        Ok(index.map(|index| stored.records[*index].clone()))
    }

    fn acknowledge(&mut self, _: ListId, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn needs_maintenance(&self, _: &List) -> bool {
        false
    }

    fn maintain(
        &mut self,
        _: ListId,
        _: Position,
        _: &List,
        _: Maintenance,
    ) -> Result<(), JournalError> {
        Ok(())
    }
}
