//! Who may use the list: every client, or clients that have signed in with the password that all people share.
//!
//! The password and the sessions have a database of their own in the data folder. So no backup contains them, restoring
//! a backup brings no session back, and the command line can change them while a server runs.

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
pub use self::session_store::AuthError;

use self::cookies::Cookies;
pub(crate) use self::cookies::SetCookies;
use self::login_throttle::LoginThrottle;
use self::password::PasswordVerifier;
pub(crate) use self::session_guard::{Authenticated, SessionGuard};
use self::session_store::{SESSION_IDLE_TIMEOUT, SessionStore};
pub(crate) use self::sign_in::{PreviousUser, SignInError, SignedOut};
use crate::domain::Timestamp;
use crate::server::config::Config;
use crate::server::limits::Quota;
use crate::server::net::Origin;
use crate::server::store::{ClockWatch, now};

/// The last use of a session is stored at most this often. Storing every use would make every request a write.
const LAST_USE_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the server checks whether the command line has changed the database.
const DATABASE_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many passwords are verified at the same time.
const MAX_VERIFICATIONS: usize = 2;

/// How many attempts to sign in may be in progress, in all and from one address: a school signs in at the same moment.
const MAX_SIGN_INS: usize = 256;
const MAX_SIGN_INS_PER_CLIENT: usize = 64;

/// What the server stores of a session token.
type TokenDigest = [u8; 32];

/// The password and the sessions; a clone is one counted reference.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    store: Mutex<SessionStore>,
    loaded: RwLock<AuthState>,
    /// Sessions that have ended here and are still in the database, because it could not be written. There are never
    /// more than there are sessions.
    unsaved_ends: Mutex<HashSet<TokenDigest>>,
    changed: watch::Sender<()>,
    /// Attempts to sign in by browsers without a session.
    sign_ins: Quota,
    throttle: LoginThrottle,
    verifier: PasswordVerifier,
    cookies: Cookies,
    clock: ClockWatch,
    /// Whether the server listens to more than its own machine.
    is_exposed: bool,
}

/// The content of the database.
#[derive(Debug, Default)]
struct AuthState {
    /// The hash of the password. Without one, every client may use the list.
    password_hash: Option<String>,
    sessions: HashMap<TokenDigest, Session>,
}

#[derive(Clone, Debug)]
struct Session {
    /// Distinguishes sessions and is not secret. Unsent changes belong to it.
    id: Arc<str>,
    /// The last use, in milliseconds since 1970.
    seen_at: u64,
    /// The server has ended the session; no person has signed out.
    has_ended: bool,
}

impl Auth {
    /// Opens the database in the data folder. Without a folder it is in memory, and every client may use the list until
    /// a password is set.
    ///
    /// # Errors
    ///
    /// [`AuthError`] if the database cannot be created or read.
    pub fn open(folder: Option<&Path>, config: &Config) -> Result<Self, AuthError> {
        let mut store = SessionStore::open(folder)?;
        let loaded = store.load()?;
        let last_use = loaded.sessions.values().map(|session| session.seen_at);
        let last_use = Timestamp(last_use.max().unwrap_or_default());
        let is_https = config.public_url.as_ref().is_some_and(Origin::is_https);
        Ok(Self(Arc::new(Inner {
            store: Mutex::new(store),
            loaded: RwLock::new(loaded),
            unsaved_ends: Mutex::default(),
            changed: watch::channel(()).0,
            sign_ins: Quota::new(MAX_SIGN_INS, MAX_SIGN_INS_PER_CLIENT),
            throttle: LoginThrottle::default(),
            verifier: PasswordVerifier::new(MAX_VERIFICATIONS),
            cookies: Cookies { is_https },
            clock: ClockWatch::after(last_use),
            is_exposed: !config.site_addr.ip().is_loopback(),
        })))
    }

    /// Whether a data folder has a database with a password, or had one.
    #[must_use]
    pub fn has_database(folder: &Path) -> bool {
        SessionStore::exists(folder)
    }

    /// Whether only clients that have signed in may use the list.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.read(|state| state.password_hash.is_some())
    }

    /// Whether every client that reaches this machine over a network may use the list.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        self.0.is_exposed && !self.is_required()
    }

    /// Sets or removes the password. All sessions end.
    ///
    /// # Errors
    ///
    /// [`AuthError`] if the database cannot be written.
    pub fn set_password(&self, password: Option<&Password>) -> Result<(), AuthError> {
        let hash = password.map(Password::hash);
        self.change(|store| store.set_password(hash.as_deref()))
    }

    /// Ends all sessions: every client must sign in again.
    ///
    /// # Errors
    ///
    /// [`AuthError`] if the database cannot be written.
    pub fn end_all(&self) -> Result<(), AuthError> {
        self.change(SessionStore::end_all)
    }

    /// Reloads the database when the command line has changed it, and saves ends of sessions that could not be saved.
    /// Never returns.
    pub async fn follow(self) {
        let mut ticks = tokio::time::interval(DATABASE_POLL_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let followed = self.blocking(|auth| {
                if auth.with_store(SessionStore::has_changed)? {
                    auth.change(|_| Ok(()))?;
                }
                auth.save_ends();
                Ok(())
            });
            if let Err(error) = followed.await {
                tracing::error!(%error, "cannot read the password and the sessions");
            }
        }
    }

    /// Whether a request may use the list: no password is set, or its cookie is that of a valid session.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Option<Authenticated> {
        if !self.is_required() {
            let (token, session_id) = (None, None);
            return Some(Authenticated { token, session_id });
        }
        let token = self.token(headers)?;
        let session = self.session(&token).filter(Session::is_valid)?;
        let at = now().0;
        if at > session.seen_at + millis(LAST_USE_INTERVAL) {
            // In memory at once, so that the server tries to save it once a day even if the disk is full.
            self.write(|state| {
                if let Some(session) = state.sessions.get_mut(&token) {
                    session.seen_at = at;
                }
            });
            let auth = self.clone();
            tokio::task::spawn_blocking(move || {
                auth.with_store(|store| store.save_last_use(token, at))
            });
        }
        Some(Authenticated {
            token: Some(token),
            session_id: Some(session.id),
        })
    }

    /// Whether the request has the cookie of a session that has ended without a sign-out.
    pub(crate) fn was_signed_in(&self, headers: &HeaderMap) -> bool {
        let session = self.token(headers).and_then(|token| self.session(&token));
        session.is_some_and(|session| !session.is_valid())
    }

    /// The cookie by which [`Auth::gets_cookies_back`] learns whether the browser sends cookies back.
    pub(crate) fn test_cookie(&self) -> SetCookies {
        self.0.cookies.test()
    }

    /// Whether a request has a cookie that this server has set. Browsers keep none if the person has blocked them, and
    /// none over http if they are for https.
    pub(crate) fn gets_cookies_back(&self, headers: &HeaderMap) -> bool {
        self.0.cookies.are_sent_back(headers)
    }

    fn token(&self, headers: &HeaderMap) -> Option<TokenDigest> {
        let token = self.0.cookies.token(headers)?;
        Some(Sha256::digest(token).into())
    }

    fn session(&self, token: &TokenDigest) -> Option<Session> {
        self.read(|state| state.sessions.get(token).cloned())
    }

    fn read<T>(&self, read: impl FnOnce(&AuthState) -> T) -> T {
        read(&self.0.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut AuthState)) {
        change(
            &mut self
                .0
                .loaded
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    fn with_store<T>(&self, work: impl FnOnce(&mut SessionStore) -> T) -> T {
        let store = self.0.store.lock();
        work(&mut store.unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the database, loads it again, and wakes all session guards.
    fn change(
        &self,
        work: impl FnOnce(&mut SessionStore) -> Result<(), AuthError>,
    ) -> Result<(), AuthError> {
        self.with_store(|store| {
            work(store)?;
            let loaded = store.load()?;
            self.write(|state| {
                *state = loaded;
                // Read under the lock: a sign-out in progress first adds its end here, then removes the session from
                // the state.
                for token in self.unsaved_ends().iter() {
                    state.sessions.remove(token);
                }
            });
            self.0.changed.send_replace(());
            Ok(())
        })
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Self) -> Result<(), AuthError> + Send + 'static,
    ) -> Result<(), AuthError> {
        let auth = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&auth)).await;
        done.unwrap_or(Err(AuthError::Interrupted))
    }
}

impl Session {
    fn is_valid(&self) -> bool {
        !self.has_ended && now().0 < self.seen_at + millis(SESSION_IDLE_TIMEOUT)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_starts_with_a_password_that_was_changed_meanwhile() {
        let auth = Auth::open(None, &Config::default()).unwrap();
        let set = |text: &str| {
            let password = Password::parse(text).unwrap();
            auth.set_password(Some(&password)).unwrap();
            auth.read(|state| state.password_hash.clone()).unwrap()
        };
        let (before, after) = (set("correct horse"), set("battery staple"));
        let start = |hash: &str| {
            let session = Session {
                id: "x".into(),
                seen_at: now().0,
                has_ended: false,
            };
            auth.change(|store| store.start_session([1; 32], &session, hash, None, true))
        };
        assert!(matches!(start(&before), Err(AuthError::PasswordChanged)));
        assert!(auth.session(&[1; 32]).is_none());
        assert!(start(&after).is_ok());
        assert!(auth.session(&[1; 32]).is_some());
    }

    /// Otherwise every request would try to save it while the database cannot be written.
    #[tokio::test]
    async fn the_last_use_of_a_session_is_in_memory_at_once() {
        let auth = Auth::open(None, &Config::default()).unwrap();
        let password = Password::parse("correct horse").unwrap();
        auth.set_password(Some(&password)).unwrap();
        let (token, digest) = cookies::new_token();
        let before = now().0 - 2 * millis(LAST_USE_INTERVAL);
        auth.write(|state| {
            let session = Session {
                id: "x".into(),
                seen_at: before,
                has_ended: false,
            };
            state.sessions.insert(digest, session);
        });
        // Nothing can be saved meanwhile.
        let _store = auth.0.store.lock().unwrap();
        let cookie = format!("todo-list-token={token}").parse().unwrap();
        let headers = HeaderMap::from_iter([(axum::http::header::COOKIE, cookie)]);
        assert!(auth.authenticate(&headers).is_some());
        assert!(auth.session(&digest).unwrap().seen_at > before);
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
