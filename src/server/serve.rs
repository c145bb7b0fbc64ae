//! The loop that accepts connections and serves them.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::shutdown::Closing;

/// How long the head of a request may take, and a connection that is kept may wait for one.
const HEAD: Duration = Duration::from_secs(30);

/// How much of a head is read, and how much of an answer is made before the socket has room for it, in
/// bytes. A reader that stops reading costs no more than this, beside what all share.
const BUFFER: usize = 64 << 10;

/// How long to wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves on `listener` until `shutdown` is done, then finishes what has begun.
///
/// # Errors
///
/// None today: what goes wrong with one connection is nothing to the others.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (close, closing) = Closing::channel();
    let router: Router = router.layer(Extension(closing.clone()));
    let (open, mut all_gone) = mpsc::channel::<()>(1);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, closing, open) = (router.clone(), closing.clone(), open.clone());
                tokio::spawn(async move {
                    serve(stream, router, closing).await;
                    drop(open);
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

async fn serve(stream: TcpStream, router: Router, mut closing: Closing) {
    // Small writes must not wait for each other's acknowledgement (Nagle's algorithm).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that has gone, or that speaks something else.
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
