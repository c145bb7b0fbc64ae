//! Listens on a socket, accepts connections and serves them.
//!
//! `axum::serve` has no timeout for the head of a request, no limit of connections, and waits without end for streams when
//! it shuts down. Hence this loop on hyper.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::server::limits::{ConnectionLimiter, Limits, TimeoutBody, TimeoutStream};
use crate::server::net::ConnectionInfo;
use crate::server::process::shutdown::Shutdown;
use crate::server::telemetry::OpenConnection;

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 << 10;

/// How much hyper reads ahead of a handler, and prepares of a response before the socket takes it, in bytes. A client that
/// stops reading costs no more than this, beside what clients share.
const BUFFER_BYTES: usize = 64 << 10;

/// How long to wait if the system has no connections left.
const ACCEPT_RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// How often a connection checks its write timeout while the server stops.
const SHUTDOWN_POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How many connections the system keeps until the server accepts them. When a server restarts, all pages connect at once;
/// the system of a client that finds no space tries again after a second. The server's system may have a lower limit
/// (`net.core.somaxconn`).
const BACKLOG: u32 = 4_096;

/// Listens on an address.
///
/// # Errors
///
/// The error of the system: this machine does not have the address, or another program uses it.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    listen_on(bind(address)?)
}

/// Takes an address, without accepting connections yet: until [`listen_on`], the system refuses them.
///
/// # Errors
///
/// The error of the system: this machine does not have the address, or another program uses it.
pub fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server may restart while connections of its predecessor end. On Windows the option would let two servers share an
    // address.
    socket.set_reuseaddr(cfg!(not(windows)))?;
    socket.bind(address)?;
    Ok(socket)
}

/// Lets clients connect to an address.
///
/// # Errors
///
/// The error of the system: another program has taken the address meanwhile.
pub fn listen_on(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

/// Serves `router` on `listener` within `limits` until `shutdown` is done, then finishes what has begun.
///
/// # Errors
///
/// None today: an error of one connection ends that connection only.
pub async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (close, closing) = Shutdown::channel();
    let limits = Arc::new(limits);
    let limiter = ConnectionLimiter::new(&limits);
    let service = TowerToHyperService::new(router);
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let Some((info, permit)) = limiter.admit(address.ip()) else {
                    tracing::debug!(%address, "closed a connection: too many are open");
                    continue;
                };
                let (service, closing, open) = (service.clone(), closing.clone(), open.clone());
                let limits = limits.clone();
                let counted = OpenConnection::new();
                tokio::spawn(async move {
                    serve(stream, service, info, &limits, closing).await;
                    drop((permit, open, counted));
                });
            }
            Err(error) => accept_failed(&error).await,
        }
    }
    drop((listener, open));
    close.begin();
    // The channel carries no messages. It closes when the last connection has ended.
    let _ = all_closed.recv().await;
    Ok(())
}

/// Serves one connection until it ends.
async fn serve(
    stream: TcpStream,
    router: TowerToHyperService<Router>,
    info: ConnectionInfo,
    limits: &Limits,
    mut closing: Shutdown,
) {
    // Small writes must not wait for each other's acknowledgement (Nagle's algorithm).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let stream = TimeoutStream::new(stream, limits.write_timeout, closing.clone());
    let body_timeout = limits.body_timeout;
    let for_streams = closing.clone();
    // The future of a response is boxed: hyper keeps space for it as long as the connection lives, and a stream lives
    // for hours.
    let service = service_fn(|request: Request<Incoming>| {
        let mut deadline = None;
        let mut request = request.map(|body| {
            if body.is_end_stream() {
                return Body::empty();
            }
            let body = TimeoutBody::new(body, body_timeout);
            deadline = Some(body.deadline());
            Body::new(body)
        });
        let extensions = request.extensions_mut();
        extensions.insert(info);
        extensions.insert(for_streams.clone());
        if let Some(deadline) = deadline {
            extensions.insert(deadline);
        }
        Box::pin(router.call(request))
    });
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.begun() => {
            connection.as_mut().graceful_shutdown();
            loop {
                // Wakes the connection again and again: its write timeout is shorter now.
                if let Ok(ended) = timeout(SHUTDOWN_POLL_INTERVAL, connection.as_mut()).await {
                    break ended;
                }
            }
        }
    };
    if let Err(error) = ended {
        // The client has closed the connection, is too slow, or speaks another protocol.
        tracing::trace!(%error, "connection");
    }
}

/// Waits if the system cannot accept connections now.
async fn accept_failed(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // The client was gone before the server accepted it.
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    // Most likely too many open files: some will be closed soon.
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(ACCEPT_RETRY_INTERVAL).await;
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

    /// A connection that the system cannot queue takes a second: then the client's system tries again.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_system_queues_hundreds_of_connections() {
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
    async fn a_used_address_is_an_error_and_a_released_one_is_not() {
        let free = "127.0.0.1:0".parse().expect("an address");
        let listener = listen(free).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let taken = listen(address).expect_err("the address is in use");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        // The server closes the connection first, so its side stays in TIME_WAIT.
        let stream = TcpStream::connect(address).expect("a connection");
        drop(listener.accept().await.expect("a connection"));
        drop((listener, stream));
        assert!(listen(address).is_ok());
    }
}
