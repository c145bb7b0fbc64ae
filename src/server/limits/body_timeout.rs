//! The timeout of a request body.
//!
//! The timeout of tower-http starts again with every frame, so that a slow client can hold a request for hours. This one is
//! for the whole body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// Tells whether the body of a request was too slow. A handler that reads the body sees an error like any other; the
/// pipeline sees this flag. A clone is one counted reference.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyDeadline(Arc<AtomicBool>);

impl BodyDeadline {
    /// Whether the body was not complete in time.
    #[must_use]
    pub(crate) fn has_passed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A request body that fails with [`TimedOut`](io::ErrorKind::TimedOut) if it is not complete in time.
pub(crate) struct TimeoutBody {
    body: Incoming,
    ends_at: Instant,
    /// Created when the reader first waits for data.
    sleep: Option<Pin<Box<Sleep>>>,
    deadline: BodyDeadline,
}

impl TimeoutBody {
    /// A body that must be complete within `timeout` from now.
    pub(crate) fn new(body: Incoming, timeout: Duration) -> Self {
        Self {
            ends_at: Instant::now() + timeout,
            sleep: None,
            deadline: BodyDeadline::default(),
            body,
        }
    }

    /// The flag that tells whether the body was too slow.
    #[must_use]
    pub(crate) fn deadline(&self) -> BodyDeadline {
        self.deadline.clone()
    }
}

impl Body for TimeoutBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            // A client that sends without a pause is subject to the timeout too.
            if Instant::now() < this.ends_at || frame.is_none() {
                return Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)));
            }
        } else {
            let ends_at = this.ends_at;
            let sleep = this
                .sleep
                .get_or_insert_with(|| Box::pin(sleep_until(ends_at)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        this.deadline.0.store(true, Ordering::Relaxed);
        let error = io::Error::from(io::ErrorKind::TimedOut);
        Poll::Ready(Some(Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
