//! The sync engine of one page: the commands that are pending, the list as the server has confirmed it, and the list as
//! the page shows it meanwhile.
//!
//! It is pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so does
//! the simulation in the tests.

mod connection;
mod outbox;
mod outcome;
mod replica;
mod retry;
mod sender_renaming;
mod stored_command;
pub mod version_1;
mod versions;

pub use connection::ConnectionState;
pub use outbox::{MAX_BATCH_BYTES, Outbox};
pub use outcome::Outcome;
pub use replica::{DirtySet, ListUpdate, Replica};
pub use retry::{CallPause, Retry, backoff_ms, pause_ms};
pub use sender_renaming::{NumberMismatch, SenderRenaming};
pub use stored_command::{DeliveryState, StorageWrite, StoredCommand, StoredCommandKey};
pub use versions::{PROTOCOL_VERSION, STORAGE_VERSION};

#[cfg(test)]
mod tests;
