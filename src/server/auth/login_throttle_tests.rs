//! Whose turn it is to guess.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

fn stranger(number: u32) -> Guesser {
    Guesser::Stranger(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
}

fn browser(number: u8) -> Guesser {
    Guesser::Browser([number; 32])
}

/// Few guesses, and short periods.
fn quick() -> Throttle {
    let period = Duration::from_millis(5);
    Throttle::with(Rules {
        one: Rate { free: 2, period },
        strangers: Rate { free: 4, period },
        ..RULES
    })
}

fn uses_up(throttle: &Throttle, guesser: Guesser, now: Instant) -> u32 {
    (0..)
        .find(|_| throttle.count(guesser, None, now).is_err())
        .unwrap_or(0)
}

#[test]
fn who_guesses_has_to_wait_and_nobody_else() {
    let (throttle, begin) = (Throttle::default(), Instant::now());
    let [period, free] = [RULES.one.period.as_secs(), RULES.one.free.into()];
    assert_eq!(uses_up(&throttle, stranger(1), begin), RULES.one.free);
    let count =
        |guesser, seconds: u64| throttle.count(guesser, None, begin + Duration::from_secs(seconds));
    assert_eq!(count(stranger(1), 0), Err(RULES.one.period));
    assert_eq!(count(stranger(2), 0), Ok(()));
    assert_eq!(count(browser(1), 0), Ok(()));
    assert_eq!(
        count(stranger(1), 4),
        Err(RULES.one.period - Duration::from_secs(4))
    );
    assert_eq!(count(stranger(1), period), Ok(()));
    assert_eq!(count(stranger(1), period), Err(RULES.one.period));
    // After a night all is made up for.
    let night = begin + Duration::from_secs(period * free * 2);
    assert_eq!(uses_up(&throttle, stranger(1), night), RULES.one.free);
}

#[test]
fn strangers_together_have_to_wait_and_browsers_that_signed_in_before_do_not() {
    let (throttle, begin) = (Throttle::default(), Instant::now());
    let addresses = 1_000..1_000 + RULES.strangers.free;
    let counted =
        addresses.filter(|address| throttle.count(stranger(*address), None, begin).is_ok());
    assert_eq!(counted.count() as u32, RULES.strangers.free);
    assert_eq!(
        throttle.count(stranger(1), None, begin),
        Err(RULES.strangers.period)
    );
    assert_eq!(uses_up(&throttle, browser(1), begin), RULES.one.free);
    assert_eq!(throttle.count(browser(2), None, begin), Ok(()));
    let later = begin + RULES.strangers.period;
    assert_eq!(throttle.count(stranger(1), None, later), Ok(()));
    assert!(throttle.count(stranger(2), None, later).is_err());
}

#[test]
fn the_right_password_is_no_guess() {
    let throttle = Throttle::default();
    for _ in 0..3 * RULES.strangers.free {
        assert_eq!(throttle.count(stranger(1), None, Instant::now()), Ok(()));
        throttle.forgive(stranger(1));
    }
}

#[test]
fn however_many_guess_few_are_remembered() {
    let (throttle, begin) = (Throttle::default(), Instant::now());
    for number in 0..30_000_u32 {
        let now = begin + Duration::from_millis(u64::from(number));
        let _ = throttle.count(stranger(number), None, now);
    }
    let remembered = throttle.turns().by_guesser.len();
    let expected = RULES.max_guessers / 3..=RULES.max_guessers;
    assert!(expected.contains(&remembered), "{remembered}");
}

#[test]
fn few_wait_and_a_place_that_is_left_is_free_again() {
    let throttle = Throttle::default();
    let mut held = Vec::new();
    let enter = |guesser| throttle.enter(guesser);
    for number in 0.. {
        let Some(place) = enter(stranger(number / 3)) else {
            break;
        };
        held.push(place);
    }
    assert_eq!(held.len(), RULES.max_waiting_strangers);
    for _ in 0..RULES.max_waiting_of_one {
        held.push(enter(browser(1)).expect("a place that no stranger can take"));
    }
    assert!(enter(browser(1)).is_none() && enter(browser(2)).is_some());
    assert!(enter(stranger(100)).is_none());
    held.remove(0);
    assert!(enter(stranger(100)).is_some());
    drop(held);
    let turns = throttle.turns();
    assert_eq!((turns.waiting_strangers, turns.waiting_browsers), (0, 0));
    assert!(
        turns
            .by_guesser
            .values()
            .all(|queue| queue.waiting.is_empty())
    );
}

#[test]
fn nobody_overtakes_those_who_wait() {
    let (throttle, begin) = (Throttle::default(), Instant::now());
    uses_up(&throttle, stranger(1), begin);
    let [first, second] = [(); 2].map(|()| throttle.enter(stranger(1)).expect("a place"));
    let later = begin + RULES.one.period * 10;
    assert!(throttle.count(stranger(1), None, later).is_err());
    assert!(throttle.count(stranger(1), Some(&second), later).is_err());
    assert_eq!(throttle.count(stranger(1), Some(&first), later), Ok(()));
    drop(first);
    assert_eq!(throttle.count(stranger(1), Some(&second), later), Ok(()));
    drop(second);
    assert_eq!(throttle.count(stranger(1), None, later), Ok(()));

    // Nor among all strangers.
    for number in 10.. {
        if throttle.count(stranger(number), None, later).is_err() {
            break;
        }
    }
    let [first, second] =
        [1_000, 1_001].map(|number| throttle.enter(stranger(number)).expect("a place"));
    for (number, place) in [(1_000, &first), (1_001, &second)] {
        assert!(
            throttle
                .count(stranger(number), Some(place), later)
                .is_err()
        );
    }
    let later = later + RULES.strangers.period;
    assert!(throttle.count(stranger(2_000), None, later).is_err());
    assert!(
        throttle
            .count(stranger(1_001), Some(&second), later)
            .is_err()
    );
    assert_eq!(throttle.count(stranger(1_000), Some(&first), later), Ok(()));
}

/// While somebody guesses at the same address as fast as the throttle lets them, others there get in.
#[tokio::test]
async fn a_turn_comes_to_everybody_who_waits() {
    let throttle = Arc::new(quick());
    let now = Instant::now();
    uses_up(&throttle, stranger(1), now);
    let mut guessers = JoinSet::new();
    for _ in 0..2 {
        let throttle = throttle.clone();
        guessers.spawn(async move {
            loop {
                let _ = throttle.turn(stranger(1), || async {}).await;
                tokio::task::yield_now().await;
            }
        });
    }
    for _ in 0..10 {
        let turn = throttle.turn(stranger(1), || async {});
        let turn = timeout(Duration::from_secs(20), turn).await;
        assert_eq!(turn.expect("a turn"), Ok(()));
        throttle.forgive(stranger(1));
    }
}

#[tokio::test]
async fn right_passwords_of_many_who_wait_let_each_other_in() {
    let long = Rate {
        free: 1,
        period: Duration::from_secs(2),
    };
    let throttle = Arc::new(Throttle::with(Rules { one: long, ..RULES }));
    assert_eq!(throttle.count(stranger(1), None, Instant::now()), Ok(()));
    let begin = Instant::now();
    let mut waiting = JoinSet::new();
    for _ in 0..RULES.max_waiting_of_one {
        let throttle = throttle.clone();
        waiting.spawn(async move {
            throttle
                .turn(stranger(1), || async {})
                .await
                .expect("a place");
            // It takes a while to find out that it is right.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            throttle.forgive(stranger(1));
        });
    }
    waiting.join_all().await;
    let taken = begin.elapsed();
    assert!(
        taken < long.period * 2,
        "each has waited for itself: {taken:?}"
    );
}

#[tokio::test]
async fn who_is_told_to_wait_has_taken_nothing() {
    let throttle = quick();
    let taken = AtomicUsize::new(0);
    uses_up(&throttle, browser(1), Instant::now());
    let held: Vec<_> = (0..RULES.max_waiting_of_one)
        .map(|_| throttle.enter(browser(1)))
        .collect();
    let acquire = || async { taken.fetch_add(1, Ordering::Relaxed) };
    let told = timeout(Duration::from_secs(20), throttle.turn(browser(1), acquire));
    let told = told.await.expect("an answer").map(|_| ());
    assert!(told.is_err_and(|wait| wait <= Duration::from_millis(5)));
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    drop(held);
    let turn = timeout(
        Duration::from_secs(20),
        throttle.turn(browser(1), || async {}),
    )
    .await;
    assert_eq!(turn.expect("a turn"), Ok(()));
}
