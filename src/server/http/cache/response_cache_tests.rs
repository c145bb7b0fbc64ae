//! How often something is made for many readers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use axum::body::to_bytes;
use axum::http::HeaderMap;

use super::*;

/// As many items as are read elsewhere.
const MANY: usize = 1_000;

/// What is asked for by many at the same time.
#[derive(Default)]
struct Made {
    latest: Latest<usize>,
    is: AtomicUsize,
    count: AtomicUsize,
}

/// Asks for it, and answers what it costs, too; `while_made` is called while it is being made, with the number of the making.
async fn ask(
    made: &Arc<Made>,
    reads: &Reads,
    while_made: impl FnOnce(usize) + Send + 'static,
) -> (String, u32) {
    let headers = &HeaderMap::new();
    let client = None;
    let making = made.clone();
    let make = move || {
        let state = making.is.load(Ordering::SeqCst);
        while_made(making.count.fetch_add(1, Ordering::SeqCst) + 1);
        let mut pieces = Pieces::default();
        pieces.push(state.to_string().as_bytes());
        (state, Content::new("text/plain", pieces))
    };
    let is = || made.is.load(Ordering::SeqCst);
    let reader = Reader { client, headers };
    let answer = made.latest.answer(reads, reader, is, || MANY, make).await;
    let answer = answer.unwrap();
    let cost = answer.extensions().get().map_or(0, |Cost(cost)| *cost);
    let body = to_bytes(answer.into_body(), 100).await.unwrap();
    (String::from_utf8(body.to_vec()).unwrap(), cost)
}

#[tokio::test]
async fn many_who_ask_at_once_are_answered_by_two_makings_however_fast_the_state_changes() {
    let (made, reads) = (Arc::new(Made::default()), Reads::new());
    let (begins, begun) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let first = tokio::spawn({
        let (made, reads) = (made.clone(), reads.clone());
        async move {
            let hold = move |_| {
                begins.send(()).unwrap();
                let _ = wait.recv();
            };
            ask(&made, &reads, hold).await
        }
    });
    tokio::task::spawn_blocking(move || begun.recv())
        .await
        .unwrap()
        .unwrap();
    // They come while it is being made of a state that was before they came.
    made.is.store(1, Ordering::SeqCst);
    let others: Vec<_> = (0..50)
        .map(|_| {
            let (made, reads) = (made.clone(), reads.clone());
            tokio::spawn(async move {
                let changing = made.clone();
                let change = move |number| changing.is.store(number, Ordering::SeqCst);
                ask(&made, &reads, change).await
            })
        })
        .collect();
    while Arc::strong_count(&made) < 52 {
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
    // Whoever makes it pays for it.
    assert_eq!(costs, 1);
    assert_eq!(made.count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_there_for_the_next() {
    let (made, reads) = (Arc::new(Made::default()), Reads::new());
    let (begins, begun) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let first = tokio::spawn({
        let (made, reads) = (made.clone(), reads.clone());
        async move {
            let hold = move |_| {
                begins.send(()).unwrap();
                let _ = wait.recv();
            };
            ask(&made, &reads, hold).await
        }
    });
    tokio::task::spawn_blocking(move || begun.recv())
        .await
        .unwrap()
        .unwrap();
    first.abort();
    assert!(first.await.is_err());
    go.send(()).unwrap();
    let answer = ask(&made, &reads, |_| ()).await;
    assert_eq!(answer, ("0".into(), 0));
    assert_eq!(made.count.load(Ordering::SeqCst), 1);
}
