//! The random steps of a run.

use proptest::prelude::*;
use todo_list::sync::CallFailure;

/// An action of a person. Numbers pick among the items that the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Add,
    AddSeveral,
    AddAfter(u8),
    Complete(u8, bool),
    Rename(u8),
    Move(u8, u8),
    /// Pages do not send it, but other programs do.
    Order(u8, Option<i64>),
    Remove(u8),
    ClearCompleted,
    /// Undo, or redo.
    Undo(bool),
    /// Dismisses a refused text.
    Dismiss,
}

/// How the next event of the stream reaches a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    Next,
    Again,
    Skip,
    /// All changes that the page does not know, at once.
    All,
    /// Only the current cursor arrives.
    Head,
}

/// A step. Numbers pick among the pages, the calls in transit, or the browsers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Act(u8, Action),
    /// The storage does what a page has asked for, or the result reaches the page.
    Advance(u8),
    /// The storage does the next request of a page.
    UseStorage {
        index: u8,
        fate: StorageFate,
    },
    /// Another page has said that the storage has changed.
    Load(u8),
    Answer(u8),
    Fail(u8, CallFailure),
    /// A timer fires, however long it was set for.
    Fire {
        index: u8,
        timer: u8,
    },
    /// A page hears from another page or from the browser.
    Hear(u8),
    Receive(u8, Reception),
    LoseStream {
        index: u8,
        is_closed: bool,
    },
    /// The person comes back to a page.
    Resume(u8),
    Hide(u8),
    Freeze(u8),
    Close(u8),
    Deliver {
        index: u8,
        again: bool,
    },
    DeliverSome {
        index: u8,
        count: u8,
    },
    Lose(u8),
    Open {
        browser: u8,
        kept: bool,
    },
    KeepPage(u8),
    Restart,
    BackUp,
    Restore,
    Server(ServerStep),
}

/// A step of several servers with one journal.
#[derive(Clone, Copy, Debug)]
pub(super) enum ServerStep {
    /// The next pages and calls reach this server first.
    Use(u8),
    /// A server reads what others have stored.
    Poll(u8),
    /// The next append has this fate.
    Fail(AppendFault),
}

/// The fate of a request of the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StorageFate {
    Done,
    /// It is full or disabled.
    Failed,
    /// It does what the page has asked for, and the page hears that it has failed: it has not answered in time.
    Unheard,
}

/// The fate of an append.
#[derive(Clone, Copy, Debug)]
pub(super) enum AppendFault {
    Full,
    LoseAnswer,
    LoseRecords,
    Delay,
}

fn any_action() -> impl Strategy<Value = Action> {
    use Action::{
        Add, AddAfter, AddSeveral, ClearCompleted, Complete, Dismiss, Move, Order, Remove, Rename,
        Undo,
    };
    let item = any::<u8>;
    prop_oneof![
        6 => Just(Add),
        2 => Just(AddSeveral),
        1 => item().prop_map(AddAfter),
        2 => (item(), any::<bool>()).prop_map(|(item, completed)| Complete(item, completed)),
        3 => item().prop_map(Rename),
        2 => (item(), item()).prop_map(|(item, to)| Move(item, to)),
        1 => (item(), prop::option::of(0..3_i64)).prop_map(|(item, order)| Order(item, order)),
        3 => item().prop_map(Remove),
        1 => Just(ClearCompleted),
        2 => any::<bool>().prop_map(Undo),
        1 => Just(Dismiss),
    ]
}

fn any_reception() -> impl Strategy<Value = Reception> {
    prop_oneof![
        6 => Just(Reception::Next),
        1 => Just(Reception::Again),
        1 => Just(Reception::Skip),
        1 => Just(Reception::All),
        1 => Just(Reception::Head),
    ]
}

fn any_storage_fate() -> impl Strategy<Value = StorageFate> {
    prop_oneof![
        6 => Just(StorageFate::Done),
        3 => Just(StorageFate::Failed),
        1 => Just(StorageFate::Unheard),
    ]
}

fn any_failure() -> impl Strategy<Value = CallFailure> {
    let seconds = 1;
    prop_oneof![
        8 => Just(CallFailure::Unavailable),
        1 => Just(CallFailure::Busy { seconds }),
        1 => Just(CallFailure::TooManySenders { seconds }),
        1 => Just(CallFailure::SignedOut),
        1 => Just(CallFailure::Outdated),
    ]
}

/// The steps of one run, with or without restores from a backup.
pub(super) fn any_steps(with_restores: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = match with_restores {
        true => prop_oneof![
            30 => any_step(),
            1 => Just(Step::BackUp),
            1 => Just(Step::Restore),
        ]
        .boxed(),
        false => any_step().boxed(),
    };
    prop::collection::vec(step, 0..150)
}

/// The steps of one run with several servers.
pub(super) fn any_steps_of_servers() -> impl Strategy<Value = Vec<Step>> {
    let server_step = prop_oneof![
        3 => any::<u8>().prop_map(ServerStep::Use),
        2 => any::<u8>().prop_map(ServerStep::Poll),
        1 => prop_oneof![
            Just(AppendFault::Full),
            Just(AppendFault::LoseAnswer),
            Just(AppendFault::LoseRecords),
            Just(AppendFault::Delay),
        ]
        .prop_map(ServerStep::Fail),
    ];
    let step = prop_oneof![
        10 => any_step(),
        1 => server_step.prop_map(Step::Server),
    ];
    prop::collection::vec(step, 0..150)
}

fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<u8>;
    prop_oneof![
        20 => (index(), any_action()).prop_map(|(page, action)| Step::Act(page, action)),
        40 => index().prop_map(Step::Advance),
        4 => (index(), any_storage_fate()).prop_map(|(index, fate)| Step::UseStorage { index, fate }),
        4 => index().prop_map(Step::Load),
        14 => index().prop_map(Step::Answer),
        4 => (index(), any_failure()).prop_map(|(page, failure)| Step::Fail(page, failure)),
        10 => (index(), index()).prop_map(|(index, timer)| Step::Fire { index, timer }),
        20 => index().prop_map(Step::Hear),
        8 => (index(), any_reception()).prop_map(|(page, reception)| Step::Receive(page, reception)),
        1 => (index(), any::<bool>()).prop_map(|(index, is_closed)| Step::LoseStream { index, is_closed }),
        2 => index().prop_map(Step::Resume),
        1 => index().prop_map(Step::Hide),
        1 => index().prop_map(Step::Freeze),
        2 => index().prop_map(Step::Close),
        14 => (index(), prop::bool::weighted(0.2)).prop_map(|(index, again)| Step::Deliver { index, again }),
        1 => (index(), 0..4_u8).prop_map(|(index, count)| Step::DeliverSome { index, count }),
        2 => index().prop_map(Step::Lose),
        4 => (index(), any::<bool>()).prop_map(|(browser, kept)| Step::Open { browser, kept }),
        4 => index().prop_map(Step::KeepPage),
        1 => Just(Step::Restart),
    ]
}
