//! The real servers without HTTP: one store with a journal in a folder that survives restarts, or several stores that
//! share a journal in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use todo_list::domain::{
    Change, ClientId, Command, CommandId, Cursor, List, ListId, Listing, Timestamp,
};
use todo_list::rpc::ExchangeResponse;
use todo_list::server::http::exchange_with;
use todo_list::server::journal::{Journal, JournalReader, SqliteJournal, restore};
use todo_list::server::store::{Store, StoreError};
use todo_list::sync::Outcome;

use super::step::{AppendFault, ServerStep};
use crate::faulty_journal::{Fault, FaultyJournal, Mistake};

/// How many servers share a journal.
const SHARING: usize = 2;

pub(super) struct Server {
    runtime: Runtime,
    storage: Storage,
    /// Empty only during a restart.
    stores: Vec<Store>,
    /// The index of the store that the next page and the next call reach.
    current: usize,
    /// All changes of the current epoch, from the first revision.
    pub(super) log: Vec<Arc<Change>>,
    backup: Option<(PathBuf, u64)>,
}

enum Storage {
    Folder(TempDir),
    Shared(FaultyJournal),
}

impl Server {
    pub(super) fn start() -> Self {
        // A file system in memory is faster, where there is one.
        let fast = Path::new("/dev/shm");
        let folder = match fast.is_dir() {
            true => tempfile::tempdir_in(fast).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        Self::with(Storage::Folder(folder), 1)
    }

    /// Several servers that share a journal, which may have a mistake.
    pub(super) fn start_sharing(mistake: Option<Mistake>) -> Self {
        let journal = FaultyJournal::with_mistake(mistake);
        Self::with(Storage::Shared(journal), SHARING)
    }

    fn with(storage: Storage, stores: usize) -> Self {
        let mut server = Self {
            runtime: Builder::new_current_thread().build().unwrap(),
            storage,
            stores: Vec::new(),
            current: 0,
            log: Vec::new(),
            backup: None,
        };
        for _ in 0..stores {
            let store = server.open();
            server.stores.push(store);
        }
        server.note();
        server
    }

    /// The folder, unless the journal is shared.
    fn folder(&self) -> Option<&Path> {
        match &self.storage {
            Storage::Folder(folder) => Some(folder.path()),
            Storage::Shared(_) => None,
        }
    }

    fn open(&self) -> Store {
        match &self.storage {
            Storage::Folder(folder) => {
                let (journal, loaded) = SqliteJournal::open(&folder.path().join("data")).unwrap();
                Store::start(Box::new(journal), loaded).unwrap()
            }
            Storage::Shared(journal) => Store::open(Box::new(journal.clone())).unwrap(),
        }
    }

    fn close(&mut self) {
        for store in self.stores.drain(..) {
            self.runtime.block_on(store.close());
        }
    }

    fn store(&self) -> &Store {
        &self.stores[self.current]
    }

    pub(super) fn list(&self) -> Arc<List> {
        self.store().list()
    }

    pub(super) fn listing(&self) -> Listing {
        Listing::from(&*self.list())
    }

    pub(super) fn cursor(&self) -> Cursor {
        self.store().cursor()
    }

    pub(super) fn exchange(
        &mut self,
        since: Cursor,
        first: CommandId,
        commands: Vec<Command>,
    ) -> Result<ExchangeResponse, StoreError> {
        let answer = exchange_with(self.store(), since, first, commands);
        let answer = self.runtime.block_on(answer);
        if let Ok(answer) = &answer {
            self.check_answer(since, first, answer);
        }
        self.note();
        self.current = (self.current + 1) % self.stores.len();
        answer
    }

    /// What is answered is stored, and no page goes back.
    fn check_answer(&self, since: Cursor, first: CommandId, answer: &ExchangeResponse) {
        let now = answer.cursor;
        assert!(
            now.epoch != since.epoch || now.revision >= since.revision,
            "{since} goes back to {now}"
        );
        let Storage::Shared(journal) = &self.storage else {
            return;
        };
        for (seq, outcome) in (first.seq..).zip(&answer.outcomes) {
            let id = CommandId { seq, ..first };
            let record = journal.clone().find(ListId::HOME, id).unwrap();
            let record = record.expect("an answered command is not stored");
            let stored = match record.answer {
                Ok(Some(_)) => Outcome::Accepted,
                Ok(None) => Outcome::Unchanged,
                Err(rejection) => Outcome::Rejected(rejection),
            };
            assert_eq!(stored, *outcome);
        }
    }

    /// Records new changes.
    fn note(&mut self) {
        for store in &self.stores {
            let known = self.log.len() as u64;
            let list = store.list();
            // A store that is behind has none.
            let new = list.history_since(known);
            self.log.extend(new.into_iter().flatten().cloned());
        }
    }

    /// Crashes and restarts. The journal holds every command that was or could have been acknowledged.
    pub(super) fn restart(&mut self) {
        if self.folder().is_some() {
            self.close();
            self.stores.push(self.open());
            self.note();
            assert_eq!(self.log.len() as u64, self.list().revision());
        } else {
            // The store is dropped without being closed.
            self.stores[self.current] = self.open();
            self.note();
        }
    }

    pub(super) fn perform(&mut self, step: ServerStep) {
        let Storage::Shared(journal) = &self.storage else {
            return;
        };
        let index = |number: u8| number as usize % self.stores.len();
        match step {
            ServerStep::Use(number) => self.current = index(number),
            ServerStep::Poll(number) => self.poll(index(number)),
            ServerStep::Fail(fault) => journal.fail(match fault {
                AppendFault::Full => Fault::Full,
                AppendFault::LoseAnswer => Fault::LoseAnswer,
                AppendFault::LoseRecords => Fault::LoseRecords,
                AppendFault::Delay => Fault::Delay,
            }),
        }
    }

    /// The store reads what others have stored.
    fn poll(&self, index: usize) {
        let store = &self.stores[index];
        let end = Cursor {
            revision: u64::MAX,
            ..store.cursor()
        };
        self.runtime.block_on(store.catch_up(end));
    }

    /// All stores read what others have stored.
    pub(super) fn poll_all(&mut self) {
        for index in 0..self.stores.len() {
            self.poll(index);
        }
        self.note();
    }

    /// The journal works again.
    pub(super) fn heal(&self) {
        if let Storage::Shared(journal) = &self.storage {
            journal.heal();
        }
    }

    /// The shared journal has no gap, no command counts twice in it, and all stores have the list that it makes.
    pub(super) fn check(&self) {
        let Storage::Shared(journal) = &self.storage else {
            return;
        };
        let mut last: HashMap<ClientId, u64> = HashMap::new();
        let mut last_at = Timestamp::default();
        let mut revision = 0;
        for record in journal.records() {
            let last = last.entry(record.id.client).or_default();
            *last += 1;
            assert_eq!(record.id.seq, *last, "{:?} is out of order", record.id);
            assert!(record.at >= last_at, "the time goes back");
            last_at = record.at;
            if let Ok(Some(change)) = record.answer {
                assert_eq!(change.revision, revision + 1);
                assert_eq!(self.log.get(revision as usize), Some(&change));
                revision = change.revision;
            }
        }
        let loaded = journal.clone().load(ListId::HOME).unwrap();
        for store in &self.stores {
            assert_eq!(store.cursor().epoch, loaded.epoch);
            assert_eq!(store.revision(), revision);
            let (list, expected) = (store.list(), &loaded.list);
            assert!(list.items().eq(expected.items()), "the stores differ");
            assert!(list.removed().eq(expected.removed()), "the stores differ");
        }
    }

    pub(super) fn back_up(&mut self) {
        let Some(folder) = self.folder() else { return };
        let revision = self.list().revision();
        let file = folder.join(format!("backup-{revision}"));
        if !file.exists() {
            let reader = JournalReader::open(&folder.join("data")).unwrap().unwrap();
            reader.copy_to(&file).unwrap();
        }
        self.backup = Some((file, revision));
    }

    /// Restores the backup, if there is one. Returns its revision.
    pub(super) fn restore(&mut self) -> Option<u64> {
        let (file, revision) = self.backup.clone()?;
        let data = self.folder()?.join("data");
        self.close();
        restore(&data, &file, revision).unwrap();
        self.log.truncate(usize::try_from(revision).unwrap());
        self.stores.push(self.open());
        self.note();
        Some(revision)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}
