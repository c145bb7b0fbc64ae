//! A read-only data folder: checking, exporting and backing up still work.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::limits::output;
use crate::program::{Sandbox, contents};
use crate::shim::Shim;

/// How the data folder becomes read-only.
enum Way {
    /// A shim between the program and its files.
    Shim(Shim),
    /// A mount in the program's own namespace, where the system permits that.
    Mount,
}

impl Way {
    fn all() -> Vec<Self> {
        let shim = Shim::new();
        shim.set("read-only", true);
        let mut all = vec![Self::Shim(shim)];
        let unshare = Command::new("unshare").args(["-m", "true"]).output();
        match unshare.is_ok_and(|output| output.status.success()) {
            true => all.push(Self::Mount),
            false => eprintln!(
                "SKIPPED: read-only mounts, which only root may make; the shim stands for them"
            ),
        }
        all
    }

    fn act(&self, sandbox: &Sandbox, arguments: &[&str]) -> Output {
        let mut command = match self {
            Self::Shim(shim) => shim.command(sandbox),
            Self::Mount => {
                let program = sandbox.command();
                let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
                let mut command = Command::new("unshare");
                command
                    .args(["-m", "sh", "-c", script, "sh"])
                    .arg(sandbox.data());
                command.arg(program.get_program()).args(program.get_args());
                command
                    .current_dir(sandbox.beside(""))
                    .stderr(Stdio::piped());
                command
            }
        };
        output(command.args(arguments).stdout(Stdio::piped()))
    }
}

/// Checks, exports and backs up the data, and compares each result with the list.
fn check(sandbox: &Sandbox, way: &Way, expected: &str) {
    let before = contents(&sandbox.data());
    let done = |arguments: &[&str]| {
        let output = way.act(sandbox, arguments);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {words}");
        (String::from_utf8(output.stdout).unwrap(), words)
    };
    let (_, words) = done(&["check"]);
    assert!(words.starts_with("the data is intact: "), "{words}");
    let (exported, _) = done(&["export", "--format", "markdown"]);
    assert_eq!(exported, expected);
    done(&["backup", "backup"]);
    assert!(contents(&sandbox.data()) == before, "the data have changed");

    let other = Sandbox::new();
    let (code, _, words) = other.act(&["restore", sandbox.beside("backup").to_str().unwrap()]);
    assert_eq!(code, Some(0), "{words}");
    let (_, exported, _) = other.act(&["export", "--format", "markdown"]);
    assert_eq!(exported, expected);
    fs::remove_file(sandbox.beside("backup")).unwrap();
}

#[tokio::test]
async fn the_data_of_a_server_that_was_stopped_are_read() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.beside("list.md"), "- [ ] one\n- [x] two\n").unwrap();
    let (code, _, words) = sandbox.act(&["import", "list.md"]);
    assert_eq!(code, Some(0), "{words}");
    for way in Way::all() {
        check(&sandbox, &way, "- [ ] one\n- [x] two\n");
        let refused = way.act(&sandbox, &["import", "list.md"]);
        assert_eq!(
            refused.status.code(),
            Some(73),
            "{}",
            String::from_utf8_lossy(&refused.stderr)
        );
    }
}

#[tokio::test]
async fn the_data_of_a_server_that_was_killed_are_read_with_all_of_the_log() {
    for with_shared_memory in [true, false] {
        for way in Way::all() {
            let sandbox = Sandbox::new();
            let mut running = sandbox.start();
            running.add("in the log").await;
            running.kill();
            assert!(
                fs::metadata(sandbox.file("todo-list.db-wal"))
                    .unwrap()
                    .len()
                    > 0
            );
            if !with_shared_memory {
                fs::remove_file(sandbox.file("todo-list.db-shm")).unwrap();
            }
            let first = "- [ ] Build the front-end\n- [ ] Connect to the back-end\n";
            check(&sandbox, &way, &format!("{first}- [ ] in the log\n"));
        }
    }
}

/// A read-only program does not stop the one that writes.
#[tokio::test]
async fn the_data_of_a_server_that_runs_are_read_or_refused_and_never_half() {
    for way in Way::all() {
        let sandbox = Sandbox::new();
        let running = sandbox.start();
        for number in 0..20 {
            running.add(&format!("item {number}")).await;
            let output = way.act(&sandbox, &["export", "--format", "markdown"]);
            let text = String::from_utf8(output.stdout).unwrap();
            match output.status.code() {
                Some(0) => assert_eq!(text.lines().count(), number + 3, "{text}"),
                code => assert_eq!(
                    code,
                    Some(75),
                    "{}",
                    String::from_utf8_lossy(&output.stderr)
                ),
            }
        }
        running.add("it goes on").await;
        running.stop();
        sandbox.start().stop();
    }
}
