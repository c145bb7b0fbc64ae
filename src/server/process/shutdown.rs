//! How the program learns that it should stop, and how it tells responses without an end.

use std::future::pending;
use std::io;

#[cfg(unix)]
use tokio::signal::unix::Signal;
#[cfg(windows)]
use tokio::signal::windows::CtrlC as Signal;
use tokio::sync::watch;

/// Tells when a shutdown begins. Streams end then. A clone tells the same.
#[derive(Clone, Debug)]
pub struct Closing(Option<watch::Receiver<bool>>);

/// Begins a shutdown. Dropping it does the same.
#[derive(Debug)]
pub struct Close(watch::Sender<bool>);

impl Closing {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Close, Self) {
        let (sender, receiver) = watch::channel(false);
        (Close(sender), Self(Some(receiver)))
    }

    /// A shutdown that never begins.
    #[must_use]
    pub fn never() -> Self {
        Self(None)
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        let receiver = self.0.as_ref();
        receiver.is_some_and(|begun| *begun.borrow() || begun.has_changed().is_err())
    }

    /// Waits until the shutdown begins.
    pub async fn begun(&mut self) {
        match &mut self.0 {
            // It is an error if the sender was dropped, which begins the shutdown too.
            Some(begun) => drop(begun.wait_for(|has_begun| *has_begun).await),
            None => pending().await,
        }
    }
}

impl Close {
    /// Begins the shutdown.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

/// The signals that ask the program to stop: Ctrl-C, and SIGTERM where there is one.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    /// Watches for them. From this call on such a signal no longer kills the program.
    ///
    /// # Errors
    ///
    /// What the system says when a signal cannot be watched.
    pub fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Done when the next one comes; answers the exit code of a program that it has ended, as shells
    /// tell it: 128 and its number.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// Watches for Ctrl-C. From this call on it no longer kills the program.
    ///
    /// # Errors
    ///
    /// What the system says when Ctrl-C cannot be watched.
    pub fn watch() -> io::Result<Self> {
        let interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupt })
    }

    /// Done when it comes next; answers the exit code of a program that it has ended.
    pub async fn next(&mut self) -> u8 {
        self.interrupt.recv().await;
        130
    }
}
