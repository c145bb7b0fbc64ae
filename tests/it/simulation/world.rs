//! Browsers with one storage each, their pages, a network, and a server: what can happen to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use todo_list::domain::{Admission, Command, CommandId, Cursor, Listing, Timestamp};
use todo_list::sync::{ExternalEvent, StoredCommand, StoredCommandKey};

use super::page::{Page, SentCall};
use super::planted::Planted;
use super::server::Server;
use super::step::Step;

/// No page has this number or a later one: such senders were renamed.
pub(super) const FIRST_NEW_NAME: usize = 1_000_000;

/// What a browser has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// With locks, one page leads at a time. Without, each page leads while it is visible.
    pub(super) has_locks: bool,
    /// Whether a service worker caches the page.
    pub(super) has_worker: bool,
}

/// The state that the pages of one browser share.
pub(super) struct Browser {
    pub(super) storage: BTreeMap<StoredCommandKey, StoredCommand>,
    /// The cached page that opens without a network.
    pub(super) kept: (Cursor, Listing),
    pub(super) features: Features,
    /// The pages that lead.
    pub(super) leaders: Vec<usize>,
    /// The pages that wait for the lead, in order.
    pub(super) waiting: Vec<usize>,
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
    pub(super) network: Vec<SentCall>,
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
    pub(super) fn new(server: Server, browsers: &[Features], planted: Planted) -> Self {
        let kept = (server.cursor(), server.listing());
        let browser = |features: &Features| Browser {
            storage: BTreeMap::new(),
            kept: kept.clone(),
            features: *features,
            leaders: Vec::new(),
            waiting: Vec::new(),
        };
        let mut world = Self {
            planted,
            browsers: browsers.iter().map(browser).collect(),
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
        for browser in 0..browsers.len() {
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

    /// More time passes than a stream may be silent.
    pub(super) fn pass_time(&mut self) {
        self.now += 10_000;
    }

    pub(super) fn perform(&mut self, step: &Step) {
        self.now += 1;
        match *step {
            Step::Act(index, action) => self.on_page(index, |it, page| it.act(page, action)),
            Step::Advance(index) => self.on_page(index, Self::advance),
            Step::UseStorage { index, fate } => {
                self.on_page(index, |it, page| it.use_storage(page, fate));
            }
            Step::Load(index) => {
                self.on_page(index, |it, page| {
                    it.hear(page, ExternalEvent::StorageChanged)
                });
            }
            Step::Answer(index) => self.on_page(index, Self::answer),
            Step::Fail(index, failure) => self.on_page(index, |it, page| it.fail(page, failure)),
            Step::Fire { index, timer } => self.on_page(index, |it, page| it.fire(page, timer)),
            Step::Hear(index) => self.on_page(index, Self::hear_next),
            Step::Receive(index, how) => self.on_page(index, |it, page| it.receive(page, how)),
            Step::LoseStream { index, is_closed } => {
                self.on_page(index, |it, page| it.lose_stream(page, is_closed));
            }
            Step::Resume(index) => {
                self.on_page(index, |it, page| it.hear(page, ExternalEvent::Resumed));
            }
            Step::Hide(index) => self.on_page(index, Self::hide),
            Step::Freeze(index) => self.on_page(index, Self::freeze),
            Step::Close(index) => self.on_page(index, Self::close),
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

    fn on_page(&mut self, index: u8, act: impl FnOnce(&mut Self, usize)) {
        if !self.pages.is_empty() {
            act(self, index as usize % self.pages.len());
        }
    }

    pub(super) fn open(&mut self, browser: usize, kept: bool) {
        let number = self.next_number();
        let (cursor, listing) = match kept && self.browsers[browser].features.has_worker {
            true => self.browsers[browser].kept.clone(),
            false => (self.server.cursor(), self.server.listing()),
        };
        let page = Page::new(number, browser, cursor.epoch, listing);
        self.pages.push(page);
        self.hear(self.pages.len() - 1, ExternalEvent::Opened);
    }

    fn close(&mut self, index: usize) {
        let page = self.pages.remove(index);
        self.release_lead(page.number, page.browser);
    }

    /// The server is restored from its backup. All connections end.
    fn restore(&mut self) {
        let (before, list) = (self.server.log.clone(), self.server.list());
        let epoch = self.server.cursor().epoch;
        let Some(revision) = self.server.restore() else {
            return;
        };
        self.restores += 1;
        self.network.clear();
        let left = self.left_in_storages();
        for change in &before[usize::try_from(revision).unwrap()..] {
            if let Some(given) = self.by_name.get(&change.command) {
                let given = &mut self.given[*given];
                // What the cached page has leaves the storage, now or when the pages hear of it.
                let (kept, _) = self.browsers[given.browser].kept;
                let is_kept = kept.epoch == epoch && change.revision <= kept.revision;
                given.is_lost |= is_kept || !given.names.iter().any(|name| left.contains(name));
            }
        }
        // What has changed nothing has no change in the log, and leaves the storage like all others.
        let changed: HashSet<_> = before.iter().map(|change| change.command).collect();
        let restored = self.server.list();
        for given in &mut self.given {
            let was_unchanged = |name: &CommandId| {
                list.admit(*name) == Admission::Repeated && !changed.contains(name)
            };
            let is_gone = |name: &CommandId| restored.admit(*name) != Admission::Repeated;
            let mut names = given.names.iter();
            given.is_lost |= names.any(|name| was_unchanged(name) && is_gone(name));
        }
    }
}
