//! A request's body that must come in time.

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

/// Whether the body of a request has not come in time. Whoever reads it sees an error like any other; the
/// one who answers sees this.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyDeadline(Arc<AtomicBool>);

impl BodyDeadline {
    /// Whether it is so.
    #[must_use]
    pub(crate) fn has_passed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The body. The clock runs from the head on, and is looked at only by whoever waits for more.
pub(crate) struct TimedBody {
    body: Incoming,
    deadline: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    late: BodyDeadline,
}

impl TimedBody {
    /// Gives a body so much time.
    pub(crate) fn new(body: Incoming, limit: Duration) -> Self {
        Self {
            deadline: Instant::now() + limit,
            sleep: None,
            late: BodyDeadline::default(),
            body,
        }
    }

    /// Where it says that it is late.
    #[must_use]
    pub(crate) fn late_flag(&self) -> BodyDeadline {
        self.late.clone()
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            // A client that never pauses is late all the same.
            if Instant::now() < this.deadline || frame.is_none() {
                return Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)));
            }
        } else {
            let deadline = this.deadline;
            let sleep = this
                .sleep
                .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        this.late.0.store(true, Ordering::Relaxed);
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
