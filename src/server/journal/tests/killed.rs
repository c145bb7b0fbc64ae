//! `kill -9` at every write and sync of an upgrade, by the shim of the fault tests.
//!
//! The test is the program, too: it starts itself again, with a folder to upgrade.

use std::io::{self, Write};
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
pub(super) fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim/shim.c");
    let library = folder.join("shim.so");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O1", "-o"]);
    compile.arg(&library).arg(source);
    assert!(compile.status().unwrap().success(), "cc has failed");
    library
}

/// The program that upgrades a folder.
pub(super) fn upgrade(folder: &Path) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    let name =
        "server::journal::tests::killed::a_kill_at_any_write_ends_in_the_old_or_the_new_version";
    program.args(["--exact", name]).env(FOLDER, folder);
    program
}

/// Runs a program to its end; answers how it ended, and what it said.
pub(super) fn run(program: &mut Command) -> (ExitStatus, String) {
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

/// An upgrade that comes to its end.
pub(super) struct Upgrade {
    /// What the data are before, and after.
    pub(super) before: ([u8; 32], i64),
    pub(super) after: ([u8; 32], i64),
    pub(super) list: List,
}

impl Upgrade {
    /// The upgrade of a copy of these data.
    pub(super) fn of(data: &Path, list: &List) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("data");
        copy_folder(data, &folder);
        let before = content(&database(&folder));
        assert_eq!(opened(&folder, THREE), *list);
        let after = content(&database(&folder));
        let list = list.clone();
        Self {
            before,
            after,
            list,
        }
    }

    /// Checks what an upgrade has left that did not come to its end, and that the next one does; answers
    /// whether it was the new version.
    pub(super) fn check_left(&self, folder: &Path, what: &str) -> bool {
        let place = tempfile::tempdir().unwrap();
        let copy = |folder: &Path| folder.join("todo-list.db.before-version-3");
        // Looked at beside: a look finishes what SQLite has begun.
        let look = place.path().join("look");
        copy_folder(folder, &look);
        let found = content(&database(&look));
        let is_new = found == self.after;
        assert!(
            is_new || found == self.before,
            "{what}: between the versions"
        );
        assert!(!is_new || copy(&look).exists(), "{what}: no copy");
        if copy(&look).exists() {
            assert_eq!(content(&copy(&look)), self.before, "{what}: a half copy");
        }

        assert_eq!(opened(folder, THREE), self.list, "{what}");
        assert_eq!(content(&database(folder)), self.after, "{what}");
        assert_eq!(copies(folder), ["todo-list.db.before-version-3"], "{what}");
        let kept = Reader::open_file_with(&copy(folder), ONE).unwrap();
        assert_eq!(kept.check().unwrap(), self.list, "{what}");
        is_new
    }
}

/// Kills an upgrade of these data at every call, and answers how often it was found in the old and in the
/// new version.
fn kill_at_every_call(data: &Path, list: &List) -> (usize, usize) {
    let place = tempfile::tempdir().unwrap();
    let shim = shim(place.path());
    let folder = place.path().join("data");
    let starting = alone();
    let expected = Upgrade::of(data, list);
    drop(starting);
    let (mut old, mut new) = (0, 0);
    for call in 1..ENOUGH {
        copy_folder(data, &folder);
        if !upgrade_and_kill(&folder, &shim, call) {
            return (old, new);
        }
        let _alone = alone();
        match expected.check_left(&folder, &format!("call {call}")) {
            false => old += 1,
            true => new += 1,
        }
    }
    panic!("an upgrade takes more than {ENOUGH} calls");
}

#[test]
fn a_kill_at_any_write_ends_in_the_old_or_the_new_version() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        tracing_subscriber::fmt().with_writer(io::stderr).init();
        if let Err(error) = Journal::open_with(Path::new(&folder), THREE) {
            writeln!(io::stderr(), "{error}").unwrap();
            std::process::exit(error.exit_code().into());
        }
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
