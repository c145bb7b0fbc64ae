//! A simulation of browsers, each with one or two pages that share a storage, against the real server, with
//! random failures in random order.
//!
//! Requests are lost, duplicated, delayed, or outlive their page. Answers are lost. The server crashes between
//! commit and answer. Pages close at any moment, and others open with a current or an old
//! list. Two pages send the same command. The stream skips, repeats and stalls. A backup is restored.
//! Several servers share one journal, which loses records or answers.

mod check;
mod network;
mod page;
mod person;
mod planted;
mod server;
mod step;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use self::planted::Planted;
use self::server::Server;
use self::step::{Step, any_steps, any_steps_of_servers};
use self::world::World;
use crate::faulty_journal::Mistake;

/// Performs the steps, and checks the invariants at the end.
fn run(server: Server, locks: &[bool], steps: &[Step], planted: Planted) {
    let mut world = World::new(server, locks, planted);
    for step in steps {
        world.perform(step);
    }
    world.synchronize_all();
    world.check();
    // A page that opens now shows the same list, and has nothing to send.
    for browser in 0..locks.len() {
        world.open(browser, false);
    }
    world.synchronize_all();
    world.check();
}

fn any_locks() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 1..=3)
}

/// The configuration with this many cases, unless `PROPTEST_CASES` is set.
fn cases(count: u32) -> Config {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => Config {
            cases: count,
            ..config
        },
    }
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn no_command_is_lost_or_counted_twice_and_all_pages_agree(
        locks in any_locks(),
        steps in any_steps(false),
    ) {
        run(Server::start(), &locks, &steps, Planted::Nothing);
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn servers_that_share_a_journal_lose_nothing_either(
        locks in any_locks(),
        steps in any_steps_of_servers(),
    ) {
        run(Server::start_sharing(None), &locks, &steps, Planted::Nothing);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn stored_commands_are_sent_again_after_a_restore(
        locks in any_locks(),
        steps in any_steps(true),
    ) {
        run(Server::start(), &locks, &steps, Planted::Nothing);
    }
}

/// Whether the simulation finds a mistake of the pages within its cases.
fn finds(planted: Planted, with_restores: bool) -> bool {
    fails(any_steps(with_restores), |locks, steps| {
        run(Server::start(), locks, steps, planted);
    })
}

/// Whether one of the cases fails.
fn fails(steps: impl Strategy<Value = Vec<Step>>, run: impl Fn(&[bool], &[Step])) -> bool {
    let config = Config {
        cases: 2_000,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    let runs = (any_locks(), steps);
    let result = TestRunner::new(config).run(&runs, |(locks, steps)| {
        run(&locks, &steps);
        Ok(())
    });
    result.is_err()
}

#[test]
fn the_simulation_finds_planted_mistakes() {
    for (planted, with_restores) in [
        (Planted::NewNameAfterSilence, false),
        (Planted::SendBeforeStored, false),
        (Planted::ForgetWhatIsRefused, false),
        (Planted::SendBeforeNewNameIsStored, true),
        (Planted::IgnoreGap, true),
        (Planted::RenameAtOnce, true),
        (Planted::ForgetWhatIsDone, true),
    ] {
        let is_found = finds(planted, with_restores);
        assert!(is_found, "{planted:?} goes unnoticed");
    }
}

#[test]
fn the_simulation_finds_mistakes_of_a_shared_journal() {
    for mistake in [Mistake::IgnorePosition, Mistake::StoreNothing] {
        let is_found = fails(any_steps_of_servers(), |locks, steps| {
            let server = Server::start_sharing(Some(mistake));
            run(server, locks, steps, Planted::Nothing);
        });
        assert!(is_found, "{mistake:?} goes unnoticed");
    }
}
