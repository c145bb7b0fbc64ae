//! When a snapshot of the list is due.

use crate::domain::List;

/// How many commands there are at least between two snapshots.
pub(super) const BETWEEN_SNAPSHOTS: usize = 1_000;

/// So many more commands may come, without a quiet moment, before a snapshot is made all the same. A start reads
/// them in a tenth of a second.
pub(super) const PATIENCE: usize = 20_000;

/// A command that is longer than this counts as several of them, in bytes: a start has as much to read.
const BYTES_OF_COMMAND: usize = 1_024;

/// How many commands so many are worth that have so many bytes.
pub(super) fn weight(commands: usize, bytes: usize) -> usize {
    commands.max(bytes / BYTES_OF_COMMAND)
}

pub(super) fn between_snapshots(list: &List) -> usize {
    ((list.len() + list.senders()) / 2).max(BETWEEN_SNAPSHOTS)
}
