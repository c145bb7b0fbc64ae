//! `kill -9` at random moments under load: every acknowledged item exists once, and nothing else does.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;

use crate::program::{Sandbox, post, rounds};

const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_items_exist_once_after_a_kill() {
    let sandbox = Sandbox::new();
    let mut answered: HashSet<String> = HashSet::new();
    let mut sent: HashSet<String> = HashSet::new();
    let mut before = Vec::new();
    for round in 0..rounds(10) {
        let mut running = sandbox.start();
        let items = running.items().await;
        let there: HashSet<&String> = items[2..].iter().collect();
        assert_eq!(
            there.len(),
            items.len() - 2,
            "round {round}: something is there twice"
        );
        for item in &answered {
            assert!(
                there.contains(item),
                "round {round}: {item} was answered and is lost"
            );
        }
        for item in &there {
            assert!(sent.contains(*item), "round {round}: {item} was never sent");
        }
        assert!(
            items.starts_with(&before),
            "round {round}: the past has changed"
        );
        before = items;

        // The writers continue until the connection breaks.
        let url: Arc<str> = running.url.as_str().into();
        let write = |writer: usize| {
            let url = url.clone();
            tokio::spawn(async move {
                let client = Client::new();
                let mut answers = Vec::new();
                loop {
                    let item = format!("round {round}, writer {writer}, item {}", answers.len());
                    let status = post(&client, &url, &item).await;
                    answers.push((item, status));
                    if status != Some(201) {
                        return answers;
                    }
                }
            })
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        // At a random commit, from the first to the four hundredth; the round is the seed.
        let pause = 2 + (round as u64).wrapping_mul(2_654_435_761) % 120;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        running.kill();
        for writer in writers {
            for (item, status) in writer.await.unwrap() {
                if status == Some(201) {
                    answered.insert(item.clone());
                }
                sent.insert(item);
            }
        }
    }
    assert!(
        answered.len() > rounds(10),
        "only {} items were written",
        answered.len()
    );
}
