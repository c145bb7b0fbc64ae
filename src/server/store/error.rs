//! Why the store does not run a command.

use crate::domain::Rejection;

/// Why a command changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The rules of the list reject the command.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// The number of the command is too high: earlier commands of the same sender are missing.
    #[error("Commands are missing: number {expected} is expected")]
    OutOfOrder {
        /// The next number of the sender.
        expected: u64,
    },
    /// The sender has used the number for another command.
    #[error("The number was used for another command")]
    NumberTaken,
    /// The item differs from what the sender has seen.
    #[error("Another client has changed the item in the meantime")]
    Changed,
    /// The disk is full. The list is unchanged and can still be read.
    #[error("The server has no room left; nothing was changed")]
    Full,
    /// The journal cannot be read or written. The program is about to end.
    #[error("The server cannot save anything now")]
    Unavailable,
}

impl StoreError {
    /// A stable code, which programs may compare.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::NumberTaken => "number_taken",
            Self::Changed => "changed",
            Self::Full => "storage_full",
            Self::Unavailable => "unavailable",
        }
    }
}
