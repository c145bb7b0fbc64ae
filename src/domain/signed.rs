//! Values as bytes, to be sent and to be stored: postcard behind a signature.
//!
//! Postcard is small, and reads almost anything as something: of a sign-in page that a hotel's
//! network sends in our place, `<` is a fine number. The signature tells ours from theirs.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What every value begins with: our name, and the version of the types behind it.
const SIGNATURE: &[u8] = b"todo-list 1\n";

/// The bytes are none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of the to-do list")]
pub struct Foreign;

/// The bytes of a value.
///
/// # Errors
///
/// [`Foreign`] for a value that postcard cannot write; no value of this crate is one.
pub fn sign<T: Serialize>(value: &T) -> Result<Vec<u8>, Foreign> {
    // The many words of postcard's own error would be in the page.
    let body = postcard::to_allocvec(value).map_err(|_| Foreign)?;
    Ok([SIGNATURE, &body].concat())
}

/// The value that the bytes stand for.
///
/// # Errors
///
/// [`Foreign`] if there is none.
pub fn read_signed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Foreign> {
    let body = bytes.strip_prefix(SIGNATURE).ok_or(Foreign)?;
    postcard::from_bytes(body).map_err(|_| Foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{At, ClientId, Command, CommandId, ItemId, Timestamp, Title};

    fn decode(body: &[u8]) -> Result<u64, Foreign> {
        read_signed(body)
    }

    #[test]
    fn a_value_comes_back_and_a_foreign_body_is_none() {
        let body = sign(&300_u64).expect("a number");
        assert_eq!(decode(&body), Ok(300));
        assert_eq!(decode(&body[..body.len() - 1]), Err(Foreign));
        assert_eq!(decode(b"<html>Please sign in</html>"), Err(Foreign));
        assert_eq!(decode(b"todo-list 2\n\x05"), Err(Foreign));
        assert_eq!(decode(b""), Err(Foreign));
    }

    #[test]
    fn a_command_is_never_longer_than_its_weight() {
        let id = ItemId::new(Timestamp(u64::MAX), [255; 10]);
        let title = || Title::parse(&"\u{10FFFF}".repeat(500)).expect("a long title");
        let (at, ids) = (At::After(id), vec![id; 1_500]);
        let client = ClientId::new([255; 16]);
        let of = CommandId {
            client,
            seq: u64::MAX,
        };
        for command in [
            Command::Add {
                id,
                title: title(),
                at,
            },
            Command::Rename { id, title: title() },
            Command::Complete {
                id,
                completed: true,
            },
            Command::Order {
                id,
                order: Some(i64::MIN),
            },
            Command::Remove { id },
            Command::RemoveAll { ids: ids.clone() },
            Command::Move { id, at },
            Command::ClearCompleted { ids: ids.clone() },
            Command::CompleteAll {
                ids: ids.clone(),
                completed: true,
            },
            Command::Revert { of },
            Command::Restore { ids },
            Command::Expire,
        ] {
            let body = sign(&command).expect("a command");
            let length = body.len() - SIGNATURE.len();
            assert!(length <= command.weight(), "{length}: {command:?}");
        }
    }
}
