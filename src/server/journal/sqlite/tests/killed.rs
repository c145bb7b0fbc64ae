//! `kill -9` at every write and sync of an upgrade, by the shim of the fault tests.
//!
//! The test is also the program: it runs itself again, with a folder to upgrade.

use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::*;
use crate::server::journal::sqlite::reader::JournalReader;

/// The environment variable with the folder to upgrade. If it is set, the process upgrades it instead of testing.
const FOLDER: &str = "TODO_LIST_TEST_UPGRADE";

/// An upper bound for the writes and syncs of an upgrade.
const MAX_CALLS: usize = 5_000;

/// Compiles the shim's library into a folder.
pub(super) fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim/shim.c");
    let library = folder.join("shim.so");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O1", "-o"]);
    compile.arg(&library).arg(source);
    assert!(compile.status().unwrap().success(), "cc has failed");
    library
}

/// The command that upgrades a folder.
pub(super) fn upgrade(folder: &Path) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    let name = "server::journal::sqlite::tests::killed::a_kill_at_any_write_ends_in_the_old_or_the_new_version";
    program.args(["--exact", name]).env(FOLDER, folder);
    program
}

/// Runs a command to its end; returns its exit status and its log.
pub(super) fn run(program: &mut Command) -> (ExitStatus, String) {
    program.stdout(Stdio::null()).stderr(Stdio::piped());
    let spawning = SPAWNING.write().unwrap_or_else(PoisonError::into_inner);
    let child = program.spawn().unwrap();
    drop(spawning);
    let output = child.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

/// Upgrades a folder in another process, which is killed before this call; returns whether it was killed.
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

/// The result of an upgrade that is not interrupted.
pub(super) struct Upgrade {
    /// The hash and version of the data before and after.
    pub(super) before: ([u8; 32], i64),
    pub(super) after: ([u8; 32], i64),
    pub(super) list: List,
}

impl Upgrade {
    /// Upgrades a copy of this data.
    pub(super) fn of(data: &Path, list: &List) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("data");
        copy_folder(data, &folder);
        let before = content(&database(&folder));
        assert_eq!(opened(&folder, SECOND_NEXT), *list);
        let after = content(&database(&folder));
        let list = list.clone();
        Self {
            before,
            after,
            list,
        }
    }

    /// Checks the data that an interrupted upgrade has left, and that the next upgrade completes. Returns whether the
    /// data already had the new version.
    pub(super) fn check_left(&self, folder: &Path, what: &str) -> bool {
        let place = tempfile::tempdir().unwrap();
        let copy = |folder: &Path| folder.join("todo-list.db.before-version-4");
        // Read from a copy: reading completes or undoes the transaction that was interrupted.
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
            assert_eq!(
                content(&copy(&look)),
                self.before,
                "{what}: an incomplete copy"
            );
        }

        assert_eq!(opened(folder, SECOND_NEXT), self.list, "{what}");
        assert_eq!(content(&database(folder)), self.after, "{what}");
        assert_eq!(copies(folder), ["todo-list.db.before-version-4"], "{what}");
        let kept = JournalReader::open_file_with(&copy(folder), CURRENT).unwrap();
        assert_eq!(kept.check().unwrap(), self.list, "{what}");
        is_new
    }
}

/// Kills an upgrade of this data at every call. Returns how often the old and how often the new version was left.
fn kill_at_every_call(data: &Path, list: &List) -> (usize, usize) {
    let place = tempfile::tempdir().unwrap();
    let shim = shim(place.path());
    let folder = place.path().join("data");
    let no_spawns = hold_off_spawns();
    let expected = Upgrade::of(data, list);
    drop(no_spawns);
    let (mut old, mut new) = (0, 0);
    for call in 1..MAX_CALLS {
        copy_folder(data, &folder);
        if !upgrade_and_kill(&folder, &shim, call) {
            return (old, new);
        }
        let _no_spawns = hold_off_spawns();
        match expected.check_left(&folder, &format!("call {call}")) {
            false => old += 1,
            true => new += 1,
        }
    }
    panic!("an upgrade takes more than {MAX_CALLS} calls");
}

#[test]
fn a_kill_at_any_write_ends_in_the_old_or_the_new_version() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        tracing_subscriber::fmt().with_writer(io::stderr).init();
        if let Err(error) = SqliteJournal::open_with(Path::new(&folder), SECOND_NEXT) {
            writeln!(io::stderr(), "{error}").unwrap();
            std::process::exit(error.exit_code().into());
        }
        return;
    }
    let no_spawns = hold_off_spawns();
    let (open, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut journal, mut list) = SqliteJournal::open_with(open.path(), CURRENT).unwrap();
    add(&mut journal, &mut list, 20);
    // Data that a killed program has left, and data of a program that has stopped.
    copy_folder(open.path(), data.path());
    drop(journal);
    drop(no_spawns);
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
    let no_spawns = hold_off_spawns();
    written_by_current(folder.path());
    drop(no_spawns);
    let (status, words) = run(&mut upgrade(folder.path()));
    assert!(status.success(), "{words}");
    let expected = "todo-list.db.before-version-4 is a copy of the old version";
    assert!(words.contains(expected), "{words}");
}
