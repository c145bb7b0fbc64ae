//! Data of every released version (`tests/fixtures`), opened by the current program.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Client;
use reqwest::redirect::Policy;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::history::{self, PASSWORD, first_command};
use crate::program::Sandbox;

/// The data in a fixture: after a clean shutdown, and after a kill.
const STOPPED: &str = "stopped";
const KILLED: &str = "killed";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The versions that have a fixture, from 1 without a gap. A unit test checks their number.
fn versions() -> impl Iterator<Item = (i64, PathBuf)> {
    let fixture = |version| (version, fixtures().join(format!("data-version-{version}")));
    (1..).map(fixture).take_while(|(_, folder)| folder.is_dir())
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // Not the shared memory file, which belongs to a process, nor the folder of replaced data.
        let is_shared = entry.file_name().to_str().unwrap().ends_with("-shm");
        if !is_shared && entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Runs an action that must succeed. Returns its standard output and standard error.
fn done(sandbox: &Sandbox, arguments: &[&str]) -> (String, String) {
    let (code, written, words) = sandbox.act(arguments);
    assert_eq!(code, Some(0), "{words}");
    (written, words)
}

fn version(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// Writes the current content of a sandbox as golden files.
async fn write_golden(sandbox: &Sandbox, fixture: &Path) {
    copy_files(&sandbox.data(), &fixture.join("data"));
    fs::write(fixture.join("export.json"), done(sandbox, &["export"]).0).unwrap();
    fs::write(fixture.join("check.txt"), done(sandbox, &["check"]).1).unwrap();
    done(sandbox, &["password", "--remove"]);
    let list = sandbox.start().list().await;
    let list = serde_json::to_string_pretty(&list).unwrap() + "\n";
    fs::write(fixture.join("list.json"), list).unwrap();
}

/// Opens a copy of the data of a fixture, and compares it with the golden files.
async fn check(fixture: &Path, of: i64, latest: i64) {
    let sandbox = Sandbox::new();
    copy_files(&fixture.join("data"), &sandbox.data());
    let golden = |name: &str| fs::read_to_string(fixture.join(name)).unwrap();
    let what = fixture.display();

    // Reading changes nothing, whatever the version.
    let file = sandbox.file("todo-list.db");
    let before = fs::read(&file).unwrap();
    assert_eq!(
        done(&sandbox, &["export"]).0,
        golden("export.json"),
        "{what}"
    );
    assert_eq!(done(&sandbox, &["check"]).1, golden("check.txt"), "{what}");
    assert!(fs::read(&file).unwrap() == before, "{what}: it was changed");

    if fixture.ends_with(STOPPED) {
        let running = sandbox.start();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let sign_in = client.post(format!("{}/sign-in", running.url));
        let sign_in = sign_in.header("content-type", "application/x-www-form-urlencoded");
        let form = format!("password={}", PASSWORD.replace(' ', "+"));
        let answer = sign_in.body(form).send().await.unwrap();
        assert!(
            answer.headers().contains_key("set-cookie"),
            "{what}: not let in"
        );
        done(&sandbox, &["password", "--remove"]);
        running.stop();
    }
    let running = sandbox.start();
    let found = running.list().await;
    let expected: Value = serde_json::from_str(&golden("list.json")).unwrap();
    assert_eq!(found["items"], expected["items"], "{what}");
    // The epoch is the same. The revision may be later, because removed items expire after 30 days.
    let epoch = running.epoch().await;
    assert!(
        expected["cursor"].as_str().unwrap().starts_with(&epoch),
        "{what}"
    );

    // Decided commands stay decided, undo works, and new commands are accepted.
    let again = running.send(1, &[&first_command()]).await;
    assert_eq!(
        again.1["results"][0]["change"]["revision"], 3,
        "{what}: {again:?}"
    );
    let last = json!({ "revert": { "of": { "client": history::OTHER, "seq": 10 } } });
    let undone = running.send(15, &[&last]).await;
    assert_eq!(
        undone.1["results"][0]["status"], "accepted",
        "{what}: {undone:?}"
    );
    running.add("new").await;
    let items = running.items().await;
    let count = expected["items"].as_array().unwrap().len();
    assert_eq!(
        (items.len(), items.last().unwrap().as_str()),
        (count + 1, "new"),
        "{what}"
    );
    running.stop();
    done(&sandbox, &["check"]);
    assert_eq!(version(&file), latest, "{what}");

    // The replaced data is kept, and equals the golden files too.
    let copy = sandbox.file(&format!("todo-list.db.before-version-{latest}"));
    assert_eq!(copy.exists(), of < latest, "{what}");
    if copy.exists() {
        assert_eq!(version(&copy), of, "{what}");
        let other = Sandbox::new();
        done(&other, &["restore", copy.to_str().unwrap()]);
        assert_eq!(done(&other, &["export"]).0, golden("export.json"), "{what}");
    }
}

#[tokio::test]
async fn data_of_every_version_open_and_are_what_they_were() {
    let latest = versions().map(|(version, _)| version).last().unwrap();
    for (version, folder) in versions() {
        for kind in [STOPPED, KILLED] {
            check(&folder.join(kind), version, latest).await;
        }
        let log = folder.join(KILLED).join("data/todo-list.db-wal");
        assert!(fs::metadata(log).unwrap().len() > 0);
        let database = folder.join(STOPPED).join("data/todo-list.db");
        let database = Connection::open(database).unwrap();
        let snapshots = "SELECT count(*) FROM snapshot";
        let snapshots: i64 = database.query_row(snapshots, [], |row| row.get(0)).unwrap();
        assert_eq!(snapshots, 1);
    }
}

/// If `TODO_LIST_FIXTURES` names a folder, this writes the fixture of the current version into it.
#[tokio::test]
async fn a_fixture_can_be_made_by_the_present_program() {
    let made = tempfile::tempdir().unwrap();
    let (stopped, killed) = (Sandbox::new(), Sandbox::new());
    history::write_and_stop(&stopped).await;
    history::write_and_kill(&killed).await;
    let present = version(&stopped.file("todo-list.db"));
    for (sandbox, kind) in [(&stopped, STOPPED), (&killed, KILLED)] {
        let fixture = made.path().join(kind);
        write_golden(sandbox, &fixture).await;
        check(&fixture, present, present).await;
    }
    if let Some(folder) = std::env::var_os("TODO_LIST_FIXTURES") {
        let folder = Path::new(&folder).join(format!("data-version-{present}"));
        assert!(!folder.exists(), "{} is there already", folder.display());
        for kind in [STOPPED, KILLED] {
            let (from, to) = (made.path().join(kind), folder.join(kind));
            copy_files(&from.join("data"), &to.join("data"));
            for name in ["export.json", "check.txt", "list.json"] {
                fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
    }
}
