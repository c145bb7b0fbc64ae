//! Turns a command into a record of the journal.

use std::sync::Arc;

use super::now;
use crate::domain::{Change, Command, CommandId, List, Timestamp, decide};
use crate::server::journal::Record;

/// Decides a command at the server's time, and applies the result to the list. The number of the command must be the
/// sender's next one.
pub(crate) fn decide_and_apply(list: &mut List, id: CommandId, command: Command) -> Record {
    decide_and_apply_at(list, now(), id, command)
}

/// Does the same at another time.
pub(super) fn decide_and_apply_at(
    list: &mut List,
    at: Timestamp,
    id: CommandId,
    command: Command,
) -> Record {
    let answer = decide(list, &command, at).map(|events| {
        let change = Change {
            revision: list.revision() + 1,
            command: id,
            events,
        };
        (!change.events.is_empty()).then(|| Arc::new(change))
    });
    let record = Record {
        id,
        at,
        command,
        answer,
    };
    record.apply_to(list);
    record
}
