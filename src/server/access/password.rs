//! The password that all share, and what is kept of it.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
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

/// Whether a text is the password that this is kept of.
pub(super) fn is_right(text: &str, hash: &str) -> bool {
    let text = normal(text);
    let right = |hash: PasswordHash<'_>| {
        Argon2::default()
            .verify_password(text.as_bytes(), &hash)
            .is_ok()
    };
    text.len() <= Password::MAX_BYTES && PasswordHash::new(hash).is_ok_and(right)
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
        let check =
            |text: &str, expected: bool| assert_eq!(is_right(text, &hash), expected, "{text}");
        check("caf\u{e9} au lait", true);
        check("cafe\u{301} au lait", true);
        check("cafe au lait", false);
        check("caf\u{e9} au lait ", false);
        check("", false);
        check(&"x".repeat(2_000), false);
        assert!(!is_right("caf\u{e9} au lait", "no hash"));
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
