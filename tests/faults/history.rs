//! A history with every kind of command, for the fixtures, which the program writes over HTTP.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{Running, SENDER, Sandbox};

/// The password of the fixtures.
pub const PASSWORD: &str = "correct horse battery";

/// A second sender, and one whose commands are all refused.
pub const OTHER: &str = "5d1c0c8e-3f0b-4f57-9a6e-2a8b7c9d0e1f";
const REFUSED: &str = "c2a4e6f8-1b3d-4e5f-8a9b-0c1d2e3f4a5b";

/// How many commands precede a snapshot.
const UNTIL_SNAPSHOT: usize = 1_000;

fn item(number: u8) -> String {
    format!("0190f3a0-0000-7000-8000-0000000000{number:02}")
}

fn add(number: u8, title: &str, at: &Value) -> Value {
    json!({ "add": { "id": item(number), "title": title, "at": at } })
}

fn rename(number: u8, title: &str) -> Value {
    json!({ "rename": { "id": item(number), "title": title } })
}

fn revert(client: &str, seq: u64) -> Value {
    json!({ "revert": { "of": { "client": client, "seq": seq } } })
}

/// The first command of the first sender.
pub fn first_command() -> Value {
    add(1, "Buy \"milk\" & <b>eggs</b> \\ 'bread'", &json!("end"))
}

/// Sends commands that must all be decided. Returns how many were refused.
async fn decided(running: &Running, client: &str, first: u64, commands: &[Value]) -> usize {
    let commands: Vec<&Value> = commands.iter().collect();
    let (status, body) = running.send_as(client, first, &commands).await;
    assert_eq!(status, 200, "{body}");
    let results = body["results"].as_array().unwrap();
    let refused = results
        .iter()
        .filter(|result| result["status"] == "refused");
    refused.count()
}

/// Runs an action that must succeed.
fn act(sandbox: &Sandbox, arguments: &[&str]) {
    let (code, _, words) = sandbox.act(arguments);
    assert_eq!(code, Some(0), "{words}");
}

/// Commands of two senders on eight items, with every kind of command.
async fn two_senders(running: &Running) {
    let longest = "\u{e4}".repeat(500);
    let adds = [
        first_command(),
        add(
            2,
            "\u{1f469}\u{200d}\u{1f4bb} e\u{301} \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            &json!("start"),
        ),
        add(3, &longest, &json!({ "after": item(1) })),
        add(
            4,
            "a\ttab, a\u{2028}line, no\u{a0}break",
            &json!({ "before": item(1) }),
        ),
        add(5, "null", &json!({ "after": item(99) })),
    ];
    assert_eq!(decided(running, SENDER, 1, &adds).await, 0);
    let changes = [
        add(6, "\u{fffd}\u{10ffff}\u{feff}x", &json!("end")),
        rename(5, "x 2026-01-01 (A) +renamed @twice"),
        json!({ "complete": { "id": item(1), "completed": true } }),
        json!({ "order": { "id": item(2), "order": i64::MIN } }),
        json!({ "move": { "id": item(3), "at": "start" } }),
        json!({ "remove": { "id": item(4) } }),
        rename(4, "removed"),
        json!({ "remove": { "id": item(98) } }),
        revert(SENDER, 99),
    ];
    assert_eq!(decided(running, OTHER, 1, &changes).await, 3);
    let more = [
        revert(OTHER, 2),
        revert(SENDER, 6),
        json!({ "restore": { "ids": [item(4)] } }),
        json!({ "complete_all": { "ids": [item(2), item(3)], "completed": true } }),
        json!({ "clear_completed": { "ids": [item(1), item(2), item(3)] } }),
        revert(SENDER, 10),
        json!({ "remove_all": { "ids": [item(2), item(6)] } }),
        json!({ "complete": { "id": item(1), "completed": false } }),
        json!("expire"),
    ];
    assert_eq!(decided(running, SENDER, 6, &more).await, 0);
}

/// Writes the history into a sandbox, with a snapshot and some commands after it, and stops the program.
pub async fn write_and_stop(sandbox: &Sandbox) {
    let running = sandbox.start();
    two_senders(&running).await;
    running.add("from a program").await;
    let nothing: Vec<Value> = vec![revert(SENDER, 99); UNTIL_SNAPSHOT];
    for (index, part) in nothing.chunks(200).enumerate() {
        let first = 1 + 200 * index as u64;
        assert_eq!(decided(&running, REFUSED, first, part).await, part.len());
    }
    running.stop();

    fs::write(
        sandbox.beside("list.md"),
        "- [ ] imported\n- [x] \u{1f600} done\n",
    )
    .unwrap();
    act(sandbox, &["import", "list.md"]);
    let running = sandbox.start();
    let after = [
        rename(1, "renamed after the snapshot"),
        add(7, "last", &json!("start")),
    ];
    assert_eq!(decided(&running, OTHER, 10, &after).await, 0);
    running.stop();

    let mut password = sandbox.command();
    let mut password = password
        .arg("password")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = password.stdin.take().unwrap();
    writeln!(input, "{PASSWORD}").unwrap();
    drop(input);
    assert!(password.wait().unwrap().success());
}

/// Writes a shorter history and kills the program, so that the last commands are only in the write-ahead log.
pub async fn write_and_kill(sandbox: &Sandbox) {
    let running = sandbox.start();
    two_senders(&running).await;
    running.stop();
    let mut running = sandbox.start();
    let after = [
        rename(1, "only in the log"),
        add(7, "last", &json!("start")),
    ];
    assert_eq!(decided(&running, OTHER, 10, &after).await, 0);
    running.kill();
}
