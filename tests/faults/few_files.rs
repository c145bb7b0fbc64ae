//! A low limit of open files.

use std::process::{Command, Stdio};

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::program::{Running, Sandbox};

const REQUEST: &[u8] = b"GET /api/items HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Returns the status line of the answer, or an empty string if the server closed the connection without one. The
/// connection stays open.
async fn status(stream: &mut TcpStream) -> String {
    let mut answer = [0; 1024];
    let length = match stream.write_all(REQUEST).await {
        Ok(()) => stream.read(&mut answer).await.unwrap_or(0),
        Err(_) => 0,
    };
    let text = String::from_utf8_lossy(&answer[..length]);
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn with_64_open_files_requests_are_answered_however_many_connections_come() {
    let sandbox = Sandbox::new();
    let program = sandbox.command();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]);
    command.arg(program.get_program()).args(program.get_args());
    command.args(["--metrics-addr", "127.0.0.1:0"]);
    command
        .current_dir(sandbox.beside(""))
        .stderr(Stdio::piped());
    let mut running = Running::start(&mut command).unwrap();
    running.add("one").await;
    let mut held = Vec::new();
    let mut answers = Vec::new();
    let address = running.url.trim_start_matches("http://");
    for _ in 0..100 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        answers.push(status(&mut stream).await);
        held.push(stream);
    }
    let count = |begin: &str| {
        answers
            .iter()
            .filter(|line| line.starts_with(begin))
            .count()
    };
    assert!(count("HTTP/1.1 200") >= 20, "{answers:?}");
    assert!(count("HTTP/1.1 503") >= 4, "{answers:?}");

    // With every connection in use, files remain for other needs: here for the session database.
    let password = sandbox.beside("password");
    std::fs::write(&password, "correct horse\n").unwrap();
    let mut set = sandbox.command();
    set.arg("password")
        .stdin(std::fs::File::open(password).unwrap());
    assert!(crate::limits::output(&mut set).status.success());
    let first = &mut held[0];
    let told = async { while !status(first).await.contains("401") {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), told)
        .await
        .unwrap();
    first.write_all(b"POST /sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 22\r\n\r\npassword=correct+horse").await.unwrap();
    let mut answer = vec![0; 4096];
    let length = first.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.starts_with("HTTP/1.1 303") && answer.contains("set-cookie"),
        "{answer}"
    );

    drop(held);
    let client = Client::new();
    let again = async {
        while client
            .get(format!("{}/healthz", running.url))
            .send()
            .await
            .unwrap()
            .status()
            != 200
        {}
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again)
        .await
        .unwrap();
    running.ask_to_stop();
    assert!(running.wait().success());
    let log = running.log();
    assert!(
        !log.contains("cannot accept") && !log.contains("ERROR"),
        "{log}"
    );
}
