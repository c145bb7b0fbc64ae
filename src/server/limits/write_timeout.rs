//! The write timeout: closes a connection whose client stops receiving.
//!
//! hyper has no write timeout. The crate `tokio-io-timeout` has one that cannot change once hyper owns the connection; this
//! one becomes shorter when the server stops.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::server::process::shutdown::Shutdown;

/// The write timeout while the server stops.
const SHUTDOWN_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection with a write timeout. It may be idle for any time while there is nothing to write.
pub(crate) struct TimeoutStream {
    stream: TcpStream,
    timeout: Duration,
    closing: Shutdown,
    /// A write waits for the client. Boxed, because most connections never wait.
    blocked: Option<Box<Blocked>>,
}

struct Blocked {
    since: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl TimeoutStream {
    /// A connection whose writes fail with [`TimedOut`](io::ErrorKind::TimedOut) when the client has received nothing for
    /// `timeout`.
    pub(crate) fn new(stream: TcpStream, timeout: Duration, closing: Shutdown) -> Self {
        Self {
            stream,
            timeout,
            closing,
            blocked: None,
        }
    }

    /// Applies the timeout to the result of a write.
    fn apply_timeout(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let timeout = self.timeout;
        let blocked = self.blocked.get_or_insert_with(|| {
            let since = Instant::now();
            let sleep = Box::pin(sleep_until(since + timeout));
            Box::new(Blocked { since, sleep })
        });
        let has_timed_out = blocked.sleep.as_mut().poll(context).is_ready();
        if has_timed_out
            || self.closing.has_begun() && blocked.since.elapsed() >= SHUTDOWN_WRITE_TIMEOUT
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for TimeoutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TimeoutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.apply_timeout(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.apply_timeout(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::process::shutdown::ShutdownTrigger;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    /// Both ends of a connection.
    async fn pair(limit: Duration) -> (TimeoutStream, TcpStream, ShutdownTrigger) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let other = TcpStream::connect(address).await.expect("a connection");
        let (stream, _) = listener.accept().await.expect("a connection");
        let (close, closing) = Shutdown::channel();
        (TimeoutStream::new(stream, limit, closing), other, close)
    }

    /// More bytes than any system buffers.
    const MUCH: usize = 64 << 20;

    #[tokio::test]
    async fn a_write_fails_when_the_client_receives_nothing() {
        let limit = Duration::from_millis(200);
        let (mut stream, _other, _close) = pair(limit).await;
        let begin = Instant::now();
        let much = vec![0; MUCH];
        let written = timeout(Duration::from_secs(20), stream.write_all(&much)).await;
        let error = written
            .expect("an end")
            .expect_err("the client does not read");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begin.elapsed() >= limit);
    }

    #[tokio::test]
    async fn a_slow_client_that_continues_to_receive_gets_everything() {
        let (mut stream, mut other, _close) = pair(Duration::from_secs(1)).await;
        let begin = Instant::now();
        let writing = tokio::spawn(async move { stream.write_all(&vec![0; MUCH]).await });
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        let (mut buffer, mut received) = (vec![0; 512 << 10], 0);
        while received < MUCH {
            pace.tick().await;
            let count = other.read(&mut buffer).await.expect("something");
            assert!(count > 0, "cut off after {received} bytes");
            received += count;
        }
        assert!(writing.await.expect("no panic").is_ok());
        assert!(begin.elapsed() > Duration::from_secs(1), "too fast to tell");
    }
}
