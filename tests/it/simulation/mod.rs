//! A simulation: browsers with one or two pages each that share what is stored, against the real server, and
//! everything that can go wrong between them in every order that chance comes up with.
//!
//! Requests are lost, doubled, late, or outlive their page; answers are lost; the server crashes between
//! keeping and answering; pages are closed at any moment, and others open with a list of now or of long
//! ago; two pages send the same; the stream skips, repeats and stalls; a backup is restored.

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
use self::step::{Step, any_steps};
use self::world::World;

/// What happens in one run, and what must hold at its end.
fn run(locks: &[bool], steps: &[Step], planted: Planted) {
    let mut world = World::new(locks, planted);
    for step in steps {
        world.perform(step);
    }
    world.heal();
    world.check();
    // Who opens the page now sees the same, and has nothing to send.
    for browser in 0..locks.len() {
        world.open(browser, false);
    }
    world.heal();
    world.check();
}

fn any_locks() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 1..=3)
}

/// So many cases, unless the environment says how many.
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
        run(&locks, &steps, Planted::Nothing);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn stored_commands_are_sent_again_after_a_restore(
        locks in any_locks(),
        steps in any_steps(true),
    ) {
        run(&locks, &steps, Planted::Nothing);
    }
}

/// Whether a mistake is found soon.
fn finds(planted: Planted, with_restores: bool) -> bool {
    let config = Config {
        cases: 2_000,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    let runs = (any_locks(), any_steps(with_restores));
    let result = TestRunner::new(config).run(&runs, |(locks, steps)| {
        run(&locks, &steps, planted);
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
