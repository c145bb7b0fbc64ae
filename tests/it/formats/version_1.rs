//! What version 1 has written and sent, and what becomes of it now.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use todo_list::domain::encoding::decode;
use todo_list::domain::{self, At, Command, CommandId, ListId, version_1};
use todo_list::rpc::CallError;
use todo_list::server::journal::SqliteJournal;
use todo_list::server::store::Store;
use todo_list::sync::{self, DeliveryState, Outcome, StoredCommand};

use super::catalogue::{client, command_id, id, title};
use super::{as_json, lines, read};
use crate::spawn::Server;

/// The commands of version 1 in the golden files, as they are today. See `catalogue::commands` for the names.
fn upgraded() -> Vec<Command> {
    let ids = || vec![id(1), id(2)];
    let text = "\"Caf\u{e9}\"\t\\ <b>&amp;</b> \u{1F468}\u{200D}\u{1F469} \u{2028} \u{202E}";
    let add = |at| Command::add(id(1), title("Buy milk"), at);
    vec![
        add(At::End),
        add(At::Start),
        add(At::After(id(2))),
        add(At::Before(id(2))),
        Command::rename(id(1), title(text)),
        Command::complete(id(1), true),
        Command::order(id(1), Some(i64::MIN)),
        Command::order(id(1), None),
        Command::Remove { id: id(1) },
        Command::RemoveAll { ids: ids() },
        Command::Move {
            id: id(1),
            at: At::Start,
        },
        Command::ClearCompleted { ids: ids() },
        Command::CompleteAll {
            ids: ids(),
            completed: false,
        },
        Command::Revert {
            of: command_id(300),
        },
        Command::Restore { ids: ids() },
        Command::Expire,
    ]
}

#[test]
fn rows_of_the_journal_are_read() {
    let golden = read("journal", 1);
    let rows: Vec<&str> = golden
        .lines()
        .filter(|line| line.starts_with("  {") || line.starts_with("  \""))
        .collect();
    let expected = upgraded().into_iter().map(|command| as_json(&command));
    let expected: std::collections::HashSet<String> = expected.collect();
    let mut found = std::collections::HashSet::new();
    for text in rows {
        if let Ok(command) = serde_json::from_str::<version_1::Command>(text) {
            found.insert(as_json(&Command::from(command)));
        } else if let Ok(Ok(change)) =
            serde_json::from_str::<Result<version_1::Change, Value>>(text)
        {
            // Every event says the same as before.
            let today = domain::Change::from(change.clone());
            assert_eq!(version_1::Change::from(&today), change);
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn stored_commands_are_read_with_their_ids() {
    let stored = lines("browser-storage", 1, "kept");
    let commands = upgraded();
    assert_eq!(stored.len(), commands.len());
    for (line, command) in stored.iter().zip(commands) {
        let (key, value) = line.split_once(' ').unwrap();
        let value = STANDARD.decode(value).unwrap();
        let entry: sync::version_1::StoredCommand = decode(1, &value).unwrap();
        let entry = StoredCommand::from(entry);
        assert_eq!(entry.command, command);
        assert_eq!((entry.id, entry.list), (command_id(128), ListId::HOME));
        assert_eq!(entry.state, DeliveryState::Stored);
        // The key contains the old one, by which the old entry is deleted.
        assert!(entry.key().ends_with(&STANDARD.decode(key).unwrap()));
    }
    for state in ["given", "done", "refused"] {
        for line in lines("browser-storage", 1, state) {
            let value = STANDARD.decode(line.split_once(' ').unwrap().1).unwrap();
            let entry: sync::version_1::StoredCommand = decode(1, &value).unwrap();
            assert_eq!(StoredCommand::from(entry.clone()).state, entry.state);
        }
    }
}

#[tokio::test]
async fn a_page_of_version_1_is_told_to_reload_in_its_own_bytes() {
    let server = Server::start().await;
    let call = STANDARD
        .decode(&lines("page-protocol", 1, "call")[0])
        .unwrap();
    let request = server.request("POST", "/api/fn/exchange").body(call);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    let body = STANDARD.encode(response.bytes().await.unwrap());
    assert_eq!([body], lines("page-protocol", 1, "error, malformed")[..]);
    assert_eq!(
        CallError::Malformed.to_string(),
        "The server did not understand this page. Reload it and try again."
    );
    // Nothing of the call has happened.
    assert_eq!(server.store.list().expected_seq(client()), 1);
}

#[test]
fn there_is_a_browser_profile_of_every_older_version() {
    for version in 1..sync::STORAGE_VERSION {
        let name = format!("tests/fixtures/browser-version-{version}/outbox.json");
        let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        assert!(
            profile.is_file(),
            "{}: see tests/golden/README.md",
            profile.display()
        );
    }
}

/// A browser profile of version 1, whose data folder has one command that was never answered.
fn profile() -> (tempfile::TempDir, Vec<StoredCommand>) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/browser-version-1");
    let folder = tempfile::tempdir().unwrap();
    for file in ["todo-list.db", "todo-list.lock"] {
        fs::copy(fixture.join("data").join(file), folder.path().join(file)).unwrap();
    }
    let outbox = fs::read_to_string(fixture.join("outbox.json")).unwrap();
    let outbox: Value = serde_json::from_str(&outbox).unwrap();
    let entries = outbox["entries"].as_array().unwrap().iter();
    let decoded = entries.map(|entry| {
        let value = STANDARD.decode(entry[1].as_str().unwrap()).unwrap();
        let entry: sync::version_1::StoredCommand = decode(1, &value).unwrap();
        StoredCommand::from(entry)
    });
    (folder, decoded.collect())
}

#[tokio::test]
async fn an_answer_that_was_lost_before_the_upgrade_is_given_after_it() {
    let (folder, stored) = profile();
    let (journal, loaded) = SqliteJournal::open(folder.path()).unwrap();
    let store = Store::start(Box::new(journal), loaded).unwrap();
    let pending = stored
        .iter()
        .filter(|entry| entry.state == DeliveryState::Stored);
    let pending: Vec<_> = pending.cloned().collect();
    let first = pending[0].id;
    // The first of them was decided before the upgrade, in version 1.
    assert_eq!(store.list().expected_seq(first.client), first.seq + 1);
    let revision = store.revision();
    for _ in 0..2 {
        let commands = pending.iter().map(|entry| entry.command.clone());
        let exchange = todo_list::server::http::exchange_with(
            &store,
            store.cursor(),
            first,
            commands.collect(),
        );
        let response = exchange.await.unwrap();
        assert!(
            response
                .outcomes
                .iter()
                .all(|outcome| *outcome == Outcome::Accepted)
        );
        assert_eq!(response.outcomes.len(), pending.len());
        assert_eq!(store.revision(), revision + pending.len() as u64 - 1);
    }
    let titles = |store: &Store| -> Vec<String> {
        store
            .list()
            .items()
            .map(|item| item.title.to_string())
            .collect()
    };
    let outbox = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/browser-version-1/outbox.json"),
    );
    let outbox: Value = serde_json::from_str(&outbox.unwrap()).unwrap();
    let shown: Vec<String> = serde_json::from_value(outbox["shown"].clone()).unwrap();
    assert_eq!(
        titles(&store),
        shown,
        "what the page of version 1 has shown"
    );
    // Another command under the number is still another command.
    let taken = CommandId { ..first };
    let other = Command::add(id(9), title("x"), At::End);
    assert!(store.run(Some(taken), other).await.is_err());
}
