//! The data after a restart.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::Sandbox;

#[tokio::test]
async fn the_list_is_there_after_a_stop_and_after_a_kill() {
    let sandbox = Sandbox::new();
    let mut expected: Vec<String> = ["Build the front-end", "Connect to the back-end"]
        .map(String::from)
        .into();
    let mut epoch = None;
    for round in 0..6 {
        let mut running = sandbox.start();
        assert_eq!(running.items().await, expected, "round {round}");
        // The epoch is the same, so readers continue from their cursors.
        let found = running.epoch().await;
        assert_eq!(*epoch.get_or_insert(found.clone()), found, "round {round}");
        let item = format!("item {round}: \u{1f469}\u{200d}\u{1f4bb} \"\\ <b>");
        running.add(&item).await;
        expected.push(item);
        if round % 2 == 0 {
            running.kill();
        } else {
            running.stop();
        }
    }
}

#[tokio::test]
async fn many_items_come_back_from_a_snapshot_and_what_came_after_it() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    for number in 0..1_100 {
        running.add(&format!("item {number}")).await;
    }
    let expected = running.items().await;
    assert_eq!(expected.len(), 1_102);
    running.stop();
    assert_eq!(sandbox.start().items().await, expected);
}

#[tokio::test]
async fn the_data_is_for_its_user_only() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    running.add("secret").await;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(sandbox.data()), 0o700);
    for entry in fs::read_dir(sandbox.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(path.clone()), 0o600, "{}", path.display());
    }
    drop(running);
}

#[tokio::test]
async fn a_start_with_100_000_items_takes_less_than_a_second() {
    // The limit is that of a release build; a debug build is slower.
    let is_release = std::env::var("TODO_LIST_PROGRAM").is_ok();
    let limit = Duration::from_secs(if is_release { 1 } else { 10 });
    let sandbox = Sandbox::new();
    let lines: String = (0..100_000)
        .map(|number| format!("item {number}\n"))
        .collect();
    fs::write(sandbox.beside("many.txt"), lines).unwrap();
    assert_eq!(sandbox.act(&["import", "many.txt"]).0, Some(0));
    // The best of five: other load on the machine can only add time.
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begin = Instant::now();
        let running = sandbox.start();
        best = best.min(begin.elapsed());
        assert_eq!(running.items().await.len(), 100_000);
    }
    assert!(best < limit, "{best:?}");
}

#[tokio::test]
async fn a_command_counts_once_also_across_a_kill() {
    let sandbox = Sandbox::new();
    let item = "0190f3a0-0000-7000-8000-000000000001";
    let add = json!({ "add": { "id": item, "title": "once", "at": "end" } });
    let gone = json!({ "remove": { "id": "0190f3a0-0000-7000-8000-000000000009" } });
    let commands = [
        &add,
        &gone,
        &json!({ "complete": { "id": item, "completed": true } }),
    ];
    let mut running = sandbox.start();
    let (status, first) = running.send(1, &commands).await;
    assert_eq!(
        (status, &first["results"][1]["status"]),
        (200, &json!("refused"))
    );
    running.kill();

    let running = sandbox.start();
    assert_eq!(running.send(1, &commands).await, (200, first));
    let (status, gap) = running.send(5, &[&add]).await;
    assert_eq!(
        (status, &gap["code"], &gap["expected"]),
        (409, &json!("out_of_order"), &json!(4))
    );
    let (status, taken) = running.send(2, &[&add]).await;
    assert_eq!((status, &taken["code"]), (409, &json!("number_taken")));
    assert_eq!(running.items().await[2..], ["once"]);
}
