//! Backing up, restoring and checking; passwords; the help.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;

use crate::limits::output;
use crate::program::{Sandbox, contents, post, rounds};

/// Runs an action that must succeed. Returns its standard output.
pub fn done(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (code, written, words) = sandbox.act(arguments);
    assert_eq!(code, Some(0), "{words}");
    written
}

/// Runs an action that must fail with one line of error.
pub fn refused(sandbox: &Sandbox, arguments: &[&str], code: i32, expected: &str) {
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
    refused(
        &sandbox,
        &["backup", "missing/backup"],
        73,
        "cannot create missing/backup: ",
    );
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
    refused(
        &sandbox,
        &["restore", "nothing"],
        73,
        "there is no data in nothing",
    );
    // Files that a person may take for a backup.
    fs::write(sandbox.beside("empty"), "").unwrap();
    fs::create_dir(sandbox.beside("folder")).unwrap();
    fs::copy(sandbox.file("access.db"), sandbox.beside("access.db")).unwrap();
    for wrong in ["text", "empty", "folder", "access.db"] {
        let expected = format!("{wrong} is no backup that can be restored: ");
        refused(&sandbox, &["restore", wrong], 65, &expected);
        refused(&sandbox, &["restore", wrong], 65, "is untouched");
    }
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

#[test]
fn a_password_is_set_only_where_a_server_has_data_or_will_have() {
    let sandbox = Sandbox::new();
    let password = |arguments: &[&str]| {
        fs::write(sandbox.beside("password"), "correct horse\n").unwrap();
        let input = fs::File::open(sandbox.beside("password")).unwrap();
        let output = output(sandbox.command().args(arguments).stdin(input));
        let words = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), words)
    };
    for arguments in [&["password"][..], &["sign-out"], &["password", "--remove"]] {
        let (code, words) = password(arguments);
        assert_eq!(code, Some(73), "{words}");
        let expected = format!(
            "there is no data in {} (from --data)",
            sandbox.data().display()
        );
        assert!(words.contains(&expected), "{words}");
        assert!(!sandbox.data().exists());
    }
    let (code, words) = password(&["password", "--new"]);
    assert_eq!(code, Some(0), "{words}");
    let (code, words) = password(&["sign-out"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("everyone must sign in again"), "{words}");
    let (code, words) = password(&["password", "--remove"]);
    assert_eq!(code, Some(0), "{words}");
    let (code, words) = password(&["sign-out"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("there is no password"), "{words}");
}

#[test]
fn a_restored_database_keeps_the_owner_and_the_mode_of_the_replaced_one() {
    let sandbox = Sandbox::new();
    sandbox.start().stop();
    done(&sandbox, &["backup", "backup"]);
    let database = sandbox.file("todo-list.db");
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let other_user = 65_534;
    let is_root = fs::metadata(&database).unwrap().uid() == 0;
    if is_root {
        for path in [sandbox.data(), database.clone()] {
            chown(path, Some(other_user), Some(other_user)).unwrap();
        }
    } else {
        eprintln!("SKIPPED: another owner, which only root can set");
    }
    done(&sandbox, &["restore", "backup"]);
    let check = |path: &Path, mode: Option<u32>| {
        let found = fs::metadata(path).unwrap();
        if let Some(mode) = mode {
            assert_eq!(found.permissions().mode() & 0o777, mode, "{path:?}");
        }
        if is_root {
            assert_eq!(
                (found.uid(), found.gid()),
                (other_user, other_user),
                "{path:?}"
            );
        }
    };
    check(&database, Some(0o640));
    check(&sandbox.file("before-restore-1"), Some(0o700));
    // Without a database, the owner of the folder counts.
    fs::remove_file(&database).unwrap();
    fs::remove_file(sandbox.file("todo-list.lock")).unwrap();
    done(&sandbox, &["restore", "backup"]);
    check(&database, Some(0o600));
    check(&sandbox.file("todo-list.lock"), None);
}

#[test]
fn the_help_of_a_command_begins_with_its_own_flags() {
    let sandbox = Sandbox::new();
    for (command, own) in [
        ("import", "--dry-run"),
        ("export", "--format"),
        ("password", "--remove"),
    ] {
        let help = done(&sandbox, &[command, "--help"]);
        let place = |word: &str| {
            help.find(word)
                .unwrap_or_else(|| panic!("no {word}: {help}"))
        };
        let settings = place("Settings of the server:");
        assert!(place(own) < settings, "{help}");
        assert!(
            settings < place("--addr") && settings < place("--data"),
            "{help}"
        );
        assert!(settings < place("--max-streams"), "{help}");
    }
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
