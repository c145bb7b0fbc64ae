//! In place of the crate of this name, as far as the framework names it.
//!
//! The framework can stream bodies to and from server functions, and brings wasm-streams for it. That crate
//! exports classes to JavaScript, and what is exported stays in the module: five kilobytes of it, compressed,
//! though this page streams nothing. Here nothing is exported, and a stream is empty.

use futures_util::stream::{self, Stream};
use wasm_bindgen::JsValue;

/// A stream of the browser.
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// An empty stream of the browser.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        Self(web_sys::ReadableStream::new().unwrap_or_else(|_| JsValue::UNDEFINED.into()))
    }

    /// Takes a stream of the browser.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// The stream of the browser.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Nothing.
    pub fn into_stream(self) -> impl Stream<Item = Result<JsValue, JsValue>> {
        stream::empty()
    }
}
