//! Long bodies: how much memory all of them take, and those that one client reads. A body is there as long as somebody
//! reads it, however slowly, or as long as it is kept for the next reader.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::chunks::Pieces;
use crate::server::limits::Refusal;
use crate::server::net::Client;

/// How many bytes of long bodies that all share there may be before another one is made.
const MAX_BYTES: usize = 128 << 20;

/// The same of those that were made for one reader alone: they never take the room of those that all share.
const MAX_BYTES_ALONE: usize = MAX_BYTES / 2;

/// How many of them one client may be reading before it gets another one. A body that it reads several times counts once.
const MAX_BYTES_OF_ONE: usize = MAX_BYTES / 4;

/// How long somebody may wait for room.
const ROOM_TIMEOUT: Duration = Duration::from_secs(2);

/// The long bodies; a clone is one counted reference.
#[derive(Clone, Default)]
pub(crate) struct Bodies(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Of the bodies that all share.
    bytes: AtomicUsize,
    /// Of the others.
    bytes_alone: AtomicUsize,
    next: AtomicU64,
    readers: Mutex<HashMap<Client, Reads>>,
    /// What is kept for later readers, the oldest first.
    kept: Mutex<VecDeque<Weak<Cell>>>,
    /// There may be room again.
    freed: Notify,
}

/// What one client reads: how often a body, and how long it is.
type Reads = HashMap<u64, (usize, usize)>;

type Cell = Mutex<Option<Arc<LongBody>>>;

/// A body of many bytes.
pub(crate) struct LongBody {
    /// Whether it was made for one reader alone.
    is_alone: bool,
    number: u64,
    length: usize,
    pieces: Vec<Bytes>,
    bodies: Bodies,
}

/// The place of a body that is kept as long as there is room for it.
#[derive(Default)]
pub(crate) struct Kept(Arc<Cell>);

impl Bodies {
    /// Takes note of a body that all share.
    #[must_use]
    pub(crate) fn hold(&self, pieces: Pieces) -> Arc<LongBody> {
        self.take_note(pieces, false)
    }

    /// Takes note of a body that is made for this client alone, which reads it from now on.
    pub(crate) fn hold_for(&self, client: Option<Client>, pieces: Pieces) -> Body {
        self.send(client, self.take_note(pieces, client.is_some()))
    }

    fn take_note(&self, pieces: Pieces, is_alone: bool) -> Arc<LongBody> {
        let length = pieces.len();
        self.0
            .bytes_of(is_alone)
            .fetch_add(length, Ordering::Relaxed);
        Arc::new(LongBody {
            is_alone,
            number: self.0.next.fetch_add(1, Ordering::Relaxed),
            length,
            pieces: pieces.into_vec(),
            bodies: self.clone(),
        })
    }

    /// How many bytes there are.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Whether another body may be made for this client. What nobody reads makes room for it.
    #[must_use]
    pub(crate) fn has_room(&self, client: Option<Client>) -> bool {
        let has_all = client.is_some_and(|client| {
            let readers = lock(&self.0.readers);
            let reads = readers.get(&client);
            reads.is_some_and(|reads| length_of(reads) >= MAX_BYTES_OF_ONE)
        });
        if has_all {
            return false;
        }
        if client.is_some() {
            return self.0.bytes_alone.load(Ordering::Relaxed) < MAX_BYTES_ALONE;
        }
        while self.bytes() >= MAX_BYTES {
            if self.forget_oldest().is_none() {
                return false;
            }
        }
        true
    }

    /// Forgets the oldest body that is kept and that nobody reads.
    fn forget_oldest(&self) -> Option<()> {
        let mut kept = lock(&self.0.kept);
        let forgotten = loop {
            let is_idle = |cell: &Weak<Cell>| {
                let cell = cell.upgrade();
                // Those that are gone, too.
                cell.is_none_or(|cell| {
                    let body = lock(&cell);
                    body.as_ref()
                        .is_none_or(|body| Arc::strong_count(body) == 1)
                })
            };
            let place = kept.iter().position(is_idle)?;
            let cell = kept.remove(place).and_then(|cell| cell.upgrade());
            if let Some(body) = cell.and_then(|cell| lock(&cell).take()) {
                break body;
            }
        };
        drop(kept);
        drop(forgotten);
        Some(())
    }

    /// Waits until there is room for a body of this client.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if it takes too long.
    pub(crate) async fn wait_for_room(&self, client: Option<Client>) -> Result<(), Refusal> {
        self.wait(|| self.has_room(client).then_some(())).await
    }

    async fn wait<T>(&self, attempt: impl Fn() -> Option<T>) -> Result<T, Refusal> {
        if let Some(done) = attempt() {
            return Ok(done);
        }
        let waiting = async {
            loop {
                let mut freed = std::pin::pin!(self.0.freed.notified());
                freed.as_mut().enable();
                if let Some(done) = attempt() {
                    return done;
                }
                freed.await;
            }
        };
        timeout(ROOM_TIMEOUT, waiting)
            .await
            .map_err(|_| Refusal::Busy)
    }

    /// The body for a client that reads it, which waits if it reads too much already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if it takes too long.
    pub(crate) async fn share(
        &self,
        client: Option<Client>,
        body: &Arc<LongBody>,
    ) -> Result<Body, Refusal> {
        self.wait(|| self.share_at_once(client, body)).await
    }

    /// The same, if the client need not wait.
    #[must_use]
    pub(crate) fn share_at_once(
        &self,
        client: Option<Client>,
        body: &Arc<LongBody>,
    ) -> Option<Body> {
        if let Some(client) = client {
            let mut readers = lock(&self.0.readers);
            let reads = readers.entry(client).or_default();
            let is_new = !reads.contains_key(&body.number);
            if is_new && length_of(reads) >= MAX_BYTES_OF_ONE {
                return None;
            }
            reads.entry(body.number).or_insert((0, body.length)).0 += 1;
        }
        Some(Body::new(Reading::new(client, body.clone())))
    }

    /// The body for the one client for which it was made.
    fn send(&self, client: Option<Client>, body: Arc<LongBody>) -> Body {
        if let Some(client) = client {
            let mut readers = lock(&self.0.readers);
            let reads = readers.entry(client).or_default();
            reads.entry(body.number).or_insert((0, body.length)).0 += 1;
        }
        Body::new(Reading::new(client, body))
    }
}

impl Shared {
    fn bytes_of(&self, is_alone: bool) -> &AtomicUsize {
        match is_alone {
            true => &self.bytes_alone,
            false => &self.bytes,
        }
    }
}

fn length_of(reads: &Reads) -> usize {
    reads.values().map(|(_, length)| length).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LongBody {
    /// How many bytes it has.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Its bytes, one piece after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(AsRef::as_ref)
    }
}

impl Drop for LongBody {
    fn drop(&mut self) {
        let shared = &self.bodies.0;
        let bytes = shared.bytes_of(self.is_alone);
        bytes.fetch_sub(self.length, Ordering::Relaxed);
        shared.freed.notify_waiters();
    }
}

impl Kept {
    /// The body, if it is still there.
    #[must_use]
    pub(crate) fn get(&self) -> Option<Arc<LongBody>> {
        lock(&self.0).clone()
    }

    /// Keeps a body here.
    pub(crate) fn set(&self, body: &Arc<LongBody>) {
        *lock(&self.0) = Some(body.clone());
        let mut kept = lock(&body.bodies.0.kept);
        kept.retain(|cell| cell.strong_count() > 0);
        kept.push_back(Arc::downgrade(&self.0));
    }
}

/// A body on its way to a client.
struct Reading {
    client: Option<Client>,
    body: Arc<LongBody>,
    next: usize,
    left: usize,
}

impl Reading {
    fn new(client: Option<Client>, body: Arc<LongBody>) -> Self {
        Self {
            client,
            next: 0,
            left: body.length,
            body,
        }
    }
}

impl HttpBody for Reading {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.body.pieces.get(self.next).cloned();
        self.next += 1;
        self.left -= piece.as_ref().map_or(0, Bytes::len);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let bodies = &self.body.bodies.0;
        let Some(client) = self.client else { return };
        let mut readers = lock(&bodies.readers);
        if let Some(reads) = readers.get_mut(&client) {
            if let Some((count, _)) = reads.get_mut(&self.body.number) {
                *count -= 1;
                if *count == 0 {
                    reads.remove(&self.body.number);
                }
            }
            if reads.is_empty() {
                readers.remove(&client);
            }
        }
        drop(readers);
        bodies.freed.notify_waiters();
    }
}

#[cfg(test)]
#[path = "long_bodies_tests.rs"]
mod tests;
