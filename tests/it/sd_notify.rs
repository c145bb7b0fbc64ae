//! Messages to the service manager (`sd_notify`), received on a socket like that of systemd.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::program::{Running, program};
use crate::spawn::folder_with_page;

/// Receives the next message.
fn next(socket: &UnixDatagram) -> String {
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut word = [0; 1_024];
    let length = socket.recv(&mut word).unwrap();
    String::from_utf8(word[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn it_notifies_ready_watchdog_and_stopping() {
    for is_abstract in [false, true] {
        let folder = folder_with_page();
        let path = folder.path().join("notify");
        let path = path.to_str().unwrap();
        let (address, name) = match is_abstract {
            true => (SocketAddr::from_abstract_name(path), format!("@{path}")),
            false => (SocketAddr::from_pathname(path), path.into()),
        };
        let socket = UnixDatagram::bind_addr(&address.unwrap()).unwrap();
        let mut command = program(folder.path());
        command.args(["--addr", "127.0.0.1:0"]);
        command.env("NOTIFY_SOCKET", &name);
        command.env("WATCHDOG_USEC", "200000");
        let running = Running::start(command);
        let ready = format!("READY=1\nSTATUS=Listening on {}/", running.url);
        assert_eq!(next(&socket), ready, "{name}");
        let response = reqwest::get(format!("{}/readyz", running.url)).await;
        assert_eq!(response.unwrap().status(), 200);
        for _ in 0..3 {
            assert_eq!(next(&socket), "WATCHDOG=1", "{name}");
        }
        running.signal("-TERM");
        let mut word = next(&socket);
        while word == "WATCHDOG=1" {
            word = next(&socket);
        }
        assert_eq!(word, "STOPPING=1\nSTATUS=Stopping", "{name}");
    }
}

#[tokio::test]
async fn without_a_watchdog_of_its_own_it_sends_no_watchdog_messages() {
    let id = std::process::id().to_string();
    for (usec, pid) in [("0", None), ("x", None), ("1000", Some(&id))] {
        let folder = folder_with_page();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut command = program(folder.path());
        command.args(["--addr", "127.0.0.1:0"]);
        command.env("NOTIFY_SOCKET", &path);
        command.env("WATCHDOG_USEC", usec);
        if let Some(pid) = pid {
            command.env("WATCHDOG_PID", pid);
        }
        let running = Running::start(command);
        assert!(next(&socket).starts_with("READY=1\n"));
        // Long enough for many watchdog intervals of one millisecond.
        for _ in 0..20 {
            let response = reqwest::get(format!("{}/readyz", running.url)).await;
            assert_eq!(response.unwrap().status(), 200);
        }
        running.signal("-TERM");
        assert!(next(&socket).starts_with("STOPPING=1\n"), "{usec} {pid:?}");
    }
}

#[tokio::test]
async fn a_service_manager_that_does_not_listen_does_not_matter() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", folder.path().join("missing"));
    let log = Running::start(command).stop_and_read();
    assert!(
        log.contains(" WARN todo_list::server::process::systemd: "),
        "{log}"
    );
}
