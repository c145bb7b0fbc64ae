//! The versions of what pages send and store. A new command, event, field or outcome needs new ones: the encoding has no
//! names, so the types of a version never change.

/// The version of the calls and their responses, and of the changes in the compact event stream. A page of another version
/// gets an error for its calls, and asks the person to reload it.
pub const PROTOCOL_VERSION: u8 = 2;

/// The version of the storage: of [`StoredCommand`](super::StoredCommand) and everything in it. The names of the database,
/// the channel and the lock of the browser contain it, so pages of different versions do not meet.
pub const STORAGE_VERSION: u8 = 2;
