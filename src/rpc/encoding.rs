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
use crate::sync::PROTOCOL_VERSION;

/// The version of the errors. They are the same as in version 1 of the protocol, so that an older page understands them.
pub const ERROR_VERSION: u8 = 1;

/// The encoding of values of one version, as the framework requires it.
pub struct TaggedPostcard<const VERSION: u8>;

/// The encoding of arguments and responses.
pub type CallEncoding = TaggedPostcard<PROTOCOL_VERSION>;

/// The encoding of errors.
pub type ErrorEncoding = TaggedPostcard<ERROR_VERSION>;

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
        let arguments = CallEncoding::decode(body).map_err(|EncodingError| CallError::Malformed)?;
        let response = function(arguments).await?;
        let body = CallEncoding::encode(&response).map_err(|EncodingError| CallError::Failed)?;
        S::Response::try_from_bytes(CallEncoding::CONTENT_TYPE, body)
    }

    async fn run_client(path: &str, arguments: I) -> Result<O, CallError> {
        let body = CallEncoding::encode(&arguments).map_err(|EncodingError| CallError::Failed)?;
        let response = browser::post(path, CallEncoding::CONTENT_TYPE, &body).await;
        let Some(PostResponse {
            status,
            retry_after,
            is_page,
            body,
        }) = response
        else {
            return Err(CallError::Unreachable);
        };
        if matches!(status, 200..=299)
            && let Ok(response) = CallEncoding::decode(body.clone())
        {
            return Ok(response);
        }
        Err(ErrorEncoding::decode(body).unwrap_or(match status {
            // A reverse proxy can have limits of its own.
            429 => CallError::Busy {
                seconds: retry_after.unwrap_or(1),
            },
            // It can have sessions of its own, and redirects to its sign-in page or answers with it.
            0 | 401 => CallError::SignedOut,
            200..=299 | 403 if is_page => CallError::SignedOut,
            _ => CallError::Failed,
        }))
    }
}

impl<const VERSION: u8> ContentType for TaggedPostcard<VERSION> {
    const CONTENT_TYPE: &'static str = "application/x-postcard";
}

impl<const VERSION: u8> FormatType for TaggedPostcard<VERSION> {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize, const VERSION: u8> Encodes<T> for TaggedPostcard<VERSION> {
    type Error = EncodingError;

    fn encode(value: &T) -> Result<Bytes, EncodingError> {
        encode(VERSION, value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned, const VERSION: u8> Decodes<T> for TaggedPostcard<VERSION> {
    type Error = EncodingError;

    fn decode(body: Bytes) -> Result<T, EncodingError> {
        decode(VERSION, &body)
    }
}
