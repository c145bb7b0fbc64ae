//! Backing up, restoring, checking, exporting and importing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;

use crate::program::{Sandbox, contents, post, rounds};

/// Runs an action that must succeed. Returns its standard output.
fn done(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (code, written, words) = sandbox.act(arguments);
    assert_eq!(code, Some(0), "{words}");
    written
}

/// Runs an action that must fail with one line of error.
fn refused(sandbox: &Sandbox, arguments: &[&str], code: i32, expected: &str) {
    let (found, written, words) = sandbox.act(arguments);
    assert_eq!(found, Some(code), "{words}");
    assert!(words.contains(expected), "{words}");
    assert_eq!(
        (words.lines().count(), written.as_str()),
        (1, ""),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole_and_has_all_that_was_acknowledged_before() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let writer = tokio::spawn({
        let (url, acknowledged) = (running.url.clone(), acknowledged.clone());
        async move {
            let client = Client::new();
            // About 200 a second, as long as the test lasts.
            let mut pace = tokio::time::interval(std::time::Duration::from_millis(5));
            for number in 0.. {
                pace.tick().await;
                assert_eq!(
                    post(&client, &url, &format!("item {number}")).await,
                    Some(201)
                );
                acknowledged.store(number + 1, Ordering::SeqCst);
            }
        }
    });
    for round in 0..rounds(5) {
        while acknowledged.load(Ordering::SeqCst) < (round + 1) * 20 {
            tokio::task::yield_now().await;
        }
        let before = acknowledged.load(Ordering::SeqCst);
        done(&sandbox, &["backup", &format!("backup-{round}")]);

        let other = Sandbox::new();
        let file = sandbox.beside(&format!("backup-{round}"));
        done(&other, &["restore", file.to_str().unwrap()]);
        done(&other, &["check"]);
        let items = other.start().items().await;
        let expected: Vec<String> = (0..items.len() - 2)
            .map(|number| format!("item {number}"))
            .collect();
        assert_eq!(items[2..], expected, "round {round}");
        assert!(
            expected.len() >= before,
            "round {round}: {} of {before}",
            expected.len()
        );
    }
    writer.abort();
}

#[tokio::test]
async fn a_restored_backup_replaces_the_data_and_keeps_a_copy() {
    let sandbox = Sandbox::new();
    let mut running = sandbox.start();
    running.add("in the backup").await;
    done(&sandbox, &["backup", "backup"]);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(sandbox.beside("backup")), 0o600);
    refused(&sandbox, &["backup", "backup"], 73, "already exists");
    refused(&sandbox, &["restore", "backup"], 75, "is in use");
    running.add("after the backup").await;
    running.kill();

    done(&sandbox, &["restore", "backup"]);
    assert_eq!(mode(sandbox.file("todo-list.db")), 0o600);
    assert_eq!(mode(sandbox.file("before-restore-1")), 0o700);
    assert_eq!(mode(sandbox.file("before-restore-1/todo-list.db")), 0o600);
    let running = sandbox.start();
    assert_eq!(running.items().await[2..], ["in the backup"]);
    running.stop();

    // The replaced data can be restored in turn.
    let kept = Sandbox::new();
    fs::create_dir(kept.data()).unwrap();
    for (name, content) in contents(&sandbox.file("before-restore-1")) {
        fs::write(kept.file(&name), content).unwrap();
    }
    assert_eq!(
        kept.start().items().await[2..],
        ["in the backup", "after the backup"]
    );
}

#[tokio::test]
async fn a_restored_list_is_another_history_each_time() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    running.add("in the backup").await;
    let mut epochs = vec![running.epoch().await];
    done(&sandbox, &["backup", "backup"]);
    running.stop();
    for _ in 0..2 {
        done(&sandbox, &["restore", "backup"]);
        done(&sandbox, &["check"]);
        let running = sandbox.start();
        epochs.push(running.epoch().await);
        running.stop();
    }
    let running = sandbox.start();
    assert_eq!(epochs[2], running.epoch().await, "a restart is none");
    // A data folder that a person replaced by hand has a new epoch too.
    running.stop();
    fs::remove_file(sandbox.file("todo-list.lock")).unwrap();
    let running = sandbox.start();
    assert_eq!(running.items().await[2..], ["in the backup"]);
    epochs.push(running.epoch().await);
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 4, "{epochs:?}");
}

#[tokio::test]
async fn a_damaged_or_missing_backup_changes_nothing() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    running.add("kept").await;
    done(&sandbox, &["backup", "backup"]);
    running.stop();
    let mut bytes = fs::read(sandbox.beside("backup")).unwrap();
    let at = bytes.windows(4).position(|word| word == b"kept").unwrap();
    bytes[at] ^= 1;
    fs::write(sandbox.beside("damaged"), bytes).unwrap();
    fs::write(sandbox.beside("text"), "not a database at all").unwrap();
    let before = contents(&sandbox.data());
    refused(
        &sandbox,
        &["restore", "damaged"],
        65,
        "does not match its checksum",
    );
    refused(&sandbox, &["restore", "text"], 65, "the data is damaged");
    refused(
        &sandbox,
        &["restore", "nothing"],
        73,
        "there is no data in nothing",
    );
    assert!(contents(&sandbox.data()) == before, "the data have changed");
}

#[tokio::test]
async fn a_check_reads_everything() {
    let sandbox = Sandbox::new();
    refused(&sandbox, &["check"], 73, "there is no data in");
    let running = sandbox.start();
    running.add("a title to be damaged").await;
    let (code, _, words) = sandbox.act(&["check"]);
    assert_eq!(code, Some(0), "while serving: {words}");
    assert!(words.contains("the data is intact: 3 items"), "{words}");
    running.stop();
    let file = sandbox.file("todo-list.db");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes
        .windows(7)
        .position(|word| word == b"damaged")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    refused(&sandbox, &["check"], 65, "does not match its checksum");
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let sandbox = Sandbox::new();
    let source =
        "- [ ] Buy \"milk\", eggs\n- [x] Call the plumber\n- [ ] x ray\n- [x] \u{1f600} e\u{301}\n";
    fs::write(sandbox.beside("list.md"), source).unwrap();
    let (code, _, words) = sandbox.act(&["import", "list.md", "--dry-run"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("would add 4 items, 2 of them completed; nothing was changed"),
        "{words}"
    );
    assert!(!sandbox.data().exists());

    done(&sandbox, &["import", "list.md"]);
    let all = done(&sandbox, &["export", "--format", "markdown"]);
    assert_eq!(all, source);
    for name in ["list.json", "list.csv", "list.txt", "again.md"] {
        done(&sandbox, &["export", name]);
        let mode = fs::metadata(sandbox.beside(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        refused(&sandbox, &["export", name], 73, "already exists");
        let other = Sandbox::new();
        done(&other, &["import", sandbox.beside(name).to_str().unwrap()]);
        let text = done(&other, &["export", "--format", "markdown"]);
        assert_eq!(text, all, "{name}");
    }
    assert_eq!(sandbox.start().items().await.len(), 4);
}

#[tokio::test]
async fn a_large_import_is_there_and_starts_quickly() {
    let sandbox = Sandbox::new();
    let lines: String = (0..20_000)
        .map(|number| format!("item {number}\n"))
        .collect();
    fs::write(sandbox.beside("many.txt"), lines).unwrap();
    done(&sandbox, &["import", "many.txt"]);
    let items = sandbox.start().items().await;
    assert_eq!(items.len(), 20_000);
    assert_eq!(items.last().map(String::as_str), Some("item 19999"));
}

#[tokio::test]
async fn a_file_that_cannot_be_imported_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.start().stop();
    fs::write(
        sandbox.beside("long.txt"),
        format!("fine\n{}\n", "x".repeat(501)),
    )
    .unwrap();
    fs::write(sandbox.beside("broken.json"), "[{\"title\": ").unwrap();
    fs::write(sandbox.beside("bytes.csv"), b"title\n\xff\n").unwrap();
    fs::write(sandbox.beside("list.doc"), "x").unwrap();
    let before = contents(&sandbox.data());
    refused(
        &sandbox,
        &["import", "long.txt"],
        65,
        "line 2: It has 501 characters",
    );
    refused(
        &sandbox,
        &["import", "broken.json"],
        65,
        "nothing was imported",
    );
    refused(
        &sandbox,
        &["import", "bytes.csv"],
        65,
        "the file is not UTF-8",
    );
    refused(&sandbox, &["import", "list.doc"], 64, "is unknown");
    refused(
        &sandbox,
        &["import", "missing.txt"],
        74,
        "cannot use missing.txt",
    );
    refused(&sandbox, &["export", "list.doc"], 64, "is unknown");
    assert!(contents(&sandbox.data()) == before, "the data have changed");
    let running = sandbox.start();
    fs::write(sandbox.beside("fine.txt"), "fine\n").unwrap();
    refused(&sandbox, &["import", "fine.txt"], 75, "is in use");
    assert_eq!(running.items().await.len(), 2);
}

#[test]
fn the_help_explains_itself_and_a_wrong_word_is_a_usage_error() {
    let sandbox = Sandbox::new();
    let help = done(&sandbox, &["--help"]);
    for word in [
        "backup",
        "restore",
        "check",
        "export",
        "import",
        "--data",
        "Exit codes",
    ] {
        assert!(help.contains(word), "{word} is missing in {help}");
    }
    assert_eq!(sandbox.act(&["frobnicate"]).0, Some(64));
    assert_eq!(sandbox.act(&["backup"]).0, Some(64));
    assert_eq!(sandbox.act(&["serve", "--addr", "here"]).0, Some(64));
}
