//! What holds for any sequence of commands.

use std::collections::HashMap;

use super::*;

proptest! {
    #[test]
    fn deciding_never_panics_and_its_output_is_bounded(commands in any_commands(60)) {
        let mut list = List::new(KEY);
        let mut now = Timestamp(1_000);
        for (number, pause, wish) in &commands {
            now.0 += pause;
            let bound = max_events(&list, wish);
            let command = next(&list, client(*number));
            let before = list.clone();
            match run(&mut list, command, wish, now) {
                Ok(change) => {
                    prop_assert!(change.events.len() <= bound, "{wish:?} {change:?}");
                    let is_changed = !change.events.is_empty();
                    prop_assert_eq!(list.revision(), before.revision() + u64::from(is_changed));
                }
                Err(_) => {
                    prop_assert_eq!(visible(&list), visible(&before));
                    prop_assert_eq!(list.revision(), before.revision());
                }
            }
            prop_assert_eq!(list.expected_seq(command.client), command.seq + 1);
            check_invariants(&list);
        }
    }

    #[test]
    fn the_same_changes_make_the_same_list_everywhere(commands in any_commands(60), seen in 0..60_usize) {
        let mut server = List::new(KEY);
        let changes = run_all(&mut server, &commands);

        // A client that has followed from the beginning knows everything except the rejections.
        let mut follower = List::new(KEY);
        changes.iter().for_each(|change| follower.apply(Arc::new(change.clone())));
        follower.clients.clone_from(&server.clients);
        prop_assert_eq!(&follower, &server);

        // A client that has loaded the list at some revision and followed since then sees the same.
        let seen = seen.min(changes.len());
        let mut at_that_moment = List::new(KEY);
        changes[..seen].iter().for_each(|change| at_that_moment.apply(Arc::new(change.clone())));
        let mut latecomer = Listing::from(&at_that_moment).into_list(KEY);
        changes[seen..].iter().for_each(|change| latecomer.apply(Arc::new(change.clone())));
        prop_assert_eq!(visible(&latecomer), visible(&server));
        prop_assert_eq!(latecomer.revision(), server.revision());
        check_invariants(&latecomer);
    }

    #[test]
    fn whatever_the_key_the_same_commands_make_the_same_list(commands in any_commands(60)) {
        let mut lists = [KEY, HashKey::new([9; 16])].map(List::new);
        let changes = lists.each_mut().map(|list| run_all(list, &commands));
        prop_assert_eq!(&changes[0], &changes[1]);
        prop_assert_eq!(&lists[0], &lists[1]);
        let [one, other] = lists.map(|list| serde_json::to_string(&Snapshot::from(&list)).unwrap());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_snapshot_and_the_tail_equal_the_full_replay(commands in any_commands(60), cut in 0..60_usize) {
        let mut list = List::new(KEY);
        let cut = cut.min(commands.len());
        run_all(&mut list, &commands[..cut]);
        let json = serde_json::to_string(&Snapshot::from(&list)).unwrap();
        let snapshot: Snapshot = serde_json::from_str(&json).unwrap();
        let mut restarted = snapshot.into_list(KEY).unwrap();
        prop_assert_eq!(&restarted, &list);
        let rest = run_all(&mut list, &commands[cut..]);
        let again = run_all(&mut restarted, &commands[cut..]);
        prop_assert_eq!(again, rest);
        prop_assert_eq!(restarted, list);
    }

    #[test]
    fn undo_restores_and_redo_repeats(commands in any_commands(40), wish in any_command()) {
        let mut list = List::new(KEY);
        run_all(&mut list, &commands);
        let now = Timestamp(Timestamp::RESTORABLE_MILLIS * 100);
        let before = visible(&list);
        let action = next(&list, client(0));
        let Ok(change) = run(&mut list, action, &wish, now) else { return Ok(()) };
        if change.events.is_empty() || wish == Command::Expire {
            return Ok(());
        }
        let after = visible(&list);
        let mut done = action;
        for round in 0..3 {
            let undo = next(&list, client(1));
            prop_assert_eq!(run(&mut list, undo, &Command::Revert { of: done }, now).map(|_| ()), Ok(()));
            prop_assert_eq!(visible(&list), before.clone(), "undo {}", round);
            done = next(&list, client(0));
            prop_assert_eq!(run(&mut list, done, &Command::Revert { of: undo }, now).map(|_| ()), Ok(()));
            prop_assert_eq!(visible(&list), after.clone(), "redo {}", round);
        }
    }

    #[test]
    fn many_levels_of_undo_lead_back_to_the_start(commands in any_commands(40), wishes in prop::collection::vec(any_command(), 1..20)) {
        let mut list = List::new(KEY);
        run_all(&mut list, &commands);
        let now = Timestamp(Timestamp::RESTORABLE_MILLIS * 100);
        let mut states = vec![visible(&list)];
        let mut done = Vec::new();
        for wish in wishes.iter().filter(|wish| **wish != Command::Expire) {
            let command = next(&list, client(0));
            if run(&mut list, command, wish, now).is_ok_and(|change| !change.events.is_empty()) {
                done.push(command);
                states.push(visible(&list));
            }
        }
        let mut undone = Vec::new();
        while let Some(command) = done.pop() {
            let after = states.pop().unwrap();
            let undo = next(&list, client(0));
            prop_assert_eq!(run(&mut list, undo, &Command::Revert { of: command }, now).map(|_| ()), Ok(()));
            prop_assert_eq!(&visible(&list), states.last().unwrap());
            undone.push((undo, after));
        }
        while let Some((undo, after)) = undone.pop() {
            let redo = next(&list, client(0));
            prop_assert_eq!(run(&mut list, redo, &Command::Revert { of: undo }, now).map(|_| ()), Ok(()));
            prop_assert_eq!(visible(&list), after);
        }
    }

    #[test]
    fn every_command_counts_once_whatever_the_network_does(
        commands in any_commands(20),
        deliveries in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..120),
    ) {
        // Each sender numbers its commands; the network delivers any of them at any time, again and
        // again; the server sometimes restarts from its snapshot.
        let mut counts = HashMap::new();
        let messages: Vec<(CommandId, &Command)> = commands
            .iter()
            .map(|(number, _, wish)| {
                let seq: &mut u64 = counts.entry(*number).or_default();
                *seq += 1;
                (CommandId { client: client(*number), seq: *seq }, wish)
            })
            .collect();
        if messages.is_empty() {
            return Ok(());
        }
        let mut server = List::new(KEY);
        let mut decided = Vec::new();
        for (index, restart) in deliveries {
            let (command, wish) = index.get(&messages);
            if restart {
                server = Snapshot::from(&server).into_list(KEY).unwrap();
            }
            match server.admit(*command) {
                Admission::Next => {
                    let _ = run(&mut server, *command, wish, Timestamp(5));
                    decided.push((*command, *wish));
                }
                Admission::Repeated => prop_assert!(decided.iter().any(|(id, _)| id == command)),
                Admission::Gap { expected } => prop_assert!(expected < command.seq),
            }
        }
        let mut replay = List::new(KEY);
        for (command, wish) in &decided {
            prop_assert_eq!(replay.expected_seq(command.client), command.seq, "in order, and once");
            let _ = run(&mut replay, *command, wish, Timestamp(5));
        }
        prop_assert_eq!(replay, server);
    }
}
