//! An exhaustive search: two senders with two commands each, over a network that loses, doubles and
//! reorders, with a server that crashes between keeping a command and answering it, and pages that are
//! reloaded at any time with their outbox kept.
//!
//! A message that was sent can be delivered at any later time, any number of times, or never: that is
//! loss, doubling and reordering at once. A page that sends again needs no reason, so a reload is every
//! moment at which it does.

use std::collections::HashSet;

use super::outbox::at;
use super::*;

type Wishes = [[Command; 2]; 2];
type Answer = Result<Change, Rejection>;

/// A state of the world. The journal is what survives a crash; the server's list follows from it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    journal: Vec<(usize, usize)>,
    given: [usize; 2],
    sent: [[bool; 2]; 2],
    answered: [[bool; 2]; 2],
    settled: [[bool; 2]; 2],
}

/// How a server that was started from a journal decides whether a command is new.
type Admit = fn(&List, CommandId) -> Admission;

struct Search {
    wishes: Wishes,
    admit: Admit,
    seen: HashSet<World>,
    fault: Option<String>,
}

fn name(sender: usize, number: usize) -> CommandId {
    CommandId {
        client: client(sender as u8),
        seq: number as u64 + 1,
    }
}

/// What every story begins with.
fn beginning() -> List {
    let mut list = List::new(KEY);
    for number in [0, 3] {
        let command = next(&list, client(9));
        run(&mut list, command, &add(number), Timestamp(1)).unwrap();
    }
    list
}

impl Search {
    /// Visits every state that can be reached; the first fault ends it.
    fn run(wishes: Wishes, admit: Admit) -> Self {
        let mut search = Self {
            wishes,
            admit,
            seen: HashSet::new(),
            fault: None,
        };
        let start = World {
            journal: Vec::new(),
            given: [0; 2],
            sent: [[false; 2]; 2],
            answered: [[false; 2]; 2],
            settled: [[false; 2]; 2],
        };
        let mut open = vec![start];
        while let Some(world) = open.pop() {
            if search.fault.is_none() && search.seen.insert(world.clone()) {
                search.fault = search.check(&world);
                open.extend(search.steps(&world));
            }
        }
        search
    }

    /// The server after a restart: what the journal makes of the beginning, and every answer given.
    fn restart(&self, world: &World) -> (List, Vec<Answer>) {
        let mut list = beginning();
        let decide = |&(sender, number): &(usize, usize)| {
            run(
                &mut list,
                name(sender, number),
                &self.wishes[sender][number],
                Timestamp(2),
            )
        };
        let answers = world.journal.iter().map(decide).collect();
        (list, answers)
    }

    fn steps(&self, world: &World) -> Vec<World> {
        let mut steps = Vec::new();
        let mut step = |change: &dyn Fn(&mut World)| {
            let mut next = world.clone();
            change(&mut next);
            steps.push(next);
        };
        let (list, _) = self.restart(world);
        for sender in 0..2 {
            if world.given[sender] < 2 {
                step(&|next| next.given[sender] += 1);
            }
            for number in 0..2 {
                let is_given = number < world.given[sender];
                if is_given && !world.settled[sender][number] {
                    step(&|next| next.sent[sender][number] = true);
                }
                if world.sent[sender][number] {
                    match (self.admit)(&list, name(sender, number)) {
                        Admission::Next => {
                            step(&|next| next.journal.push((sender, number)));
                            step(&|next| {
                                next.journal.push((sender, number));
                                next.answered[sender][number] = true;
                            });
                        }
                        Admission::Repeated => step(&|next| next.answered[sender][number] = true),
                        Admission::Gap { .. } => {}
                    }
                }
                if world.answered[sender][number] {
                    step(&|next| next.settled[sender][number] = true);
                }
            }
        }
        steps
    }

    /// What is wrong with a state, if anything is.
    fn check(&self, world: &World) -> Option<String> {
        let journal = &world.journal;
        for (index, entry) in journal.iter().enumerate() {
            if journal[..index].contains(entry) {
                return Some(format!("{entry:?} counts twice in {journal:?}"));
            }
            if entry.1 == 1 && !journal[..index].contains(&(entry.0, 0)) {
                return Some(format!(
                    "{entry:?} comes before its predecessor in {journal:?}"
                ));
            }
        }
        for (sender, number) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            if world.settled[sender][number] && !journal.contains(&(sender, number)) {
                return Some(format!(
                    "{:?} was acknowledged and is lost",
                    (sender, number)
                ));
            }
        }
        self.check_replicas(world)
    }

    /// Wherever a client begins to follow, the end is the same; and what is still unsent can always
    /// be sent, in order, until nothing is left.
    fn check_replicas(&self, world: &World) -> Option<String> {
        let (server, answers) = self.restart(world);
        if Snapshot::from(&server).into_list(KEY).as_ref() != Ok(&server) {
            return Some("a snapshot is not the list".into());
        }
        for begin in 0..=answers.len() {
            let mut at_that_moment = beginning();
            for change in answers[..begin].iter().flatten() {
                at_that_moment.apply(Arc::new(change.clone()));
            }
            let mut follower = Listing::from(&at_that_moment).into_list(KEY);
            answers[begin..]
                .iter()
                .flatten()
                .for_each(|change| follower.apply(Arc::new(change.clone())));
            if visible(&follower) != visible(&server) {
                return Some(format!(
                    "a follower from {begin} sees something else: {answers:?}"
                ));
            }
        }
        let mut healed = server;
        for sender in 0..2 {
            let mut outbox = Outbox::new(ListId::HOME, client(sender as u8));
            for number in 0..world.given[sender] {
                let command = outbox.push(self.wishes[sender][number].clone(), Timestamp(2));
                if world.settled[sender][number] {
                    outbox.accept(command, at(0));
                }
            }
            let writes = outbox.take_writes();
            outbox.on_stored(&writes);
            while let Some((first, wishes)) = outbox.next_batch() {
                for (seq, wish) in (first.seq..).zip(&wishes) {
                    let command = CommandId { seq, ..first };
                    match healed.admit(command) {
                        Admission::Next => drop(run(&mut healed, command, wish, Timestamp(2))),
                        Admission::Repeated => {}
                        Admission::Gap { expected } => {
                            return Some(format!("{command:?} never fits: {expected} is expected"));
                        }
                    }
                    outbox.accept(command, at(0));
                }
            }
        }
        None
    }
}

fn stories() -> [Wishes; 4] {
    let complete = |number, completed| Command::complete(id(number), completed);
    let rename = |number, text| Command::rename(id(number), title(text));
    let remove = |number| Command::Remove { id: id(number) };
    [
        [[add(1), complete(1, true)], [remove(1), add(2)]],
        [
            [rename(0, "a"), Command::Revert { of: name(0, 0) }],
            [
                rename(0, "b"),
                Command::Move {
                    id: id(0),
                    at: At::End,
                },
            ],
        ],
        [
            [
                complete(0, true),
                Command::ClearCompleted {
                    ids: vec![id(0), id(3)],
                },
            ],
            [complete(0, false), Command::Restore { ids: vec![id(0)] }],
        ],
        [
            [remove(3), Command::Revert { of: name(0, 0) }],
            [
                Command::add(id(1), title("x"), At::After(id(3))),
                Command::Revert { of: name(1, 0) },
            ],
        ],
    ]
}

#[test]
fn each_command_counts_once_nothing_acknowledged_is_lost_and_all_agree() {
    for wishes in stories() {
        let search = Search::run(wishes, List::admit);
        assert_eq!(search.fault, None);
        assert!(
            search.seen.len() > 1_000,
            "only {} states",
            search.seen.len()
        );
    }
}

#[test]
fn the_search_finds_a_server_that_forgets_who_has_sent_what() {
    for wishes in stories() {
        let search = Search::run(wishes, |_, _| Admission::Next);
        let fault = search.fault.unwrap_or_default();
        assert!(
            fault.contains("counts twice") || fault.contains("predecessor"),
            "{fault}"
        );
    }
}

#[test]
fn the_search_finds_a_server_that_takes_commands_out_of_order() {
    for wishes in stories() {
        let search = Search::run(wishes, |list, command| match list.admit(command) {
            Admission::Gap { .. } => Admission::Next,
            admission => admission,
        });
        let fault = search.fault.unwrap_or_default();
        assert!(fault.contains("predecessor"), "{fault}");
    }
}
