//! The socket that the server listens on.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted. When a server comes back, all pages come at once; one for which there is
/// no room is tried again by its system after a second. Systems have a limit of their own, which may be lower
/// (`net.core.somaxconn`).
const BACKLOG: u32 = 4_096;

/// Listens on an address.
///
/// # Errors
///
/// What the system says: the address is not one of this machine, or it is taken.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server may come back at once, though connections of the one before have not ended. On Windows it would mean
    // that two servers share an address.
    socket.set_reuseaddr(cfg!(not(windows)))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[cfg(target_os = "linux")]
    fn system_limit() -> usize {
        let limit = std::fs::read_to_string("/proc/sys/net/core/somaxconn").expect("a limit");
        limit.trim().parse().expect("a number")
    }

    /// A connection that has to wait for room takes a second: its system tries again then.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hundreds_may_wait_to_be_accepted() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = match listen(address.parse().expect("an address")) {
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                    eprintln!("SKIPPED {address}: {error}");
                    continue;
                }
                listener => listener.expect("a free port"),
            };
            let address = listener.local_addr().expect("an address");
            let soon = Duration::from_millis(900);
            let connect = |number| match TcpStream::connect_timeout(&address, soon) {
                Ok(stream) => stream,
                Err(error) => panic!("{address}, number {number}: {error}"),
            };
            let _waiting: Vec<_> = (0..system_limit().min(400)).map(connect).collect();
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_refused_and_one_that_was_left_is_not() {
        let free = "127.0.0.1:0".parse().expect("an address");
        let listener = listen(free).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let taken = listen(address).expect_err("it is taken");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        // The server ends the connection first: its side waits for a while then.
        let stream = TcpStream::connect(address).expect("a connection");
        drop(listener.accept().await.expect("a connection"));
        drop((listener, stream));
        assert!(listen(address).is_ok());
    }
}
