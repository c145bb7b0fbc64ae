//! Notifications to a service manager, by systemd's protocol (sd_notify(3)): lines in a datagram to the socket that
//! `NOTIFY_SOCKET` names. The protocol is these few lines, so no library is needed.

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

/// Sends lines such as `READY=1` to the service manager, if there is one. Errors are only logged.
pub fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "cannot notify the service manager");
    }
}

/// Tells the service manager at regular intervals that the server is alive, as long as `is_at_work` says so within the
/// time that it is given. Ends at once if the service manager has no watchdog for this process. A service manager restarts a
/// server that it does not hear from.
pub async fn watchdog(is_at_work: impl AsyncFn(Duration) -> bool) {
    let Some(limit) = watchdog_timeout() else {
        return;
    };
    let mut ticks = tokio::time::interval(limit / 2);
    loop {
        ticks.tick().await;
        match is_at_work(limit / 4).await {
            true => notify("WATCHDOG=1"),
            false => tracing::error!("the journal does not answer"),
        }
    }
}

/// After how long without a notification the service manager restarts this process, if it does.
fn watchdog_timeout() -> Option<Duration> {
    let variable = |name| std::env::var(name).ok();
    let is_other = |pid: String| pid.parse() != Ok(std::process::id());
    if variable("WATCHDOG_PID").is_some_and(is_other) {
        return None;
    }
    let limit = variable("WATCHDOG_USEC")?.parse().ok()?;
    (limit > 0).then(|| Duration::from_micros(limit))
}

/// Sends to a socket in the file system or, after an `@`, in Linux' abstract namespace.
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

/// There is no systemd here.
#[cfg(not(target_os = "linux"))]
fn send(_: &OsStr, _: &str) -> io::Result<()> {
    Ok(())
}
