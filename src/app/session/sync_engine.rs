//! The page's conversation with the server, with the other pages of its browser, and with the browser's
//! storage.
//!
//! A command is stored before it is sent. Calls go out one after the other: the order in which somebody
//! typed is the order in the list. What fails is tried again, later and later; what was sent before is known
//! to the server by its name, and counts once.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Session;
use super::retry::{Next, Waits};
use crate::app::state::{Connection, State};
use crate::browser::{self, Gesture, Report, TabMessage};
use crate::domain::{ClientId, Command, CommandId, Cursor};
use crate::rpc::{CallError, ExchangeResponse, exchange};
use crate::sync::DirtySet;

/// How long the server may be silent before the person is told, in milliseconds: a restart is faster.
const GRACE: u32 = 3_000;
/// The server says something every 15 seconds. After so many milliseconds of silence the stream is opened
/// anew: the network may have gone without a word.
const SILENCE: u32 = 40_000;
/// How often a page takes another name before it waits as for any other failure.
const MAX_NAMES: u32 = 3;

/// Where the conversation is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Talk {
    /// Whether a call is under way.
    is_calling: bool,
    /// Whether the storage is at work.
    pub(crate) is_storing: bool,
    /// Whether this page talks to the server for all pages of its browser.
    pub(crate) leads: bool,
    /// The sender whose number did not fit, and does not since this page has last heard what has happened.
    doubtful: Option<ClientId>,
    /// How many other names senders have taken, one after the other.
    names: u32,
    /// How often a call was tried again and has failed; 0 while calls succeed.
    pub(crate) failures: u32,
    /// How often the stream was opened.
    streams: u32,
    /// How often anything was heard.
    heard: u32,
    /// What the server has asked this page to wait with.
    pub(crate) waits: Waits,
    /// Whether the page is about to be kept.
    pub(crate) is_keeping: bool,
}

/// One call: what this page knows, and what it sends.
type Call = (Cursor, CommandId, Vec<Command>);

impl Session {
    pub(crate) fn hear(self, report: Report) {
        let now = browser::now();
        if matches!(report, Report::Changes(_) | Report::Head(_) | Report::Reset) {
            self.talk.update_value(|talk| talk.heard += 1);
        }
        match report {
            Report::Opened => return self.start(),
            Report::Changes(mut changes) => {
                let here = self.state.with_untracked(|state| state.replica.cursor());
                changes.retain(|change| change.revision > here.revision);
                if changes.is_empty() {
                    return;
                }
                self.take_in(&mut |state| state.follow(std::mem::take(&mut changes), now));
                self.keep_page();
            }
            Report::Head(head) => self.take_in(&mut |state| {
                // While calls fail, it is no help that the stream is there.
                let works = self.talk.with_value(|talk| talk.failures) == 0;
                if works && state.connection != Connection::PutOff {
                    state.connect(Connection::Up);
                }
                let here = state.replica.cursor();
                if head.epoch != here.epoch || head.revision > here.revision {
                    state.replica.mark_behind();
                }
                Vec::new()
            }),
            Report::Reset => self.mark_behind(),
            Report::Lost => return self.wait_for_stream(GRACE),
            Report::Back => {
                browser::lead();
                self.follow();
                self.mark_behind();
            }
            Report::Stored => {
                return spawn_local(async move {
                    self.load().await;
                    self.talk();
                });
            }
            Report::Fails(fails) => {
                if fails {
                    browser::check_session();
                }
                self.talk
                    .update_value(|talk| talk.failures = u32::from(fails));
                let connection = if fails {
                    Connection::Down
                } else {
                    Connection::Up
                };
                self.state.update(|state| state.connect(connection));
                return;
            }
            Report::Leads(leads) => {
                self.talk.update_value(|talk| talk.leads = leads);
                if leads {
                    if self.talk.with_value(|talk| talk.failures) > 0 {
                        // The one that has led before cannot say any more that it works again.
                        self.mark_behind();
                    }
                    self.follow();
                    self.keep_page();
                } else {
                    browser::unfollow();
                }
            }
            Report::PageKept(kept) => self
                .state
                .update_untracked(|state| state.replica.outbox.on_page_cached(kept)),
        }
        self.talk();
    }

    /// Begins with what pages before this one have not sent.
    fn start(self) {
        // A page that was kept may be open in place of another view.
        if let Some(Gesture::Show(filter, search)) = browser::asked_view()
            && (self.state).with_untracked(|state| state.filter != filter || state.search != search)
        {
            self.perform(Gesture::Show(filter, search));
        }
        spawn_local(async move {
            self.load().await;
            browser::lead();
        });
    }

    /// Takes in what others have done, and what that means for the editor that is open.
    pub(crate) fn take_in(&self, change: &mut dyn FnMut(&mut State) -> Vec<DirtySet>) {
        let (now, typed) = (browser::now(), browser::editor_text());
        self.update(&mut |state| {
            let touched = change(state);
            state.rescue(typed.as_deref(), now);
            touched
        });
    }

    fn mark_behind(&self) {
        self.state
            .update_untracked(|state| state.replica.mark_behind());
    }

    /// Opens the stream, if this page is the one that has it.
    fn follow(self) {
        if self.talk.with_value(|talk| talk.leads) {
            browser::follow(self.state.with_untracked(|state| state.replica.cursor()));
            self.talk.update_value(|talk| talk.streams += 1);
            self.wait_for_stream(SILENCE);
        }
    }

    /// If nothing is heard for a while, the person is told, and the stream is opened anew if the browser
    /// does not do so by itself.
    fn wait_for_stream(self, patience: u32) {
        let before = self.talk.get_value();
        browser::after(patience, move || {
            let talk = self.talk.get_value();
            if talk.streams != before.streams {
                // Another one has been opened, and is waited for.
                return;
            }
            if talk.heard != before.heard {
                if patience == SILENCE && talk.leads {
                    self.wait_for_stream(SILENCE);
                }
                return;
            }
            self.take_in(&mut |state| {
                state.connect(Connection::Down);
                Vec::new()
            });
            if browser::stream_has_ended() {
                // The server has refused it. A call tells why.
                self.mark_behind();
                self.talk();
            }
            if patience == SILENCE || browser::stream_has_ended() {
                self.follow();
            }
        });
    }

    /// Stores what is to be stored, sends what is to be sent, and asks for what was missed.
    pub(crate) fn talk(self) {
        self.store();
        self.call();
    }

    /// Calls the server until nothing is left to do, or the server cannot do it.
    pub(crate) fn call(self) {
        if (self.talk).with_value(|talk| talk.is_calling || talk.waits == Waits::ToCall) {
            return;
        }
        self.talk.update_value(|talk| talk.is_calling = true);
        spawn_local(async move {
            let mut next = Next::Again;
            while matches!(next, Next::Again)
                && let Some((since, first, commands)) = self.next_call()
            {
                match exchange(since, first, commands).await {
                    Ok(exchanged) => self.settle(first, exchanged),
                    Err(error) => {
                        next = self.stumble(first, &error);
                        if matches!(next, Next::Again) {
                            self.load().await;
                        }
                    }
                }
                self.store();
            }
            self.talk.update_value(|talk| talk.is_calling = false);
            match next {
                Next::Again => {}
                Next::Later(delay) => self.talk_later(delay),
                Next::Wait(what, seconds) => self.wait(what, seconds),
            }
        });
    }

    fn next_call(&self) -> Option<Call> {
        let talk = self.talk.get_value();
        self.state.try_update_untracked(|state| {
            let replica = &mut state.replica;
            // What is not stored nobody else can send.
            let sends = talk.leads || !state.is_storing;
            let sends = sends && talk.waits == Waits::Not;
            let sends = sends && (talk.doubtful.is_none() || !replica.is_behind());
            let nothing = CommandId {
                client: Default::default(),
                seq: 0,
            };
            let to_send = sends.then(|| replica.outbox.next_batch()).flatten();
            if to_send.is_none() && !replica.is_behind() {
                return None;
            }
            replica.begin_catch_up();
            let (first, commands) = to_send.unwrap_or((nothing, Vec::new()));
            Some((replica.cursor(), first, commands))
        })?
    }

    fn settle(&self, first: CommandId, exchanged: ExchangeResponse) {
        let talk = self.talk.get_value();
        if talk.leads && talk.failures > 0 {
            browser::broadcast(TabMessage::CallsWork);
        }
        self.talk.update_value(|talk| {
            talk.failures = 0;
            if !exchanged.outcomes.is_empty() {
                (talk.doubtful, talk.names) = (None, 0);
            }
        });
        let now = browser::now();
        let mut exchanged = Some(exchanged);
        let mut refused = Vec::new();
        self.take_in(&mut |state| {
            let Some(exchanged) = exchanged.take() else {
                return Vec::new();
            };
            let (touched, texts) = state.settle(first, exchanged, now);
            refused = texts;
            if let Some(last) = refused.pop_if(|last| last.adds && browser::field_is_free()) {
                browser::put_into_field(last.item.title.as_str());
                state.unsent.return_to_field(last);
            }
            touched
        });
        self.keep_page();
    }

    /// A call has failed. Answers when to try again.
    ///
    /// When a number does not fit, the server may have been restored, or another page may have sent what
    /// waits here: this page asks what has happened, and what is stored. Only if it still leads and the
    /// number still does not fit, the sender goes on under another name.
    fn stumble(&self, first: CommandId, error: &CallError) -> Next {
        let put_off = match *error {
            CallError::Busy { seconds } => Some((Waits::ToCall, Connection::Up, seconds)),
            CallError::TooManySenders { seconds } => {
                Some((Waits::ToSend, Connection::PutOff, seconds))
            }
            _ => None,
        };
        if let Some((what, connection, seconds)) = put_off {
            self.state.update(|state| {
                state.replica.mark_behind();
                state.put_off(connection);
            });
            return Next::Wait(what, seconds);
        }
        let talk = self.talk.get_value();
        let failures = talk.failures.max(1);
        self.talk.update_value(|talk| talk.failures = failures);
        let mistaken = matches!(error, CallError::OutOfOrder { .. } | CallError::NumberTaken);
        // A server that mistakes everybody is no server.
        let mistaken = mistaken && talk.names < MAX_NAMES;
        let renames = mistaken && talk.leads && talk.doubtful == Some(first.client);
        if mistaken {
            self.talk.update_value(|talk| {
                talk.doubtful = (!renames).then_some(first.client);
                talk.names += u32::from(renames);
            });
        }
        let is_over = |state: &State| state.connection == Connection::SignedOut;
        if *error == CallError::SignedOut {
            browser::check_session();
            if !self.state.with_untracked(is_over) {
                // The server has none to keep any more: then the one that was kept goes.
                let _ = browser::keep_page();
            }
        }
        let now = browser::now();
        let mut delay = 0;
        self.take_in(&mut |state| {
            state.replica.mark_behind();
            if mistaken {
                let new = first.client.renamed(state.replica.cursor().epoch);
                let rename = || state.rename_sender(first.client, new, now);
                return renames.then(rename).into_iter().collect();
            }
            // Those who wait together must not come back together.
            let share = 0.5 + browser::random_share();
            delay = (f64::from(250_u32 << failures.min(7)) * share) as u32;
            state.connect(match error {
                CallError::Malformed => Connection::Outdated,
                CallError::SignedOut => Connection::SignedOut,
                _ => Connection::Down,
            });
            Vec::new()
        });
        let has_unsent = |state: &State| !state.replica.outbox.pending().is_empty();
        if talk.failures == 0 && self.state.with_untracked(has_unsent) {
            browser::persist();
        }
        if talk.leads && !mistaken {
            browser::broadcast(TabMessage::CallsFail);
        }
        match mistaken {
            true => Next::Again,
            false => Next::Later(delay),
        }
    }
}
