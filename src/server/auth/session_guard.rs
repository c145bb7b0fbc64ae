//! What somebody has who may use the list: a ticket for one request, and a pass for what goes on.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Access, TokenDigest};

/// What a request has shown: its client may use the list now.
#[derive(Clone)]
pub(crate) struct Authenticated {
    pub(super) token: Option<TokenDigest>,
    /// That of the session; `None` where nobody has to sign in.
    pub(crate) session_id: Option<Arc<str>>,
}

/// That somebody may use the list, as long as it lasts.
#[derive(Clone)]
pub(crate) struct SessionGuard {
    access: Access,
    changed: watch::Receiver<()>,
    token: Option<TokenDigest>,
}

impl Access {
    /// What a ticket is worth for as long as it lasts.
    pub(crate) fn guard(&self, authenticated: Authenticated) -> SessionGuard {
        let mut changed = self.0.changed.subscribe();
        // It may have ended since it was given.
        changed.mark_changed();
        SessionGuard {
            access: self.clone(),
            changed,
            token: authenticated.token,
        }
    }
}

impl SessionGuard {
    /// Whether it still lasts.
    fn is_valid(&self) -> bool {
        match &self.token {
            None => !self.access.is_required(),
            Some(token) => (self.access.session(token)).is_some_and(|session| session.is_valid()),
        }
    }

    /// Whether it lasts no longer; quick to ask again and again.
    pub(crate) fn has_ended(&mut self) -> bool {
        let has_changed = self.changed.has_changed().unwrap_or(false);
        if has_changed {
            self.changed.mark_unchanged();
        }
        has_changed && !self.is_valid()
    }

    /// Done when it lasts no longer.
    pub(crate) async fn ended(&mut self) {
        // The sender lives as long as the handle that the pass has.
        while self.is_valid() && self.changed.changed().await.is_ok() {}
    }
}
