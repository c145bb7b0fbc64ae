//! The sync engine of one page: what waits to be sent, what the server has confirmed, and what the page shows
//! in between.
//!
//! Pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so
//! does the simulation of the tests.

mod outbox;
mod replica;
mod stored_command;

pub use outbox::Outbox;
pub use replica::{DirtySet, ListUpdate, Replica};
pub use stored_command::{DeliveryState, StorageWrite, StoredCommand, StoredCommandKey};

#[cfg(test)]
mod tests;
