//! The password that all share, and what is kept of it.

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
    /// It can be guessed.
    #[error("the password has {0} characters; at least {min} are needed", min = Password::MIN_CHARS)]
    TooShort(usize),
    /// Nobody types that.
    #[error("the password is longer than {max} bytes", max = Password::MAX_BYTES)]
    TooLong,
}

impl Password {
    /// The shortest that may be set, in `char`s: what NIST SP 800-63B asks for where nothing else than the
    /// password is asked for is 15; here guesses are limited too, and the list is no bank.
    pub const MIN_CHARS: usize = 8;
    /// The longest, in bytes.
    pub const MAX_BYTES: usize = 1_024;

    /// Takes a text as it was typed.
    ///
    /// # Errors
    ///
    /// [`PasswordError`], with what is wrong.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let text = normal(text);
        let chars = text.chars().count();
        if chars < Self::MIN_CHARS {
            return Err(PasswordError::TooShort(chars));
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(text))
    }

    /// What is kept of it: Argon2id with the parameters that OWASP recommends (19 MiB, 2 passes), as a PHC
    /// string.
    #[expect(clippy::expect_used, reason = "the parameters are constants and valid")]
    pub(super) fn hash(&self) -> String {
        let salt = uuid::Uuid::new_v4();
        let salt = SaltString::encode_b64(salt.as_bytes()).expect("16 bytes are a valid salt");
        let hash = Argon2::default().hash_password(self.0.as_bytes(), &salt);
        hash.expect("a text of 1 KiB can be hashed").to_string()
    }
}

/// Verifies passwords, so many at once: each takes 19 MiB for some ten milliseconds. The memory is used again and
/// again, and stays. What is allocated anew each time is spread over the arenas of the allocator, many times as much.
#[derive(Clone)]
pub(super) struct Verifier {
    places: Arc<Semaphore>,
    /// What nobody uses at the moment; as many as have ever been used at once.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// That a password may be verified now.
pub(super) struct Turn {
    verifier: Verifier,
    _place: Option<OwnedSemaphorePermit>,
}

impl Verifier {
    /// One for so many at once.
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once)),
            memory: Arc::default(),
        }
    }

    /// Waits until one more may be verified.
    pub(super) async fn turn(&self) -> Turn {
        Turn {
            // It is never closed.
            _place: self.places.clone().acquire_owned().await.ok(),
            verifier: self.clone(),
        }
    }
}

impl Turn {
    /// Whether a text is the password that this is kept of. It keeps its place to the end, also when nobody waits for
    /// the answer any more.
    pub(super) async fn verify(self, text: String, hash: String) -> bool {
        let work = move || {
            let mut memory = self.memory(|free| free.pop()).unwrap_or_default();
            let is_right = is_right(&text, &hash, &mut memory);
            self.memory(|free| free.push(memory));
            is_right
        };
        tokio::task::spawn_blocking(work).await.unwrap_or(false)
    }

    fn memory<T>(&self, work: impl FnOnce(&mut Vec<Vec<Block>>) -> T) -> T {
        let memory = self.verifier.memory.lock();
        work(&mut memory.unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_right(text: &str, hash: &str, memory: &mut Vec<Block>) -> bool {
    let text = normal(text);
    if text.len() > Password::MAX_BYTES {
        return false;
    }
    let right = |hash: PasswordHash<'_>| {
        let expected = hash.hash?;
        let found = digest(&text, &hash, expected.len(), memory).ok()?;
        // In the same time, wherever they differ.
        Some(found == expected)
    };
    PasswordHash::new(hash)
        .ok()
        .and_then(right)
        .unwrap_or(false)
}

/// The digest of a text as that of a hash was made.
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
        Some(kept) => kept.decode_b64(&mut salt)?,
        None => &[],
    };
    Output::init_with(length, |out| {
        Ok(argon2.hash_password_into_with_memory(text.as_bytes(), salt, out, memory)?)
    })
}

/// The same text, however a keyboard has composed it.
fn normal(text: &str) -> String {
    text.nfc().collect()
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

    /// As it was made by a version that left all of it to the library.
    #[test]
    fn a_password_that_was_kept_before_is_right() {
        let kept = Argon2::default();
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let kept = kept
            .hash_password(b"correct horse", &salt)
            .expect("a hash")
            .to_string();
        let mut memory = vec![Block::default(); 3];
        assert!(is_right("correct horse", &kept, &mut memory));
        assert!(!is_right("correct horsf", &kept, &mut memory));
    }

    #[tokio::test]
    async fn so_many_are_verified_at_once_in_so_much_memory_whoever_waits_for_the_answer() {
        let verifier = Verifier::new(2);
        let hash = Password::parse("correct horse")
            .expect("long enough")
            .hash();
        for number in 0..10 {
            let turn = verifier.turn().await;
            let asked = turn.verify(number.to_string(), hash.clone());
            // Begun, and nobody listens any more.
            let answer = tokio::time::timeout(std::time::Duration::ZERO, asked).await;
            drop(answer);
            let used = 2 - verifier.places.available_permits();
            let free = verifier.memory.lock().expect("whole").len();
            assert!(
                used > 0 || free > 0,
                "{number}: it goes on without its place"
            );
        }
        let _all = [verifier.turn().await, verifier.turn().await];
        let memory = verifier.memory.lock().expect("whole");
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
        check("12345678", None);
        check(&"\u{e9}".repeat(512), None);
        check(&"\u{e9}".repeat(513), Some(PasswordError::TooLong));
    }
}
