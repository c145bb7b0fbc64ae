//! The real server without HTTP: its store, with a journal in a folder that survives restarts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use todo_list::domain::{Change, Command, CommandId, Cursor, List, Listing};
use todo_list::rpc::ExchangeResponse;
use todo_list::server::http::exchange_with;
use todo_list::server::journal::{JournalReader, SqliteJournal, restore};
use todo_list::server::store::{Store, StoreError};

pub(super) struct Server {
    runtime: Runtime,
    folder: TempDir,
    /// `None` only during a restart.
    store: Option<Store>,
    /// All changes of the current epoch, from the first revision.
    pub(super) log: Vec<Arc<Change>>,
    backup: Option<(PathBuf, u64)>,
}

impl Server {
    pub(super) fn start() -> Self {
        // A file system in memory is faster, where there is one.
        let fast = Path::new("/dev/shm");
        let folder = match fast.is_dir() {
            true => tempfile::tempdir_in(fast).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let mut server = Self {
            runtime: Builder::new_current_thread().build().unwrap(),
            folder,
            store: None,
            log: Vec::new(),
            backup: None,
        };
        server.open();
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn open(&mut self) {
        let (journal, loaded) = SqliteJournal::open(&self.data()).unwrap();
        self.store = Some(Store::start(Box::new(journal), loaded).unwrap());
        self.note();
    }

    fn close(&mut self) {
        if let Some(store) = self.store.take() {
            self.runtime.block_on(store.close());
        }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
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
        self.note();
        answer
    }

    /// Records new changes.
    fn note(&mut self) {
        let list = self.list();
        let known = self.log.len() as u64;
        let new = list.history_since(known).unwrap();
        self.log.extend(new.cloned());
    }

    /// Crashes and restarts. The journal holds every command that was or could have been acknowledged.
    pub(super) fn restart(&mut self) {
        self.close();
        self.open();
        assert_eq!(self.log.len() as u64, self.list().revision());
    }

    pub(super) fn back_up(&mut self) {
        let revision = self.list().revision();
        let file = self.folder.path().join(format!("backup-{revision}"));
        if !file.exists() {
            let reader = JournalReader::open(&self.data()).unwrap().unwrap();
            reader.copy_to(&file).unwrap();
        }
        self.backup = Some((file, revision));
    }

    /// Restores the backup, if there is one. Returns its revision.
    pub(super) fn restore(&mut self) -> Option<u64> {
        let (file, revision) = self.backup.clone()?;
        self.close();
        restore(&self.data(), &file, revision).unwrap();
        self.log.truncate(usize::try_from(revision).unwrap());
        self.open();
        Some(revision)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}
