//! `kill -9` at every write and sync of a first start, which creates the tables, and of the first commands.

use reqwest::Client;

use crate::program::{Running, Sandbox, post};
use crate::shim::Shim;

/// The items of a new list, and those that the test adds.
const SEEDS: [&str; 2] = ["Build the front-end", "Connect to the back-end"];
const ADDED: [&str; 2] = ["first", "second"];

/// More calls than a run makes.
const MAX_CALLS: usize = 1_000;

#[tokio::test]
async fn a_kill_at_any_write_of_a_first_start_leaves_nothing_or_a_list() {
    let client = Client::new();
    let (mut killed_before, mut killed_after) = (0, 0);
    for call in 1..MAX_CALLS {
        let (sandbox, shim) = (Sandbox::new(), Shim::new());
        let mut command = shim.command(&sandbox);
        command.env("SHIM_KILL_AT", call.to_string());
        let mut acknowledged = 0;
        match Running::start(&mut command) {
            Ok(running) => {
                for item in ADDED {
                    match post(&client, &running.url, item).await {
                        Some(201) => acknowledged += 1,
                        _ => break,
                    }
                }
                killed_after += 1;
            }
            Err(words) => {
                assert!(words.starts_with("signal: 9"), "call {call}: {words}");
                killed_before += 1;
            }
        }

        let running = sandbox.start();
        let items = running.items().await;
        assert_eq!(items[..2], SEEDS, "call {call}");
        let added = &items[2..];
        assert!(added.len() >= acknowledged, "call {call}: {items:?}");
        assert!(added.len() <= acknowledged + 1, "call {call}: {items:?}");
        assert_eq!(added, &ADDED[..added.len()], "call {call}");
        running.add("after").await;
        running.stop();
        let (code, _, words) = sandbox.act(&["check"]);
        assert_eq!(code, Some(0), "call {call}: {words}");
        if acknowledged == ADDED.len() {
            assert!(
                killed_before > 20 && killed_after > 2,
                "{killed_before}, {killed_after}"
            );
            return;
        }
    }
    panic!("a start takes more than {MAX_CALLS} calls");
}
