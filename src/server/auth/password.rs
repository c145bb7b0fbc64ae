//! The shared password, its hash, and the verification of passwords.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::{Output, PasswordHash, PasswordHasher, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// A password that may be set.
pub struct Password(String);

/// Why a password cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has this many characters and can be guessed.
    #[error("the password has {0} characters; at least {min} are needed", min = Password::MIN_CHARS)]
    TooShort(usize),
    /// It has more than [`Password::MAX_BYTES`].
    #[error("the password is longer than {max} bytes", max = Password::MAX_BYTES)]
    TooLong,
}

impl Password {
    /// The shortest password, in `char`s. NIST SP 800-63B requires 15 where a password is the only factor; here the number
    /// of guesses is limited too, and a to-do list is not a bank account.
    pub const MIN_CHARS: usize = 8;
    /// The longest password, in bytes.
    pub const MAX_BYTES: usize = 1_024;

    /// Parses a password as a person has typed it.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] if it is too short or too long.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let text = normalize(text);
        let chars = text.chars().count();
        if chars < Self::MIN_CHARS {
            return Err(PasswordError::TooShort(chars));
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(text))
    }

    /// Its hash by Argon2id with the parameters that OWASP recommends (19 MiB, 2 passes), as a PHC string.
    #[expect(clippy::expect_used, reason = "the parameters are constants and valid")]
    pub(super) fn hash(&self) -> String {
        let salt = uuid::Uuid::new_v4();
        let salt = SaltString::encode_b64(salt.as_bytes()).expect("16 bytes are a valid salt");
        let hash = Argon2::default().hash_password(self.0.as_bytes(), &salt);
        hash.expect("a text of 1 KiB can be hashed").to_string()
    }
}

/// Verifies a limited number of passwords at the same time. Each takes 19 MiB for some ten milliseconds. The memory stays
/// allocated and is reused: allocating it each time would spread it over the arenas of the allocator, many times as much.
#[derive(Clone)]
pub(super) struct PasswordVerifier {
    permits: Arc<Semaphore>,
    /// The memory that no verification uses at the moment. There are as many blocks as verifications have ever run at once.
    free_memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// A permit to verify one password now.
pub(super) struct VerifierPermit {
    verifier: PasswordVerifier,
    _permit: Option<OwnedSemaphorePermit>,
}

impl PasswordVerifier {
    /// A verifier for this many passwords at the same time.
    pub(super) fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            free_memory: Arc::default(),
        }
    }

    /// Waits until another password may be verified.
    pub(super) async fn acquire(&self) -> VerifierPermit {
        VerifierPermit {
            // The semaphore is never closed.
            _permit: self.permits.clone().acquire_owned().await.ok(),
            verifier: self.clone(),
        }
    }
}

impl VerifierPermit {
    /// Whether a text is the password with this hash. The permit is held to the end, even if the caller stops waiting.
    pub(super) async fn verify(self, text: String, hash: String) -> bool {
        let work = move || {
            let mut memory = self.free_memory(|free| free.pop()).unwrap_or_default();
            let is_right = is_right(&text, &hash, &mut memory);
            self.free_memory(|free| free.push(memory));
            is_right
        };
        tokio::task::spawn_blocking(work).await.unwrap_or(false)
    }

    fn free_memory<T>(&self, work: impl FnOnce(&mut Vec<Vec<Block>>) -> T) -> T {
        let memory = self.verifier.free_memory.lock();
        work(&mut memory.unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_right(text: &str, hash: &str, memory: &mut Vec<Block>) -> bool {
    let text = normalize(text);
    if text.len() > Password::MAX_BYTES {
        return false;
    }
    let right = |hash: PasswordHash<'_>| {
        let expected = hash.hash?;
        let found = digest(&text, &hash, expected.len(), memory).ok()?;
        // The comparison takes the same time wherever they differ.
        Some(found == expected)
    };
    PasswordHash::new(hash)
        .ok()
        .and_then(right)
        .unwrap_or(false)
}

/// Hashes a text with the algorithm, parameters and salt of `hash`.
fn digest(
    text: &str,
    hash: &PasswordHash<'_>,
    length: usize,
    memory: &mut Vec<Block>,
) -> argon2::password_hash::Result<Output> {
    let params = Params::try_from(hash)?;
    let version = hash
        .version
        .map_or(Ok(Version::default()), Version::try_from)?;
    memory.resize(params.block_count(), Block::default());
    let argon2 = Argon2::new(Algorithm::try_from(hash.algorithm)?, version, params);
    let mut salt = [0; Salt::MAX_LENGTH];
    let salt = match hash.salt {
        Some(salt_text) => salt_text.decode_b64(&mut salt)?,
        None => &[],
    };
    Output::init_with(length, |out| {
        Ok(argon2.hash_password_into_with_memory(text.as_bytes(), salt, out, memory)?)
    })
}

/// The same text for all ways in which a keyboard composes it (Unicode NFC), and for a file that contains it: without a
/// byte order mark, and only the first line. A form can send a whole file as the password.
fn normalize(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    line.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_right() {
        let password = Password::parse("caf\u{e9} au lait").expect("long enough");
        let hash = password.hash();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, password.hash(), "each has a salt of its own");
        let mut memory = Vec::new();
        let mut check = |text: &str, expected: bool| {
            let found = is_right(text, &hash, &mut memory);
            assert_eq!(found, expected, "{text}");
        };
        check("caf\u{e9} au lait", true);
        check("cafe\u{301} au lait", true);
        check("cafe au lait", false);
        check("caf\u{e9} au lait ", false);
        check("caf\u{e9} au lait\n", true);
        check("\u{feff}caf\u{e9} au lait\r\n", true);
        check("caf\u{e9} au lait\r\nsecond line\n", true);
        check("\ncaf\u{e9} au lait", false);
        check("", false);
        check(&"x".repeat(2_000), false);
        for hash in [
            "no hash",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
        ] {
            assert!(!is_right("caf\u{e9} au lait", hash, &mut memory), "{hash}");
        }
    }

    /// An older version of the program left all of the work to the library.
    #[test]
    fn a_hash_of_an_older_version_is_verified() {
        let stored = Argon2::default();
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let stored = stored
            .hash_password(b"correct horse", &salt)
            .expect("a hash")
            .to_string();
        let mut memory = vec![Block::default(); 3];
        assert!(is_right("correct horse", &stored, &mut memory));
        assert!(!is_right("correct horsf", &stored, &mut memory));
    }

    #[tokio::test]
    async fn two_passwords_are_verified_at_once_in_reused_memory_even_if_callers_stop_waiting() {
        let verifier = PasswordVerifier::new(2);
        let hash = Password::parse("correct horse")
            .expect("long enough")
            .hash();
        for number in 0..10 {
            let permit = verifier.acquire().await;
            let verified = permit.verify(number.to_string(), hash.clone());
            // The caller stops waiting after the verification has begun.
            let result = tokio::time::timeout(std::time::Duration::ZERO, verified).await;
            drop(result);
            let used = 2 - verifier.permits.available_permits();
            let free = verifier.free_memory.lock().expect("whole").len();
            assert!(
                used > 0 || free > 0,
                "{number}: the verification goes on without its permit"
            );
        }
        let _all = [verifier.acquire().await, verifier.acquire().await];
        let memory = verifier.free_memory.lock().expect("whole");
        let sizes: Vec<_> = memory.iter().map(Vec::len).collect();
        assert!((1..=2).contains(&sizes.len()), "{sizes:?}");
        assert!(sizes.iter().all(|size| *size == 19_456), "{sizes:?}");
    }

    #[test]
    fn a_password_has_a_length() {
        let check = |text: &str, expected: Option<PasswordError>| {
            assert_eq!(Password::parse(text).err(), expected);
        };
        check("", Some(PasswordError::TooShort(0)));
        check("1234567", Some(PasswordError::TooShort(7)));
        check("\u{feff}1234567\r\n", Some(PasswordError::TooShort(7)));
        check("12345678", None);
        check(&"\u{e9}".repeat(512), None);
        check(&"\u{e9}".repeat(513), Some(PasswordError::TooLong));
    }
}
