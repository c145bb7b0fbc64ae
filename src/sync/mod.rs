//! The sync engine of one page, with what it knows: the commands that are pending, the list as the server has confirmed
//! it, and the list as the page shows it meanwhile.
//!
//! It is pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so does
//! the simulation in the tests.

mod connection;
mod engine;
mod outbox;
mod outcome;
mod replica;
mod retry;
mod sender_renaming;
mod stored_command;
mod undo_record;
pub mod version_1;
mod versions;

pub use connection::{ConnectionState, Connectivity};
pub use engine::{
    Call, CallFailure, Effect, ExchangeResponse, ExternalEvent, ListChanges, ReadPurpose,
    RejectedCommand, StreamWatch, SyncEngine, TabMessage, Timer,
};
pub use outbox::{MAX_BATCH_BYTES, Outbox};
pub use outcome::Outcome;
pub use replica::{DirtySet, ListUpdate, Replica};
pub use stored_command::{DeliveryState, StorageWrite, StoredCommand, StoredCommandKey};
pub use undo_record::UndoRecord;
pub use versions::{PROTOCOL_VERSION, STORAGE_VERSION};

#[cfg(test)]
mod tests;
