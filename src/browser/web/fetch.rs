//! How calls go out: a POST by the browser's own `fetch`.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};

use crate::browser::PostResponse;

/// How long a call may take before the server counts as unreachable, in milliseconds.
const PATIENCE: u32 = 15_000;

/// Sends a body, and answers what came back. `None` if there is no answer, or not in time.
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
        // All pages of a browser have the same cookie: this says whose work it is.
        &header("todo-list-session", &super::login_session::session_id()),
    ));
    init.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    let sent = window().fetch_with_str_and_init(path, &init);
    // A page has one thread, and the framework does not know it.
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
