//! How often the cache renders for many requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use axum::body::to_bytes;
use tokio::task::JoinHandle;

use super::*;

/// Too many items to be read where the request is handled.
const MANY_ITEMS: usize = 1_000;

/// A cached number.
#[derive(Default)]
struct Counter {
    cache: ResponseCache<usize>,
    state: AtomicUsize,
    renderings: AtomicUsize,
}

/// Returns the body of a response and its cost. A rendering calls `while_rendering` with its number.
async fn get(
    counter: &Arc<Counter>,
    pool: &RenderPool,
    while_rendering: impl FnOnce(usize) + Send + 'static,
) -> (String, u32) {
    let rendered = counter.clone();
    let render = move || {
        let state = rendered.state.load(Ordering::SeqCst);
        while_rendering(rendered.renderings.fetch_add(1, Ordering::SeqCst) + 1);
        let mut chunks = Chunks::default();
        chunks.push(state.to_string().as_bytes());
        (state, RenderedBody::new("text/plain", chunks))
    };
    let current = || counter.state.load(Ordering::SeqCst);
    let response = counter
        .cache
        .respond(pool, Recipient::local(), current, || MANY_ITEMS, render)
        .await
        .unwrap();
    let cost = response
        .extensions()
        .get()
        .map_or(0, |ReadCost(cost)| *cost);
    let body = to_bytes(response.into_body(), 100).await.unwrap();
    (String::from_utf8(body.to_vec()).unwrap(), cost)
}

/// Starts a request, and returns it when its rendering has begun. The rendering ends when the sender is used or dropped.
async fn held_rendering(
    counter: &Arc<Counter>,
    pool: &RenderPool,
) -> (JoinHandle<(String, u32)>, mpsc::Sender<()>) {
    let (counter, pool) = (counter.clone(), pool.clone());
    let (begins, begun) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    let request = tokio::spawn(async move {
        let hold = move |_| {
            begins.send(()).unwrap();
            let _ = wait.recv();
        };
        get(&counter, &pool, hold).await
    });
    tokio::task::spawn_blocking(move || begun.recv())
        .await
        .unwrap()
        .unwrap();
    (request, go)
}

#[tokio::test]
async fn many_requests_at_once_take_two_renderings_however_fast_the_state_changes() {
    let (counter, pool) = (Arc::new(Counter::default()), RenderPool::new());
    let (first, go) = held_rendering(&counter, &pool).await;
    // The others arrive during a rendering of a state that is older than their requests.
    counter.state.store(1, Ordering::SeqCst);
    let others: Vec<_> = (0..50)
        .map(|_| {
            let (counter, pool) = (counter.clone(), pool.clone());
            tokio::spawn(async move {
                let changing = counter.clone();
                let change = move |number| changing.state.store(number, Ordering::SeqCst);
                get(&counter, &pool, change).await
            })
        })
        .collect();
    while Arc::strong_count(&counter) < 52 {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    go.send(()).unwrap();
    assert_eq!(first.await.unwrap(), ("0".into(), 1));
    let mut costs = 0;
    for other in others {
        let (body, cost) = other.await.unwrap();
        assert_eq!(body, "1");
        costs += cost;
    }
    // The client whose request renders pays for it.
    assert_eq!(costs, 1);
    assert_eq!(counter.renderings.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_rendering_whose_request_was_cancelled_serves_the_next_request() {
    let (counter, pool) = (Arc::new(Counter::default()), RenderPool::new());
    let (first, go) = held_rendering(&counter, &pool).await;
    first.abort();
    assert!(first.await.is_err());
    go.send(()).unwrap();
    assert_eq!(get(&counter, &pool, |_| ()).await, ("0".into(), 0));
    assert_eq!(counter.renderings.load(Ordering::SeqCst), 1);
}
