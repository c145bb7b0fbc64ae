//! The sync engine of one page: what waits to be sent, what the server has confirmed, and what the page shows
//! in between.
//!
//! Pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so
//! does the simulation of the tests.

mod connection;
mod outbox;
mod replica;
mod retry;
mod sender_renaming;
mod stored_command;

pub use connection::ConnectionState;
pub use outbox::Outbox;
pub use replica::{DirtySet, ListUpdate, Replica};
pub use retry::{CallPause, Retry, backoff_ms, pause_ms};
pub use sender_renaming::{NumberMismatch, SenderRenaming};
pub use stored_command::{DeliveryState, StorageWrite, StoredCommand, StoredCommandKey};

#[cfg(test)]
mod tests;
