//! Signing in and out.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;

use super::login_throttle::LoginSource;
use super::{Auth, AuthError, Inner, Session, SetCookies, TokenDigest, cookies};
use crate::server::store::now;

/// When to try again if too many clients sign in at the same moment.
const RETRY_WHEN_CROWDED: Duration = Duration::from_secs(2);

/// Why an attempt to sign in fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The password is a different one.
    #[error("That is not the password.")]
    WrongPassword,
    /// Too many wrong passwords came from this address; another attempt may succeed after this time.
    #[error("Too many wrong passwords. Try again in {} seconds.", .0.as_secs() + 1)]
    TooMany(Duration),
    /// The session cannot be saved.
    #[error("Signing in does not work now. Try again later.")]
    Unavailable,
}

/// The result of signing out.
pub(crate) struct SignedOut {
    /// Removes the cookies of the session.
    pub(crate) cookies: SetCookies,
    /// Whether the end of the session is saved.
    pub(crate) is_saved: bool,
}

/// Who used the browser before the person who signs in. Unsent changes of that user may be stored there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreviousUser {
    /// The same person, or no person.
    Same,
    /// Another person.
    Other,
}

impl Auth {
    /// Signs a client in and returns the cookies to set. Verifying takes the same time for a right password and a wrong
    /// one.
    pub(crate) async fn sign_in(
        &self,
        password: &str,
        address: IpAddr,
        headers: &HeaderMap,
        previous_user: PreviousUser,
    ) -> Result<SetCookies, SignInError> {
        let Some(hash) = self.read(|state| state.password_hash.clone()) else {
            return Ok(SetCookies::default());
        };
        let old = self.token(headers);
        let known = old.filter(|token| self.session(token).is_some());
        let source = known.map_or(LoginSource::Address(address.into()), LoginSource::Browser);
        let Inner {
            sign_ins,
            throttle,
            verifier,
            ..
        } = &*self.0;
        let _permit = match source {
            LoginSource::Browser(_) => None,
            LoginSource::Address(client) => {
                let permit = sign_ins.take(Some(client));
                Some(permit.ok_or(SignInError::TooMany(RETRY_WHEN_CROWDED))?)
            }
        };
        let permit = throttle.wait_for_turn(source, || verifier.acquire());
        let permit = permit.await.map_err(SignInError::TooMany)?;
        if !permit.verify(password.to_owned(), hash.clone()).await {
            tracing::warn!(%address, "wrong password");
            return Err(SignInError::WrongPassword);
        }
        throttle.forgive(source);
        let continued = old.and_then(|token| self.session(&token));
        let continued = continued.filter(|_| previous_user == PreviousUser::Same);
        let (token, digest) = cookies::new_token();
        let session = Session {
            id: continued.map_or_else(cookies::new_session_id, |session| session.id),
            seen_at: now().0,
            has_ended: false,
        };
        let set = self.0.cookies.set(&token, &session.id);
        let saved = self.blocking(move |auth| {
            let believes_clock = auth.0.clock.is_believable();
            auth.change(|store| store.start_session(digest, &session, &hash, old, believes_clock))
        });
        saved.await.map_err(|error| match error {
            AuthError::PasswordChanged => SignInError::WrongPassword,
            error => {
                tracing::error!(%error, "cannot save a session");
                SignInError::Unavailable
            }
        })?;
        tracing::info!(%address, "signed in");
        Ok(set)
    }

    /// Ends the session of a request, even if the database cannot be written.
    pub(crate) async fn sign_out(&self, headers: &HeaderMap) -> SignedOut {
        let cookies = self.0.cookies.remove();
        let mut is_saved = true;
        let token = self.token(headers);
        if let Some(token) = token.filter(|token| self.session(token).is_some()) {
            self.unsaved_ends().insert(token);
            self.write(|state| {
                state.sessions.remove(&token);
            });
            self.0.changed.send_replace(());
            let auth = self.clone();
            let saved = tokio::task::spawn_blocking(move || auth.save_end(token));
            match saved.await.unwrap_or(Err(AuthError::Interrupted)) {
                Ok(()) => tracing::info!("signed out"),
                Err(error) => {
                    is_saved = false;
                    tracing::error!(
                        %error,
                        "signed out, but the end of the session cannot be saved: the server tries again, and a restart before \
                         that would bring the session back"
                    );
                }
            }
        }
        SignedOut { cookies, is_saved }
    }

    /// Tries again to save the ends of sessions.
    pub(super) fn save_ends(&self) {
        let unsaved: Vec<_> = self.unsaved_ends().iter().copied().collect();
        for token in unsaved {
            if self.save_end(token).is_ok() {
                tracing::info!("the end of a session is saved now");
            }
        }
    }

    fn save_end(&self, token: TokenDigest) -> Result<(), AuthError> {
        self.with_store(|store| store.remove(token))?;
        // Not earlier: another thread that loads the sessions meanwhile may still find this one.
        self.unsaved_ends().remove(&token);
        Ok(())
    }

    pub(super) fn unsaved_ends(&self) -> MutexGuard<'_, HashSet<TokenDigest>> {
        let ends = self.0.unsaved_ends.lock();
        ends.unwrap_or_else(PoisonError::into_inner)
    }
}
