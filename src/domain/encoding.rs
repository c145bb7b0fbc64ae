//! The bytes of values in server calls, in events and in the storage of the browser: postcard after a format tag.
//!
//! Postcard is compact and decodes almost any bytes: the `<` of the sign-in page that a captive portal sends in place of a
//! response is a valid number. The format tag tells the program's own bytes from foreign ones, and says which version of
//! the types is encoded: postcard has no names, so the types of a version never change.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The first bytes of every encoded value.
const FORMAT_NAME: &[u8] = b"todo-list ";

/// The bytes do not encode such a value, or the value cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of the to-do list")]
pub struct EncodingError;

/// Encodes a value of a version from 1 to 9.
///
/// # Errors
///
/// [`EncodingError`] for a value that postcard cannot encode. This crate has no such value.
pub fn encode<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, EncodingError> {
    // The messages of postcard's own error would make the WASM larger.
    let body = postcard::to_allocvec(value).map_err(|_| EncodingError)?;
    Ok([FORMAT_NAME, &version_tag(version), &body].concat())
}

/// Decodes a value of a version from 1 to 9.
///
/// # Errors
///
/// [`EncodingError`] if the bytes have another format tag or do not encode a `T`.
pub fn decode<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, EncodingError> {
    let tagged = bytes.strip_prefix(FORMAT_NAME).ok_or(EncodingError)?;
    let body = tagged.strip_prefix(&version_tag(version));
    postcard::from_bytes(body.ok_or(EncodingError)?).map_err(|_| EncodingError)
}

/// The rest of the format tag.
fn version_tag(version: u8) -> [u8; 2] {
    [b'0' + version, b'\n']
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        At, ClientId, Command, CommandId, FieldPatch, Item, ItemId, ItemPatch, Timestamp, Title,
    };

    fn decode_number(body: &[u8]) -> Result<u64, EncodingError> {
        decode(1, body)
    }

    #[test]
    fn a_value_decodes_to_itself_and_foreign_bytes_are_an_error() {
        let body = encode(1, &300_u64).expect("a number");
        assert_eq!(decode_number(&body), Ok(300));
        assert_eq!(decode_number(&body[..body.len() - 1]), Err(EncodingError));
        assert_eq!(
            decode_number(b"<html>Please sign in</html>"),
            Err(EncodingError)
        );
        assert_eq!(decode_number(b"todo-list 2\n\x05"), Err(EncodingError));
        assert_eq!(decode_number(b""), Err(EncodingError));
    }

    #[test]
    fn a_command_is_never_longer_than_its_weight() {
        let id = ItemId::new(Timestamp(u64::MAX), [255; 10]);
        let title = || Title::parse(&"\u{10FFFF}".repeat(500)).expect("a long title");
        let item = || Item {
            id,
            title: title(),
            completed_at: Some(Timestamp(u64::MAX)),
            order: Some(i64::MIN),
            removed_at: Some(Timestamp(u64::MAX)),
        };
        let patch = ItemPatch {
            title: FieldPatch::Set(title()),
            completed: FieldPatch::Set(true),
            order: FieldPatch::Set(Some(i64::MIN)),
        };
        let (at, ids) = (At::After(id), vec![id; 1_500]);
        let client = ClientId::new([255; 16]);
        let of = CommandId {
            client,
            seq: u64::MAX,
        };
        for command in [
            Command::Add { item: item(), at },
            Command::AddAll {
                items: vec![item(); 90],
                at,
            },
            Command::Edit { id, patch },
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
            let body = encode(2, &command).expect("a command");
            let length = body.len() - FORMAT_NAME.len() - 2;
            assert!(length <= command.weight(), "{length}: {command:?}");
        }
    }
}
