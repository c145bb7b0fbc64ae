//! Time limits for the promises of the browser, some of which never settle.

use std::pin::pin;
use std::task::Poll;

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// In how many parts a time passes.
const PARTS: i32 = 4;

/// Waits for `work`, at most about this number of milliseconds. `None` if the time has passed.
pub(super) async fn within<T>(milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut time) = (pin!(work), pin!(pass(milliseconds)));
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => time.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Waits for about this number of milliseconds. They pass in parts: when a page that was busy or frozen goes on, only one
/// part is over at once, and results that have come meanwhile are still in time.
pub(super) async fn pass(milliseconds: i32) {
    for _ in 0..PARTS {
        let part = Promise::new(&mut |resolve, _| {
            // This fails only in a closed document.
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(
                &resolve,
                milliseconds / PARTS,
            );
        });
        let _ = JsFuture::from(part).await;
    }
}
