//! Health checks and watchdog messages while the disk fails.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;

use reqwest::Client;

use crate::program::{Running, Sandbox, post};
use crate::shim::Shim;

/// Drains the socket and returns the number of messages; each must be a watchdog message.
fn take_watchdog_messages(socket: &UnixDatagram) -> usize {
    let mut message = [0; 64];
    let mut count = 0;
    loop {
        match socket.recv(&mut message) {
            Ok(length) => assert_eq!(&message[..length], b"WATCHDOG=1"),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return count,
            Err(error) => panic!("{error}"),
        }
        count += 1;
    }
}

#[tokio::test]
async fn while_a_sync_hangs_it_is_alive_not_ready_and_sends_no_watchdog_message() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let path = sandbox.beside("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut command = shim.command(&sandbox);
    command.env("NOTIFY_SOCKET", &path);
    // Every 100 ms.
    command.env("WATCHDOG_USEC", "200000");
    let running = Running::start(&mut command).unwrap();
    let mut ready = [0; 256];
    let length = socket.recv(&mut ready).unwrap();
    assert!(ready[..length].starts_with(b"READY=1\n"));
    assert_eq!(running.status("/readyz").await, 200);

    shim.set("sync-hangs", true);
    let url = running.url.clone();
    let waiting = tokio::spawn(async move { post(&Client::new(), &url, "slow").await });
    running.wait_until_ready(false).await;
    socket.set_nonblocking(true).unwrap();
    take_watchdog_messages(&socket);
    // The next check takes two seconds: twenty watchdog intervals.
    assert_eq!(running.status("/readyz").await, 503);
    assert_eq!(take_watchdog_messages(&socket), 0);
    assert_eq!(running.status("/healthz").await, 200);

    shim.set("sync-hangs", false);
    assert_eq!(waiting.await.unwrap(), Some(201));
    assert_eq!(running.status("/readyz").await, 200);
    while take_watchdog_messages(&socket) == 0 {
        assert_eq!(running.status("/healthz").await, 200);
    }
}

#[tokio::test]
async fn with_a_full_disk_it_is_ready() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let running = Running::start(&mut shim.command(&sandbox)).unwrap();
    shim.set("full", true);
    let client = Client::new();
    assert_eq!(post(&client, &running.url, "no room").await, Some(507));
    assert_eq!(running.status("/readyz").await, 200);
}

#[tokio::test]
async fn an_error_is_logged_once() {
    for (fault, status, code) in [("full", Some(507), 0), ("sync-fails", Some(503), 74)] {
        let (sandbox, shim) = (Sandbox::new(), Shim::new());
        let mut running = Running::start(&mut shim.command(&sandbox)).unwrap();
        shim.set(fault, true);
        assert_eq!(post(&Client::new(), &running.url, "x").await, status);
        shim.set(fault, false);
        if code == 0 {
            running.ask_to_stop();
        }
        assert_eq!(running.wait().code(), Some(code), "{fault}");
        let log = running.log();
        let is_error = |line: &&str| line.contains(" ERROR ") || line.starts_with("todo-list: ");
        assert_eq!(log.lines().filter(is_error).count(), 1, "{fault}: {log}");
    }
}
