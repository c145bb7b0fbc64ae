//! A journal in memory that several stores share, and that fails when a test says so.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use todo_list::domain::{CommandId, List, ListId};
use todo_list::server::journal::{
    Appended, Journal, JournalError, LoadedList, Maintenance, MemoryJournal, Position, Record,
};

/// What happens to an append.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The disk is full.
    Full,
    /// The records are stored, and the answer is lost.
    LoseAnswer,
    /// The records are lost on their way.
    LoseRecords,
    /// The answer is lost, and the records arrive right before the next append.
    Delay,
    /// The records are lost on their way, and those of another store are stored.
    Overtake(Vec<Record>),
}

/// A handle on the journal. A clone is another connection to it.
#[derive(Clone, Default)]
pub struct FaultyJournal {
    journal: MemoryJournal,
    shared: Arc<Shared>,
    mistake: Option<Mistake>,
}

/// A mistake of the journal, which tests must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Stores records at the end although they were decided for another position.
    IgnorePosition,
    /// Says that records are stored, and stores none of them.
    StoreNothing,
}

#[derive(Default)]
struct Shared {
    faults: Mutex<VecDeque<Fault>>,
    delayed: Mutex<Option<(Position, Vec<Record>)>>,
    reads_of_tail: AtomicUsize,
}

impl FaultyJournal {
    /// A journal with a mistake.
    pub fn with_mistake(mistake: Option<Mistake>) -> Self {
        Self {
            mistake,
            ..Self::default()
        }
    }

    /// Ends all faults. What is delayed can still arrive.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Lets this happen to the next append that has no fault yet.
    pub fn fail(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push_back(fault);
    }

    /// All records of the home list.
    pub fn records(&self) -> Vec<Record> {
        let mut journal = self.journal.clone();
        journal.tail(ListId::HOME, Position::START).unwrap()
    }

    /// How often a store has read records behind its own.
    pub fn reads_of_tail(&self) -> usize {
        self.shared.reads_of_tail.load(Ordering::SeqCst)
    }

    fn store(
        &mut self,
        id: ListId,
        expected: Position,
        records: &[Record],
    ) -> Result<Appended, JournalError> {
        let end = Position::START.after(&self.journal.tail(id, Position::START)?);
        match self.mistake {
            None => self.journal.append(id, expected, records),
            Some(Mistake::IgnorePosition) => self.journal.append(id, end, records),
            Some(Mistake::StoreNothing) => Ok(Appended::Written {
                commit: Duration::ZERO,
            }),
        }
    }
}

impl Journal for FaultyJournal {
    fn load(&mut self, id: ListId) -> Result<LoadedList, JournalError> {
        self.journal.load(id)
    }

    fn append(
        &mut self,
        id: ListId,
        expected: Position,
        records: &[Record],
    ) -> Result<Appended, JournalError> {
        let delayed = self.shared.delayed.lock().unwrap().take();
        if let Some((expected, records)) = delayed {
            let _ = self.store(id, expected, &records)?;
        }
        let fault = self.shared.faults.lock().unwrap().pop_front();
        match fault {
            None => return self.store(id, expected, records),
            Some(Fault::Full) => return Ok(Appended::Full),
            Some(Fault::LoseAnswer) => drop(self.store(id, expected, records)?),
            Some(Fault::LoseRecords) => {}
            Some(Fault::Delay) => {
                let delayed = Some((expected, records.to_vec()));
                *self.shared.delayed.lock().unwrap() = delayed;
            }
            Some(Fault::Overtake(others)) => drop(self.store(id, expected, &others)?),
        }
        Ok(Appended::Unknown)
    }

    fn tail(&mut self, id: ListId, after: Position) -> Result<Vec<Record>, JournalError> {
        self.shared.reads_of_tail.fetch_add(1, Ordering::SeqCst);
        self.journal.tail(id, after)
    }

    fn find(&mut self, id: ListId, command: CommandId) -> Result<Option<Record>, JournalError> {
        self.journal.find(id, command)
    }

    fn acknowledge(&mut self, id: ListId, revision: u64) -> Result<(), JournalError> {
        self.journal.acknowledge(id, revision)
    }

    fn needs_maintenance(&self, list: &List) -> bool {
        self.journal.needs_maintenance(list)
    }

    fn maintain(
        &mut self,
        id: ListId,
        position: Position,
        list: &List,
        maintenance: Maintenance,
    ) -> Result<(), JournalError> {
        self.journal.maintain(id, position, list, maintenance)
    }
}
