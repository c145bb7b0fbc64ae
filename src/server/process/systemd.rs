//! What a service manager is told: that the server is ready, that it stops, and that it is alive. It is
//! systemd's protocol (sd_notify(3)): a word in a datagram to the socket that `NOTIFY_SOCKET` names.

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

use crate::server::store::Store;

/// Tells the service manager, if there is one: lines such as `READY=1`. One that does not listen is no
/// reason to stop.
pub fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "cannot tell the service manager");
    }
}

/// Tells the service manager again and again that the server is alive, as long as the writer is at work;
/// does nothing if nobody waits for it. A server that falls silent is started anew.
pub async fn keep_telling(store: Store) {
    let Some(limit) = watchdog() else { return };
    let mut ticks = tokio::time::interval(limit / 2);
    loop {
        ticks.tick().await;
        match store.is_at_work(limit / 4).await {
            true => tell("WATCHDOG=1"),
            false => tracing::error!("the journal does not answer"),
        }
    }
}

/// After how long a silence the service manager takes action, if it does so with this process.
fn watchdog() -> Option<Duration> {
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
