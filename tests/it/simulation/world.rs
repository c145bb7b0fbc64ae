//! Browsers with one storage each, their pages, a network, and a server: what can happen to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use todo_list::domain::{Command, CommandId, Cursor, Listing, Timestamp};
use todo_list::sync::{DeliveryState, StorageWrite, StoredCommand, StoredCommandKey};

use super::page::{Call, Page, Storing};
use super::planted::Planted;
use super::server::Server;
use super::step::Step;

/// No page has this number or a later one: such senders were renamed.
pub(super) const FIRST_NEW_NAME: usize = 1_000_000;

/// The state that the pages of one browser share.
pub(super) struct Browser {
    pub(super) storage: BTreeMap<StoredCommandKey, StoredCommand>,
    /// The cached page that opens without a network.
    pub(super) kept: (Cursor, Listing),
    /// The page that sends for all, with locks. Without locks each page sends.
    pub(super) has_locks: bool,
    pub(super) leader: Option<usize>,
}

/// A command as the person gave it, under all its ids.
pub(super) struct GivenCommand {
    pub(super) page: usize,
    pub(super) browser: usize,
    pub(super) command: Command,
    pub(super) names: Vec<CommandId>,
    /// Whether it is stored, or the page knows that the server has it.
    pub(super) is_safe: bool,
    /// Whether the page knows that the server refused it.
    pub(super) was_refused: bool,
    /// Whether the person dismissed its refusal.
    pub(super) is_dismissed: bool,
    /// Whether a restore removed it from the server after it had left the storage.
    pub(super) is_lost: bool,
}

pub(super) struct World {
    pub(super) planted: Planted,
    pub(super) server: Server,
    pub(super) browsers: Vec<Browser>,
    pub(super) pages: Vec<Page>,
    /// The calls in transit, the oldest first.
    pub(super) network: Vec<Call>,
    pub(super) given: Vec<GivenCommand>,
    pub(super) by_name: HashMap<CommandId, usize>,
    /// All ids under which commands were stored, or could not be.
    pub(super) may_be_sent: HashSet<CommandId>,
    pub(super) restores: usize,
    now: u64,
    made: usize,
}

impl World {
    /// Browsers with one open page each.
    pub(super) fn new(server: Server, locks: &[bool], planted: Planted) -> Self {
        let kept = (server.cursor(), server.listing());
        let browser = |has_locks: &bool| Browser {
            storage: BTreeMap::new(),
            kept: kept.clone(),
            has_locks: *has_locks,
            leader: None,
        };
        let mut world = Self {
            planted,
            browsers: locks.iter().map(browser).collect(),
            server,
            pages: Vec::new(),
            network: Vec::new(),
            given: Vec::new(),
            by_name: HashMap::new(),
            may_be_sent: HashSet::new(),
            restores: 0,
            now: 1_000,
            made: 0,
        };
        for browser in 0..locks.len() {
            world.open(browser, false);
        }
        world
    }

    /// Returns a unique number.
    pub(super) fn next_number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(self.now)
    }

    pub(super) fn perform(&mut self, step: &Step) {
        self.now += 1;
        let page = |index: u8| (!self.pages.is_empty()).then(|| index as usize % self.pages.len());
        match *step {
            Step::Act(index, action) => drop(page(index).map(|page| self.act(page, action))),
            Step::Advance(index) => drop(page(index).map(|page| self.advance(page))),
            Step::FailToStore(index) => drop(page(index).map(|page| self.fail_to_store(page))),
            Step::Load(index) => drop(page(index).map(|page| self.load(page))),
            Step::Answer(index) => drop(page(index).map(|page| self.answer(page))),
            Step::GiveUp(index) => drop(page(index).map(|page| self.give_up(page))),
            Step::Receive(index, how) => drop(page(index).map(|page| self.receive(page, how))),
            Step::Lead(index) => drop(page(index).map(|page| self.lead(page))),
            Step::Close(index) => drop(page(index).map(|page| self.close(page))),
            Step::Deliver { index, again } => self.deliver(index, again),
            Step::DeliverSome { index, count } => self.deliver_some(index, count),
            Step::Lose(index) => drop(self.take_call(index)),
            Step::Open { browser, kept } => {
                let browser = browser as usize % self.browsers.len();
                let pages = self.pages.iter().filter(|page| page.browser == browser);
                if pages.count() < 2 {
                    self.open(browser, kept);
                }
            }
            Step::KeepPage(index) => {
                let browser = index as usize % self.browsers.len();
                self.keep_page(browser);
            }
            Step::Restart => self.server.restart(),
            Step::BackUp => self.server.back_up(),
            Step::Restore => self.restore(),
            Step::Server(step) => self.server.perform(step),
        }
    }

    pub(super) fn open(&mut self, browser: usize, kept: bool) {
        let number = self.next_number();
        let (cursor, listing) = match kept {
            true => self.browsers[browser].kept.clone(),
            false => (self.server.cursor(), self.server.listing()),
        };
        self.pages
            .push(Page::open(number, browser, (cursor.epoch, listing), cursor));
    }

    fn close(&mut self, index: usize) {
        let page = self.pages.remove(index);
        let browser = &mut self.browsers[page.browser];
        if browser.leader == Some(page.number) {
            let next = self
                .pages
                .iter()
                .find(|other| other.browser == page.browser);
            browser.leader = next.filter(|page| page.has_loaded).map(|page| page.number);
        }
    }

    fn lead(&mut self, index: usize) {
        let page = &self.pages[index];
        if page.has_loaded {
            self.browsers[page.browser].leader = Some(page.number);
        }
    }

    /// The next step that a page takes by itself: storing or calling.
    pub(super) fn advance(&mut self, index: usize) {
        let page = &mut self.pages[index];
        match page.storing.take() {
            Some((writes, Storing::Asked)) => {
                self.store(index, &writes);
                self.pages[index].storing = Some((writes, Storing::Done));
            }
            Some((writes, end)) => {
                // Reads complete in order.
                self.finish_loading(index);
                let outbox = &mut self.pages[index].replica.outbox;
                match end {
                    Storing::Failed => outbox.on_store_failed(&writes),
                    _ => outbox.on_stored(&writes),
                }
            }
            None if page.call.is_some() || !page.has_loaded => {}
            None if page.must_load => {
                page.must_load = page.loading.is_none();
                self.load(index);
            }
            None => {
                if self.planted.calls_first(&page.replica.outbox) {
                    return self.call(index);
                }
                let writes = page.replica.outbox.take_writes();
                if writes.is_empty() {
                    self.call(index);
                } else {
                    page.storing = Some((writes, Storing::Asked));
                }
            }
        }
    }

    /// The storage is full or disabled.
    fn fail_to_store(&mut self, index: usize) {
        if let Some((writes, storing @ Storing::Asked)) = &mut self.pages[index].storing {
            *storing = Storing::Failed;
            for write in writes {
                if let StorageWrite::Put(entry) = write {
                    self.may_be_sent.insert(entry.id);
                }
            }
        }
    }

    fn store(&mut self, index: usize, writes: &[StorageWrite]) {
        let storage = &mut self.browsers[self.pages[index].browser].storage;
        for write in writes {
            match write {
                StorageWrite::Delete(key) => drop(storage.remove(key)),
                StorageWrite::Put(entry) if self.planted.forgets(entry.state) => {
                    storage.remove(&entry.key());
                }
                StorageWrite::Put(entry) => {
                    storage.insert(entry.key(), entry.clone());
                    self.may_be_sent.insert(entry.id);
                    if let Some(given) = self.by_name.get(&entry.id) {
                        self.given[*given].is_safe = true;
                    }
                }
            }
        }
    }

    /// A page starts to read the storage, or receives the result.
    pub(super) fn load(&mut self, index: usize) {
        let page = &mut self.pages[index];
        if page.loading.is_none() {
            let storage = &self.browsers[page.browser].storage;
            page.loading = Some(storage.values().cloned().collect());
        } else {
            self.finish_loading(index);
        }
    }

    pub(super) fn finish_loading(&mut self, index: usize) {
        let now = self.now();
        let page = &mut self.pages[index];
        if let Some(stored) = page.loading.take() {
            page.replica.load(stored, now);
            if !page.has_loaded {
                page.has_loaded = true;
                self.lead(index);
            }
        }
    }

    /// A page updates the cached page, and the other pages are told.
    fn keep_page(&mut self, browser: usize) {
        let cursor = self.server.cursor();
        self.browsers[browser].kept = (cursor, self.server.listing());
        for page in self.pages.iter_mut().filter(|page| page.browser == browser) {
            page.replica.outbox.on_page_cached(cursor);
        }
    }

    /// The server is restored from its backup. All connections end.
    fn restore(&mut self) {
        let before = self.server.log.clone();
        let Some(revision) = self.server.restore() else {
            return;
        };
        self.restores += 1;
        self.network.clear();
        let left = self.left_in_storages();
        for change in &before[usize::try_from(revision).unwrap()..] {
            if let Some(given) = self.by_name.get(&change.command) {
                let given = &mut self.given[*given];
                given.is_lost |= !given.names.iter().any(|name| left.contains(name));
            }
        }
    }

    /// The ids of stored entries, waiting or done, once all pages have written theirs.
    fn left_in_storages(&self) -> HashSet<CommandId> {
        let mut left = HashSet::new();
        for (index, browser) in self.browsers.iter().enumerate() {
            let mut storage = browser.storage.clone();
            for page in self.pages.iter().filter(|page| page.browser == index) {
                let storing = page.storing.iter().flat_map(|(writes, _)| writes.clone());
                let writes = storing.chain(page.replica.outbox.clone().take_writes());
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
