//! Signing in and out.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;

use super::login_throttle::Guesser;
use super::{Access, AccessError, Session, SetCookies, Shared, TokenDigest, cookies};
use crate::server::store::now;

/// After how long to try again where too many sign in at the same moment.
const CROWDED: Duration = Duration::from_secs(2);

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// It is another one.
    #[error("That is not the password.")]
    WrongPassword,
    /// Somebody at this address guesses.
    #[error("Too many wrong passwords. Try again in {} seconds.", .0.as_secs() + 1)]
    TooMany(Duration),
    /// The session cannot be kept.
    #[error("The server cannot sign anybody in now.")]
    Unavailable,
}

/// What comes of signing out.
pub(crate) struct SignedOut {
    /// Remove those of the session.
    pub(crate) cookies: SetCookies,
    /// Whether it is written down that the session has ended.
    pub(crate) is_kept: bool,
}

/// Whose work may be stored in the browser that signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// This person's, or nobody's.
    Mine,
    /// Somebody else's.
    SomebodyElses,
}

impl Access {
    /// Signs somebody in, and answers the cookies to set. The password is verified with the same work
    /// whether it is right or wrong.
    pub(crate) async fn sign_in(
        &self,
        password: &str,
        address: IpAddr,
        headers: &HeaderMap,
        before: Before,
    ) -> Result<SetCookies, SignInError> {
        let Some(hash) = self.known(|known| known.password.clone()) else {
            return Ok(SetCookies::default());
        };
        let old = self.token(headers);
        let known = old.filter(|token| self.session(token).is_some());
        let guesser = known.map_or(Guesser::Stranger(address.into()), Guesser::Browser);
        let Shared {
            attempts,
            throttle,
            verifier,
            ..
        } = &*self.0;
        let _attempt = match guesser {
            Guesser::Browser(_) => None,
            Guesser::Stranger(client) => {
                let attempt = attempts.take(Some(client));
                Some(attempt.ok_or(SignInError::TooMany(CROWDED))?)
            }
        };
        let turn = throttle.turn(guesser, || verifier.turn());
        let turn = turn.await.map_err(SignInError::TooMany)?;
        if !turn.verify(password.to_owned(), hash.clone()).await {
            tracing::warn!(%address, "wrong password");
            return Err(SignInError::WrongPassword);
        }
        throttle.forgive(guesser);
        let continued = old.and_then(|token| self.session(&token));
        let continued = continued.filter(|_| before == Before::Mine);
        let (token, digest) = cookies::new_token();
        let session = Session {
            id: continued.map_or_else(cookies::new_session_id, |session| session.id),
            seen_at: now().0,
            has_ended: false,
        };
        let set = self.0.cookies.set(&token, &session.id);
        let kept = self.blocking(move |access| {
            access.change(|keeper| keeper.begin(digest, &session, &hash, old))
        });
        kept.await.map_err(|error| match error {
            AccessError::PasswordChanged => SignInError::WrongPassword,
            error => {
                tracing::error!(%error, "cannot keep a session");
                SignInError::Unavailable
            }
        })?;
        tracing::info!(%address, "signed in");
        Ok(set)
    }

    /// Ends the session that a request belongs to, whether or not that can be written down, and answers what removes
    /// its cookies.
    pub(crate) async fn sign_out(&self, headers: &HeaderMap) -> SignedOut {
        let cookies = self.0.cookies.remove();
        let mut is_kept = true;
        let token = self.token(headers);
        if let Some(token) = token.filter(|token| self.session(token).is_some()) {
            self.unkept_ends().insert(token);
            self.change_known(|known| {
                known.sessions.remove(&token);
            });
            self.0.changed.send_replace(());
            let access = self.clone();
            let kept = tokio::task::spawn_blocking(move || access.keep_end(token));
            match kept.await.unwrap_or(Err(AccessError::Interrupted)) {
                Ok(()) => tracing::info!("signed out"),
                Err(error) => {
                    is_kept = false;
                    tracing::error!(
                        %error,
                        "signed out, but that cannot be written down: it is tried again, and a restart before would bring the session back"
                    );
                }
            }
        }
        SignedOut { cookies, is_kept }
    }

    /// Writes down again what could not be written down.
    pub(super) fn keep_ends(&self) {
        let unkept: Vec<_> = self.unkept_ends().iter().copied().collect();
        for token in unkept {
            if self.keep_end(token).is_ok() {
                tracing::info!("an end of a session is written down now");
            }
        }
    }

    fn keep_end(&self, token: TokenDigest) -> Result<(), AccessError> {
        self.keeper(|keeper| keeper.remove(token))?;
        // Not before: whoever loads the sessions meanwhile may still find it.
        self.unkept_ends().remove(&token);
        Ok(())
    }

    pub(super) fn unkept_ends(&self) -> MutexGuard<'_, HashSet<TokenDigest>> {
        let ends = self.0.unkept_ends.lock();
        ends.unwrap_or_else(PoisonError::into_inner)
    }
}
