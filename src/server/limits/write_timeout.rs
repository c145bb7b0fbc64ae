//! A connection whose other end must go on taking what it is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::server::process::shutdown::Shutdown;

/// How long the other end may take nothing once the server stops.
const WHILE_STOPPING: Duration = Duration::from_secs(1);

/// The connection. While nothing waits to be sent, it may rest for as long as it likes.
pub(crate) struct TimedStream {
    stream: TcpStream,
    limit: Duration,
    closing: Shutdown,
    blocked: Option<Box<Blocked>>,
}

struct Blocked {
    since: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl TimedStream {
    /// Ends with an error when no byte could be written for so long.
    pub(crate) fn new(stream: TcpStream, limit: Duration, closing: Shutdown) -> Self {
        Self {
            stream,
            limit,
            closing,
            blocked: None,
        }
    }

    /// Looks at the clock if nothing could be written.
    fn watch(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let limit = self.limit;
        let blocked = self.blocked.get_or_insert_with(|| {
            let since = Instant::now();
            let sleep = Box::pin(sleep_until(since + limit));
            Box::new(Blocked { since, sleep })
        });
        let is_over = blocked.sleep.as_mut().poll(context).is_ready();
        if is_over || self.closing.has_begun() && blocked.since.elapsed() >= WHILE_STOPPING {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.watch(context, written)
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
    async fn pair(limit: Duration) -> (TimedStream, TcpStream, ShutdownTrigger) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let other = TcpStream::connect(address).await.expect("a connection");
        let (stream, _) = listener.accept().await.expect("a connection");
        let (close, closing) = Shutdown::channel();
        (TimedStream::new(stream, limit, closing), other, close)
    }

    /// More than any system keeps on its way.
    const MUCH: usize = 64 << 20;

    #[tokio::test]
    async fn writing_fails_when_nothing_was_taken_for_so_long() {
        let limit = Duration::from_millis(200);
        let (mut stream, _other, _close) = pair(limit).await;
        let begin = Instant::now();
        let much = vec![0; MUCH];
        let written = timeout(Duration::from_secs(20), stream.write_all(&much)).await;
        let error = written.expect("an end").expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begin.elapsed() >= limit);
    }

    #[tokio::test]
    async fn a_slow_reader_that_goes_on_reading_gets_everything() {
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
