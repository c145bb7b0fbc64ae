//! Undo, redo and restoring, each by an example.

use super::story::Story;
use super::*;

#[test]
fn undo_reverts_only_what_was_not_changed_since() {
    let mut story = Story::with([1, 2, 3]);
    let rename = story.rename(0, 1, "mine").unwrap();
    story.rename(1, 1, "theirs").unwrap();
    assert_eq!(story.undo(rename), Err(Rejection::ChangedSince));
    // The same text, set again by another client, is still a later change.
    story.rename(1, 1, "mine").unwrap();
    assert_eq!(story.undo(rename), Err(Rejection::ChangedSince));

    let all = story.expect(
        0,
        Command::CompleteAll {
            ids: vec![id(1), id(2)],
            completed: true,
        },
    );
    story.complete(1, 2, false);
    story.undo(all).unwrap();
    story.check("mine 2 3");

    let add = story.expect(0, add(4));
    story.complete(1, 4, true);
    assert_eq!(story.undo(add), Err(Rejection::ChangedSince));
    story.check("mine 2 3 4+");
}

#[test]
fn undo_works_after_others_have_changed_other_things() {
    let mut story = Story::with([1, 2, 3]);
    let rename = story.rename(0, 1, "mine").unwrap();
    let moved = story.move_to(1, At::End);
    story.complete(1, 1, true);
    story.expect(1, add(4));
    story.remove(1, 2);
    story.undo(moved).unwrap();
    story.undo(rename).unwrap();
    story.check("1+ 3 4");
}

#[test]
fn there_is_nothing_to_undo_in_what_did_nothing() {
    let mut story = Story::with([1]);
    let nothing = story.complete(0, 1, false);
    assert_eq!(story.undo(nothing), Err(Rejection::NothingToRevert));
    let unknown = CommandId {
        client: client(7),
        seq: 1,
    };
    assert_eq!(story.undo(unknown), Err(Rejection::NothingToRevert));
}

#[test]
fn the_latest_256_changes_can_be_undone() {
    let mut story = Story::with([1]);
    let first = story.rename(0, 1, "first").unwrap();
    let second = story.complete(0, 1, true);
    // What changes nothing takes no place.
    for _ in 0..2 * List::MAX_HISTORY {
        story.move_to(1, At::End);
        story.complete(0, 1, true);
    }
    for number in 1..List::MAX_HISTORY {
        story.expect(0, Command::order(id(1), Some(number as i64)));
    }
    assert_eq!(story.undo(first), Err(Rejection::NothingToRevert));
    assert_eq!(
        story.list.change_of(second).map(|change| change.command),
        Some(second)
    );
}

#[test]
fn removed_items_come_back_where_they_were_and_in_order() {
    let mut story = Story::with([1, 2, 3, 4, 5]);
    for number in [2, 3, 5] {
        story.complete(0, number, true);
    }
    story.expect(
        0,
        Command::ClearCompleted {
            ids: vec![id(2), id(3), id(5)],
        },
    );
    story.check("1 4");
    story.expect(1, Command::Restore { ids: vec![id(3)] });
    story.check("1 3+ 4");
    story.expect(
        1,
        Command::Restore {
            ids: vec![id(2), id(3), id(5)],
        },
    );
    story.check("1 2+ 3+ 4 5+");
    let unknown = story.try_run(
        1,
        Command::Restore {
            ids: vec![id(1), id(9)],
        },
    );
    assert_eq!(unknown, Err(Rejection::NoSuchItem { id: id(9) }));
}

#[test]
fn items_that_were_removed_one_by_one_come_back_in_order() {
    let mut story = Story::with([1, 2, 3, 4]);
    for number in [2, 3, 1] {
        story.remove(0, number);
    }
    story.expect(
        1,
        Command::Restore {
            ids: vec![id(1), id(2), id(3)],
        },
    );
    story.check("1 2 3 4");
}
