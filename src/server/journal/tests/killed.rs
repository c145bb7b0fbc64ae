//! `kill -9` at every write and sync of an upgrade, by the shim of the fault tests.
//!
//! The test is the program, too: it starts itself again, with a folder to upgrade.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::*;
use crate::server::journal::reader::Reader;

/// Says which folder is to be upgraded, instead of testing.
const FOLDER: &str = "TODO_LIST_TEST_UPGRADE";

/// More calls than an upgrade has.
const ENOUGH: usize = 5_000;

/// The shim's library, compiled into a folder.
fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim/shim.c");
    let library = folder.join("shim.so");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O1", "-o"]);
    compile.arg(&library).arg(source);
    assert!(compile.status().unwrap().success(), "cc has failed");
    library
}

/// The program that upgrades a folder.
fn upgrade(folder: &Path) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    let name =
        "server::journal::tests::killed::a_kill_at_any_write_ends_in_the_old_or_the_new_version";
    program.args(["--exact", name]).env(FOLDER, folder);
    program
}

/// Runs a program to its end; answers how it ended, and what it said.
fn run(program: &mut Command) -> (ExitStatus, String) {
    program.stdout(Stdio::null()).stderr(Stdio::piped());
    let starting = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    let child = program.spawn().unwrap();
    drop(starting);
    let output = child.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

/// Upgrades a folder in another process, which is killed before this call; answers whether it was.
fn upgrade_and_kill(folder: &Path, shim: &Path, call: usize) -> bool {
    let mut program = upgrade(folder);
    program
        .env("LD_PRELOAD", shim)
        .env("SHIM_FOLDER", folder)
        .env("SHIM_KILL_AT", call.to_string());
    let (status, words) = run(&mut program);
    assert!(
        status.success() || status.signal() == Some(9),
        "{status}: {words}"
    );
    !status.success()
}

/// Kills an upgrade of these data at every call, and answers how often it was found in the old and in the
/// new version.
fn kill_at_every_call(data: &Path, list: &List) -> (usize, usize) {
    let place = tempfile::tempdir().unwrap();
    let shim = shim(place.path());
    let (folder, look) = (place.path().join("data"), place.path().join("look"));
    let copy = |folder: &Path| folder.join("todo-list.db.before-version-3");
    copy_folder(data, &folder);
    let before = content(&database(&folder));
    let (mut old, mut new) = (0, 0);
    for call in 1..ENOUGH {
        copy_folder(data, &folder);
        if !upgrade_and_kill(&folder, &shim, call) {
            let _alone = alone();
            assert_eq!(opened(&folder, THREE), *list);
            return (old, new);
        }
        let _alone = alone();
        // The state that was left, looked at beside.
        copy_folder(&folder, &look);
        let found = content(&database(&look));
        if found == before {
            old += 1;
        } else {
            assert_eq!(
                found.1, 3,
                "call {call}: neither the old nor the new version"
            );
            assert_eq!(content(&copy(&look)), before, "call {call}: no copy");
            new += 1;
        }
        if copy(&look).exists() {
            assert_eq!(content(&copy(&look)), before, "call {call}: a half copy");
        }

        assert_eq!(opened(&folder, THREE), *list, "call {call}");
        assert_eq!(
            copies(&folder),
            ["todo-list.db.before-version-3"],
            "call {call}"
        );
        let kept = Reader::open_file_with(&copy(&folder), ONE).unwrap();
        assert_eq!(kept.check().unwrap(), *list, "call {call}");
    }
    panic!("an upgrade takes more than {ENOUGH} calls");
}

#[test]
fn a_kill_at_any_write_ends_in_the_old_or_the_new_version() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        tracing_subscriber::fmt().with_writer(io::stderr).init();
        Journal::open_with(Path::new(&folder), THREE).unwrap();
        return;
    }
    let starting = alone();
    let (open, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut journal, mut list) = Journal::open_with(open.path(), ONE).unwrap();
    add(&mut journal, &mut list, 20);
    // As a program leaves it that was killed, and as one does that has stopped.
    copy_folder(open.path(), data.path());
    drop(journal);
    drop(starting);
    for data in [data.path(), open.path()] {
        let (old, new) = kill_at_every_call(data, &list);
        assert!(
            old > 10 && new > 5,
            "{old} in the old version, {new} in the new"
        );
    }
}

#[test]
fn the_log_says_where_the_copy_is() {
    let folder = tempfile::tempdir().unwrap();
    let starting = alone();
    written_by_one(folder.path());
    drop(starting);
    let (status, words) = run(&mut upgrade(folder.path()));
    assert!(status.success(), "{words}");
    let expected = "todo-list.db.before-version-3 is a copy of what it was";
    assert!(words.contains(expected), "{words}");
}
