//! What a page shows while it waits for the server.

use super::*;

const NOW: Timestamp = Timestamp(5_000);

fn item(number: u8) -> Item {
    Item::new(id(number), title(&format!("item {number}")))
}

fn replica(revision: u64, numbers: &[u8]) -> Replica {
    let items = numbers.iter().copied().map(item).collect();
    Replica::new(Listing { revision, items }, client(0))
}

fn check(replica: &Replica, numbers: &[u8]) {
    let expected: Vec<Item> = numbers.iter().copied().map(item).collect();
    assert_eq!(replica.items(NOW), expected);
}

/// What the server answers to the oldest command of the replica.
fn change(replica: &Replica, revision: u64) -> Change {
    let (command, wish) = replica.next_to_send().unwrap();
    Change {
        revision,
        command,
        events: decide(&List::default(), wish, NOW).unwrap(),
    }
}

#[test]
fn an_addition_shows_at_once_and_stays_when_it_is_accepted() {
    let mut replica = replica(4, &[0]);
    replica.add(item(1));
    check(&replica, &[0, 1]);
    assert!(replica.is_pending(id(1)));
    let mut accepted = change(&replica, 5);
    accepted.events = vec![Event::Added {
        id: id(1),
        title: item(1).title,
        after: Some(id(0)),
    }];
    replica.accept(&accepted);
    check(&replica, &[0, 1]);
    assert!(!replica.is_pending(id(1)));
    assert!(!replica.is_behind());
}

#[test]
fn a_refused_addition_leaves_the_view_and_only_that_one() {
    let mut replica = replica(4, &[0]);
    replica.add(item(1));
    replica.add(item(2));
    let (refused, wish) = replica
        .next_to_send()
        .map(|(id, wish)| (id, wish.clone()))
        .unwrap();
    assert_eq!(replica.refuse(refused), Some(wish));
    check(&replica, &[0, 2]);
    assert_eq!(replica.refuse(refused), None);
    let next = replica.next_to_send().unwrap().0;
    assert_eq!(
        next,
        CommandId {
            client: client(0),
            seq: 2
        }
    );
}

#[test]
fn giving_up_goes_on_as_a_new_sender_from_number_1() {
    let mut replica = replica(4, &[0]);
    for number in 1..4 {
        replica.add(item(number));
    }
    let lost = replica.next_to_send().unwrap().0;
    assert!(replica.give_up(lost, client(1)).is_some());
    check(&replica, &[0, 2, 3]);
    let (next, wish) = replica.next_to_send().unwrap();
    assert_eq!(
        (next, wish),
        (
            CommandId {
                client: client(1),
                seq: 1
            },
            &add(2)
        )
    );
}

#[test]
fn a_gap_in_the_revisions_means_that_others_have_changed_the_list() {
    let mut replica = replica(4, &[0]);
    replica.add(item(1));
    let accepted = change(&replica, 7);
    replica.accept(&accepted);
    assert!(replica.is_behind());
    replica.begin_to_load();
    let items = [0, 2, 3, 1].map(item).to_vec();
    replica.catch_up(Listing { revision: 7, items });
    check(&replica, &[0, 2, 3, 1]);
    assert!(!replica.is_behind());
}

#[test]
fn an_item_that_the_list_has_already_is_shown_once() {
    let mut replica = replica(0, &[]);
    replica.add(item(1));
    replica.catch_up(Listing {
        revision: 1,
        items: vec![item(1)],
    });
    check(&replica, &[1]);
    let accepted = change(&replica, 2);
    replica.accept(&accepted);
    check(&replica, &[1]);
}

#[test]
fn a_list_that_started_anew_is_taken_over() {
    let mut replica = replica(9, &[0, 1]);
    replica.add(item(2));
    let accepted = change(&replica, 1);
    replica.accept(&accepted);
    assert!(replica.is_behind());
    replica.catch_up(Listing {
        revision: 1,
        items: vec![item(2)],
    });
    check(&replica, &[2]);
}

#[test]
fn who_falls_behind_while_the_list_is_loaded_is_still_behind_afterwards() {
    let mut replica = replica(4, &[0]);
    replica.fall_behind();
    replica.begin_to_load();
    assert!(!replica.is_behind());
    replica.fall_behind();
    replica.catch_up(Listing {
        revision: 5,
        items: vec![item(1)],
    });
    assert!(replica.is_behind());
}
