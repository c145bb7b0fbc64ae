//! What the page makes of answers, of their absence, and of what its storage holds.

use super::*;

/// A page whose server refuses every addition, with one in its outbox.
fn refused_addition() -> (Page, Refused) {
    let mut page = Page::new(&["a"]);
    page.perform(Gesture::Add("b".into()));
    let (first, mut exchanged) = page.call().unwrap();
    exchanged.outcomes = vec![Err(Rejection::ListFull)];
    exchanged.update = ListUpdate::Changes(Vec::new());
    let (touched, mut refused) = page.state.settle(first, exchanged, NOW);
    page.look_again(&touched);
    (page, refused.remove(0))
}

#[test]
fn a_refused_addition_waits_beside_the_field_until_somebody_tries_again_or_lets_go() {
    for gesture in [Gesture::Retry, Gesture::Discard] {
        let (mut page, refused) = refused_addition();
        assert!(refused.adds);
        assert_eq!(page.shown(), "a");
        assert_eq!(page.kept(), ["b"]);
        let complaint = page.state.complaint();
        assert_eq!(complaint.0, "Error: Could not add item.");
        assert_eq!(complaint.1, Rejection::ListFull.to_string());
        assert!(!page.state.steps.can_undo(), "nothing was done");
        let tries_again = matches!(gesture(id(0)), Gesture::Retry(_));
        page.perform(gesture(refused.item.id));
        assert!(page.kept().is_empty());
        assert_eq!(page.shown() == "a b", tries_again);
    }
}

#[test]
fn a_refused_text_that_is_back_in_the_field_is_sent_under_its_own_id() {
    for (typed, is_same) in [("b", true), ("b!", false)] {
        let (mut page, refused) = refused_addition();
        page.state.unsent.return_to_field(refused.clone());
        assert!(page.kept().is_empty(), "it does not stand beside the field");
        assert_eq!(page.state.complaint().0, "Error: Could not add item.");
        page.perform(Gesture::Add(typed.into()));
        assert_eq!(page.state.complaint().0, "");
        assert!(page.state.replica.outbox.rejected().is_empty());
        let waiting = page.state.replica.outbox.pending();
        let (id, title) = waiting[0].command.text().unwrap();
        assert_eq!((id == refused.item.id, title.as_str()), (is_same, typed));
    }
}

#[test]
fn a_command_whose_answer_was_lost_stays_and_is_sent_again_under_the_same_name() {
    let mut page = Page::new(&["a"]);
    page.perform(Gesture::Add("b".into()));
    let (first, _) = page.call().unwrap();
    assert_eq!(
        page.state.row(page.state.shown()[1]).unwrap().class(),
        "pending"
    );
    let again = page.state.replica.outbox.next_batch().unwrap();
    assert_eq!(again.0, first);
    page.hear();
    assert!(page.has_nothing_waiting(), "the stream tells as well");
    assert_eq!(page.state.row(page.state.shown()[1]).unwrap().class(), "");
    page.perform(Gesture::Undo);
    page.check("a");
}

#[test]
fn what_was_so_already_cannot_be_undone() {
    let mut page = Page::new(&["a", "b"]);
    let completed = true;
    page.other(Command::Complete {
        id: id(0),
        completed,
    });
    page.perform(Gesture::Toggle(id(0)));
    assert!(page.state.steps.can_undo());
    page.check("xa b");
    assert!(!page.state.steps.can_undo());
    // And by the stream.
    page.other(Command::Remove { id: id(1) });
    page.perform(Gesture::Remove(id(1)));
    assert_eq!(page.toast(), "1 item removed.");
    page.call().unwrap();
    page.hear();
    assert!(!page.state.steps.can_undo());
    assert_eq!(page.toast(), "");
}

#[test]
fn what_another_page_has_stored_is_shown() {
    let mut page = Page::new(&["a"]);
    let mut other = Page::new(&["a"]);
    other.perform(Gesture::Add("b".into()));
    other.store();
    let stored = other.state.replica.outbox.pending().to_vec();
    let touched = page.state.load(stored, NOW);
    page.look_again(&[touched]);
    page.check("a b");
    assert!(
        !page.state.steps.can_undo(),
        "it is not a step of this page"
    );
}

#[test]
fn what_others_do_moves_in_and_what_this_page_does_is_there() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(Gesture::Add("mine".into()));
    page.send();
    page.other(Command::Remove { id: id(0) });
    page.other(Command::Complete {
        id: id(1),
        completed: true,
    });
    let arrived = |page: &Page| {
        let items = page.state.list().items();
        let arrived = items.filter(|item| page.state.row(item.id).is_some_and(|row| row.arrived));
        arrived
            .map(|item| item.title.to_string())
            .collect::<Vec<_>>()
    };
    assert!(arrived(&page).is_empty());
    // The next call brings the update.
    page.perform(Gesture::Add("mine too".into()));
    page.send();
    assert_eq!(arrived(&page), ["b"]);
}

#[test]
fn one_line_says_whether_everything_is_saved() {
    use Connection::{Down, Outdated, PutOff, Unknown, Up};
    let kind = |waiting: bool, is_storing: bool, connection: Connection| {
        let mut page = Page::new(&["a"]);
        if waiting {
            page.perform(Gesture::Toggle(id(0)));
        }
        page.state.is_storing = is_storing;
        page.state.connection = connection;
        page.state.is_slow = waiting;
        page.state.standing().0
    };
    for (waiting, is_storing, connection, expected) in [
        (false, true, Unknown, ""),
        (false, true, Up, "saved"),
        (false, false, Up, "saved"),
        (false, true, Down, "offline"),
        (false, true, Outdated, "offline"),
        (true, true, Unknown, "saving"),
        (true, true, Up, "saving"),
        (true, false, Up, "saving"),
        (true, true, Down, "kept"),
        (true, false, Down, "attention"),
        (true, true, Outdated, "attention"),
        (false, true, PutOff, "saved"),
        (true, true, PutOff, "kept"),
        (true, false, PutOff, "attention"),
    ] {
        let kind = kind(waiting, is_storing, connection);
        assert_eq!(kind, expected, "{waiting} {is_storing} {connection:?}");
    }
    // What is saved at once never flickers.
    let mut page = Page::new(&["a"]);
    page.perform(Gesture::Toggle(id(0)));
    for (connection, kind, words) in [
        (Unknown, "connecting", ""),
        (Up, "sending", "All changes saved"),
    ] {
        page.state.connection = connection;
        assert_eq!(page.state.standing(), (kind, words.to_owned()));
    }
    for refusals in [1, 2] {
        let mut page = Page::new(&["a", "b"]);
        for number in 0..refusals {
            page.perform_all([Gesture::Edit(id(number)), Gesture::Save("x".into())]);
            page.other(Command::Remove { id: id(number) });
        }
        page.send();
        let words = format!("{refusals} change");
        assert!(page.state.standing().1.starts_with(&words));
        assert_eq!(page.state.standing().0, "attention");
    }
}

#[test]
fn what_matters_about_the_connection_is_announced_once() {
    let mut page = Page::new(&["a"]);
    let mut heard = |connection| {
        page.state.announcement.clear();
        page.state.connect(connection);
        page.state.announcement.clone()
    };
    assert_eq!(heard(Connection::Up), "");
    assert_eq!(heard(Connection::Down), "Offline - all changes saved");
    assert_eq!(heard(Connection::Down), "");
    assert_eq!(heard(Connection::Up), "All changes saved");
    assert_eq!(heard(Connection::Up), "");
}

#[test]
fn what_a_busy_server_takes_later_is_being_saved_and_the_page_is_not_offline() {
    let mut page = Page::new(&["a"]);
    page.state.connect(Connection::Up);
    page.perform(Gesture::Toggle(id(0)));
    page.state.put_off(Connection::Up);
    assert_eq!(page.state.standing(), ("saving", "Saving".to_owned()));
    page.state.put_off(Connection::PutOff);
    let (kind, words) = page.state.standing();
    assert_eq!(kind, "kept");
    assert!(words.starts_with("Saved on this device - "), "{words}");
    // What others do can be heard of meanwhile.
    let heard = ExchangeResponse {
        cursor: page.state.replica.cursor(),
        outcomes: Vec::new(),
        update: ListUpdate::Changes(Vec::new()),
    };
    let nothing = CommandId {
        client: client(0),
        seq: 0,
    };
    page.state.settle(nothing, heard, NOW);
    assert_eq!(page.state.standing().0, "kept");
    page.send();
    assert_eq!(page.state.standing().0, "saved");
}

#[test]
fn what_has_waited_for_the_connection_is_not_saved_by_its_coming_back() {
    let mut page = Page::new(&["a"]);
    page.state.connect(Connection::Down);
    page.perform(Gesture::Toggle(id(0)));
    page.state.announcement.clear();
    page.state.connect(Connection::Up);
    assert_eq!(page.state.standing(), ("saving", "Saving".to_owned()));
    assert_eq!(page.state.announcement, "");
    page.store();
    page.send();
    page.state.take_stock();
    assert_eq!(page.state.standing().0, "saved");
    assert_eq!(page.state.announcement, "All changes saved");
    // The next one is saved at once.
    page.perform(Gesture::Toggle(id(0)));
    assert_eq!(page.state.standing().0, "sending");
}

#[test]
fn steps_follow_a_sender_that_goes_on_under_another_name() {
    let mut page = Page::new(&["a"]);
    page.perform(Gesture::Toggle(id(0)));
    page.perform(Gesture::Add("b".into()));
    page.store();
    page.state.rename_sender(client(1), client(7), NOW);
    for expected in ["xa", "a"] {
        page.perform(Gesture::Undo);
        page.check(expected);
    }
    page.perform(Gesture::Redo);
    page.check("xa");
}
