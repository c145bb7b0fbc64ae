//! What an authenticated client holds: a proof for one request, and a guard for a stream that outlasts it.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Auth, TokenDigest};

/// The proof that the client of a request may use the list at this moment.
#[derive(Clone)]
pub(crate) struct Authenticated {
    pub(super) token: Option<TokenDigest>,
    /// The id of the session; `None` if no password is set.
    pub(crate) session_id: Option<Arc<str>>,
}

/// Watches whether a client may still use the list.
#[derive(Clone)]
pub(crate) struct SessionGuard {
    auth: Auth,
    changed: watch::Receiver<()>,
    token: Option<TokenDigest>,
}

impl Auth {
    /// A guard of the session that a request has shown.
    pub(crate) fn guard(&self, authenticated: Authenticated) -> SessionGuard {
        let mut changed = self.0.changed.subscribe();
        // The session may have ended since the request was authenticated.
        changed.mark_changed();
        SessionGuard {
            auth: self.clone(),
            changed,
            token: authenticated.token,
        }
    }
}

impl SessionGuard {
    fn is_valid(&self) -> bool {
        match &self.token {
            None => !self.auth.is_required(),
            Some(token) => (self.auth.session(token)).is_some_and(|session| session.is_valid()),
        }
    }

    /// Whether the session has ended. A call is cheap while no session changes.
    pub(crate) fn has_ended(&mut self) -> bool {
        let has_changed = self.changed.has_changed().unwrap_or(false);
        if has_changed {
            self.changed.mark_unchanged();
        }
        has_changed && !self.is_valid()
    }

    /// Returns when the session has ended.
    pub(crate) async fn ended(&mut self) {
        // The guard's own handle keeps the sender alive.
        while self.is_valid() && self.changed.changed().await.is_ok() {}
    }
}
