//! Limits the memory that long bodies take, in all and for each client.
//!
//! A long body lives as long as a client receives it, however slowly, or as long as the response cache keeps it for
//! the next reader.

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

use super::chunks::Chunks;
use crate::server::limits::Refusal;
use crate::server::net::Client;

/// No further shared body is made while the shared ones take this many bytes.
const MAX_SHARED_BYTES: usize = 128 << 20;

/// The same for private bodies. They never take the room of shared ones.
const MAX_PRIVATE_BYTES: usize = MAX_SHARED_BYTES / 2;

/// A client gets no further body while those that it receives take this many bytes. A body that it receives several
/// times counts once.
const MAX_CLIENT_BYTES: usize = MAX_SHARED_BYTES / 4;

/// How long a request waits for room.
const ROOM_TIMEOUT: Duration = Duration::from_secs(2);

/// The long bodies; a clone is one counted reference.
#[derive(Clone, Default)]
pub(in crate::server::http) struct LongBodies(Arc<Inner>);

#[derive(Default)]
struct Inner {
    shared_bytes: AtomicUsize,
    private_bytes: AtomicUsize,
    next_id: AtomicU64,
    transfers: Mutex<HashMap<Client, Transfers>>,
    /// The slots that hold a body, the oldest body first.
    slots: Mutex<VecDeque<Weak<Slot>>>,
    /// There may be room again.
    freed: Notify,
}

/// What one client receives: by the id of a body, how often the client receives it at the moment, and its length.
type Transfers = HashMap<u64, (usize, usize)>;

type Slot = Mutex<Option<Arc<LongBody>>>;

/// A long body.
pub(in crate::server::http) struct LongBody {
    /// Whether it was made for one client alone.
    is_private: bool,
    id: u64,
    length: usize,
    chunks: Vec<Bytes>,
    bodies: LongBodies,
}

/// Keeps a shared body for later readers as long as there is room for it.
#[derive(Default)]
pub(in crate::server::http) struct LongBodySlot(Arc<Slot>);

impl LongBodies {
    /// Counts a shared body.
    #[must_use]
    pub(in crate::server::http) fn add(&self, chunks: Chunks) -> Arc<LongBody> {
        self.count(chunks, false)
    }

    /// Counts a body that was made for this client alone, and returns it for the response.
    pub(super) fn add_for(&self, client: Option<Client>, chunks: Chunks) -> Body {
        self.send(client, self.count(chunks, client.is_some()))
    }

    fn count(&self, chunks: Chunks, is_private: bool) -> Arc<LongBody> {
        let length = chunks.len();
        self.0
            .bytes(is_private)
            .fetch_add(length, Ordering::Relaxed);
        Arc::new(LongBody {
            is_private,
            id: self.0.next_id.fetch_add(1, Ordering::Relaxed),
            length,
            chunks: chunks.into_vec(),
            bodies: self.clone(),
        })
    }

    /// The number of bytes of the shared bodies.
    fn shared_bytes(&self) -> usize {
        self.0.shared_bytes.load(Ordering::Relaxed)
    }

    /// Whether there is room for another body: a private one of this client, or a shared one without a client. Drops
    /// shared bodies that no client receives to make room for another shared one.
    #[must_use]
    pub(super) fn has_room(&self, client: Option<Client>) -> bool {
        if let Some(client) = client {
            let is_at_limit = {
                let transfers = lock(&self.0.transfers);
                let of_client = transfers.get(&client);
                of_client.is_some_and(|transfers| bytes_of(transfers) >= MAX_CLIENT_BYTES)
            };
            return !is_at_limit
                && self.0.private_bytes.load(Ordering::Relaxed) < MAX_PRIVATE_BYTES;
        }
        self.has_shared_room(0)
    }

    /// Whether there is room for another shared body if these bytes of the present ones do not count.
    fn has_shared_room(&self, uncounted: usize) -> bool {
        while self.shared_bytes().saturating_sub(uncounted) >= MAX_SHARED_BYTES {
            if self.drop_oldest().is_none() {
                return false;
            }
        }
        true
    }

    /// Drops the oldest body that a slot keeps and no client receives.
    fn drop_oldest(&self) -> Option<()> {
        let mut slots = lock(&self.0.slots);
        let dropped = loop {
            let is_idle = |slot: &Weak<Slot>| {
                let slot = slot.upgrade();
                // A slot that is gone or empty leaves the queue too.
                slot.is_none_or(|slot| {
                    let body = lock(&slot);
                    body.as_ref()
                        .is_none_or(|body| Arc::strong_count(body) == 1)
                })
            };
            let index = slots.iter().position(is_idle)?;
            let slot = slots.remove(index).and_then(|slot| slot.upgrade());
            if let Some(body) = slot.and_then(|slot| lock(&slot).take()) {
                break body;
            }
        };
        drop(slots);
        drop(dropped);
        Some(())
    }

    /// Waits until there is [room](Self::has_room).
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] after [`ROOM_TIMEOUT`].
    pub(in crate::server::http) async fn wait_for_room(
        &self,
        client: Option<Client>,
    ) -> Result<(), Refusal> {
        self.wait(|| self.has_room(client).then_some(())).await
    }

    /// Waits until there is room for the compressed form of a shared body, which does not count itself: it may be longer
    /// than the limit, and it stays until it is compressed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] after [`ROOM_TIMEOUT`].
    pub(in crate::server::http) async fn wait_for_room_to_encode(
        &self,
        plain: &LongBody,
    ) -> Result<(), Refusal> {
        self.wait(|| self.has_shared_room(plain.len()).then_some(()))
            .await
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

    /// Sends a shared body to a client. Waits while the client receives too much.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] after [`ROOM_TIMEOUT`].
    pub(in crate::server::http) async fn share(
        &self,
        client: Option<Client>,
        body: &Arc<LongBody>,
    ) -> Result<Body, Refusal> {
        self.wait(|| self.try_share(client, body)).await
    }

    /// Sends a shared body to a client; `None` if the client receives too much.
    #[must_use]
    pub(in crate::server::http) fn try_share(
        &self,
        client: Option<Client>,
        body: &Arc<LongBody>,
    ) -> Option<Body> {
        if let Some(client) = client {
            let mut transfers = lock(&self.0.transfers);
            let of_client = transfers.entry(client).or_default();
            let is_new = !of_client.contains_key(&body.id);
            if is_new && bytes_of(of_client) >= MAX_CLIENT_BYTES {
                return None;
            }
            of_client.entry(body.id).or_insert((0, body.length)).0 += 1;
        }
        Some(Body::new(Transfer::new(client, body.clone())))
    }

    /// Sends a body to the client that it was made for.
    fn send(&self, client: Option<Client>, body: Arc<LongBody>) -> Body {
        if let Some(client) = client {
            let mut transfers = lock(&self.0.transfers);
            let of_client = transfers.entry(client).or_default();
            of_client.entry(body.id).or_insert((0, body.length)).0 += 1;
        }
        Body::new(Transfer::new(client, body))
    }
}

impl Inner {
    fn bytes(&self, is_private: bool) -> &AtomicUsize {
        match is_private {
            true => &self.private_bytes,
            false => &self.shared_bytes,
        }
    }
}

fn bytes_of(transfers: &Transfers) -> usize {
    transfers.values().map(|(_, length)| length).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is one step, so a panic leaves nothing half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LongBody {
    /// Its length in bytes.
    #[must_use]
    pub(in crate::server::http) fn len(&self) -> usize {
        self.length
    }

    /// Its chunks in order.
    pub(in crate::server::http) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(AsRef::as_ref)
    }
}

impl Drop for LongBody {
    fn drop(&mut self) {
        let inner = &self.bodies.0;
        let bytes = inner.bytes(self.is_private);
        bytes.fetch_sub(self.length, Ordering::Relaxed);
        inner.freed.notify_waiters();
    }
}

impl LongBodySlot {
    /// The body, if the slot still keeps one.
    #[must_use]
    pub(in crate::server::http) fn get(&self) -> Option<Arc<LongBody>> {
        lock(&self.0).clone()
    }

    /// Keeps a body.
    pub(in crate::server::http) fn set(&self, body: &Arc<LongBody>) {
        *lock(&self.0) = Some(body.clone());
        let mut slots = lock(&body.bodies.0.slots);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push_back(Arc::downgrade(&self.0));
    }
}

/// A body on its way to a client. Dropping it, at the end or when the client disconnects, makes room for the next one.
struct Transfer {
    client: Option<Client>,
    body: Arc<LongBody>,
    next_chunk: usize,
    remaining_bytes: usize,
}

impl Transfer {
    fn new(client: Option<Client>, body: Arc<LongBody>) -> Self {
        Self {
            client,
            next_chunk: 0,
            remaining_bytes: body.length,
            body,
        }
    }
}

impl HttpBody for Transfer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.body.chunks.get(self.next_chunk).cloned();
        self.next_chunk += 1;
        self.remaining_bytes -= chunk.as_ref().map_or(0, Bytes::len);
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining_bytes as u64)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let inner = &self.body.bodies.0;
        let Some(client) = self.client else { return };
        let mut transfers = lock(&inner.transfers);
        if let Some(of_client) = transfers.get_mut(&client) {
            if let Some((count, _)) = of_client.get_mut(&self.body.id) {
                *count -= 1;
                if *count == 0 {
                    of_client.remove(&self.body.id);
                }
            }
            if of_client.is_empty() {
                transfers.remove(&client);
            }
        }
        drop(transfers);
        inner.freed.notify_waiters();
    }
}

#[cfg(test)]
#[path = "long_bodies_tests.rs"]
mod tests;
