//! How many connections are open. The loop that accepts them knows no list, and a process has one number.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

static OPEN: AtomicI64 = AtomicI64::new(0);

/// One connection, counted as long as this lives.
#[derive(Debug)]
pub(crate) struct OpenConnection(());

impl OpenConnection {
    /// One more.
    pub(crate) fn begin() -> Self {
        OPEN.fetch_add(1, Relaxed);
        Self(())
    }

    /// How many are open in this process.
    pub(crate) fn count() -> i64 {
        OPEN.load(Relaxed)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Relaxed);
    }
}
