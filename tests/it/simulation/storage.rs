//! The storage of each browser, which its pages share, and its cached page.

use std::collections::HashSet;

use todo_list::domain::CommandId;
use todo_list::sync::{DeliveryState, ExternalEvent, StorageWrite, StoredCommand};

use super::page::StorageRequest;
use super::step::StorageFate;
use super::world::World;

impl World {
    /// The storage does the next request of a page, or else its result reaches the page.
    pub(super) fn advance(&mut self, index: usize) {
        match self.pages[index].requests.front() {
            Some(request) if request.is_done() => self.hear_of_storage(index),
            _ => self.use_storage(index, StorageFate::Done),
        }
    }

    /// The next request of a page has this fate.
    pub(super) fn use_storage(&mut self, index: usize, fate: StorageFate) {
        let page = &mut self.pages[index];
        let browser = &mut self.browsers[page.browser];
        let mut requests = page.requests.iter_mut();
        let Some(request) = requests.find(|request| !request.is_done()) else {
            return;
        };
        match request {
            StorageRequest::Read(purpose) => {
                let is_heard = fate == StorageFate::Done;
                let stored = is_heard.then(|| browser.storage.values().cloned().collect());
                *request = StorageRequest::WasRead(*purpose, stored);
            }
            StorageRequest::Write {
                writes,
                is_confirmed,
            } => {
                let writes = std::mem::take(writes);
                let is_heard = fate == StorageFate::Done;
                *request = StorageRequest::Written((!*is_confirmed).then_some(is_heard));
                self.write(index, &writes, fate == StorageFate::Failed);
            }
            StorageRequest::Written(_) | StorageRequest::WasRead(..) => {}
        }
    }

    /// The result of the oldest request reaches the page.
    fn hear_of_storage(&mut self, index: usize) {
        match self.pages[index].requests.pop_front() {
            Some(StorageRequest::Written(Some(is_stored))) => {
                self.pages[index].stores = is_stored;
                self.pass_in(index, |engine, _| engine.on_written(is_stored));
            }
            Some(StorageRequest::WasRead(purpose, stored)) => {
                self.pages[index].stores &= stored.is_some();
                self.pass_in(index, |engine, now| engine.on_read(purpose, stored, now));
                self.pages[index].stores |=
                    (self.pages[index].engine.connectivity()).is_storage_available;
                self.confirm_early(index);
            }
            _ => {}
        }
    }

    /// A planted mistake: a page that has read the storage hears that its writes are done, but they are lost.
    fn confirm_early(&mut self, index: usize) {
        let planted = self.planted;
        let requests = &mut self.pages[index].requests;
        let is_lost = |request: &StorageRequest| matches!(request, StorageRequest::Write { writes, .. } if planted.loses(writes));
        if let Some(lost) = requests.iter().position(is_lost) {
            requests.remove(lost);
            self.pass_in(index, |engine, _| engine.on_written(true));
        }
    }

    fn write(&mut self, index: usize, writes: &[StorageWrite], fails: bool) {
        let storage = &mut self.browsers[self.pages[index].browser].storage;
        for write in writes {
            if let StorageWrite::Put(entry) = write {
                self.may_be_sent.insert(entry.id);
            }
            match write {
                _ if fails => {}
                StorageWrite::Delete(key) => drop(storage.remove(key)),
                StorageWrite::Put(entry) if self.planted.forgets(entry.state) => {
                    storage.remove(&entry.key());
                }
                StorageWrite::Put(entry) => {
                    storage.insert(entry.key(), entry.clone());
                    if let Some(given) = self.by_name.get(&entry.id) {
                        self.given[*given].is_safe = true;
                    }
                }
            }
        }
    }

    /// The service worker updates the cached page, and tells all pages.
    pub(super) fn keep_page(&mut self, number: usize) {
        let browser = &mut self.browsers[number];
        if browser.features.has_worker {
            let cursor = self.server.cursor();
            browser.kept = (cursor, self.server.listing());
            for page in &mut self.pages {
                if page.browser == number {
                    page.inbox.push_back(ExternalEvent::PageCached(cursor));
                }
            }
        }
    }

    /// The ids of stored entries, pending or accepted, once all pages have written theirs.
    pub(super) fn left_in_storages(&self) -> HashSet<CommandId> {
        let mut left = HashSet::new();
        for (index, browser) in self.browsers.iter().enumerate() {
            let mut storage = browser.storage.clone();
            for page in self.pages.iter().filter(|page| page.browser == index) {
                let mut writes = Vec::new();
                for request in &page.requests {
                    if let StorageRequest::Write {
                        writes: requested, ..
                    } = request
                    {
                        writes.extend(requested.clone());
                    }
                }
                writes.extend(page.engine.replica.outbox.clone().take_writes());
                for write in writes {
                    if let StorageWrite::Delete(key) = write {
                        storage.remove(&key);
                    }
                }
            }
            let waits = |entry: &&StoredCommand| !matches!(entry.state, DeliveryState::Rejected(_));
            left.extend(storage.values().filter(waits).map(|entry| entry.id));
        }
        left
    }
}
