//! The sync engine, one input at a time.

use super::replica::{EPOCH, NOW};
use super::*;

/// A page that has loaded its empty storage.
pub(super) fn open() -> SyncEngine {
    open_as(client(1), Vec::new())
}

/// The page of a sender, which has loaded its storage.
pub(super) fn open_as(sender: ClientId, stored: Vec<StoredCommand>) -> SyncEngine {
    let list = List::new(KEY);
    let replica = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&list), sender);
    let mut engine = SyncEngine::new(replica);
    engine.on_event(ExternalEvent::Opened, NOW);
    let watch = Timer::LeaderSilence { signs: 0 };
    assert_eq!(
        engine.take_effects(),
        [
            Effect::Read(ReadPurpose::Start),
            Effect::SetTimer(watch, 10_000)
        ]
    );
    engine.on_read(ReadPurpose::Start, Some(stored), NOW);
    assert!(engine.take_effects().contains(&Effect::RequestLead));
    engine
}

/// A page that leads.
pub(super) fn leader() -> SyncEngine {
    let mut engine = open();
    engine.on_event(ExternalEvent::LeadGained, NOW);
    drop(engine.take_effects());
    engine
}

/// Submits a command, and stores it. Returns the effects after that.
pub(super) fn submit(engine: &mut SyncEngine, number: u8) -> Vec<Effect> {
    engine.replica.submit(add(number), NOW);
    engine.request_sync();
    let effects = engine.take_effects();
    assert!(matches!(effects[0], Effect::Write(_)), "{effects:?}");
    engine.on_written(true);
    engine.take_effects()
}

pub(super) fn calls(effects: &[Effect]) -> Vec<&Call> {
    fn call(effect: &Effect) -> Option<&Call> {
        match effect {
            Effect::Call(call) => Some(call),
            _ => None,
        }
    }
    effects.iter().filter_map(call).collect()
}

/// The number of commands in the only call.
pub(super) fn sent(effects: &[Effect]) -> usize {
    let calls = calls(effects);
    assert_eq!(calls.len(), 1, "{effects:?}");
    calls[0].commands.len()
}

pub(super) fn fail(engine: &mut SyncEngine, failure: CallFailure) -> Vec<Effect> {
    engine.on_call_failed(failure, NOW, 0.5);
    engine.take_effects()
}

/// The server answers that nothing has changed.
pub(super) fn answer(engine: &mut SyncEngine) -> Vec<Effect> {
    let response = ExchangeResponse {
        cursor: engine.replica.cursor(),
        outcomes: Vec::new(),
        update: ListUpdate::Changes(Vec::new()),
    };
    engine.on_response(response, NOW);
    engine.take_effects()
}

pub(super) fn fire(engine: &mut SyncEngine, timer: Timer) -> Vec<Effect> {
    engine.on_timer(timer, false, NOW);
    engine.take_effects()
}

pub(super) fn timers(effects: &[Effect]) -> Vec<(Timer, u32)> {
    let timer = |effect: &Effect| match effect {
        Effect::SetTimer(timer, delay_ms) => Some((*timer, *delay_ms)),
        _ => None,
    };
    effects.iter().filter_map(timer).collect()
}

#[test]
fn a_command_is_sent_once_it_is_stored_and_only_by_the_leading_page() {
    assert_eq!(sent(&submit(&mut leader(), 1)), 1);
    let mut follower = open();
    let effects = submit(&mut follower, 1);
    let wait = Timer::LeaderAnswer { signs: 0 };
    assert_eq!(
        effects,
        [
            Effect::Broadcast(TabMessage::StorageChanged),
            Effect::SetTimer(wait, 2_000)
        ]
    );
    follower.on_event(ExternalEvent::LeadGained, NOW);
    assert_eq!(sent(&follower.take_effects()), 1);
}

#[test]
fn without_storage_every_page_sends_its_own_commands() {
    let mut engine = open();
    engine.replica.submit(add(1), NOW);
    engine.request_sync();
    drop(engine.take_effects());
    engine.on_written(false);
    let effects = engine.take_effects();
    assert_eq!(sent(&effects), 1);
    assert_eq!(effects.len(), 1, "failed writes are not repeated at once");
    assert!(!engine.connectivity().is_storage_available);
    engine.request_sync();
    assert!(matches!(engine.take_effects()[0], Effect::Write(_)));
}

#[test]
fn the_delay_doubles_with_each_failure_and_starts_again_after_an_answer() {
    let mut engine = leader();
    submit(&mut engine, 1);
    for (failures, delay_ms) in [(1, 500), (2, 1_000), (3, 2_000)] {
        let timer = Timer::Retry { failures };
        let effects = fail(&mut engine, CallFailure::Unavailable);
        assert!(timers(&effects).contains(&(timer, delay_ms)), "{effects:?}");
        assert!(calls(&effects).is_empty());
        assert_eq!(sent(&fire(&mut engine, timer)), 1);
        assert!(fire(&mut engine, timer).is_empty(), "it is out of date");
    }
    let effects = answer(&mut engine);
    assert!(effects.contains(&Effect::Broadcast(TabMessage::CallsWork)));
    let effects = fail(&mut engine, CallFailure::Unavailable);
    assert!(timers(&effects).contains(&(Timer::Retry { failures: 1 }, 500)));
}

#[test]
fn a_pause_holds_back_the_calls_that_the_server_has_named() {
    let seconds = 2;
    for (failure, asks, connection) in [
        (
            CallFailure::Busy { seconds },
            false,
            ConnectionState::Online,
        ),
        (
            CallFailure::TooManySenders { seconds },
            true,
            ConnectionState::Throttled,
        ),
    ] {
        let mut engine = leader();
        submit(&mut engine, 1);
        let effects = fail(&mut engine, failure);
        let end = Timer::PauseEnd { pauses: 1 };
        assert!(timers(&effects).contains(&(end, 2_500)));
        let found = calls(&effects);
        assert_eq!(!found.is_empty(), asks, "{failure:?}");
        assert!(found.iter().all(|call| call.commands.is_empty()));
        assert_eq!(engine.connectivity().connection, connection);
        if asks {
            assert!(calls(&answer(&mut engine)).is_empty());
        }
        let effects = fire(&mut engine, end);
        assert_eq!(sent(&effects), 1, "{failure:?}");
    }
}

#[test]
fn a_later_pause_is_not_ended_by_an_earlier_timer() {
    let mut engine = leader();
    submit(&mut engine, 1);
    fail(&mut engine, CallFailure::TooManySenders { seconds: 1 });
    fail(&mut engine, CallFailure::Busy { seconds: 9 });
    assert!(fire(&mut engine, Timer::PauseEnd { pauses: 1 }).is_empty());
    assert_eq!(sent(&fire(&mut engine, Timer::PauseEnd { pauses: 2 })), 1);
}

#[test]
fn a_sender_is_renamed_by_the_leading_page_after_it_has_read_storage_and_news() {
    let mut engine = leader();
    submit(&mut engine, 1);
    let effects = fail(&mut engine, CallFailure::NumberMismatch);
    assert!(effects.contains(&Effect::Read(ReadPurpose::Resync)));
    assert!(calls(&effects).is_empty());
    engine.request_sync();
    assert!(calls(&engine.take_effects()).is_empty(), "it reads first");
    let stored = engine.replica.outbox.pending().to_vec();
    engine.on_read(ReadPurpose::Resync, Some(stored), NOW);
    assert_eq!(sent(&engine.take_effects()), 0, "it asks for news");
    assert_eq!(sent(&answer(&mut engine)), 1);
    assert!(engine.take_changes().renamed.is_empty());
    let effects = fail(&mut engine, CallFailure::NumberMismatch);
    let renamed = engine.take_changes().renamed;
    assert_eq!(renamed.len(), 1);
    assert_ne!(renamed[0].1.client, client(1));
    assert!(calls(&effects).is_empty(), "the new name is not stored yet");
}

#[test]
fn a_page_without_lead_and_storage_waits_if_its_number_does_not_fit() {
    let mut engine = open();
    engine.replica.submit(add(1), NOW);
    engine.request_sync();
    drop(engine.take_effects());
    engine.on_written(false);
    assert_eq!(sent(&engine.take_effects()), 1);
    fail(&mut engine, CallFailure::NumberMismatch);
    engine.on_read(ReadPurpose::Resync, None, NOW);
    drop(engine.take_effects());
    assert_eq!(sent(&answer(&mut engine)), 1);
    let effects = fail(&mut engine, CallFailure::NumberMismatch);
    assert!(timers(&effects).contains(&(Timer::Retry { failures: 1 }, 500)));
    assert!(engine.take_changes().renamed.is_empty());
}

#[test]
fn a_heartbeat_hides_no_failing_calls_and_reveals_missed_changes() {
    let mut engine = leader();
    engine.on_event(ExternalEvent::CallsFail(ConnectionState::Offline), NOW);
    let here = engine.replica.cursor();
    engine.on_event(ExternalEvent::Heartbeat(here), NOW);
    assert_eq!(engine.connectivity().connection, ConnectionState::Offline);
    engine.on_event(ExternalEvent::CallsWork, NOW);
    assert_eq!(engine.connectivity().connection, ConnectionState::Online);
    assert!(calls(&engine.take_effects()).is_empty());
    let ahead = Cursor {
        revision: here.revision + 1,
        ..here
    };
    engine.on_event(ExternalEvent::Heartbeat(ahead), NOW);
    assert_eq!(sent(&engine.take_effects()), 0);
}

#[test]
fn messages_of_other_pages_have_their_effects() {
    let mut engine = open();
    for (event, expected) in [
        (
            ExternalEvent::StorageChanged,
            Effect::Read(ReadPurpose::News),
        ),
        (
            ExternalEvent::CallsFail(ConnectionState::Offline),
            Effect::CheckLoginSession,
        ),
        (ExternalEvent::LeadLost, Effect::CloseStream),
    ] {
        engine.on_event(event.clone(), NOW);
        assert_eq!(engine.take_effects(), [expected], "{event:?}");
    }
    engine.on_event(ExternalEvent::Resumed, NOW);
    let effects = engine.take_effects();
    assert_eq!(effects[0], Effect::Read(ReadPurpose::News));
    assert_eq!(effects[1], Effect::RequestLead);
    assert_eq!(sent(&effects), 0, "it may have missed changes");
}

#[test]
fn changes_of_another_history_are_not_applied() {
    let mut engine = leader();
    let change = Arc::new(Change {
        revision: 1,
        command: next(engine.replica.view(), client(3)),
        events: vec![Event::Added {
            item: Item::new(id(1), title("x")),
            after: None,
        }],
    });
    engine.on_event(
        ExternalEvent::ListChanged(EPOCH + 1, vec![change.clone()]),
        NOW,
    );
    assert!(engine.replica.view().is_empty());
    // The page asks what has happened.
    assert_eq!(calls(&engine.take_effects()).len(), 1);
    engine.on_event(ExternalEvent::ListChanged(EPOCH, vec![change]), NOW);
    assert_eq!(engine.replica.view().len(), 1);
}

#[test]
fn a_page_without_storage_and_network_waits_between_its_calls() {
    let mut engine = open();
    engine.replica.submit(add(1), NOW);
    engine.request_sync();
    drop(engine.take_effects());
    engine.on_written(false);
    for failures in 1..4 {
        assert_eq!(sent(&engine.take_effects()), 1);
        engine.on_call_failed(CallFailure::Unavailable, NOW, 0.5);
        let effects = engine.take_effects();
        assert!(calls(&effects).is_empty(), "{effects:?}");
        // The writes that were tried again fail too.
        engine.on_written(false);
        assert_eq!(engine.take_effects(), []);
        let (timer, delay_ms) = timers(&effects)[0];
        assert_eq!(
            (timer, delay_ms),
            (Timer::Retry { failures }, 250 << failures)
        );
        engine.on_timer(timer, false, NOW);
    }
}

/// The timer after which the first pending command counts as slow.
fn saving_timer(effects: &[Effect]) -> Timer {
    let mut timers = timers(effects).into_iter();
    let found = timers.find(|(timer, _)| matches!(timer, Timer::SlowSaving { .. }));
    found.expect("a timer").0
}

#[test]
fn each_command_that_stays_pending_counts_as_slow_also_if_another_was_first_or_it_was_stored_before()
 {
    let mut engine = leader();
    engine.replica.submit(add(1), NOW);
    engine.request_sync();
    let first = saving_timer(&engine.take_effects());
    engine.on_written(true);
    drop(engine.take_effects());
    engine.replica.submit(add(2), NOW);
    engine.request_sync();
    drop(engine.take_effects());
    engine.on_written(true);
    drop(engine.take_effects());
    let response = ExchangeResponse {
        cursor: engine.replica.cursor(),
        outcomes: vec![Outcome::Unchanged],
        update: ListUpdate::Changes(Vec::new()),
    };
    engine.on_response(response, NOW);
    drop(engine.take_effects());
    let second = saving_timer(&fire(&mut engine, first));
    assert!(!engine.connectivity().is_saving_slow);
    fire(&mut engine, second);
    assert!(engine.connectivity().is_saving_slow);

    let stored = engine.replica.outbox.pending().to_vec();
    let mut engine = open();
    engine.on_read(ReadPurpose::News, Some(stored), NOW);
    let timer = saving_timer(&engine.take_effects());
    fire(&mut engine, timer);
    assert!(engine.connectivity().is_saving_slow);
}

#[test]
fn the_leading_page_tells_the_others_why_its_calls_fail() {
    for (failure, connection) in [
        (CallFailure::Unavailable, ConnectionState::Offline),
        (CallFailure::SignedOut, ConnectionState::SignedOut),
        (CallFailure::Outdated, ConnectionState::Outdated),
    ] {
        let mut engine = leader();
        submit(&mut engine, 1);
        let message = TabMessage::CallsFail(connection);
        let effects = fail(&mut engine, failure);
        assert!(effects.contains(&Effect::Broadcast(message)));
        let mut follower = open();
        follower.on_event(ExternalEvent::CallsFail(connection), NOW);
        assert_eq!(follower.connectivity().connection, connection);
    }
}

#[test]
fn a_rejected_command_without_a_text_is_told_to_the_page_that_has_given_it() {
    let rejection = Rejection::NothingToRevert;
    let of = next(&List::new(KEY), client(3));
    let revert = || Command::Revert { of };
    // Another page sends it.
    let mut asking = open();
    let (id, _) = asking.replica.submit(revert(), NOW);
    asking.request_sync();
    drop(asking.take_effects());
    asking.on_written(true);
    let stored = asking.replica.outbox.pending().to_vec();
    let list = List::new(KEY);
    let replica = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&list), client(2));
    let mut leading = SyncEngine::new(replica);
    leading.on_event(ExternalEvent::LeadGained, NOW);
    leading.on_read(ReadPurpose::News, Some(stored.clone()), NOW);
    assert_eq!(sent(&leading.take_effects()), 1);
    let response = ExchangeResponse {
        cursor: leading.replica.cursor(),
        outcomes: vec![Outcome::Rejected(rejection)],
        update: ListUpdate::Changes(Vec::new()),
    };
    leading.on_response(response, NOW);
    let told = Effect::Broadcast(TabMessage::Rejected(id, rejection));
    assert!(leading.take_effects().contains(&told));

    let mut third = open_as(client(4), stored);
    for engine in [&mut asking, &mut third] {
        drop(engine.take_changes());
        engine.on_event(ExternalEvent::Rejected(id, rejection), NOW);
    }
    let rejected = asking.take_changes().rejected;
    assert_eq!(rejected.len(), 1);
    assert_eq!((rejected[0].id, rejected[0].rejection), (id, rejection));
    assert!(asking.replica.outbox.pending().is_empty());
    assert_eq!(third.take_changes().rejected, []);
}
