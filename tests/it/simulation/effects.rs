//! What the sync engines of the pages ask for, and what the pages of one browser tell each other.

use todo_list::domain::{CommandId, Timestamp};
use todo_list::sync::{Call, Effect, ExternalEvent, SyncEngine, TabMessage};

use super::page::{SentCall, StorageRequest, Stream};
use super::planted::Planted;
use super::world::World;

impl World {
    /// Passes an input to the engine of a page, and begins what the engine asks for.
    pub(super) fn pass_in(&mut self, index: usize, input: impl FnOnce(&mut SyncEngine, Timestamp)) {
        let now = self.now();
        let page = &mut self.pages[index];
        input(&mut page.engine, now);
        let changes = page.engine.take_changes();
        changes.update_undo_stack(&mut page.steps);
        for (old, new) in changes.renamed {
            if let Some(given) = self.by_name.get(&old).copied() {
                self.by_name.insert(new, given);
                self.given[given].names.push(new);
            }
        }
        for effect in self.pages[index].engine.take_effects() {
            self.begin(index, effect);
        }
    }

    /// The person has changed something on the page.
    pub(super) fn sync(&mut self, index: usize) {
        self.pass_in(index, |engine, _| engine.request_sync());
    }

    pub(super) fn hear(&mut self, index: usize, event: ExternalEvent) {
        let leads = &mut self.pages[index].leads;
        match event {
            ExternalEvent::LeadGained => *leads = true,
            ExternalEvent::LeadLost => *leads = false,
            _ => {}
        }
        self.pass_in(index, |engine, now| engine.on_event(event, now));
    }

    /// The next event of the browser or of another page reaches a page.
    pub(super) fn hear_next(&mut self, index: usize) {
        if let Some(event) = self.pages[index].inbox.pop_front() {
            self.hear(index, event);
        }
    }

    fn begin(&mut self, index: usize, effect: Effect) {
        let planted = self.planted;
        let page = &mut self.pages[index];
        match effect {
            Effect::Call(call) => self.send(index, call),
            Effect::Write(writes) => {
                let is_confirmed = planted == Planted::SendBeforeStored;
                let request = StorageRequest::Write {
                    writes,
                    is_confirmed,
                };
                page.requests.push_back(request);
                if is_confirmed {
                    self.pass_in(index, |engine, _| engine.on_written(true));
                }
            }
            Effect::Read(purpose) => page.requests.push_back(StorageRequest::Read(purpose)),
            Effect::SetTimer(timer, _) => page.timers.push(timer),
            Effect::Broadcast(message) => {
                let event = match message {
                    TabMessage::StorageChanged => ExternalEvent::StorageChanged,
                    TabMessage::CallsFail(state) => ExternalEvent::CallsFail(state),
                    TabMessage::CallsWork => ExternalEvent::CallsWork,
                    TabMessage::Rejected(id, rejection) => ExternalEvent::Rejected(id, rejection),
                    TabMessage::WhoLeads => ExternalEvent::LeaderAsked,
                    TabMessage::Leads => ExternalEvent::LeaderHeard,
                    TabMessage::ListAt(cursor) => ExternalEvent::Heartbeat(cursor),
                };
                self.tell_others(index, &event);
            }
            Effect::OpenStream(cursor) => {
                let is_closed = false;
                page.stream = Some(Stream { cursor, is_closed });
            }
            Effect::CloseStream => page.stream = None,
            Effect::RequestLead | Effect::TakeLead => self.request_lead(index),
            // The service worker does it at any time.
            Effect::CachePage if self.browsers[page.browser].features.has_worker => {}
            Effect::CachePage => self.pass_in(index, |engine, _| engine.on_page_cache_missing()),
            Effect::CheckLoginSession | Effect::RequestPersistentStorage => {}
        }
    }

    fn send(&mut self, index: usize, call: Call) {
        for seq in (call.first.seq..).take(call.commands.len()) {
            let id = CommandId { seq, ..call.first };
            assert!(
                self.may_be_sent.contains(&id),
                "{id:?} is sent and not stored"
            );
        }
        let number = self.next_number();
        let sent = SentCall {
            number,
            call,
            answer: None,
        };
        let page = &mut self.pages[index];
        let may_send = page.leads || !page.stores || sent.call.commands.is_empty();
        assert!(may_send, "another page leads");
        assert!(page.call.is_none(), "calls go out one after the other");
        page.call = Some(sent.clone());
        self.network.push(sent);
    }

    /// A page tells the other pages of its browser.
    pub(super) fn tell_others(&mut self, index: usize, event: &ExternalEvent) {
        let Page { number, browser } = self.identify(index);
        for page in &mut self.pages {
            if page.browser == browser && page.number != number {
                page.inbox.push_back(event.clone());
            }
        }
    }

    /// A page takes the lead from the page that has it. Without locks, both lead.
    fn request_lead(&mut self, index: usize) {
        let Page { number, browser } = self.identify(index);
        let browser = &mut self.browsers[browser];
        if browser.leaders.contains(&number) {
            return;
        }
        browser.waiting.retain(|waiting| *waiting != number);
        let before = match browser.features.has_locks {
            true => browser.leaders.pop(),
            false => None,
        };
        browser.leaders.push(number);
        browser.waiting.extend(before);
        for page in &mut self.pages {
            if Some(page.number) == before {
                page.inbox.push_back(ExternalEvent::LeadLost);
            }
        }
        self.pages[index].inbox.push_back(ExternalEvent::LeadGained);
    }

    /// A page is closed, or without locks hidden, and no longer leads. The page that has waited longest leads next.
    pub(super) fn release_lead(&mut self, number: usize, browser: usize) {
        let browser = &mut self.browsers[browser];
        browser.waiting.retain(|waiting| *waiting != number);
        if !browser.leaders.contains(&number) {
            return;
        }
        browser.leaders.retain(|leader| *leader != number);
        if browser.features.has_locks && !browser.waiting.is_empty() {
            let next = browser.waiting.remove(0);
            browser.leaders.push(next);
            let mut pages = self.pages.iter_mut();
            let page = pages.find(|page| page.number == next).unwrap();
            page.inbox.push_back(ExternalEvent::LeadGained);
        }
    }

    /// Without locks, a hidden page does not lead.
    pub(super) fn hide(&mut self, index: usize) {
        let Page { number, browser } = self.identify(index);
        if !self.browsers[browser].features.has_locks {
            self.release_lead(number, browser);
            self.hear(index, ExternalEvent::LeadLost);
        }
    }

    /// The browser has frozen the page for a while. It has missed what other pages have said.
    pub(super) fn freeze(&mut self, index: usize) {
        let concerns_lead = |event: &ExternalEvent| {
            matches!(event, ExternalEvent::LeadGained | ExternalEvent::LeadLost)
        };
        let inbox = &mut self.pages[index].inbox;
        inbox.retain(concerns_lead);
        inbox.push_back(ExternalEvent::Resumed);
    }

    fn identify(&self, index: usize) -> Page {
        let page = &self.pages[index];
        Page {
            number: page.number,
            browser: page.browser,
        }
    }
}

/// Which page it is.
struct Page {
    number: usize,
    browser: usize,
}
