//! Who may use the list: everybody, or those who have signed in with the password that all share.
//!
//! The password and the sessions have a database of their own in the data folder: no backup holds them, no
//! restored backup lets anybody in again, and the command line changes them while a server runs.

mod cookies;
mod login_throttle;
mod password;
mod session_guard;
mod session_store;
mod sign_in;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

pub use self::cookies::SESSION_ID_HEADER;
pub use self::password::{Password, PasswordError};
pub use self::session_store::AccessError;

use self::cookies::Cookies;
pub(crate) use self::cookies::SetCookies;
use self::login_throttle::Throttle;
use self::password::Verifier;
pub(crate) use self::session_guard::{Authenticated, SessionGuard};
use self::session_store::SessionStore;
pub(crate) use self::sign_in::{Before, SignInError, SignedOut};
use crate::server::config::Config;
use crate::server::limits::Quota;
use crate::server::store::now;

/// How long a session lasts that nobody uses.
const IDLE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long an ended session is remembered: whoever had it may go on with what was not sent.
const REMEMBERED: Duration = IDLE;

/// How exactly the last use of a session is known. Every use would be a write.
const EXACTNESS: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the server looks whether the command line has changed something.
const PAUSE: Duration = Duration::from_secs(1);

/// How many passwords are verified at once.
const VERIFIED_AT_ONCE: usize = 2;

/// How many attempts to sign in may be under way, and how many of them from one address: a school that signs in at the
/// same moment.
const MAX_ATTEMPTS: usize = 256;
const MAX_ATTEMPTS_OF_ONE: usize = 64;

/// What the server keeps of a token: not the token.
type TokenDigest = [u8; 32];

/// A handle on who may use the list; a clone is the same one.
#[derive(Clone)]
pub struct Access(Arc<Shared>);

struct Shared {
    keeper: Mutex<SessionStore>,
    known: RwLock<Known>,
    /// Sessions that have ended here, and are still in the database, which could not be written. Never more than there
    /// are sessions.
    unkept_ends: Mutex<HashSet<TokenDigest>>,
    changed: watch::Sender<()>,
    /// How many attempts of strangers to sign in may be under way.
    attempts: Quota,
    throttle: Throttle,
    verifier: Verifier,
    cookies: Cookies,
    /// Whether the server listens to more than its own machine.
    is_exposed: bool,
}

/// What the database holds.
#[derive(Debug, Default)]
struct Known {
    /// What is kept of the password; without one everybody may use the list.
    password: Option<String>,
    sessions: HashMap<TokenDigest, Session>,
}

#[derive(Clone, Debug)]
struct Session {
    /// Tells sessions apart, and is no secret: what is not sent yet belongs to it.
    id: Arc<str>,
    /// In milliseconds since 1970.
    seen_at: u64,
    /// It was ended from elsewhere, and nobody has signed out.
    has_ended: bool,
}

impl Access {
    /// What the data folder says, for a server with these settings; without a folder, everybody may use the
    /// list until a password is set.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if it cannot be read or made.
    pub fn open(folder: Option<&Path>, config: &Config) -> Result<Self, AccessError> {
        let mut keeper = SessionStore::open(folder)?;
        let known = keeper.load()?;
        let is_https =
            (config.public_url.as_ref()).is_some_and(crate::server::net::Origin::is_https);
        Ok(Self(Arc::new(Shared {
            keeper: Mutex::new(keeper),
            known: RwLock::new(known),
            unkept_ends: Mutex::default(),
            changed: watch::channel(()).0,
            attempts: Quota::new(MAX_ATTEMPTS, MAX_ATTEMPTS_OF_ONE),
            throttle: Throttle::default(),
            verifier: Verifier::new(VERIFIED_AT_ONCE),
            cookies: Cookies { is_https },
            is_exposed: !config.site_addr.ip().is_loopback(),
        })))
    }

    /// Whether only those who have signed in may use the list.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.known(|known| known.password.is_some())
    }

    /// Whether everybody may who reaches this machine over a network.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        self.0.is_exposed && !self.is_required()
    }

    /// Sets the password or removes it. All sessions end.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if it cannot be kept.
    pub fn set_password(&self, password: Option<&Password>) -> Result<(), AccessError> {
        let hash = password.map(Password::hash);
        self.change(|keeper| keeper.set_password(hash.as_deref()))
    }

    /// Ends all sessions: everybody has to sign in again.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if that cannot be kept.
    pub fn end_all(&self) -> Result<(), AccessError> {
        self.change(SessionStore::end_all)
    }

    /// Follows what the command line changes. Works until it is dropped.
    pub async fn follow(self) {
        let mut ticks = tokio::time::interval(PAUSE);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let followed = self.blocking(|access| {
                let has_changed = access.keeper(SessionStore::has_changed)?;
                if has_changed {
                    access.change(|_| Ok(()))?;
                }
                access.keep_ends();
                Ok(())
            });
            if let Err(error) = followed.await {
                tracing::error!(%error, "cannot read who may use the list");
            }
        }
    }

    /// Whether a request may use the list: nobody has to sign in, or its cookie is that of a session.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Option<Authenticated> {
        if !self.is_required() {
            let (token, session_id) = (None, None);
            return Some(Authenticated { token, session_id });
        }
        let token = self.token(headers)?;
        let session = self.session(&token).filter(Session::is_valid)?;
        let at = now().0;
        if at > session.seen_at + millis(EXACTNESS) {
            // Here at once, so that it is tried once a day also on a disk that is full.
            self.change_known(|known| {
                if let Some(session) = known.sessions.get_mut(&token) {
                    session.seen_at = at;
                }
            });
            let access = self.clone();
            tokio::task::spawn_blocking(move || access.keeper(|keeper| keeper.see(token, at)));
        }
        Some(Authenticated {
            token: Some(token),
            session_id: Some(session.id),
        })
    }

    /// Whether the browser has the cookie of a session that has ended without anybody signing out.
    pub(crate) fn was_signed_in(&self, headers: &HeaderMap) -> bool {
        let session = self.token(headers).and_then(|token| self.session(&token));
        session.is_some_and(|session| !session.is_valid())
    }

    fn token(&self, headers: &HeaderMap) -> Option<TokenDigest> {
        let token = self.0.cookies.token(headers)?;
        Some(Sha256::digest(token).into())
    }

    fn session(&self, token: &TokenDigest) -> Option<Session> {
        self.known(|known| known.sessions.get(token).cloned())
    }

    fn known<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.0.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_known(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn keeper<T>(&self, work: impl FnOnce(&mut SessionStore) -> T) -> T {
        let keeper = self.0.keeper.lock();
        work(&mut keeper.unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is kept, and tells all who depend on it.
    fn change(
        &self,
        work: impl FnOnce(&mut SessionStore) -> Result<(), AccessError>,
    ) -> Result<(), AccessError> {
        self.keeper(|keeper| {
            work(keeper)?;
            let loaded = keeper.load()?;
            self.change_known(|known| {
                *known = loaded;
                // Looked at only here: whoever signs out meanwhile takes the session out of what is known afterwards.
                for token in self.unkept_ends().iter() {
                    known.sessions.remove(token);
                }
            });
            self.0.changed.send_replace(());
            Ok(())
        })
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Self) -> Result<(), AccessError> + Send + 'static,
    ) -> Result<(), AccessError> {
        let access = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&access)).await;
        done.unwrap_or(Err(AccessError::Interrupted))
    }
}

impl Session {
    fn is_valid(&self) -> bool {
        !self.has_ended && now().0 < self.seen_at + millis(IDLE)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_begins_with_a_password_that_was_changed_meanwhile() {
        let access = Access::open(None, &Config::default()).unwrap();
        let set = |text: &str| {
            let password = Password::parse(text).unwrap();
            access.set_password(Some(&password)).unwrap();
            access.known(|known| known.password.clone()).unwrap()
        };
        let (before, after) = (set("correct horse"), set("battery staple"));
        let begin = |hash: &str| {
            let session = Session {
                id: "x".into(),
                seen_at: now().0,
                has_ended: false,
            };
            access.change(|keeper| keeper.begin([1; 32], &session, hash, None))
        };
        assert!(matches!(begin(&before), Err(AccessError::PasswordChanged)));
        assert!(access.session(&[1; 32]).is_none());
        assert!(begin(&after).is_ok());
        assert!(access.session(&[1; 32]).is_some());
    }

    /// Else every request would try to write it down, as long as that cannot be done.
    #[tokio::test]
    async fn the_last_use_of_a_session_is_known_at_once() {
        let access = Access::open(None, &Config::default()).unwrap();
        let password = Password::parse("correct horse").unwrap();
        access.set_password(Some(&password)).unwrap();
        let (token, digest) = cookies::new_token();
        let before = now().0 - 2 * millis(EXACTNESS);
        access.change_known(|known| {
            let session = Session {
                id: "x".into(),
                seen_at: before,
                has_ended: false,
            };
            known.sessions.insert(digest, session);
        });
        // Nothing can be written down meanwhile.
        let _keeper = access.0.keeper.lock().unwrap();
        let cookie = format!("todo-list-token={token}").parse().unwrap();
        let headers = HeaderMap::from_iter([(axum::http::header::COOKIE, cookie)]);
        assert!(access.admit(&headers).is_some());
        assert!(access.session(&digest).unwrap().seen_at > before);
    }

    #[test]
    fn a_session_lasts_90_days_after_its_last_use_or_until_it_is_ended() {
        let check = |days: u64, has_ended: bool, expected: bool| {
            let session = Session {
                id: "x".into(),
                seen_at: now().0 - days * 24 * 60 * 60 * 1_000,
                has_ended,
            };
            assert_eq!(session.is_valid(), expected, "{days} {has_ended}");
        };
        check(0, false, true);
        check(89, false, true);
        check(90, false, false);
        check(0, true, false);
    }
}
