//! The invariants once everything works again and all pages are synchronized.

use std::collections::{HashMap, HashSet};

use todo_list::domain::{Admission, Command, CommandId, Event, Item, ItemId, List};
use todo_list::sync::{CallFailure, DeliveryState, ExternalEvent};

use super::step::Reception;
use super::world::{GivenCommand, World};

/// The maximum number of rounds until all pages are synchronized.
const ROUNDS: usize = 40;

impl World {
    /// Delivers everything in transit, and synchronizes all pages.
    pub(super) fn synchronize_all(&mut self) {
        self.server.heal();
        for sent in std::mem::take(&mut self.network) {
            self.run(&sent);
        }
        for browser in 0..self.browsers.len() {
            if !self.pages.iter().any(|page| page.browser == browser) {
                self.open(browser, false);
            }
        }
        // The person looks at each page. Without locks, only then it leads.
        for index in 0..self.pages.len() {
            self.hear(index, ExternalEvent::Resumed);
        }
        for _ in 0..ROUNDS {
            for index in 0..self.pages.len() {
                self.synchronize(index);
            }
            self.server.poll_all();
            if self.is_quiet() {
                return;
            }
        }
        panic!("they never come to rest");
    }

    /// Everything that is on its way to a page arrives.
    fn synchronize(&mut self, index: usize) {
        while !self.pages[index].inbox.is_empty() {
            self.hear_next(index);
        }
        self.receive(index, Reception::Head);
        for _ in 0..16 {
            self.answer(index);
            self.advance(index);
            for sent in std::mem::take(&mut self.network) {
                self.run(&sent);
            }
            let waits = self.pages[index].call.as_ref();
            if waits.is_some_and(|call| call.answer.is_none()) {
                self.fail(index, CallFailure::Unavailable);
            }
        }
        for _ in 0..self.pages[index].timers.len() {
            self.fire(index, 0);
        }
    }

    fn is_quiet(&self) -> bool {
        let head = self.server.cursor();
        let pages = self.pages.iter().all(|page| {
            let outbox = &page.engine.replica.outbox;
            page.requests.is_empty()
                && !outbox.has_new_writes()
                && outbox.pending().is_empty()
                && page.engine.replica.cursor() == head
        });
        let mut entries = self
            .browsers
            .iter()
            .flat_map(|browser| browser.storage.values());
        pages
            && entries.all(|entry| {
                matches!(
                    entry.state,
                    DeliveryState::Accepted(_) | DeliveryState::Rejected(_)
                )
            })
    }

    pub(super) fn check(&self) {
        self.server.check();
        let list = self.server.list();
        for page in &self.pages {
            assert_eq!(
                seen(page.engine.replica.view()),
                seen(&list),
                "page {}",
                page.number
            );
        }
        let counted = self.counted();
        for (given, times) in &counted {
            assert!(
                *times <= 1,
                "counts {times} times: {}",
                self.describe(*given)
            );
        }
        self.check_order();
        for (index, given) in self.given.iter().enumerate() {
            let is_decided = |id| list.admit(id) == Admission::Repeated;
            let is_decided = given.names.iter().copied().any(is_decided);
            let was_refused = given.was_refused && self.restores > 0;
            // While its page is open, a command is safe without the storage.
            let is_open = self.pages.iter().any(|page| page.number == given.page);
            let is_safe = (given.is_safe || is_open) && !given.is_lost;
            if is_safe && !was_refused {
                assert!(is_decided, "lost: {}", self.describe(index));
            }
            if !is_safe || given.is_dismissed {
                continue;
            }
            if let Some((item, _)) = given.command.text() {
                let is_kept = counted.contains_key(&index) || self.stores_refused(given, item);
                assert!(is_kept, "its text has gone: {}", self.describe(index));
            }
        }
        let names: HashSet<CommandId> = self.server.log.iter().map(|it| it.command).collect();
        assert_eq!(
            names.len() as u64,
            list.revision(),
            "each counts a revision"
        );
        let mut added: HashMap<ItemId, usize> = HashMap::new();
        for event in self.server.log.iter().flat_map(|change| &change.events) {
            if let Event::Added { item, .. } = event {
                let id = &item.id;
                *added.entry(*id).or_default() += 1;
            }
        }
        for (id, times) in added {
            assert_eq!(times, 1, "{id} was added");
            assert!(list.get(id).is_some(), "{id} has gone");
        }
    }

    /// How often each command counts in the current epoch.
    fn counted(&self) -> HashMap<usize, usize> {
        let mut counted = HashMap::new();
        for change in &self.server.log {
            if let Some(given) = self.by_name.get(&change.command) {
                *counted.entry(*given).or_default() += 1;
            }
        }
        counted
    }

    /// Asserts that the additions of one page are in the order in which they were given.
    fn check_order(&self) {
        let mut last: HashMap<usize, usize> = HashMap::new();
        for change in &self.server.log {
            let Some(index) = self.by_name.get(&change.command).copied() else {
                continue;
            };
            let given = &self.given[index];
            if matches!(given.command, Command::Add { .. } | Command::AddAll { .. }) {
                let before = last.insert(given.page, index);
                assert!(before < Some(index), "too late: {}", self.describe(index));
            }
        }
    }

    /// Whether the browser still stores a refused text for the item.
    fn stores_refused(&self, given: &GivenCommand, item: ItemId) -> bool {
        let mut entries = self.browsers[given.browser].storage.values();
        entries.any(|entry| {
            let is_refused = matches!(entry.state, DeliveryState::Rejected(_));
            is_refused && entry.command.text().is_some_and(|(id, _)| id == item)
        })
    }

    fn describe(&self, given: usize) -> String {
        let given = &self.given[given];
        format!(
            "{:?} of page {}: {:?}",
            given.names, given.page, given.command
        )
    }
}

/// The fields that a person sees. Times are left out, because the server's clock decides them.
fn seen(list: &List) -> Vec<(ItemId, String, bool, Option<i64>, bool)> {
    let see = |item: &Item| {
        let Item {
            id,
            title,
            completed_at,
            order,
            removed_at,
        } = item;
        let (is_completed, is_removed) = (completed_at.is_some(), removed_at.is_some());
        (*id, title.to_string(), is_completed, *order, is_removed)
    };
    list.items().map(see).collect()
}
