//! Notifications to a service manager by systemd's protocol (sd_notify(3)): lines in a datagram to the socket in
//! `NOTIFY_SOCKET`. The protocol needs only these few lines, so the program uses no library for it.

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

/// Sends lines like `READY=1` to the service manager, if there is one. Errors are logged and otherwise ignored.
pub fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "cannot notify the service manager");
    }
}

/// Notifies the service manager at regular intervals, so that its watchdog does not restart the server. A notification
/// is left out if `ping`, which gets a time limit, returns false. Returns at once if the service manager has no
/// watchdog for this process.
pub async fn watchdog(ping: impl AsyncFn(Duration) -> bool) {
    let Some(limit) = watchdog_timeout() else {
        return;
    };
    let mut ticks = tokio::time::interval(limit / 2);
    loop {
        ticks.tick().await;
        match ping(limit / 4).await {
            true => notify("WATCHDOG=1"),
            false => tracing::error!("the writer does not respond"),
        }
    }
}

/// How long the service manager waits for a notification before it restarts this process; `None` without a watchdog.
fn watchdog_timeout() -> Option<Duration> {
    let variable = |name| std::env::var(name).ok();
    let is_other = |pid: String| pid.parse() != Ok(std::process::id());
    if variable("WATCHDOG_PID").is_some_and(is_other) {
        return None;
    }
    let limit = variable("WATCHDOG_USEC")?.parse().ok()?;
    (limit > 0).then(|| Duration::from_micros(limit))
}

/// Sends to a socket in the file system or, if its name begins with `@`, in Linux's abstract namespace.
#[cfg(target_os = "linux")]
fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

/// systemd runs only on Linux.
#[cfg(not(target_os = "linux"))]
fn send(_: &OsStr, _: &str) -> io::Result<()> {
    Ok(())
}
