//! Backing up, restoring, checking, exporting and importing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;

use crate::program::{Place, contents, post, rounds};

/// Runs an action that must work, and answers what it wrote.
fn done(place: &Place, arguments: &[&str]) -> String {
    let (code, written, words) = place.act(arguments);
    assert_eq!(code, Some(0), "{words}");
    written
}

/// Runs an action that must fail with one line.
fn refused(place: &Place, arguments: &[&str], code: i32, expected: &str) {
    let (found, written, words) = place.act(arguments);
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
    let place = Place::new();
    let running = place.start();
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
        done(&place, &["backup", &format!("backup-{round}")]);

        let other = Place::new();
        let file = place.beside(&format!("backup-{round}"));
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
async fn a_restored_backup_takes_the_place_of_the_data_which_are_kept() {
    let place = Place::new();
    let mut running = place.start();
    running.add("in the backup").await;
    done(&place, &["backup", "backup"]);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.beside("backup")), 0o600);
    refused(&place, &["backup", "backup"], 73, "is there already");
    refused(&place, &["restore", "backup"], 75, "is in use");
    running.add("after the backup").await;
    running.kill();

    done(&place, &["restore", "backup"]);
    assert_eq!(mode(place.file("todo-list.db")), 0o600);
    assert_eq!(mode(place.file("before-restore-1")), 0o700);
    assert_eq!(mode(place.file("before-restore-1/todo-list.db")), 0o600);
    let running = place.start();
    assert_eq!(running.items().await[2..], ["in the backup"]);
    running.stop();

    // What was there before can be restored in turn.
    let kept = Place::new();
    fs::create_dir(kept.data()).unwrap();
    for (name, content) in contents(&place.file("before-restore-1")) {
        fs::write(kept.file(&name), content).unwrap();
    }
    assert_eq!(
        kept.start().items().await[2..],
        ["in the backup", "after the backup"]
    );
}

#[tokio::test]
async fn a_restored_list_is_another_history_each_time() {
    let place = Place::new();
    let running = place.start();
    running.add("in the backup").await;
    let mut epochs = vec![running.epoch().await];
    done(&place, &["backup", "backup"]);
    running.stop();
    for _ in 0..2 {
        done(&place, &["restore", "backup"]);
        done(&place, &["check"]);
        let running = place.start();
        epochs.push(running.epoch().await);
        running.stop();
    }
    let running = place.start();
    assert_eq!(epochs[2], running.epoch().await, "a restart is none");
    // Also what a person has put there without a word to the program.
    running.stop();
    fs::remove_file(place.file("todo-list.lock")).unwrap();
    let running = place.start();
    assert_eq!(running.items().await[2..], ["in the backup"]);
    epochs.push(running.epoch().await);
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 4, "{epochs:?}");
}

#[tokio::test]
async fn a_damaged_or_missing_backup_changes_nothing() {
    let place = Place::new();
    let running = place.start();
    running.add("kept").await;
    done(&place, &["backup", "backup"]);
    running.stop();
    let mut bytes = fs::read(place.beside("backup")).unwrap();
    let at = bytes.windows(4).position(|word| word == b"kept").unwrap();
    bytes[at] ^= 1;
    fs::write(place.beside("damaged"), bytes).unwrap();
    fs::write(place.beside("text"), "not a database at all").unwrap();
    let before = contents(&place.data());
    refused(
        &place,
        &["restore", "damaged"],
        65,
        "does not match its checksum",
    );
    refused(&place, &["restore", "text"], 65, "the data is damaged");
    refused(
        &place,
        &["restore", "nothing"],
        73,
        "there is no data in nothing",
    );
    assert!(contents(&place.data()) == before, "the data have changed");
}

#[tokio::test]
async fn a_check_reads_everything() {
    let place = Place::new();
    refused(&place, &["check"], 73, "there is no data in");
    let running = place.start();
    running.add("a title to be damaged").await;
    let (code, _, words) = place.act(&["check"]);
    assert_eq!(code, Some(0), "while serving: {words}");
    assert!(words.contains("all data are whole: 3 items"), "{words}");
    running.stop();
    let file = place.file("todo-list.db");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes
        .windows(7)
        .position(|word| word == b"damaged")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    refused(&place, &["check"], 65, "does not match its checksum");
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let place = Place::new();
    let source =
        "- [ ] Buy \"milk\", eggs\n- [x] Call the plumber\n- [ ] x ray\n- [x] \u{1f600} e\u{301}\n";
    fs::write(place.beside("list.md"), source).unwrap();
    let (code, _, words) = place.act(&["import", "list.md", "--dry-run"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("would add 4 items, 2 of them completed; nothing was changed"),
        "{words}"
    );
    assert!(!place.data().exists());

    done(&place, &["import", "list.md"]);
    let all = done(&place, &["export", "--format", "markdown"]);
    assert_eq!(all, source);
    for name in ["list.json", "list.csv", "list.txt", "again.md"] {
        done(&place, &["export", name]);
        let mode = fs::metadata(place.beside(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        refused(&place, &["export", name], 73, "is there already");
        let other = Place::new();
        done(&other, &["import", place.beside(name).to_str().unwrap()]);
        let text = done(&other, &["export", "--format", "markdown"]);
        assert_eq!(text, all, "{name}");
    }
    assert_eq!(place.start().items().await.len(), 4);
}

#[tokio::test]
async fn a_large_import_is_there_and_starts_quickly() {
    let place = Place::new();
    let lines: String = (0..20_000)
        .map(|number| format!("item {number}\n"))
        .collect();
    fs::write(place.beside("many.txt"), lines).unwrap();
    done(&place, &["import", "many.txt"]);
    let items = place.start().items().await;
    assert_eq!(items.len(), 20_000);
    assert_eq!(items.last().map(String::as_str), Some("item 19999"));
}

#[tokio::test]
async fn a_file_that_cannot_be_imported_changes_nothing() {
    let place = Place::new();
    place.start().stop();
    fs::write(
        place.beside("long.txt"),
        format!("fine\n{}\n", "x".repeat(501)),
    )
    .unwrap();
    fs::write(place.beside("broken.json"), "[{\"title\": ").unwrap();
    fs::write(place.beside("bytes.csv"), b"title\n\xff\n").unwrap();
    fs::write(place.beside("list.doc"), "x").unwrap();
    let before = contents(&place.data());
    refused(
        &place,
        &["import", "long.txt"],
        65,
        "line 2: It has 501 characters",
    );
    refused(
        &place,
        &["import", "broken.json"],
        65,
        "nothing was imported",
    );
    refused(
        &place,
        &["import", "bytes.csv"],
        65,
        "the file is not UTF-8",
    );
    refused(&place, &["import", "list.doc"], 64, "is not known");
    refused(
        &place,
        &["import", "missing.txt"],
        74,
        "cannot use missing.txt",
    );
    refused(&place, &["export", "list.doc"], 64, "is not known");
    assert!(contents(&place.data()) == before, "the data have changed");
    let running = place.start();
    fs::write(place.beside("fine.txt"), "fine\n").unwrap();
    refused(&place, &["import", "fine.txt"], 75, "is in use");
    assert_eq!(running.items().await.len(), 2);
}

#[test]
fn the_help_explains_itself_and_a_wrong_word_is_a_usage_error() {
    let place = Place::new();
    let help = done(&place, &["--help"]);
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
    assert_eq!(place.act(&["frobnicate"]).0, Some(64));
    assert_eq!(place.act(&["backup"]).0, Some(64));
    assert_eq!(place.act(&["serve", "--addr", "here"]).0, Some(64));
}
