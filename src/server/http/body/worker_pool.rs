//! A pool of threads that serves clients fairly.
//!
//! Each client has a queue of its own, and the queues take turns: however much one client asks for, the others wait
//! for one of its jobs only. The thread pools of tokio and rayon run jobs in one order for all, hence this one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::server::net::Client;

/// The largest number of jobs of one client that may wait.
const MAX_WAITING: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. They start with the first jobs and end when the pool is dropped.
pub(super) struct WorkerPool {
    inner: Arc<Inner>,
    max_threads: usize,
}

#[derive(Default)]
struct Inner {
    queues: Mutex<Queues>,
    /// There may be a job to run, or the pool is dropped.
    changed: Condvar,
}

/// The jobs by client. `None` stands for all work that belongs to no client.
#[derive(Default)]
struct Queues {
    /// The clients that have jobs waiting, in the order of their turns.
    turns: VecDeque<Option<Client>>,
    waiting: HashMap<Option<Client>, VecDeque<Job>>,
    /// The clients whose job is running: at most one job of each at a time.
    busy: HashSet<Option<Client>>,
    threads: usize,
    is_closed: bool,
}

impl WorkerPool {
    /// A pool with at most this many threads.
    #[must_use]
    pub(super) fn new(max_threads: usize) -> Self {
        let inner = Arc::default();
        Self { inner, max_threads }
    }

    /// Does the work when it is the client's turn. Returns `None` if too many jobs of the client wait, or if the work
    /// panics. Work whose caller has stopped waiting before its turn is skipped.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: Option<Client>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, result) = oneshot::channel();
        let job = move || {
            if !sender.is_closed() {
                let _ = sender.send(work());
            }
        };
        self.add(client, Box::new(job))?;
        result.await.ok()
    }

    fn add(&self, client: Option<Client>, job: Job) -> Option<()> {
        let mut queues = self.inner.queues();
        let waiting = queues.waiting.entry(client).or_default();
        if waiting.len() >= MAX_WAITING {
            return None;
        }
        waiting.push_back(job);
        if waiting.len() == 1 {
            queues.turns.push_back(client);
        }
        if queues.threads < self.max_threads {
            let inner = self.inner.clone();
            let thread = std::thread::Builder::new().name("reader".into());
            match thread.spawn(move || inner.run_jobs()) {
                Ok(_) => queues.threads += 1,
                Err(error) => tracing::warn!(%error, "cannot start a thread"),
            }
        }
        if queues.threads == 0 {
            // No thread would run the job.
            queues.turns.clear();
            queues.waiting.clear();
            return None;
        }
        drop(queues);
        self.inner.changed.notify_one();
        Some(())
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.inner.queues().is_closed = true;
        self.inner.changed.notify_all();
    }
}

impl Inner {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        // No job runs while the lock is held, so no panic leaves the queues half changed.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs jobs until the pool is dropped.
    fn run_jobs(&self) {
        let mut queues = self.queues();
        while !queues.is_closed {
            let Some((client, job)) = queues.next() else {
                let changed = self.changed.wait(queues);
                queues = changed.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queues);
            // The caller sees that there is no result; the panic hook has logged the panic.
            let _ = catch_unwind(AssertUnwindSafe(job));
            queues = self.queues();
            queues.busy.remove(&client);
            self.changed.notify_one();
        }
    }
}

impl Queues {
    /// The next job, of a client that has no job running.
    fn next(&mut self) -> Option<(Option<Client>, Job)> {
        let is_free = |client: &Option<Client>| !self.busy.contains(client);
        let turn = self.turns.iter().position(is_free)?;
        let client = self.turns.remove(turn)?;
        let waiting = self.waiting.get_mut(&client)?;
        let job = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        self.busy.insert(client);
        Some((client, job?))
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

    /// Occupies a thread with a job of a client until something is sent.
    fn occupy(workers: &WorkerPool, client: Option<Client>) -> mpsc::Sender<()> {
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

    /// Adds a job that sends its number when it runs.
    fn give(workers: &WorkerPool, client: Option<Client>, number: u32, done: &mpsc::Sender<u32>) {
        let done = done.clone();
        let work = move || done.send(number).unwrap();
        workers.add(client, Box::new(work)).unwrap();
    }

    #[test]
    fn a_client_that_asks_for_much_has_one_turn_between_those_of_others() {
        let workers = WorkerPool::new(1);
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
        let workers = WorkerPool::new(2);
        let (sender, done) = mpsc::channel();
        let go = occupy(&workers, client(1));
        give(&workers, client(1), 1, &sender);
        give(&workers, client(2), 2, &sender);
        assert_eq!(done.recv(), Ok(2));
        go.send(()).unwrap();
        assert_eq!(done.recv(), Ok(1));
    }

    #[tokio::test]
    async fn too_much_work_is_refused_and_work_without_a_caller_is_skipped() {
        let workers = WorkerPool::new(1);
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
    async fn a_panic_affects_its_own_caller_only() {
        let workers = WorkerPool::new(1);
        let silent = || std::panic::resume_unwind(Box::new(()));
        let limit = std::time::Duration::from_secs(20);
        let run = workers.run(client(1), silent);
        assert_eq!(tokio::time::timeout(limit, run).await, Ok(None::<()>));
        let run = workers.run(client(1), || 1);
        assert_eq!(tokio::time::timeout(limit, run).await, Ok(Some(1)));
    }
}
