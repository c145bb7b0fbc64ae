//! Calls in transit, answers in transit, and the event stream.

use todo_list::domain::CommandId;
use todo_list::server::store::StoreError;
use todo_list::sync::Outcome;

use super::page::{Call, End};
use super::step::Reception;
use super::world::World;

impl World {
    /// A page calls the server, if it has something to send.
    pub(super) fn call(&mut self, index: usize) {
        let number = self.next_number();
        let leads = self.leads(index);
        let page = &mut self.pages[index];
        if !page.next_call(number, leads, self.planted) {
            return;
        }
        let call = page.call.clone().unwrap();
        for seq in (call.first.seq..).take(call.commands.len()) {
            let id = CommandId { seq, ..call.first };
            assert!(
                self.may_be_sent.contains(&id),
                "{id:?} is sent and not stored"
            );
        }
        self.network.push(call);
    }

    pub(super) fn take_call(&mut self, index: u8) -> Option<Call> {
        let length = self.network.len();
        (length > 0).then(|| self.network.remove(index as usize % length))
    }

    pub(super) fn deliver(&mut self, index: u8, again: bool) {
        if let Some(call) = self.take_call(index) {
            self.run(&call);
            if again {
                self.network.push(call);
            }
        }
    }

    /// The server runs the call, and answers a page that still waits.
    pub(super) fn run(&mut self, call: &Call) {
        let commands = call.commands.clone();
        let answer = self.server.exchange(call.since, call.first, commands);
        let mut calls = self.pages.iter_mut().filter_map(|page| page.call.as_mut());
        if let Some(waits) = calls.find(|waits| waits.number == call.number) {
            waits.answer = Some(answer);
        }
    }

    /// The server crashes after it has committed some of the commands, and does not answer.
    pub(super) fn deliver_some(&mut self, index: u8, count: u8) {
        if let Some(call) = self.take_call(index) {
            let mut commands = call.commands;
            commands.truncate(count as usize);
            let _ = self.server.exchange(call.since, call.first, commands);
        }
        self.server.restart();
    }

    /// A page receives the answer.
    pub(super) fn answer(&mut self, index: usize) {
        let now = self.now();
        let page = &mut self.pages[index];
        let Some(mut call) = page.call.take_if(|call| call.answer.is_some()) else {
            return;
        };
        match call.answer.take() {
            Some(Ok(exchanged)) => {
                let (first, outcomes) = (call.first, exchanged.outcomes.clone());
                page.on_response(first, exchanged, now);
                let names = (first.seq..).map(|seq| CommandId { seq, ..first });
                for (id, outcome) in names.zip(outcomes) {
                    if let Some(given) = self.by_name.get(&id) {
                        self.given[*given].is_safe = true;
                        self.given[*given].was_refused |= matches!(outcome, Outcome::Rejected(_));
                    }
                }
            }
            answer => self.on_call_failed(index, &call, answer.and_then(Result::err)),
        }
    }

    /// The call of a page times out.
    pub(super) fn give_up(&mut self, index: usize) {
        if let Some(call) = self.pages[index].call.take() {
            self.on_call_failed(index, &call, None);
        }
    }

    fn leads(&self, index: usize) -> bool {
        let page = &self.pages[index];
        let browser = &self.browsers[page.browser];
        !browser.has_locks || browser.leader == Some(page.number)
    }

    fn on_call_failed(&mut self, index: usize, call: &Call, error: Option<StoreError>) {
        let (now, leads) = (self.now(), self.leads(index));
        let end = self.pages[index].on_call_failed(call, leads, error, self.planted, now);
        let End::Renamed(renamed) = end else { return };
        for (old, new) in renamed {
            if let Some(given) = self.by_name.get(&old).copied() {
                self.by_name.insert(new, given);
                self.given[given].names.push(new);
            }
        }
    }

    /// A page receives the next event of the stream.
    pub(super) fn receive(&mut self, index: usize, reception: Reception) {
        let (now, head) = (self.now(), self.server.cursor());
        let page = &mut self.pages[index];
        if reception == Reception::Head {
            return page.on_head(head);
        }
        if page.stream.epoch != head.epoch {
            // The stream must restart.
            page.stream = head;
            return page.replica.mark_behind();
        }
        let next = page.stream.revision as usize;
        let change = match reception {
            Reception::Again => next.checked_sub(1).map(|last| &self.server.log[last]),
            Reception::Skip => self.server.log.get(next + 1),
            _ => self.server.log.get(next),
        };
        if let Some(change) = change.cloned() {
            page.stream.revision = page.stream.revision.max(change.revision);
            page.follow(change, now);
        }
    }
}
