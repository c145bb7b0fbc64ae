//! The calls and answers of the page, and its stored entries: one value of each kind.

use todo_list::domain::{Cursor, Item, ListId, Listing};
use todo_list::rpc::{CallError, Exchange, ExchangeResponse};
use todo_list::sync::{DeliveryState, ListUpdate, Outcome, StoredCommand};

use super::catalogue::{
    AT, Named, change, check_kinds, command_id, commands, id, item, rejections, title,
};

pub const CURSOR: Cursor = Cursor {
    epoch: u64::MAX - 1,
    revision: 300,
};

/// A call with every kind of command.
pub fn call() -> Exchange {
    Exchange {
        list: ListId::HOME,
        since: CURSOR,
        first: command_id(1),
        commands: commands().into_iter().map(|(_, command)| command).collect(),
    }
}

pub fn answers() -> Vec<Named<ExchangeResponse>> {
    let answer = |update| {
        let refused = rejections()
            .into_iter()
            .map(|(_, rejection)| Outcome::Rejected(rejection));
        ExchangeResponse {
            cursor: CURSOR,
            outcomes: [Outcome::Accepted, Outcome::Unchanged]
                .into_iter()
                .chain(refused)
                .collect(),
            update,
        }
    };
    let listing = Listing {
        revision: 300,
        items: vec![item(1), Item::new(id(2), title("Buy milk"))],
    };
    let answers = vec![
        (
            "changes",
            answer(ListUpdate::Changes(vec![change().into()])),
        ),
        ("listing", answer(ListUpdate::Listing(listing))),
    ];
    let kind = |answer: &ExchangeResponse| match answer.update {
        ListUpdate::Changes(_) => "changes",
        ListUpdate::Listing(_) => "listing",
    };
    check_kinds(&answers, kind, &["changes", "listing"]);
    answers
}

pub fn call_errors() -> Vec<Named<CallError>> {
    let errors = vec![
        ("out of order", CallError::OutOfOrder { expected: 300 }),
        ("number taken", CallError::NumberTaken),
        ("storage full", CallError::StorageFull),
        ("unavailable", CallError::Unavailable),
        ("malformed", CallError::Malformed),
        ("failed", CallError::Failed),
        ("unreachable", CallError::Unreachable),
        ("signed out", CallError::SignedOut),
        ("busy", CallError::Busy { seconds: 300 }),
        (
            "too many senders",
            CallError::TooManySenders { seconds: 60 },
        ),
    ];
    let kind = |error: &CallError| match error {
        CallError::OutOfOrder { .. } => "out of order",
        CallError::NumberTaken => "number taken",
        CallError::StorageFull => "storage full",
        CallError::Unavailable => "unavailable",
        CallError::Malformed => "malformed",
        CallError::Failed => "failed",
        CallError::Unreachable => "unreachable",
        CallError::SignedOut => "signed out",
        CallError::Busy { .. } => "busy",
        CallError::TooManySenders { .. } => "too many senders",
    };
    let kinds = [
        "out of order",
        "number taken",
        "storage full",
        "unavailable",
        "malformed",
        "failed",
        "unreachable",
        "signed out",
        "busy",
        "too many senders",
    ];
    check_kinds(&errors, kind, &kinds);
    errors
}

pub fn entries() -> Vec<Named<StoredCommand>> {
    let entry = |command, state| StoredCommand {
        list: ListId::HOME,
        created_at: AT,
        id: command_id(128),
        command,
        state,
    };
    let add = || commands().swap_remove(0).1;
    let mut entries: Vec<_> = commands()
        .into_iter()
        .map(|(_, command)| ("kept", entry(command, DeliveryState::Stored)))
        .collect();
    entries.push(("given", entry(add(), DeliveryState::New)));
    entries.push(("done", entry(add(), DeliveryState::Accepted(CURSOR))));
    let refused = rejections().into_iter();
    entries.extend(refused.map(|(_, why)| ("refused", entry(add(), DeliveryState::Rejected(why)))));
    let kind = |entry: &StoredCommand| match entry.state {
        DeliveryState::New => "given",
        DeliveryState::Stored => "kept",
        DeliveryState::Accepted(_) => "done",
        DeliveryState::Rejected(_) => "refused",
    };
    check_kinds(&entries, kind, &["given", "kept", "done", "refused"]);
    entries
}
