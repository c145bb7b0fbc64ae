//! The loop that accepts connections and serves them.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::pipeline::{Arrival, Door};
use crate::server::limits::{Entrance, Limits, TimedBody, TimedStream};
use crate::server::net::Connection;
use crate::server::process::shutdown::Closing;

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 << 10;

/// How much is read before somebody wants it, and how much of an answer is made before the socket has room
/// for it, in bytes. A reader that stops reading costs no more than this, beside what all share.
const BUFFER: usize = 64 << 10;

/// How long to wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(200);

/// Once the server stops: how often it is looked whether the other end of a connection still takes what it
/// is sent.
const LOOK: Duration = Duration::from_millis(250);

/// Serves what lies behind `door` on `listener` within `limits` until `shutdown` is done, then finishes what has begun.
///
/// # Errors
///
/// None today: what goes wrong with one connection is nothing to the others.
pub async fn run(
    listener: TcpListener,
    door: Door,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (close, closing) = Closing::channel();
    let limits = Arc::new(limits);
    let entrance = Entrance::new(&limits);
    let (open, mut all_gone) = mpsc::channel::<()>(1);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let Some((connection, place)) = entrance.admit(address.ip()) else {
                    tracing::debug!(%address, "no room for a connection, nor to say so");
                    continue;
                };
                let (door, closing, open) = (door.clone(), closing.clone(), open.clone());
                let limits = limits.clone();
                let counted = crate::server::telemetry::Connection::open();
                tokio::spawn(async move {
                    serve(stream, door, connection, &limits, closing).await;
                    drop((place, open, counted));
                });
            }
            Err(error) => refused(&error).await,
        }
    }
    // Nobody can come any more.
    drop((listener, open));
    close.begin();
    // Nothing is ever sent; it ends when the last connection has.
    let _ = all_gone.recv().await;
    Ok(())
}

async fn serve(
    stream: TcpStream,
    door: Door,
    connection: Connection,
    limits: &Limits,
    mut closing: Closing,
) {
    // Small writes must not wait for each other's acknowledgement (Nagle's algorithm).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let stream = TimedStream::new(stream, limits.write, closing.clone());
    let in_time = limits.body;
    // What ends streams.
    let (door, known) = (&door, &closing.clone());
    // In a box: the connection keeps the room for it, and a stream is one for hours.
    let service = service_fn(|request: Request<Incoming>| {
        Box::pin(async move {
            let mut late = None;
            let request = request.map(|body| {
                if body.is_end_stream() {
                    return Body::empty();
                }
                let body = TimedBody::new(body, in_time);
                late = Some(body.late());
                Body::new(body)
            });
            let arrival = Arrival {
                connection: Some(connection),
                late,
            };
            let response = door.answer_to(request, arrival, known).await;
            Ok::<_, Infallible>(response)
        })
    });
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.begun() => {
            connection.as_mut().graceful_shutdown();
            loop {
                if let Ok(ended) = timeout(LOOK, connection.as_mut()).await {
                    break ended;
                }
            }
        }
    };
    if let Err(error) = ended {
        // A client that has gone, that is too slow, or that speaks something else.
        tracing::trace!(%error, "connection");
    }
}

async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // The client was gone before it was let in.
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    // Most likely too many open files: some will be closed.
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(PAUSE).await;
}
