//! The sync engine without a stream, without a storage that answers, and without a leading page that answers.

use super::engine::{answer, calls, fail, fire, leader, open, sent, submit, timers};
use super::replica::NOW;
use super::*;

/// Whether the stream is opened.
fn opens(effects: &[Effect]) -> bool {
    let opens = |effect: &Effect| matches!(effect, Effect::OpenStream(_));
    effects.iter().any(opens)
}

fn after(milliseconds: u64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

#[test]
fn after_ten_seconds_of_silence_the_stream_is_opened_again_and_the_page_polls() {
    let mut engine = open();
    engine.on_event(ExternalEvent::LeadGained, NOW);
    let effects = engine.take_effects();
    assert!(opens(&effects));
    let (silence, delay_ms) = timers(&effects)[0];
    assert_eq!(delay_ms, 10_000);
    let here = engine.replica.cursor();
    engine.on_event(ExternalEvent::Heartbeat(here), after(4_000));
    engine.on_timer(silence, false, after(10_000));
    let effects = engine.take_effects();
    assert_eq!(effects, [Effect::SetTimer(silence, 4_000)]);
    engine.on_timer(silence, false, after(14_000));
    for begin in [14_000, 24_000] {
        let effects = engine.take_effects();
        assert!(opens(&effects));
        assert_eq!(sent(&effects), 0, "it asks for changes");
        // The others get what the stream does not bring.
        let effects = answer(&mut engine);
        assert!(effects.contains(&Effect::Broadcast(TabMessage::ListAt(here))));
        assert_eq!(engine.connectivity().connection, ConnectionState::Online);
        let opened = (begin - 4_000) / 10_000 + 1;
        let silence = Timer::StreamSilence { opened };
        engine.on_timer(silence, false, after(u64::from(begin) + 10_000));
    }
    // The stream is back.
    engine.on_event(ExternalEvent::Heartbeat(here), after(40_000));
    drop(engine.take_effects());
    let effects = answer(&mut engine);
    assert!(!effects.contains(&Effect::Broadcast(TabMessage::ListAt(here))));
}

#[test]
fn a_clock_that_is_set_back_does_not_hide_the_silence() {
    let mut engine = open();
    engine.on_event(ExternalEvent::LeadGained, after(1_000_000));
    let (silence, _) = timers(&engine.take_effects())[0];
    engine.on_timer(silence, false, NOW);
    assert_eq!(engine.take_effects(), [Effect::SetTimer(silence, 10_000)]);
    engine.on_timer(silence, false, after(10_000));
    assert!(opens(&engine.take_effects()));
}

#[test]
fn a_lost_stream_makes_the_leading_page_call_and_only_a_failed_call_counts_as_offline() {
    for is_closed in [false, true] {
        let mut engine = leader();
        engine.on_event(ExternalEvent::ConnectionLost, NOW);
        let (loss, delay_ms) = timers(&engine.take_effects())[0];
        assert_eq!(delay_ms, 3_000);
        engine.on_timer(loss, is_closed, NOW);
        let effects = engine.take_effects();
        assert_eq!(opens(&effects), is_closed);
        assert_eq!(sent(&effects), 0);
        let unknown = engine.connectivity().connection;
        assert_eq!(unknown, ConnectionState::Unknown);
        fail(&mut engine, CallFailure::Unavailable);
        assert_eq!(engine.connectivity().connection, ConnectionState::Offline);
        // The next call follows after the delay, not after each attempt of the browser to open the stream.
        engine.on_event(ExternalEvent::ConnectionLost, NOW);
        let (loss, _) = timers(&engine.take_effects())[0];
        assert!(calls(&fire(&mut engine, loss)).is_empty());
    }
    let mut follower = open();
    follower.on_event(ExternalEvent::ConnectionLost, NOW);
    let (loss, _) = timers(&follower.take_effects())[0];
    assert_eq!(fire(&mut follower, loss), []);
}

#[test]
fn a_storage_that_could_not_be_read_is_read_again() {
    let read = Effect::Read(ReadPurpose::News);
    let mut engine = open();
    engine.on_read(ReadPurpose::News, None, NOW);
    let effects = engine.take_effects();
    assert!(timers(&effects).contains(&(Timer::ReadRetry, 30_000)));
    engine.on_read(ReadPurpose::News, None, NOW);
    assert_eq!(timers(&engine.take_effects()), [], "one timer is enough");
    assert!(!engine.connectivity().is_storage_available);
    assert!(fire(&mut engine, Timer::ReadRetry).contains(&read));
    // Its next write succeeds.
    engine.replica.submit(add(1), NOW);
    engine.request_sync();
    drop(engine.take_effects());
    engine.on_written(true);
    assert!(engine.take_effects().contains(&read));
    let stored = engine.replica.outbox.pending().to_vec();
    engine.on_read(ReadPurpose::News, Some(stored), NOW);
    assert!(!engine.take_effects().contains(&read));
    assert!(fire(&mut engine, Timer::ReadRetry).is_empty());
}

#[test]
fn a_storage_that_can_be_read_again_counts_as_available_unless_a_write_has_failed() {
    for has_failed_write in [false, true] {
        let mut engine = open();
        if has_failed_write {
            engine.replica.submit(add(1), NOW);
            engine.request_sync();
            drop(engine.take_effects());
            engine.on_written(false);
        }
        engine.on_read(ReadPurpose::News, None, NOW);
        engine.on_read(ReadPurpose::News, Some(Vec::new()), NOW);
        let is_available = engine.connectivity().is_storage_available;
        assert_eq!(is_available, !has_failed_write);
    }
}

#[test]
fn a_page_takes_the_lead_if_the_leading_page_does_not_answer() {
    let took = |effects: Vec<Effect>| effects.contains(&Effect::TakeLead);
    // It has stored a command to send.
    let wait = Timer::LeaderAnswer { signs: 0 };
    let mut engine = open();
    submit(&mut engine, 1);
    assert!(took(fire(&mut engine, wait)));
    let mut engine = open();
    submit(&mut engine, 1);
    engine.on_event(ExternalEvent::LeaderHeard, NOW);
    assert!(!took(fire(&mut engine, wait)));
    // It has heard nothing for a while.
    let silence = Timer::LeaderSilence { signs: 0 };
    let mut engine = open();
    let effects = fire(&mut engine, silence);
    assert!(effects.contains(&Effect::Broadcast(TabMessage::WhoLeads)));
    assert!(timers(&effects).contains(&(wait, 2_000)));
    assert!(timers(&effects).contains(&(silence, 10_000)), "it goes on");
    let here = engine.replica.cursor();
    engine.on_event(ExternalEvent::Heartbeat(here), NOW);
    assert!(!took(fire(&mut engine, wait)));
    let effects = fire(&mut engine, silence);
    let silence = Timer::LeaderSilence { signs: 1 };
    assert_eq!(effects, [Effect::SetTimer(silence, 10_000)]);
    fire(&mut engine, silence);
    assert!(took(fire(&mut engine, Timer::LeaderAnswer { signs: 1 })));
}

#[test]
fn the_leading_page_answers_and_watches_nobody_until_it_has_lost_the_lead() {
    let answer = Effect::Broadcast(TabMessage::Leads);
    for event in [ExternalEvent::LeaderAsked, ExternalEvent::StorageChanged] {
        let mut engine = leader();
        engine.on_event(event.clone(), NOW);
        assert!(engine.take_effects().contains(&answer), "{event:?}");
        let mut engine = open();
        engine.on_event(event.clone(), NOW);
        assert!(!engine.take_effects().contains(&answer), "{event:?}");
    }
    let mut engine = leader();
    assert_eq!(fire(&mut engine, Timer::LeaderSilence { signs: 0 }), []);
    assert_eq!(fire(&mut engine, Timer::LeaderAnswer { signs: 0 }), []);
    engine.on_event(ExternalEvent::LeadLost, NOW);
    let watch = (Timer::LeaderSilence { signs: 1 }, 10_000);
    assert!(timers(&engine.take_effects()).contains(&watch));
}
