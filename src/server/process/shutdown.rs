//! Shutdown: the signals that begin it, and the notification of endless responses such as event streams.

use std::future::pending;
use std::io;

#[cfg(unix)]
use tokio::signal::unix::Signal;
#[cfg(windows)]
use tokio::signal::windows::CtrlC as Signal;
use tokio::sync::watch;

/// Notifies of the beginning of a shutdown, at which event streams end. All clones are notified.
#[derive(Clone, Debug)]
pub struct Shutdown(Option<watch::Receiver<bool>>);

/// Begins a shutdown, also when it is dropped.
#[derive(Debug)]
pub struct ShutdownTrigger(watch::Sender<bool>);

impl Shutdown {
    /// A pair of both.
    #[must_use]
    pub fn channel() -> (ShutdownTrigger, Self) {
        let (sender, receiver) = watch::channel(false);
        (ShutdownTrigger(sender), Self(Some(receiver)))
    }

    /// The notification of a shutdown that never begins.
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
            // It fails if the sender was dropped, which begins the shutdown too.
            Some(begun) => drop(begun.wait_for(|has_begun| *has_begun).await),
            None => pending().await,
        }
    }
}

impl ShutdownTrigger {
    /// Begins the shutdown.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

/// The signals that stop the program: Ctrl-C, and SIGTERM on Unix.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    /// Installs handlers for the signals, which then no longer kill the program.
    ///
    /// # Errors
    ///
    /// The system's error if a handler cannot be installed.
    pub fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal. Returns the exit code of a program that it ends, by the convention of shells: 128
    /// plus the number of the signal.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// Installs a handler for Ctrl-C, which then no longer kills the program.
    ///
    /// # Errors
    ///
    /// The system's error if the handler cannot be installed.
    pub fn watch() -> io::Result<Self> {
        let interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupt })
    }

    /// Waits for the next Ctrl-C. Returns the exit code of a program that it ends.
    pub async fn next(&mut self) -> u8 {
        self.interrupt.recv().await;
        130
    }
}
