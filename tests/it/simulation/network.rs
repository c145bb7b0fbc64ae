//! Calls in transit, answers in transit, timers, and the event stream.

use todo_list::domain::CommandId;
use todo_list::server::store::StoreError;
use todo_list::sync::{
    CallFailure, ExchangeResponse, ExternalEvent, ListUpdate, Outcome, ReadPurpose,
};

use super::page::{SentCall, StorageRequest};
use super::planted::Planted;
use super::step::Reception;
use super::world::World;

impl World {
    pub(super) fn take_call(&mut self, index: u8) -> Option<SentCall> {
        let length = self.network.len();
        (length > 0).then(|| self.network.remove(index as usize % length))
    }

    pub(super) fn deliver(&mut self, index: u8, again: bool) {
        if let Some(sent) = self.take_call(index) {
            self.run(&sent);
            if again {
                self.network.push(sent);
            }
        }
    }

    /// The server runs the call, and answers a page that still waits.
    pub(super) fn run(&mut self, sent: &SentCall) {
        let call = sent.call.clone();
        let answer = self.server.exchange(call.since, call.first, call.commands);
        let mut calls = self.pages.iter_mut().filter_map(|page| page.call.as_mut());
        if let Some(waits) = calls.find(|waits| waits.number == sent.number) {
            waits.answer = Some(answer);
        }
    }

    /// The server crashes after it has committed some of the commands, and does not answer.
    pub(super) fn deliver_some(&mut self, index: u8, count: u8) {
        if let Some(SentCall { mut call, .. }) = self.take_call(index) {
            call.commands.truncate(count as usize);
            let _ = self.server.exchange(call.since, call.first, call.commands);
        }
        self.server.restart();
    }

    /// A page receives the answer.
    pub(super) fn answer(&mut self, index: usize) {
        let page = &mut self.pages[index];
        let Some(sent) = page.call.take_if(|call| call.answer.is_some()) else {
            return;
        };
        let first = sent.call.first;
        match sent.answer {
            Some(Ok(response)) => {
                let names = (first.seq..).map(|seq| CommandId { seq, ..first });
                for (id, outcome) in names.zip(&response.outcomes) {
                    if let Some(given) = self.by_name.get(&id) {
                        self.given[*given].is_safe = true;
                        self.given[*given].was_refused |= matches!(outcome, Outcome::Rejected(_));
                    }
                }
                self.pass_in(index, |engine, now| engine.on_response(response, now));
            }
            Some(Err(StoreError::OutOfOrder { .. } | StoreError::NumberTaken)) => {
                self.fail_call(index, self.planted.on_mismatch());
                if self.planted == Planted::RenameAtOnce {
                    self.rename_at_once(index);
                }
            }
            _ => self.fail_call(index, CallFailure::Unavailable),
        }
    }

    /// The call of a page fails. It may still be in transit.
    pub(super) fn fail(&mut self, index: usize, failure: CallFailure) {
        if let Some(sent) = self.pages[index].call.take() {
            let failure = self.planted.on_failure(failure, &sent.call);
            self.fail_call(index, failure);
        }
    }

    fn fail_call(&mut self, index: usize, failure: CallFailure) {
        self.pass_in(index, |engine, now| {
            engine.on_call_failed(failure, now, 0.5);
        });
    }

    /// The page hears that there are no news, and that the number still does not fit.
    fn rename_at_once(&mut self, index: usize) {
        let page = &mut self.pages[index];
        let resync = StorageRequest::Read(ReadPurpose::Resync);
        let Some(request) = page.requests.iter().position(|other| *other == resync) else {
            return;
        };
        page.requests.remove(request);
        let storage = &self.browsers[page.browser].storage;
        let stored = storage.values().cloned().collect();
        self.pass_in(index, |engine, now| {
            engine.on_read(ReadPurpose::Resync, Some(stored), now);
        });
        for _ in 0..2 {
            let Some(sent) = self.pages[index].call.take() else {
                return;
            };
            self.network.retain(|other| other.number != sent.number);
            if !sent.call.commands.is_empty() {
                return self.fail_call(index, CallFailure::NumberMismatch);
            }
            let response = ExchangeResponse {
                cursor: sent.call.since,
                outcomes: Vec::new(),
                update: ListUpdate::Changes(Vec::new()),
            };
            self.pass_in(index, |engine, now| engine.on_response(response, now));
        }
    }

    /// The time for which a timer of a page was set has passed, and the timer fires.
    pub(super) fn fire(&mut self, index: usize, timer: u8) {
        self.pass_time();
        let page = &mut self.pages[index];
        if page.timers.is_empty() {
            return;
        }
        let timer = page.timers.remove(timer as usize % page.timers.len());
        let is_closed = page.stream.is_some_and(|stream| stream.is_closed);
        self.pass_in(index, |engine, now| engine.on_timer(timer, is_closed, now));
    }

    /// A page loses its stream, for good or until the browser opens it again.
    pub(super) fn lose_stream(&mut self, index: usize, is_closed: bool) {
        if let Some(stream) = &mut self.pages[index].stream {
            stream.is_closed |= is_closed;
            self.pass_on(index, ExternalEvent::ConnectionLost);
        }
    }

    /// A page with an open stream receives the next event.
    pub(super) fn receive(&mut self, index: usize, reception: Reception) {
        let head = self.server.cursor();
        let stream = self.pages[index].stream.as_mut();
        let Some(stream) = stream.filter(|stream| !stream.is_closed) else {
            return;
        };
        if reception == Reception::Head {
            return self.pass_on(index, ExternalEvent::Heartbeat(head));
        }
        if stream.cursor.epoch != head.epoch {
            stream.cursor = head;
            return self.pass_on(index, ExternalEvent::StreamReset);
        }
        let next = stream.cursor.revision as usize;
        let log = &self.server.log;
        let changes = match reception {
            Reception::Again => log.get(next.saturating_sub(1)..next),
            Reception::Skip => log.get(next + 1..next + 2),
            Reception::All => log.get(next..),
            Reception::Next | Reception::Head => log.get(next..next + 1),
        };
        let changes = changes.unwrap_or_default().to_vec();
        if let Some(last) = changes.last() {
            stream.cursor.revision = stream.cursor.revision.max(last.revision);
            let epoch = stream.cursor.epoch;
            self.pass_on(index, ExternalEvent::ListChanged(epoch, changes));
        }
    }

    /// The page passes an event of the stream on to the other pages of its browser.
    fn pass_on(&mut self, index: usize, event: ExternalEvent) {
        self.tell_others(index, &event);
        self.hear(index, event);
    }
}
