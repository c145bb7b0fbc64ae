//! The calls: which one is next, and what its result means.

use super::{
    Call, CallFailure, Effect, ExchangeResponse, ReadPurpose, RejectedCommand, SyncEngine,
    TabMessage, Timer,
};
use crate::domain::{ClientId, Command, CommandId, Rejection, Timestamp};
use crate::sync::retry::{CallPause, backoff_ms, pause_ms};
use crate::sync::sender_renaming::NumberMismatch;
use crate::sync::{ConnectionState, DirtySet, Outcome};

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallProgress {
    /// There is none.
    Idle,
    /// The server has not answered the call whose first command has this id.
    Sent(CommandId),
    /// The page reads the storage before it calls again.
    Resyncing,
}

impl SyncEngine {
    /// Calls the server if there is something to send or to ask for.
    pub(super) fn start_call(&mut self) {
        if self.call != CallProgress::Idle || self.pause == CallPause::AllCalls {
            return;
        }
        if let Some(call) = self.next_call() {
            self.call = CallProgress::Sent(call.first);
            self.effects.push(Effect::Call(call));
        }
    }

    /// The next call; `None` if there is nothing to send and nothing to ask for.
    fn next_call(&mut self) -> Option<Call> {
        let replica = &mut self.replica;
        // No other page can send commands that are not stored.
        let sends = (self.is_leading || !self.connectivity.is_storage_available)
            && self.pause == CallPause::None
            && self.renaming.allows_sending(replica.is_behind());
        let batch = sends.then(|| replica.outbox.next_batch()).flatten();
        if batch.is_none() && !replica.is_behind() {
            return None;
        }
        replica.begin_catch_up();
        let no_command = CommandId {
            client: ClientId::default(),
            seq: 0,
        };
        let (first, commands) = batch.unwrap_or((no_command, Vec::new()));
        Some(Call {
            list: replica.outbox.list(),
            since: replica.cursor(),
            first,
            commands,
        })
    }

    /// The server has answered the call.
    pub fn on_response(&mut self, response: ExchangeResponse, now: Timestamp) {
        let CallProgress::Sent(first) = self.call else {
            return;
        };
        self.call = CallProgress::Idle;
        let ExchangeResponse {
            cursor,
            outcomes,
            update,
        } = response;
        if self.is_leading && self.failures > 0 {
            self.effects.push(Effect::Broadcast(TabMessage::CallsWork));
        }
        self.failures = 0;
        if !outcomes.is_empty() {
            self.renaming.on_decided();
        }
        // An update without outcomes does not show that the server takes commands of this page again.
        if self.connectivity.connection != ConnectionState::Throttled || !outcomes.is_empty() {
            self.connectivity.observe(ConnectionState::Online);
        }
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let mut accepted = Vec::new();
        for (id, outcome) in ids.zip(outcomes) {
            match outcome {
                Outcome::Accepted => accepted.push(id),
                Outcome::Unchanged => {
                    self.changes.without_effect.push(id);
                    let dirty = self.replica.settle_unchanged(id, cursor, now);
                    self.changes.dirty.extend(dirty);
                }
                Outcome::Rejected(rejection) => {
                    let command = self.reject(id, rejection, now);
                    // The page that has given it hears of it here: the storage keeps only texts.
                    if command.is_some_and(|command| command.text().is_none()) {
                        let message = TabMessage::Rejected(id, rejection);
                        self.effects.push(Effect::Broadcast(message));
                    }
                }
            }
        }
        self.apply_update(cursor, update, now);
        if self.is_leading && self.is_polling {
            let message = TabMessage::ListAt(cursor);
            self.effects.push(Effect::Broadcast(message));
        }
        let dirty = self.replica.accept(accepted, cursor, now);
        self.changes.dirty.extend(dirty);
        self.refresh();
        self.schedule_page_cache();
        self.request_sync();
    }

    /// The server has rejected a command. Returns it if it was pending.
    pub(super) fn reject(
        &mut self,
        id: CommandId,
        rejection: Rejection,
        now: Timestamp,
    ) -> Option<Command> {
        let command = self.replica.reject(id, rejection, now)?;
        self.changes.rejected.push(RejectedCommand {
            id,
            command: command.clone(),
            rejection,
        });
        self.changes.dirty.push(DirtySet::All);
        Some(command)
    }

    /// The call has failed. `random` is from 0 to 1.
    pub fn on_call_failed(&mut self, failure: CallFailure, now: Timestamp, random: f64) {
        let CallProgress::Sent(first) = self.call else {
            return;
        };
        self.call = CallProgress::Idle;
        self.wants_write = true;
        self.replica.mark_behind();
        let connection = match failure {
            CallFailure::Busy { seconds } => {
                self.connectivity
                    .observe_throttling(ConnectionState::Online);
                self.pause(CallPause::AllCalls, pause_ms(seconds, random));
                None
            }
            CallFailure::TooManySenders { seconds } => {
                self.connectivity
                    .observe_throttling(ConnectionState::Throttled);
                self.pause(CallPause::Commands, pause_ms(seconds, random));
                // Calls that ask for changes still go out.
                self.wants_call = true;
                None
            }
            CallFailure::NumberMismatch => {
                self.note_failure();
                self.on_number_mismatch(first.client, now)
            }
            CallFailure::SignedOut => {
                self.note_failure();
                self.effects.push(Effect::CheckLoginSession);
                if self.connectivity.connection != ConnectionState::SignedOut {
                    // The server has no page to cache any more, so the service worker drops the cached one.
                    self.effects.push(Effect::CachePage);
                }
                Some(ConnectionState::SignedOut)
            }
            CallFailure::Outdated => {
                self.note_failure();
                Some(ConnectionState::Outdated)
            }
            CallFailure::Unavailable => {
                self.note_failure();
                Some(ConnectionState::Offline)
            }
        };
        if let Some(connection) = connection {
            self.connectivity.observe(connection);
            if self.is_leading {
                let message = TabMessage::CallsFail(self.connectivity.connection);
                self.effects.push(Effect::Broadcast(message));
            }
            let failures = self.failures;
            let delay_ms = backoff_ms(failures, random);
            self.effects
                .push(Effect::SetTimer(Timer::Retry { failures }, delay_ms));
            self.is_backing_off = true;
        }
        self.refresh();
    }

    /// Counts the first failure. Only repeated calls count further ones.
    fn note_failure(&mut self) {
        if self.failures == 0 && self.first_pending().is_some() {
            self.effects.push(Effect::RequestPersistentStorage);
        }
        self.failures = self.failures.max(1);
    }

    /// The number of the first command does not fit. Returns the state of the connection if the page waits as after any
    /// other failure.
    fn on_number_mismatch(&mut self, sender: ClientId, now: Timestamp) -> Option<ConnectionState> {
        match self.renaming.on_mismatch(sender, self.is_leading) {
            NumberMismatch::Resync => {}
            NumberMismatch::Rename => {
                let new = sender.renamed(self.replica.cursor().epoch);
                self.changes.renamed = self.replica.outbox.rename_sender(sender, new);
                // The view has changes with the old ids, and could not revert commands with the new ones.
                self.changes.dirty.push(self.replica.rebase(now));
            }
            NumberMismatch::GiveUp => return Some(ConnectionState::Offline),
        }
        self.call = CallProgress::Resyncing;
        self.effects.push(Effect::Read(ReadPurpose::Resync));
        None
    }

    /// Holds calls back, which does not count as a failure.
    fn pause(&mut self, pause: CallPause, delay_ms: u32) {
        self.pause = pause;
        self.pauses += 1;
        let pauses = self.pauses;
        self.effects
            .push(Effect::SetTimer(Timer::PauseEnd { pauses }, delay_ms));
    }

    /// Calls again, unless a call has succeeded or failed again since the timer was set.
    pub(super) fn on_retry_timer(&mut self, failures: u32) {
        if self.failures == failures {
            // Only repeated calls make the next delay longer.
            self.failures += 1;
            self.request_sync();
        }
    }
}
