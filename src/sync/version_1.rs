//! What pages of version 1 have stored in browsers. These types never change.

use serde::{Deserialize, Serialize};

use super::{DeliveryState, stored_command};
use crate::domain::{CommandId, ListId, Timestamp, version_1};

/// A command and its delivery state, as version 1 has stored it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "see `sync::StoredCommand`")]
pub struct StoredCommand {
    pub created_at: Timestamp,
    pub id: CommandId,
    pub command: version_1::Command,
    pub state: DeliveryState,
}

impl From<StoredCommand> for stored_command::StoredCommand {
    /// The same command, with the same id: if the server has decided it already, it repeats its answer.
    fn from(entry: StoredCommand) -> Self {
        Self {
            list: ListId::HOME,
            created_at: entry.created_at,
            id: entry.id,
            command: entry.command.into(),
            state: entry.state,
        }
    }
}
