//! The memory and time that password guessing costs.

use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::limits::output;
use crate::program::{Running, Sandbox, tell};

/// The memory of two concurrent verifications, in kilobytes.
const TWO_PASSWORDS: u64 = 2 * 19 * 1_024;

/// The memory of connections, threads and a debug build, in kilobytes.
const OTHERS: u64 = 24 * 1_024;

const FORM: &str = "application/x-www-form-urlencoded";

/// A server with a password that trusts forwarded addresses from this machine.
fn protected(sandbox: &Sandbox) -> Running {
    fs::write(sandbox.beside("password"), "correct horse\n").unwrap();
    let mut set = sandbox.command();
    set.args(["password", "--new"])
        .stdin(File::open(sandbox.beside("password")).unwrap());
    assert!(output(&mut set).status.success());
    let mut command = sandbox.command();
    command.args(["--trusted-proxies", "127.0.0.1"]);
    Running::start(&mut command).unwrap()
}

/// The peak memory, in kilobytes.
fn most_memory(running: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", running.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// 200 guesses from as many addresses on 40 connections, and 40 that do not wait for the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_guesses_take_the_memory_of_two_verifications() {
    let sandbox = Sandbox::new();
    let running = protected(&sandbox);
    let before = most_memory(&running);
    let url = Arc::new(format!("{}/sign-in", running.url));
    let mut guessers = JoinSet::new();
    for connection in 0..40 {
        let url = url.clone();
        guessers.spawn(async move {
            let client = Client::builder().redirect(Policy::none()).build().unwrap();
            for number in 0..5 {
                let is_right = (connection + number) % 4 != 0;
                let password = if is_right {
                    "correct+horse"
                } else {
                    "wrong+guess"
                };
                let request = client.post(&*url).header("content-type", FORM);
                let request =
                    request.header("x-forwarded-for", format!("10.0.{connection}.{number}"));
                let answer = request.body(format!("password={password}")).send();
                let status = answer.await.unwrap().status();
                assert_eq!(status, if is_right { 303 } else { 403 });
            }
        });
    }
    for number in 0..40 {
        let address = running.url.trim_start_matches("http://").to_owned();
        guessers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let body = "password=correct+horse";
            let length = body.len();
            let head = format!(
                "POST /sign-in HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 10.1.0.{number}\r\n\
                 content-type: {FORM}\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
        });
    }
    guessers.join_all().await;
    let more = most_memory(&running) - before;
    tell(&format!("{before} kB, and {more} kB more"));
    assert!(
        more < TWO_PASSWORDS + OTHERS,
        "{more} kB more than {before} kB"
    );
    running.stop();
}

#[tokio::test]
async fn waiting_logins_do_not_delay_shutdown() {
    let sandbox = Sandbox::new();
    let mut running = protected(&sandbox);
    let url = format!("{}/sign-in", running.url);
    let client = Client::new();
    let guess = || {
        let request = client.post(&url).header("content-type", FORM);
        request.body("password=wrong+guess").send()
    };
    for _ in 0..20 {
        assert_eq!(guess().await.unwrap().status(), 403);
    }
    let waiting = tokio::spawn(guess());
    // The server has received it before later requests.
    let again = guess();
    tokio::time::timeout(Duration::from_millis(500), again)
        .await
        .unwrap_err();
    let begin = Instant::now();
    running.ask_to_stop();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), 503);
    assert!(running.wait().success());
    assert!(
        begin.elapsed() < Duration::from_secs(4),
        "{:?}",
        begin.elapsed()
    );
    assert!(!running.log().contains("did not end"));
}
