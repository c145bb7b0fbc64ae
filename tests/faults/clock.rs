//! A clock before 1970, and one far ahead.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Client;
use reqwest::redirect::Policy;
use todo_list::server::auth::{Auth, Password};
use todo_list::server::config::Config;

use crate::limits::output;
use crate::program::{Running, Sandbox};
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

/// A time this many days from now, for the shim.
fn in_days(days: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (now.as_secs() + days * 24 * 60 * 60).to_string()
}

/// A board without a battery can start with any time.
#[tokio::test]
async fn a_start_with_a_clock_far_ahead_forgets_neither_removed_items_nor_sessions() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let auth = Auth::open(Some(&sandbox.data()), &Config::default()).unwrap();
    let password = Password::parse("correct horse").unwrap();
    auth.set_password(Some(&password)).unwrap();
    drop(auth);
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let sign_in = async |running: &Running| {
        let request = client.post(format!("{}/sign-in", running.url));
        let form = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = form.body("password=correct+horse").send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let set = answer.headers().get_all("set-cookie").iter();
        let pairs = set.map(|value| value.to_str().unwrap().split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    };
    let running = sandbox.start();
    let cookie = sign_in(&running).await;
    let todos = format!("{}/api/v1/lists/home/todos", running.url);
    let removed = client.delete(todos).header("cookie", &cookie).send().await;
    assert_eq!(removed.unwrap().status(), 204);
    running.stop();

    let mut command = shim.command(&sandbox);
    let ahead = Running::start(command.env("SHIM_CLOCK", in_days(500))).unwrap();
    // Signing in deletes sessions that ended long ago.
    sign_in(&ahead).await;
    ahead.stop();

    let running = sandbox.start();
    let trash = client.get(format!("{}/trash", running.url));
    let trash = trash.header("cookie", &cookie).send().await.unwrap();
    assert_eq!(trash.status(), 200, "the session has ended");
    let trash = trash.text().await.unwrap();
    assert!(trash.contains("Connect to the back-end"), "{trash}");
}
