//! How the server hears that it should stop.

use std::future::Future;
use std::io;

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
