//! Undo steps after a reload, without the server.

use super::replica::*;
use super::*;
use crate::domain::encoding::{decode, encode};

/// The next page of a tab: it has the list of the server, and what the page before has stored of its undo steps.
fn reload(server: &List, replica: &Replica, steps: &[CommandId]) -> Replica {
    let record = replica.record_undo(steps.iter().copied());
    let record = decode(1, &encode(1, &record).unwrap()).unwrap();
    let mut next = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(server), client(1));
    next.recall_undo(record, NOW);
    next
}

/// Sends commands, and returns their ids, the latest first.
fn run_all(server: &mut List, replica: &mut Replica, wishes: &[Command]) -> Vec<CommandId> {
    let mut steps = Vec::new();
    for wish in wishes {
        steps.insert(0, replica.submit(wish.clone(), NOW).0);
        exchange(server, replica);
    }
    steps
}

#[test]
fn every_step_is_undone_at_once_after_a_reload() {
    let (mut server, mut replica) = start(&[0, 1, 2, 3]);
    let before = seen(&server);
    let wishes = [
        Command::rename(id(0), title("mine")),
        complete(1),
        Command::Move {
            id: id(2),
            at: At::Start,
        },
        add(4),
        Command::rename(id(4), title("added and renamed")),
        Command::Remove { id: id(3) },
        Command::Restore { ids: vec![id(3)] },
        Command::order(id(0), Some(5)),
        Command::Remove { id: id(0) },
        Command::ClearCompleted {
            ids: vec![id(1), id(2)],
        },
    ];
    let steps = run_all(&mut server, &mut replica, &wishes);
    let mut next = reload(&server, &replica, &steps);
    // A second reload changes nothing.
    next = reload(&server, &next, &steps);
    assert_eq!(seen(next.view()), seen(&server));
    for of in steps {
        next.submit(Command::Revert { of }, NOW);
    }
    assert_eq!(seen(next.view()), before);
    let predicted = seen(next.view());
    exchange(&mut server, &mut next);
    assert_eq!(seen(&server), predicted, "the server agrees");
}

#[test]
fn a_step_that_others_have_built_on_is_not_undone() {
    let (mut server, mut replica) = start(&[0, 1]);
    let wishes = [
        Command::rename(id(0), title("mine")),
        Command::Remove { id: id(1) },
    ];
    let steps = run_all(&mut server, &mut replica, &wishes);
    other(&mut server, &Command::rename(id(0), title("theirs")));
    other(&mut server, &Command::Restore { ids: vec![id(1)] });
    let mut next = reload(&server, &replica, &steps);
    let before = seen(next.view());
    for of in steps {
        next.submit(Command::Revert { of }, NOW);
    }
    assert_eq!(seen(next.view()), before);
}

#[test]
fn what_is_undone_without_a_network_stays_undone_after_a_further_reload() {
    let (mut server, mut replica) = start(&[0, 1]);
    let steps = run_all(&mut server, &mut replica, &[Command::Remove { id: id(0) }]);
    let mut next = reload(&server, &replica, &steps);
    next.submit(Command::Revert { of: steps[0] }, NOW);
    // The step is no longer one to undo.
    let mut last = reload(&server, &next, &[]);
    last.load(next.outbox.pending().to_vec(), NOW);
    check(&last, &[0, 1]);
}

#[test]
fn a_record_of_another_history_is_not_used_and_a_long_step_is_left_to_the_server() {
    let (mut server, mut replica) = start(&[0, 1]);
    let steps = run_all(&mut server, &mut replica, &[Command::Remove { id: id(0) }]);
    let mut record = replica.record_undo(steps.iter().copied());
    record.cursor.epoch += 1;
    let mut next = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(1));
    next.recall_undo(record, NOW);
    next.submit(Command::Revert { of: steps[0] }, NOW);
    check(&next, &[1]);

    let new = |number: u64| Item::new(ItemId::new(Timestamp(number), [1; 10]), title("x"));
    let items = (100..2_101).map(new).collect();
    let at = At::End;
    let many = run_all(&mut server, &mut replica, &[Command::AddAll { items, at }]);
    let both = [many, steps].concat();
    let record = encode(1, &replica.record_undo(both.iter().copied())).unwrap();
    assert!(record.len() < 200, "{}", record.len());
}

proptest! {
    #[test]
    fn a_reloaded_page_undoes_what_the_page_before_would_have_undone(commands in any_commands(20)) {
        let (mut server, mut replica) = start(&[0, 1, 2, 3]);
        let wishes: Vec<Command> = commands.into_iter().map(|(_, _, wish)| wish).collect();
        let steps = run_all(&mut server, &mut replica, &wishes);
        let mut next = reload(&server, &replica, &steps);
        for of in steps {
            replica.submit(Command::Revert { of }, NOW);
            next.submit(Command::Revert { of }, NOW);
            prop_assert_eq!(seen(next.view()), seen(replica.view()));
        }
    }
}
