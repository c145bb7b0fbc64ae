//! A clock before 1970.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::limits::output;
use crate::program::Sandbox;
use crate::shim::Shim;

/// Runs the program a day before 1970.
fn before_1970(command: &mut Command) -> Output {
    let command = command.env("SHIM_CLOCK", "-86400").stdout(Stdio::piped());
    output(command)
}

#[test]
fn before_1970_items_are_added_and_nothing_panics() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    fs::write(sandbox.beside("list.md"), "- [ ] one\n- [x] two\n").unwrap();
    for arguments in [
        &["import", "list.md"][..],
        &["check"],
        &["backup", "backup"],
    ] {
        let done = before_1970(shim.command(&sandbox).args(arguments));
        let words = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{arguments:?}: {words}");
    }
    let exported = before_1970(
        shim.command(&sandbox)
            .args(["export", "--format", "markdown"]),
    );
    assert_eq!(
        String::from_utf8(exported.stdout).unwrap(),
        "- [ ] one\n- [x] two\n"
    );
}

/// The HTTP library writes the time into every answer, and cannot express one before 1970.
#[test]
fn before_1970_the_server_says_that_the_clock_has_to_be_set() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let ended = before_1970(&mut shim.command(&sandbox));
    let words = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(74), "{words}");
    let expected = "todo-list: the clock of this machine stands before 1970: set it\n";
    assert_eq!(words, expected);
}
