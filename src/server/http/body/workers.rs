//! The threads that read long lists. Each client has a queue of its own, and the queues have their turns one after the
//! other: however much one client asks for, the others wait for one piece of its work.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::server::net::Client;

/// How much work of one client may wait.
const MAX_WAITING: usize = 64;

type Work = Box<dyn FnOnce() + Send>;

/// The threads, which end with this. There are none before there is work.
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: usize,
}

#[derive(Default)]
struct Shared {
    queues: Mutex<Queues>,
    /// Something can be done, or nothing will have to be.
    changed: Condvar,
}

/// What waits, by client. `None` is what belongs to nobody in particular.
#[derive(Default)]
struct Queues {
    /// The clients that have work waiting, in the order of their turns.
    turns: VecDeque<Option<Client>>,
    waiting: HashMap<Option<Client>, VecDeque<Work>>,
    /// Those whose work is being done: one piece of each at a time.
    busy: HashSet<Option<Client>>,
    threads: usize,
    have_ended: bool,
}

impl Workers {
    /// So many threads.
    #[must_use]
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::default();
        Self { shared, threads }
    }

    /// Does the work when it is the client's turn. `None` if too much of the client's work waits already, or the work
    /// has panicked. If nobody waits for it any more when its turn comes, it is not done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: Option<Client>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, done) = oneshot::channel();
        let work = move || {
            if !sender.is_closed() {
                let _ = sender.send(work());
            }
        };
        self.add(client, Box::new(work))?;
        done.await.ok()
    }

    fn add(&self, client: Option<Client>, work: Work) -> Option<()> {
        let mut queues = self.shared.queues();
        let waiting = queues.waiting.entry(client).or_default();
        if waiting.len() >= MAX_WAITING {
            return None;
        }
        waiting.push_back(work);
        if waiting.len() == 1 {
            queues.turns.push_back(client);
        }
        if queues.threads < self.threads {
            let shared = self.shared.clone();
            let thread = std::thread::Builder::new().name("reader".into());
            match thread.spawn(move || shared.work()) {
                Ok(_) => queues.threads += 1,
                Err(error) => tracing::warn!(%error, "cannot start a thread"),
            }
        }
        if queues.threads == 0 {
            // Nobody would do it.
            queues.turns.clear();
            queues.waiting.clear();
            return None;
        }
        drop(queues);
        self.shared.changed.notify_one();
        Some(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.queues().have_ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        // No work is done while it is locked.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one thread does.
    fn work(&self) {
        let mut queues = self.queues();
        while !queues.have_ended {
            let Some((client, work)) = queues.next() else {
                let changed = self.changed.wait(queues);
                queues = changed.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queues);
            // Whoever waits for it sees that there is no answer; the panic has been logged.
            let _ = catch_unwind(AssertUnwindSafe(work));
            queues = self.queues();
            queues.busy.remove(&client);
            self.changed.notify_one();
        }
    }
}

impl Queues {
    /// The next piece of work, of a client of which none is being done.
    fn next(&mut self) -> Option<(Option<Client>, Work)> {
        let is_free = |client: &Option<Client>| !self.busy.contains(client);
        let turn = self.turns.iter().position(is_free)?;
        let client = self.turns.remove(turn)?;
        let waiting = self.waiting.get_mut(&client)?;
        let work = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        self.busy.insert(client);
        Some((client, work?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::mpsc;

    fn client(number: u32) -> Option<Client> {
        Some(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
    }

    /// Keeps a thread at work for a client until something is sent.
    fn occupy(workers: &Workers, client: Option<Client>) -> mpsc::Sender<()> {
        let (go, wait) = mpsc::channel();
        let (begun, has_begun) = mpsc::channel();
        let work = move || {
            begun.send(()).unwrap();
            let _ = wait.recv();
        };
        workers.add(client, Box::new(work)).unwrap();
        has_begun.recv().unwrap();
        go
    }

    /// Gives work whose number is told when it is done.
    fn give(workers: &Workers, client: Option<Client>, number: u32, done: &mpsc::Sender<u32>) {
        let done = done.clone();
        let work = move || done.send(number).unwrap();
        workers.add(client, Box::new(work)).unwrap();
    }

    #[test]
    fn a_client_that_asks_for_much_has_one_turn_between_those_of_others() {
        let workers = Workers::new(1);
        let go = occupy(&workers, client(1));
        let (sender, done) = mpsc::channel();
        for number in 10..20 {
            give(&workers, client(1), number, &sender);
        }
        give(&workers, client(2), 20, &sender);
        give(&workers, client(2), 21, &sender);
        give(&workers, None, 30, &sender);
        go.send(()).unwrap();
        let order: Vec<u32> = done.iter().take(13).collect();
        assert_eq!(order, [10, 20, 30, 11, 21, 12, 13, 14, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn one_client_never_has_two_threads() {
        let workers = Workers::new(2);
        let (sender, done) = mpsc::channel();
        let go = occupy(&workers, client(1));
        give(&workers, client(1), 1, &sender);
        give(&workers, client(2), 2, &sender);
        assert_eq!(done.recv(), Ok(2));
        go.send(()).unwrap();
        assert_eq!(done.recv(), Ok(1));
    }

    #[tokio::test]
    async fn too_much_is_refused_and_what_nobody_waits_for_is_not_done() {
        let workers = Workers::new(1);
        let go = occupy(&workers, client(1));
        let (sender, done) = mpsc::channel();
        let given_up = sender.clone();
        let waiting = workers.run(client(1), move || given_up.send(1).unwrap());
        let waited = tokio::time::timeout(std::time::Duration::ZERO, waiting).await;
        assert!(waited.is_err());
        for _ in 1..MAX_WAITING {
            give(&workers, client(1), 2, &sender);
        }
        assert_eq!(workers.run(client(1), || ()).await, None);
        go.send(()).unwrap();
        assert_eq!(workers.run(client(2), || 3).await, Some(3));
        drop(sender);
        let all: Vec<u32> = done.iter().collect();
        assert_eq!(all, [2; MAX_WAITING - 1]);
    }

    #[tokio::test]
    async fn work_that_panics_takes_nothing_with_it() {
        let workers = Workers::new(1);
        let silent = || std::panic::resume_unwind(Box::new(()));
        let limit = std::time::Duration::from_secs(20);
        let run = workers.run(client(1), silent);
        assert_eq!(tokio::time::timeout(limit, run).await, Ok(None::<()>));
        let run = workers.run(client(1), || 1);
        assert_eq!(tokio::time::timeout(limit, run).await, Ok(Some(1)));
    }
}
