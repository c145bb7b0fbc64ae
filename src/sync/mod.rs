//! The sync engine of one page: what waits to be sent, what the server has confirmed, and what the page shows
//! in between.
//!
//! Pure, as the domain is: no browser, no framework, no clock and no randomness. The page drives it, and so
//! does the simulation of the tests.

mod entry;
mod outbox;
mod replica;

pub use entry::{Entry, EntryKey, Stage, Write};
pub use outbox::Outbox;
pub use replica::{News, Replica, Touched};

#[cfg(test)]
mod tests;
