//! Responses, their absence, and the contents of the storage.

use super::*;

/// A page whose server refuses every addition, with one in its outbox.
fn refused_addition() -> (Page, RejectedText) {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Add("b".into()));
    let mut response = page.call().unwrap();
    response.outcomes = vec![Outcome::Rejected(Rejection::ListFull)];
    response.update = ListUpdate::Changes(Vec::new());
    let refused = page.answer(response).remove(0);
    (page, refused)
}

#[test]
fn a_rejected_addition_stays_beside_the_field_until_it_is_sent_again_or_discarded() {
    for action in [UserAction::RetryRejected, UserAction::DiscardRejected] {
        let (mut page, refused) = refused_addition();
        assert!(refused.is_new_item);
        assert_eq!(page.shown(), "a");
        assert_eq!(page.kept(), ["b"]);
        let complaint = page.state.error_message();
        assert_eq!(complaint.0, "Error: Could not add item.");
        assert_eq!(complaint.1, Rejection::ListFull.to_string());
        assert!(!page.state.undo_stack.can_undo(), "nothing was done");
        let tries_again = matches!(action(id(0)), UserAction::RetryRejected(_));
        page.perform(action(refused.item.id));
        assert!(page.kept().is_empty());
        assert_eq!(page.shown() == "a b", tries_again);
    }
}

#[test]
fn a_refused_text_that_is_back_in_the_field_is_sent_under_its_own_id() {
    for (typed, is_same) in [("b", true), ("b!", false)] {
        let (mut page, refused) = refused_addition();
        page.state.new_item_error.return_to_field(refused.clone());
        assert!(page.kept().is_empty(), "it does not stand beside the field");
        assert_eq!(page.state.error_message().0, "Error: Could not add item.");
        page.perform(UserAction::Add(typed.into()));
        assert_eq!(page.state.error_message().0, "");
        assert!(page.state.engine.replica.outbox.rejected().is_empty());
        let waiting = page.state.engine.replica.outbox.pending();
        let (id, title) = waiting[0].command.text().unwrap();
        assert_eq!((id == refused.item.id, title.as_str()), (is_same, typed));
    }
}

#[test]
fn a_command_whose_answer_was_lost_stays_and_is_sent_again_under_the_same_name() {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Add("b".into()));
    let sent = page.next_call().unwrap();
    assert_eq!(
        page.state
            .row(page.state.visible_items()[1])
            .unwrap()
            .class(),
        "pending"
    );
    page.pass_in(|engine| engine.on_call_failed(CallFailure::Unavailable, NOW, 0.0));
    assert_eq!(page.next_call(), Some(sent));
    let (first, command) = {
        let entry = &page.state.engine.replica.outbox.pending()[0];
        (entry.id, entry.command.clone())
    };
    assert_eq!(page.decide(first, &command), Outcome::Accepted);
    page.hear();
    assert!(page.has_nothing_pending(), "the stream tells as well");
    assert_eq!(
        page.state
            .row(page.state.visible_items()[1])
            .unwrap()
            .class(),
        ""
    );
    page.perform(UserAction::Undo);
    page.check("a");
}

#[test]
fn what_was_so_already_cannot_be_undone() {
    let mut page = Page::new(&["a", "b"]);
    let completed = true;
    page.other(Command::complete(id(0), completed));
    page.perform(UserAction::Toggle(id(0)));
    assert!(page.state.undo_stack.can_undo());
    page.check("xa b");
    assert!(!page.state.undo_stack.can_undo());
    // And after the stream has told what others have done.
    page.other(Command::Remove { id: id(1) });
    page.perform(UserAction::Remove(id(1)));
    assert_eq!(page.notice_text(), "b removed.");
    page.hear();
    assert!(page.state.undo_stack.can_undo());
    page.send();
    assert!(!page.state.undo_stack.can_undo());
    assert_eq!(page.notice_text(), "");
}

#[test]
fn what_another_page_has_stored_is_shown() {
    let mut page = Page::new(&["a"]);
    let mut other = Page::new(&["a"]);
    other.perform(UserAction::Add("b".into()));
    other.next_call();
    let stored = other.state.engine.replica.outbox.pending().to_vec();
    page.pass_in(|engine| engine.on_read(ReadPurpose::News, Some(stored), NOW));
    page.check("a b");
    assert!(
        !page.state.undo_stack.can_undo(),
        "it is not a step of this page"
    );
}

#[test]
fn what_others_do_moves_in_and_what_this_page_does_is_there() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Add("mine".into()));
    page.send();
    page.other(Command::Remove { id: id(0) });
    page.other(Command::complete(id(1), true));
    let arrived = |page: &Page| {
        let items = page.state.list().items();
        let arrived = items.filter(|item| page.state.row(item.id).is_some_and(|row| row.arrived));
        arrived
            .map(|item| item.title.to_string())
            .collect::<Vec<_>>()
    };
    assert!(arrived(&page).is_empty());
    // The next call brings the update.
    page.perform(UserAction::Add("mine too".into()));
    page.send();
    assert_eq!(arrived(&page), ["b"]);
}

#[test]
fn one_line_says_whether_everything_is_saved() {
    use ConnectionState::{Offline, Online, Outdated, Throttled, Unknown};
    for (waiting, is_storing, connection, expected) in [
        (false, true, Unknown, ""),
        (false, true, Online, "saved"),
        (false, false, Online, "saved"),
        (false, true, Offline, "offline"),
        (false, true, Outdated, "offline"),
        (true, true, Unknown, "saving"),
        (true, true, Online, "saving"),
        (true, false, Online, "saving"),
        (true, true, Offline, "kept"),
        (true, false, Offline, "attention"),
        (true, true, Outdated, "attention"),
        (false, true, Throttled, "saved"),
        (true, true, Throttled, "kept"),
        (true, false, Throttled, "attention"),
    ] {
        let connectivity = Connectivity {
            connection,
            is_storage_available: is_storing,
            is_saving_slow: waiting,
        };
        let kind = SyncStatus::of(connectivity, usize::from(waiting), 0)
            .0
            .name();
        assert_eq!(kind, expected, "{waiting} {is_storing} {connection:?}");
    }
    // A reload would lose what only this page has.
    for (is_storage_available, begin) in [(true, "Reload to save"), (false, "Not saved yet")] {
        let connectivity = Connectivity {
            connection: Outdated,
            is_storage_available,
            ..Connectivity::default()
        };
        let (_, text) = SyncStatus::of(connectivity, 1, 0);
        assert!(text.starts_with(begin), "{text}");
    }
    // What is saved at once never flickers.
    for (connection, kind, words) in [
        (Unknown, "connecting", ""),
        (Online, "sending", "All changes saved"),
    ] {
        let connectivity = Connectivity {
            connection,
            ..Connectivity::default()
        };
        let (status, text) = SyncStatus::of(connectivity, 1, 0);
        assert_eq!((status.name(), text.as_str()), (kind, words));
    }
    for refusals in [1, 2] {
        let mut page = Page::new(&["a", "b"]);
        for number in 0..refusals {
            page.perform_all([
                UserAction::Edit(id(number)),
                UserAction::SaveEdit("x".into()),
            ]);
            page.other(Command::Remove { id: id(number) });
        }
        page.send();
        let words = format!("{refusals} change");
        assert!(page.status().1.starts_with(&words));
        assert_eq!(page.status().0, "attention");
    }
}

#[test]
fn what_matters_about_the_connection_is_announced_once() {
    let mut page = Page::new(&["a"]);
    let mut heard = |event| {
        page.state.announcement.clear();
        page.pass_in(|engine| engine.on_event(event, NOW));
        page.state.announcement.clone()
    };
    assert_eq!(heard(ExternalEvent::CallsWork), "");
    assert_eq!(
        heard(ExternalEvent::CallsFail(ConnectionState::Offline)),
        "Offline. All changes saved"
    );
    assert_eq!(
        heard(ExternalEvent::CallsFail(ConnectionState::Offline)),
        ""
    );
    assert_eq!(heard(ExternalEvent::CallsWork), "All changes saved");
    assert_eq!(heard(ExternalEvent::CallsWork), "");
}

#[test]
fn what_a_busy_server_takes_later_is_being_saved_and_the_page_is_not_offline() {
    let mut page = Page::new(&["a"]);
    let seconds = 1;
    page.perform(UserAction::Toggle(id(0)));
    page.next_call().unwrap();
    let failure = CallFailure::TooManySenders { seconds };
    page.pass_in(|engine| engine.on_call_failed(failure, NOW, 0.0));
    let (kind, words) = page.status();
    assert_eq!(kind, "kept");
    assert_eq!(words, "Too many new pages here. 1 to send");
    // What others do can be heard of meanwhile.
    let heard = page.call().unwrap();
    assert!(heard.outcomes.is_empty());
    page.answer(heard);
    assert_eq!(page.status().0, "kept");
    page.pass_in(|engine| engine.on_timer(Timer::PauseEnd { pauses: 1 }, false, NOW));
    page.send();
    assert_eq!(page.status().0, "saved");
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Toggle(id(0)));
    page.next_call().unwrap();
    page.pass_in(|engine| engine.on_call_failed(CallFailure::Busy { seconds }, NOW, 0.0));
    assert_eq!(page.status(), ("saving", "Saving".to_owned()));
}

#[test]
fn what_has_waited_for_the_connection_is_not_saved_by_its_coming_back() {
    let mut page = Page::new(&["a"]);
    page.pass_in(|engine| engine.on_event(ExternalEvent::CallsFail(ConnectionState::Offline), NOW));
    page.perform(UserAction::Toggle(id(0)));
    page.state.announcement.clear();
    page.pass_in(|engine| engine.on_event(ExternalEvent::CallsWork, NOW));
    assert_eq!(page.status(), ("saving", "Saving".to_owned()));
    assert_eq!(page.state.announcement, "");
    page.send();
    assert_eq!(page.status().0, "saved");
    assert_eq!(page.state.announcement, "All changes saved");
    // The next one is saved at once.
    page.perform(UserAction::Toggle(id(0)));
    assert_eq!(page.status().0, "sending");
}

#[test]
fn steps_follow_a_sender_that_goes_on_under_another_name() {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Toggle(id(0)));
    page.perform(UserAction::Add("b".into()));
    let sender = page.next_call().unwrap().first.client;
    page.pass_in(|engine| engine.on_call_failed(CallFailure::NumberMismatch, NOW, 0.0));
    let catch_up = page.call().unwrap();
    page.answer(catch_up);
    page.next_call().unwrap();
    page.pass_in(|engine| engine.on_call_failed(CallFailure::NumberMismatch, NOW, 0.0));
    let pending = page.state.engine.replica.outbox.pending();
    assert_ne!(pending[0].id.client, sender);
    for expected in ["xa", "a"] {
        page.perform(UserAction::Undo);
        page.check(expected);
    }
    page.perform(UserAction::Redo);
    page.check("xa");
}
