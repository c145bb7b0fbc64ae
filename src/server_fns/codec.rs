//! How arguments and answers travel: as postcard behind a signature.
//!
//! Postcard is small, and reads almost anything as something: of a sign-in page that a hotel's
//! network sends in our place, `<` is a fine number. The signature tells ours from theirs.

use leptos::server_fn::codec::{Post, PostcardEncoding};
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What every body begins with: our name, and the version of the types behind it.
const SIGNATURE: &[u8] = b"todo-list 1\n";

/// Arguments and answers in [`SignedPostcard`], by POST.
pub type Signed = Post<SignedPostcard>;

/// A signature, then the value in postcard.
pub struct SignedPostcard;

/// The body is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a body of the to-do list")]
pub struct Foreign;

impl ContentType for SignedPostcard {
    const CONTENT_TYPE: &'static str = PostcardEncoding::CONTENT_TYPE;
}

impl FormatType for SignedPostcard {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize> Encodes<T> for SignedPostcard {
    type Error = <PostcardEncoding as Encodes<T>>::Error;

    fn encode(value: &T) -> Result<bytes::Bytes, Self::Error> {
        let body = PostcardEncoding::encode(value)?;
        Ok([SIGNATURE, &body].concat().into())
    }
}

impl<T: DeserializeOwned> Decodes<T> for SignedPostcard {
    type Error = Foreign;

    fn decode(body: bytes::Bytes) -> Result<T, Foreign> {
        if !body.starts_with(SIGNATURE) {
            return Err(Foreign);
        }
        PostcardEncoding::decode(body.slice(SIGNATURE.len()..)).map_err(|_| Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &[u8]) -> Result<u64, Foreign> {
        SignedPostcard::decode(body.to_vec().into())
    }

    #[test]
    fn a_value_comes_back_and_a_foreign_body_is_none() {
        let body = SignedPostcard::encode(&300_u64).expect("a number");
        assert_eq!(decode(&body), Ok(300));
        assert_eq!(decode(&body[..body.len() - 1]), Err(Foreign));
        assert_eq!(decode(b"<html>Please sign in</html>"), Err(Foreign));
        assert_eq!(decode(b"todo-list 2\n\x05"), Err(Foreign));
        assert_eq!(decode(b""), Err(Foreign));
    }
}
