//! The encoding of calls: POST requests with the bytes of [`encoding`](crate::domain::encoding).

use leptos::server_fn::client::Client;

use bytes::Bytes;
use http::Method;
use leptos::server_fn::request::Req;
use leptos::server_fn::response::TryRes;
use leptos::server_fn::server::Server;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType, Protocol};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CallError;
use crate::browser::{self, PostResponse};
use crate::domain::encoding::{EncodingError, decode, encode};

/// The encoding of arguments and responses, as the framework requires it.
pub struct TaggedPostcard;

/// The protocol of server functions: POST requests and responses in [`TaggedPostcard`]. The framework's protocol can also
/// stream, upload and follow redirects, and would add three kilobytes to the WASM.
pub struct PostcardRpc;

impl<I, O, C, S> Protocol<I, O, C, S, CallError> for PostcardRpc
where
    I: Serialize + DeserializeOwned + Send,
    O: Serialize + DeserializeOwned + Send,
    C: Client<CallError>,
    S: Server<CallError>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, function: F) -> Result<S::Response, CallError>
    where
        F: Fn(I) -> Fut + Send,
        Fut: Future<Output = Result<O, CallError>> + Send,
    {
        let body = request.try_into_bytes().await?;
        let arguments =
            TaggedPostcard::decode(body).map_err(|EncodingError| CallError::Malformed)?;
        let response = function(arguments).await?;
        let body = TaggedPostcard::encode(&response).map_err(|EncodingError| CallError::Failed)?;
        S::Response::try_from_bytes(TaggedPostcard::CONTENT_TYPE, body)
    }

    async fn run_client(path: &str, arguments: I) -> Result<O, CallError> {
        let body = TaggedPostcard::encode(&arguments).map_err(|EncodingError| CallError::Failed)?;
        let response = browser::post(path, TaggedPostcard::CONTENT_TYPE, &body).await;
        let Some(PostResponse {
            status,
            retry_after,
            body,
        }) = response
        else {
            return Err(CallError::Unreachable);
        };
        if matches!(status, 200..=299) {
            return TaggedPostcard::decode(body).map_err(|EncodingError| CallError::Failed);
        }
        Err(TaggedPostcard::decode(body).unwrap_or(match status {
            // A reverse proxy can have limits of its own.
            429 => CallError::Busy {
                seconds: retry_after.unwrap_or(1),
            },
            _ => CallError::Failed,
        }))
    }
}

impl ContentType for TaggedPostcard {
    const CONTENT_TYPE: &'static str = "application/x-postcard";
}

impl FormatType for TaggedPostcard {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize> Encodes<T> for TaggedPostcard {
    type Error = EncodingError;

    fn encode(value: &T) -> Result<Bytes, EncodingError> {
        encode(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TaggedPostcard {
    type Error = EncodingError;

    fn decode(body: Bytes) -> Result<T, EncodingError> {
        decode(&body)
    }
}
