//! Calls of the server with the browser's `fetch`.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};

use crate::browser::PostResponse;

/// How long a call may take before the server counts as unreachable, in milliseconds.
const CALL_TIMEOUT_MS: u32 = 15_000;

/// Sends a POST request. Returns the response; `None` if there is none in time.
pub fn post(
    path: &str,
    content_type: &str,
    body: &[u8],
) -> impl Future<Output = Option<PostResponse>> + Send + use<> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&Uint8Array::from(body));
    let header = |name: &str, value: &str| Array::of2(&name.into(), &value.into());
    init.set_headers(&Array::of2(
        &header("content-type", content_type),
        // All pages of a browser share a cookie. The header says to which login session this page belongs.
        &header("todo-list-session", &super::login_session::session_id()),
    ));
    init.set_signal(Some(&AbortSignal::timeout_with_u32(CALL_TIMEOUT_MS)));
    let sent = window().fetch_with_str_and_init(path, &init);
    // The framework requires `Send`, though a page has only one thread.
    SendWrapper::new(async {
        let got = async |promise: Promise| JsFuture::from(promise).await.ok();
        let response: Response = got(sent).await?.unchecked_into();
        let body: ArrayBuffer = got(response.array_buffer().ok()?).await?.unchecked_into();
        let wait = response.headers().get("retry-after").ok().flatten();
        Some(PostResponse {
            status: response.status(),
            retry_after: wait.and_then(|wait| wait.parse().ok()),
            body: Uint8Array::new(&body).to_vec().into(),
        })
    })
}
