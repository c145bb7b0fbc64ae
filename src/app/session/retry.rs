//! When the page calls the server again: later and later after a failure, and as late as a busy server says.

use leptos::prelude::*;

use super::Session;
use crate::browser;

/// What a page waits with that has asked too much of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Nothing.
    #[default]
    Not,
    /// Sending commands.
    ToSend,
    /// Any call.
    ToCall,
}

/// What to do after a call that has failed.
pub(crate) enum Next {
    /// To call again at once.
    Again,
    /// To call again after so many milliseconds, if nothing has happened until then.
    Later(u32),
    /// To wait for so many seconds, whatever happens.
    Wait(Waits, u64),
}

impl Session {
    /// The server is there, and has asked to wait: that is no failure.
    pub(crate) fn wait(self, what: Waits, seconds: u64) {
        self.talk.update_value(|talk| talk.waits = what);
        // Those who wait together must not come back together.
        let delay = (seconds as f64 + browser::random_share()) * 1_000.0;
        browser::after(delay as u32, move || {
            self.talk.update_value(|talk| talk.waits = Waits::Not);
            self.talk();
        });
        if what == Waits::ToSend {
            // What others do can be heard of all the same.
            self.call();
        }
    }

    /// Talks again after a while, if nothing has happened until then.
    pub(crate) fn talk_later(self, delay: u32) {
        let failures = self.talk.with_value(|talk| talk.failures);
        browser::after(delay, move || {
            if self.talk.with_value(|talk| talk.failures) == failures {
                // Only who tries again by itself waits longer the next time.
                self.talk.update_value(|talk| talk.failures += 1);
                self.talk();
            }
        });
    }
}
