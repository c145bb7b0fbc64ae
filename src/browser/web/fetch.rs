//! Calls of the server with the browser's `fetch`.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect, Response};

use super::time_limit::within;
use crate::browser::PostResponse;

/// How long a call may take before the server counts as unreachable, in milliseconds.
const CALL_TIMEOUT_MS: i32 = 15_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(path: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

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
    // The content security policy would make a redirect to a sign-in page look like no network.
    init.set_redirect(RequestRedirect::Manual);
    let controller = AbortController::new().ok();
    if let Some(controller) = &controller {
        init.set_signal(Some(&controller.signal()));
    }
    let sent = fetch(path, &init);
    // The framework requires `Send`, though a page has only one thread.
    SendWrapper::new(async move {
        let got = async |promise: Promise| JsFuture::from(promise).await.ok();
        let response = within(CALL_TIMEOUT_MS, async {
            let response: Response = got(sent.ok()?).await?.unchecked_into();
            let body: ArrayBuffer = got(response.array_buffer().ok()?).await?.unchecked_into();
            let header = |name| response.headers().get(name).ok().flatten();
            let media_type = header("content-type").unwrap_or_default();
            Some(PostResponse {
                status: response.status(),
                retry_after: header("retry-after").and_then(|wait| wait.parse().ok()),
                is_page: media_type.starts_with("text/html"),
                body: Uint8Array::new(&body).to_vec().into(),
            })
        });
        let response = response.await.flatten();
        if response.is_none() {
            // Nothing waits for it any more.
            controller.inspect(AbortController::abort);
        }
        response
    })
}
