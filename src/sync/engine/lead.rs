//! The lead: what a page does if the page that leads does not answer. It may hang in an endless loop, or be frozen.

use super::{Effect, SyncEngine, TabMessage, Timer};

/// How long the leading page may be silent before another page asks whether it is there, in milliseconds. It passes on the
/// heartbeats of the stream.
const LEADER_SILENCE_MS: u32 = 10_000;
/// How long the answer of the leading page may take before another page takes the lead, in milliseconds.
const LEADER_ANSWER_MS: u32 = 2_000;

impl SyncEngine {
    /// Another page has stored commands to send, or asks whether a page leads, or this page has just taken the lead. The
    /// leading page tells the others that it is there.
    pub(super) fn answer_as_leader(&mut self) {
        if self.is_leading {
            self.effects.push(Effect::Broadcast(TabMessage::Leads));
        }
    }

    /// Takes the lead if the leading page does not show soon that it is there.
    pub(super) fn expect_leader(&mut self) {
        if !self.is_leading {
            let signs = self.leader_signs;
            let timer = Timer::LeaderAnswer { signs };
            self.effects.push(Effect::SetTimer(timer, LEADER_ANSWER_MS));
        }
    }

    pub(super) fn on_leader_answer_timer(&mut self, signs: u32) {
        if !self.is_leading && self.leader_signs == signs {
            self.effects.push(Effect::TakeLead);
        }
    }

    /// Watches the leading page for as long as this page does not lead. One timer at a time is enough.
    pub(super) fn watch_leader(&mut self) {
        if !std::mem::replace(&mut self.is_leader_timer_set, true) {
            let signs = self.leader_signs;
            let timer = Timer::LeaderSilence { signs };
            self.effects
                .push(Effect::SetTimer(timer, LEADER_SILENCE_MS));
        }
    }

    pub(super) fn on_leader_silence_timer(&mut self, signs: u32) {
        self.is_leader_timer_set = false;
        if self.is_leading {
            return;
        }
        if self.leader_signs == signs {
            self.effects.push(Effect::Broadcast(TabMessage::WhoLeads));
            self.expect_leader();
        }
        self.watch_leader();
    }
}
