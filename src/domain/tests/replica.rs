//! What a page shows while it waits for the server.

use super::*;

const NOW: Timestamp = Timestamp(5_000);

/// A server, and a page that has loaded its list of these items.
fn start(numbers: &[u8]) -> (List, Replica) {
    let mut server = List::default();
    for number in numbers {
        let command = next(&server, client(9));
        run(&mut server, command, &add(*number), Timestamp(1)).unwrap();
    }
    let replica = Replica::new(Listing::from(&server), client(0));
    (server, replica)
}

fn check(replica: &Replica, numbers: &[u8]) {
    let ids: Vec<ItemId> = replica.view().items().map(|item| item.id).collect();
    let expected: Vec<ItemId> = numbers.iter().copied().map(id).collect();
    assert_eq!(ids, expected);
}

/// Sends the oldest command to the server, whose clock is another one, and takes the answer.
fn exchange(server: &mut List, replica: &mut Replica) -> Touched {
    let (command, wish) = replica.next_to_send().unwrap();
    let wish = wish.clone();
    match run(server, command, &wish, Timestamp(9_999)) {
        Ok(change) => replica.accept(Arc::new(change), NOW),
        Err(_) => {
            replica.refuse(command, NOW);
            Touched::Everything
        }
    }
}

fn complete(number: u8) -> Command {
    let completed = true;
    Command::Complete {
        id: id(number),
        completed,
    }
}

#[test]
fn a_command_shows_at_once_and_its_answer_changes_nothing() {
    let (mut server, mut replica) = start(&[0, 1]);
    replica.give(add(2), NOW);
    let (_, touched) = replica.give(complete(0), NOW);
    assert_eq!(touched, Touched::Items(vec![id(0)]));
    check(&replica, &[0, 1, 2]);
    assert!(replica.is_pending(id(2)) && !replica.is_settled());
    let before = replica.view().clone();
    assert_eq!(
        exchange(&mut server, &mut replica),
        Touched::Items(vec![id(2)])
    );
    assert_eq!(
        exchange(&mut server, &mut replica),
        Touched::Items(vec![id(0)])
    );
    assert!(
        *replica.view() == before,
        "the prediction was right, but for the clock"
    );
    assert!(replica.is_settled() && !replica.is_behind());
}

#[test]
fn a_wrong_prediction_goes_away() {
    let (mut server, mut replica) = start(&[0, 1]);
    let other = next(&server, client(5));
    run(&mut server, other, &Command::Remove { id: id(0) }, NOW).unwrap();
    replica.give(add(2), NOW);
    assert_eq!(exchange(&mut server, &mut replica), Touched::Everything);
    assert!(replica.is_behind(), "others were faster");
    replica.begin_to_load();
    replica.catch_up(Listing::from(&server), NOW);
    check(&replica, &[1, 2]);
    replica.give(complete(0), NOW);
    assert_eq!(exchange(&mut server, &mut replica), Touched::Everything);
    check(&replica, &[1, 2]);
    assert_eq!(replica.view(), &List::from(Listing::from(&server)));
}

#[test]
fn a_refused_addition_leaves_the_view_and_only_that_one() {
    let (_, mut replica) = start(&[0]);
    let (refused, _) = replica.give(add(1), NOW);
    let (kept, _) = replica.give(add(2), NOW);
    assert_eq!(replica.refuse(refused, NOW), Some(add(1)));
    check(&replica, &[0, 2]);
    assert_eq!(replica.refuse(refused, NOW), None);
    assert_eq!(replica.next_to_send().unwrap().0, kept);
}

#[test]
fn giving_up_goes_on_as_a_new_sender_from_number_1() {
    let (_, mut replica) = start(&[0]);
    let given: Vec<_> = [add(1), add(2), complete(2)]
        .map(|command| replica.give(command, NOW).0)
        .to_vec();
    let of = given[2];
    let (revert, _) = replica.give(Command::Revert { of }, NOW);
    let (lost, renamed) = replica.give_up(given[0], client(1), NOW);
    assert_eq!(lost, Some(add(1)));
    check(&replica, &[0, 2]);
    let name = |seq| CommandId {
        client: client(1),
        seq,
    };
    let expected = [(given[1], name(1)), (given[2], name(2)), (revert, name(3))];
    assert_eq!(renamed, expected);
    let pending = replica.next_to_send().unwrap();
    assert_eq!(pending, (name(1), &add(2)));
}

#[test]
fn what_takes_back_an_unsent_command_follows_its_new_name() {
    let (mut server, mut replica) = start(&[0]);
    let (lost, _) = replica.give(add(1), NOW);
    let (of, _) = replica.give(complete(0), NOW);
    replica.give(Command::Revert { of }, NOW);
    replica.give_up(lost, client(1), NOW);
    for _ in 0..2 {
        exchange(&mut server, &mut replica);
    }
    assert!(replica.is_settled());
    assert_eq!(
        server.completed(),
        0,
        "it was completed, and that was taken back"
    );
    assert_eq!(server.revision(), 3);
}

#[test]
fn the_same_list_again_keeps_what_can_be_taken_back() {
    let (mut server, mut replica) = start(&[0]);
    let (of, _) = replica.give(complete(0), NOW);
    exchange(&mut server, &mut replica);
    let touched = replica.catch_up(Listing::from(&server), NOW);
    assert_eq!(touched, Touched::Items(Vec::new()));
    replica.give(Command::Revert { of }, NOW);
    assert_eq!(
        replica.view().completed(),
        0,
        "the page can take it back by itself"
    );
}

#[test]
fn a_list_that_started_anew_is_taken_over() {
    let (_, mut replica) = start(&[0, 1]);
    let (mut server, _) = start(&[]);
    replica.give(add(2), NOW);
    exchange(&mut server, &mut replica);
    assert!(replica.is_behind());
    replica.catch_up(Listing::from(&server), NOW);
    check(&replica, &[2]);
}

#[test]
fn who_falls_behind_while_the_list_is_loaded_is_still_behind_afterwards() {
    let (server, mut replica) = start(&[0]);
    replica.fall_behind();
    replica.begin_to_load();
    assert!(!replica.is_behind());
    replica.fall_behind();
    replica.catch_up(Listing::from(&server), NOW);
    assert!(replica.is_behind());
}

proptest! {
    #[test]
    fn a_page_alone_predicts_exactly_what_the_server_does(commands in any_commands(25)) {
        let (mut server, mut replica) = start(&[0, 1, 2, 3]);
        for (_, _, wish) in commands {
            replica.give(wish, NOW);
        }
        while !replica.is_settled() {
            exchange(&mut server, &mut replica);
        }
        let looks = |list: &List| -> Vec<_> {
            list.items().map(|item| (item.id, item.title.clone(), item.completed_at.is_some())).collect()
        };
        prop_assert_eq!(looks(replica.view()), looks(&server));
    }
}
