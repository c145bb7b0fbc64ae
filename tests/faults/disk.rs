//! A disk that is full, and one that cannot be trusted any more.

use std::time::{Duration, Instant};

use reqwest::Client;

use crate::program::{Place, Running, post};
use crate::shim::Shim;

#[tokio::test]
async fn a_full_disk_refuses_writes_and_goes_on_when_there_is_room() {
    let (place, shim) = (Place::new(), Shim::new());
    let mut running = Running::start(&mut shim.command(&place)).unwrap();
    running.add("before").await;
    let client = Client::new();
    for round in 0..3 {
        shim.set("full", true);
        for number in 0..5 {
            assert_eq!(
                post(&client, &running.url, &format!("lost {number}")).await,
                Some(507)
            );
        }
        assert!(
            !running
                .items()
                .await
                .iter()
                .any(|item| item.starts_with("lost"))
        );
        shim.set("full", false);
        running.add(&format!("after {round}")).await;
    }
    let expected = ["before", "after 0", "after 1", "after 2"];
    assert_eq!(running.items().await[2..], expected);
    running.kill();
    assert_eq!(place.start().items().await[2..], expected);
}

#[tokio::test]
async fn a_sync_that_fails_acknowledges_nothing_and_ends_the_program() {
    let (place, shim) = (Place::new(), Shim::new());
    let mut running = Running::start(&mut shim.command(&place)).unwrap();
    running.add("before").await;
    let client = Client::new();
    let stream = client.get(format!("{}/api/v1/events", running.url));
    let mut stream = stream.send().await.unwrap();
    shim.set("sync-fails", true);
    let attempts = (0..8).map(|number| {
        let (client, url) = (client.clone(), running.url.clone());
        tokio::spawn(async move { post(&client, &url, &format!("doubtful {number}")).await })
    });
    let attempts: Vec<_> = attempts.collect();
    for attempt in attempts {
        let status = attempt.await.unwrap();
        assert!(
            matches!(status, None | Some(503)),
            "{status:?} was answered"
        );
    }
    let begin = Instant::now();
    while stream.chunk().await.unwrap().is_some() {}
    assert_eq!(running.wait().code(), Some(74));
    // An open stream does not keep it.
    assert!(begin.elapsed() < Duration::from_secs(3));

    // The next start is clean: what was acknowledged is there, and writing works.
    let running = place.start();
    let items = running.items().await;
    assert_eq!(items[2], "before");
    assert!(
        items[3..].iter().all(|item| item.starts_with("doubtful")),
        "{items:?}"
    );
    running.add("after").await;
}
