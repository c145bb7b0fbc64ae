//! The sync engine of one page: the commands that are pending, the list as the server has confirmed it, and the list as
//! the page shows it meanwhile.
//!
//! It is pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so does
//! the simulation in the tests.

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
