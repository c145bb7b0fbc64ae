//! How the server hears that it should stop, and how that reaches answers that have no end.

use std::future::Future;
use std::io;

use tokio::sync::watch;

/// Tells that the server is stopping. An answer that would go on for ever ends itself then.
#[derive(Clone, Debug)]
pub struct Closing(watch::Receiver<bool>);

/// Lets the stop begin. Dropping it does the same.
#[derive(Debug)]
pub struct Close(watch::Sender<bool>);

impl Closing {
    /// Both ends.
    #[must_use]
    pub fn channel() -> (Close, Self) {
        let (sender, receiver) = watch::channel(false);
        (Close(sender), Self(receiver))
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Done when it begins.
    pub async fn begun(&mut self) {
        // An error says that it is gone: nobody can wait for it any more.
        let _ = self.0.wait_for(|has_begun| *has_begun).await;
    }
}

impl Close {
    /// Tells everybody.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

/// Done when somebody asks the program to stop: Ctrl-C, or SIGTERM where there is one. From this call
/// on such a signal no longer kills the program.
///
/// # Errors
///
/// What the system says when a signal cannot be watched.
#[cfg(unix)]
pub fn requested() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done when somebody presses Ctrl-C.
///
/// # Errors
///
/// What the system says when Ctrl-C cannot be watched.
#[cfg(windows)]
pub fn requested() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
