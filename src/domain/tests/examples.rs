//! The rules that people feel, each by an example.

use super::story::Story;
use super::*;

#[test]
fn items_are_added_and_moved_to_any_place() {
    let mut story = Story::with([1, 2, 3]);
    story.move_to(3, At::Start);
    story.check("3 1 2");
    story.move_to(3, At::After(id(1)));
    story.check("1 3 2");
    story.move_to(2, At::Before(id(1)));
    story.check("2 1 3");
    story.move_to(2, At::End);
    story.check("1 3 2");
    for at in [
        At::After(id(3)),
        At::Before(id(3)),
        At::After(id(1)),
        At::Before(id(2)),
    ] {
        story.move_to(3, at);
        story.check("1 3 2");
    }
    let at = At::Before(id(1));
    story.expect(0, Command::add(id(4), title("4"), at));
    story.check("4 1 3 2");
}

#[test]
fn a_removed_item_is_still_a_place() {
    let mut story = Story::with([1, 2, 3]);
    story.remove(0, 2);
    story.expect(1, Command::add(id(4), title("4"), At::After(id(2))));
    story.check("1 4 3");
    story.expect(1, Command::add(id(5), title("5"), At::Before(id(2))));
    story.check("1 5 4 3");
    story.remove(0, 1);
    story.move_to(3, At::After(id(2)));
    story.check("3 5 4");
}

#[test]
fn an_addition_at_an_unknown_place_goes_to_the_end_and_a_move_is_refused() {
    let mut story = Story::with([1, 2]);
    story.expect(0, Command::add(id(3), title("3"), At::After(id(9))));
    story.check("1 2 3");
    let refused = story.try_run(
        0,
        Command::Move {
            id: id(1),
            at: At::After(id(9)),
        },
    );
    assert_eq!(refused, Err(Rejection::NoSuchItem { id: id(9) }));
    story.check("1 2 3");
}

#[test]
fn several_items_are_added_one_after_the_other_and_undone_together() {
    let mut story = Story::with([1, 2]);
    let item = |number: u8| Item::new(id(number), title(&number.to_string()));
    let done = Item {
        completed_at: Some(Timestamp(u64::MAX)),
        order: Some(3),
        removed_at: Some(Timestamp(5)),
        ..item(4)
    };
    // Twice the same, and one that is there.
    let items = vec![item(3), done, item(3), item(2), item(5)];
    let at = At::After(id(1));
    let all = story.expect(0, Command::AddAll { items, at });
    story.check("1 3 4+ 5 2");
    let found = story.list.get(id(4)).unwrap();
    assert_eq!((found.order, found.removed_at), (Some(3), None));
    assert_eq!(
        found.completed_at,
        Some(story.now),
        "nothing is done in the future"
    );
    assert_eq!(story.list.completed(), 1);
    // What others have changed since stays.
    story.rename(1, 5, "five").unwrap();
    story.undo(all).unwrap();
    story.check("1 five 2");
}

#[test]
fn an_edit_sets_all_its_fields_or_none_and_is_undone_field_by_field() {
    let mut story = Story::with([1]);
    let patch = |text: &str| ItemPatch {
        title: FieldPatch::Set(title(text)),
        completed: FieldPatch::Set(true),
        order: FieldPatch::Set(Some(3)),
    };
    let edit = Command::Edit {
        id: id(1),
        patch: patch("a"),
    };
    let edit = story.expect(0, edit);
    story.check("a+");
    story.rename(1, 1, "b").unwrap();
    // The cost of an edit is that of the fields that it sets.
    let rename = Command::rename(id(1), title("c"));
    assert_eq!(max_events(&story.list, &rename), 1);
    story.undo(edit).unwrap();
    story.check("b");
    assert_eq!(story.list.get(id(1)).unwrap().order, None);
    // A list without room for the title does not complete the item either.
    let long = "\u{1F600}".repeat(Title::MAX_CHARS);
    let count = List::MAX_TITLE_BYTES / long.len();
    let other = |number: usize| {
        let id = ItemId::new(Timestamp(number as u64), [9; 10]);
        Item::new(id, title(&long))
    };
    let items = (0..count).map(other).chain([Item::new(id(1), title("a"))]);
    let list = List::at_revision(KEY, 7, items);
    let edit = Command::Edit {
        id: id(1),
        patch: patch(&long),
    };
    let decided = decide(&list, &edit, Timestamp(0));
    assert_eq!(decided, Err(Rejection::ListFull));
}

#[test]
fn a_repeated_addition_changes_nothing() {
    let mut story = Story::with([1, 2]);
    story.rename(0, 1, "one").unwrap();
    story.expect(1, add(1));
    story.check("one 2");
    story.remove(0, 1);
    story.expect(1, add(1));
    story.check("2");
}

#[test]
fn the_last_writer_wins_per_field() {
    let mut story = Story::with([1]);
    story.rename(0, 1, "a").unwrap();
    story.complete(1, 1, true);
    story.rename(2, 1, "b").unwrap();
    story.check("b+");
}

#[test]
fn a_removed_item_can_be_restored_with_the_new_text() {
    let mut story = Story::with([1, 2]);
    story.remove(1, 1);
    let refused = Err(Rejection::ItemRemoved { id: id(1) });
    assert_eq!(story.rename(0, 1, "new"), refused);
    assert_eq!(story.try_run(0, Command::complete(id(1), true)), refused);
    assert_eq!(
        story.try_run(
            0,
            Command::Move {
                id: id(1),
                at: At::End
            }
        ),
        refused
    );
    story.expect(0, Command::Restore { ids: vec![id(1)] });
    story.rename(0, 1, "new").unwrap();
    story.check("new 2");
    assert_eq!(
        story.rename(0, 9, "x"),
        Err(Rejection::NoSuchItem { id: id(9) })
    );
}

#[test]
fn clear_completed_removes_what_was_seen_and_is_still_completed() {
    let mut story = Story::with([1, 2, 3, 4]);
    story.complete(0, 1, true);
    story.complete(0, 2, true);
    // Meanwhile another client reopens one of them, and completes another one.
    story.complete(1, 1, false);
    story.complete(1, 3, true);
    let clear = story.expect(
        0,
        Command::ClearCompleted {
            ids: vec![id(1), id(2), id(2), id(9)],
        },
    );
    story.check("1 3+ 4");
    story.undo(clear).unwrap();
    story.check("1 2+ 3+ 4");
}

#[test]
fn completing_all_takes_the_items_that_were_seen() {
    let mut story = Story::with([1, 2, 3]);
    story.complete(1, 2, true);
    let all = story.expect(
        0,
        Command::CompleteAll {
            ids: vec![id(1), id(2)],
            completed: true,
        },
    );
    story.check("1+ 2+ 3");
    story.undo(all).unwrap();
    story.check("1 2+ 3");
}

#[test]
fn removed_items_can_be_restored_for_30_days() {
    let mut story = Story::with([1, 2]);
    story.remove(0, 1);
    let removed = story.now;
    story.now = Timestamp(removed.0 + Timestamp::RESTORABLE_MILLIS - 1_001);
    story.expect(0, Command::Expire);
    assert_eq!(story.list.removed().count(), 1);
    story.now = Timestamp(removed.0 + Timestamp::RESTORABLE_MILLIS - 1_000);
    story.expect(0, Command::Expire);
    assert_eq!(story.list.removed().count(), 0);
    let refused = story.try_run(0, Command::Restore { ids: vec![id(1)] });
    assert_eq!(refused, Err(Rejection::NoSuchItem { id: id(1) }));
    story.check("2");
}

#[test]
fn a_list_of_long_titles_is_full_before_it_has_so_many_items() {
    let long = "\u{1F600}".repeat(Title::MAX_CHARS);
    let count = List::MAX_TITLE_BYTES / long.len();
    let item =
        |number: usize| Item::new(ItemId::new(Timestamp(number as u64), [9; 10]), title(&long));
    let mut list = List::at_revision(KEY, 7, (0..count).map(item));
    let add = |text: &str| Command::add(id(1), title(text), At::End);
    let decide = |list: &List, command: &Command| decide(list, command, Timestamp(0)).map(|_| ());
    assert_eq!(decide(&list, &add(&long)), Err(Rejection::ListFull));
    // Shorter ones have room, also for what was there before.
    let rename = |text: &str| Command::rename(item(0).id, title(text));
    assert_eq!(decide(&list, &rename("short")), Ok(()));
    let command = next(&list, client(0));
    run(&mut list, command, &rename("short"), Timestamp(0)).unwrap();
    assert_eq!(decide(&list, &add("another")), Ok(()));
    let command = next(&list, client(0));
    run(&mut list, command, &add(&long[8..]), Timestamp(0)).unwrap();
    assert_eq!(decide(&list, &rename(&long)), Err(Rejection::ListFull));
    // What is removed can come back, until its room is needed.
    let restore = Command::Restore { ids: vec![id(1)] };
    let remove = Command::Remove { id: id(1) };
    let command = next(&list, client(0));
    run(&mut list, command, &remove, Timestamp(0)).unwrap();
    assert_eq!(decide(&list, &restore), Ok(()));
    assert_eq!(decide(&list, &rename("shor")), Ok(()));
    assert_eq!(decide(&list, &restore), Ok(()));
    let command = next(&list, client(0));
    run(&mut list, command, &rename(&long), Timestamp(0)).unwrap();
    let gone = Err(Rejection::NoSuchItem { id: id(1) });
    assert_eq!(decide(&list, &restore), gone);
    assert_eq!(decide(&list, &add(&long)), Err(Rejection::ListFull));
}

#[test]
fn of_too_many_removed_items_the_first_give_way() {
    let item =
        |number: usize| Item::new(ItemId::new(Timestamp(number as u64), [9; 10]), title("x"));
    let mut list = List::at_revision(KEY, 7, (0..List::MAX_ITEMS).map(item));
    let mut run = |at: u64, command: Command| {
        let id = next(&list, client(0));
        let max = max_events(&list, &command);
        let change = run(&mut list, id, &command, Timestamp(at)).unwrap();
        assert!(change.events.len() <= max);
        (list.len(), list.removed_len())
    };
    let remove = |numbers: std::ops::Range<usize>| Command::RemoveAll {
        ids: numbers.map(|number| item(number).id).collect(),
    };
    // Item 5 is removed first, then item 3.
    run(1, remove(5..6));
    run(2, remove(3..4));
    run(3, remove(0..List::MAX_ITEMS));
    let items = (List::MAX_ITEMS..2 * List::MAX_ITEMS).map(item).collect();
    let all = List::MAX_ITEMS;
    let counts = run(4, Command::AddAll { items, at: At::End });
    assert_eq!(counts, (all, all));
    let counts = run(5, remove(all..all + 2));
    assert_eq!(counts, (all - 2, all + 2));
    // After an item that gives way, and after one that is removed.
    let after = |number: usize| At::After(item(number).id);
    let more = Item::new(id(1), title("y"));
    let counts = run(
        6,
        Command::Add {
            item: more,
            at: after(5),
        },
    );
    assert_eq!(counts, (all - 1, all + 1));
    let more = vec![Item::new(id(2), title("z"))];
    let counts = run(
        7,
        Command::AddAll {
            items: more,
            at: after(3),
        },
    );
    assert_eq!(counts, (all, all));
    let is_known = |number: usize| list.get(item(number).id).is_some();
    assert_eq!(
        [5, 3, 0, 1, all].map(is_known),
        [false, false, true, true, true]
    );
    let firsts: Vec<&str> = list
        .items()
        .take(2)
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(firsts, ["z", "y"]);
}

#[test]
fn a_full_list_refuses_another_item_but_not_a_repeated_one() {
    let item =
        |number: usize| Item::new(ItemId::new(Timestamp(number as u64), [9; 10]), title("x"));
    let mut list = List::at_revision(KEY, 7, (0..List::MAX_ITEMS).map(item));
    assert_eq!(list.len(), List::MAX_ITEMS);
    assert_eq!(
        decide(&list, &add(1), Timestamp(0)),
        Err(Rejection::ListFull)
    );
    let repeated = Command::add(item(3).id, title("x"), At::End);
    assert_eq!(decide(&list, &repeated, Timestamp(0)), Ok(Vec::new()));
    // Of several items all have room, or none is added.
    let items = [7, 8]
        .map(|number| Item::new(id(number), title("x")))
        .to_vec();
    let several = Command::AddAll { items, at: At::End };
    assert_eq!(
        decide(&list, &several, Timestamp(0)),
        Err(Rejection::ListFull)
    );
    // What was removed cannot come back while its room is taken.
    let command = next(&list, client(0));
    run(
        &mut list,
        command,
        &Command::Remove { id: item(3).id },
        Timestamp(0),
    )
    .unwrap();
    let command = next(&list, client(0));
    run(&mut list, command, &add(1), Timestamp(0)).unwrap();
    let restore = Command::Restore {
        ids: vec![item(3).id],
    };
    assert_eq!(
        decide(&list, &restore, Timestamp(0)),
        Err(Rejection::ListFull)
    );
}

#[test]
fn commands_are_admitted_in_order_and_once() {
    let mut story = Story::with([1]);
    let check = |list: &List, sender: u8, seq: u64, expected: Admission| {
        assert_eq!(
            list.admit(CommandId {
                client: client(sender),
                seq
            }),
            expected
        );
    };
    check(&story.list, 0, 1, Admission::Repeated);
    check(&story.list, 0, 2, Admission::Next);
    check(&story.list, 0, 3, Admission::Gap { expected: 2 });
    check(&story.list, 0, 0, Admission::Gap { expected: 2 });
    check(&story.list, 1, 1, Admission::Next);
    check(&story.list, 1, u64::MAX, Admission::Gap { expected: 1 });
    // A refused command has used up its number too.
    story.rename(0, 9, "x").unwrap_err();
    check(&story.list, 0, 2, Admission::Repeated);
    check(&story.list, 0, 3, Admission::Next);
}
