//! Damaged files: the list is intact, or the program reports the damage and changes nothing.

use std::fs;
use std::path::Path;

use crate::program::{Running, Sandbox, contents, rounds};

/// Returns a sandbox with some items, and the items. The program was killed, so that the
/// write-ahead log still exists.
async fn filled() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let mut running = sandbox.start();
    for number in 0..40 {
        running.add(&format!("item {number}")).await;
    }
    let items = running.items().await;
    running.kill();
    (sandbox, items)
}

/// The same after a clean shutdown, which moves everything from the log into the database.
async fn filled_and_stopped() -> (Sandbox, Vec<String>) {
    let (origin, items) = filled().await;
    let running = Running::start(&mut origin.command()).unwrap();
    assert_eq!(running.items().await, items);
    running.stop();
    (origin, items)
}

/// Damages a copy of the data and starts the program on it: it must show the same list, or exit with
/// code 65 and leave the files unchanged. Returns whether it noticed the damage.
async fn check(origin: &Path, expected: &[String], what: &str, damage: impl FnOnce(&Path)) -> bool {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.data()).unwrap();
    for (name, content) in contents(origin) {
        fs::write(sandbox.file(&name), content).unwrap();
    }
    damage(&sandbox.data());
    let files = || -> Vec<_> {
        // An empty log equals a missing one.
        let counts = |name: &str, content: &[u8]| {
            name == "todo-list.db" || name == "todo-list.db-wal" && !content.is_empty()
        };
        contents(&sandbox.data())
            .into_iter()
            .filter(|(name, content)| counts(name, content))
            .collect()
    };
    let before = files();
    match Running::start(&mut sandbox.command()) {
        Ok(running) => {
            assert_eq!(running.items().await, expected, "{what}: another list");
            false
        }
        Err(words) => {
            assert!(
                words.starts_with("exit status: 65: todo-list: "),
                "{what}: {words}"
            );
            assert_eq!(words.lines().count(), 1, "{what}: {words}");
            assert_eq!(
                sizes(&files()),
                sizes(&before),
                "{what}: the files have changed"
            );
            assert!(files() == before, "{what}: the files have changed");
            true
        }
    }
}

fn sizes(files: &[(String, Vec<u8>)]) -> Vec<(&str, usize)> {
    files
        .iter()
        .map(|(name, content)| (name.as_str(), content.len()))
        .collect()
}

/// Returns the length of a file without trailing zeros, of which the log has many.
fn used_length(path: &Path) -> u64 {
    let content = fs::read(path).unwrap();
    let last = content.iter().rposition(|byte| *byte != 0);
    last.map_or(0, |last| last as u64 + 1)
}

/// Flips one bit at a time, spread over the file and over the bits of a byte.
async fn check_flips(origin: &Sandbox, items: &[String], file: &str) {
    let length = used_length(&origin.file(file));
    let count = rounds(100) as u64;
    let mut refused: u64 = 0;
    for index in 0..count {
        let offset = (index * length / count + index * 131 % 97).min(length - 1);
        let what = format!("{file}, byte {offset} of {length}");
        let flip = |folder: &Path| {
            let path = folder.join(file);
            let mut bytes = fs::read(&path).unwrap();
            bytes[offset as usize] ^= 1 << (index % 8);
            fs::write(path, bytes).unwrap();
        };
        refused += u64::from(check(&origin.data(), items, &what, flip).await);
    }
    assert!(refused * 4 > count, "{refused} of {count} were noticed");
}

#[tokio::test]
async fn a_flipped_bit_in_the_write_ahead_log_is_harmless_or_noticed() {
    let (origin, items) = filled().await;
    check_flips(&origin, &items, "todo-list.db-wal").await;
}

#[tokio::test]
async fn a_flipped_bit_in_the_database_is_harmless_or_noticed() {
    let (origin, items) = filled_and_stopped().await;
    check_flips(&origin, &items, "todo-list.db").await;
}

/// Truncates a file that holds all items to several lengths, each of which must be noticed.
async fn check_cuts(origin: &Sandbox, items: &[String], file: &str) {
    let length = used_length(&origin.file(file));
    assert!(length > 1_000, "{file} holds nothing");
    for part in 0..8 {
        let what = format!("{file}, cut to {part}/8");
        let cut = |folder: &Path| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(folder.join(file))
                .unwrap();
            file.set_len(length * part / 8).unwrap();
        };
        let is_noticed = check(&origin.data(), items, &what, cut).await;
        assert!(is_noticed, "{what}: it goes unnoticed");
    }
}

#[tokio::test]
async fn a_write_ahead_log_that_was_cut_off_is_noticed() {
    let (origin, items) = filled().await;
    check_cuts(&origin, &items, "todo-list.db-wal").await;
}

#[tokio::test]
async fn a_database_that_was_cut_off_is_noticed() {
    let (origin, items) = filled_and_stopped().await;
    check_cuts(&origin, &items, "todo-list.db").await;
}

/// Alters copies of the data by SQL, each of which must be noticed.
async fn check_alterations(origin: &Sandbox, items: &[String], changes: &[&str]) {
    for change in changes {
        let alter = |folder: &Path| {
            let database = rusqlite::Connection::open(folder.join("todo-list.db")).unwrap();
            assert!(
                database.execute(change, []).unwrap() > 0,
                "{change}: nothing to alter"
            );
        };
        let is_noticed = check(&origin.data(), items, change, alter).await;
        assert!(is_noticed, "{change}: unnoticed");
    }
}

#[tokio::test]
async fn what_was_changed_within_a_row_or_is_missing_is_noticed() {
    let (origin, items) = filled().await;
    let changes = [
        "UPDATE entry SET answer = replace(answer, 'item 7', 'item 8')",
        "UPDATE entry SET command = replace(command, 'item 7', 'item 8')",
        "UPDATE entry SET at = at + 1 WHERE number = 7",
        "UPDATE entry SET checksum = checksum + 1 WHERE number = 7",
        "DELETE FROM entry WHERE number = 7",
        "DELETE FROM entry WHERE number = 1",
        "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
        "UPDATE entry SET number = 1000 WHERE number = 7",
        "DELETE FROM history",
    ];
    check_alterations(&origin, &items, &changes).await;
}

#[tokio::test]
async fn what_was_changed_within_a_snapshot_is_noticed() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    for number in 0..1_100 {
        running.add(&format!("item {number}")).await;
    }
    let items = running.items().await;
    running.stop();
    let changes = [
        "UPDATE snapshot SET body = replace(body, 'item 7\"', 'item 8\"')",
        "UPDATE snapshot SET number = number - 1",
        "UPDATE snapshot SET number = number + 1",
    ];
    check_alterations(&sandbox, &items, &changes).await;
}
