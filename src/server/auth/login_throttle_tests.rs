//! Tests of whose turn it is.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

fn address(number: u32) -> LoginSource {
    LoginSource::Address(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
}

fn browser(number: u8) -> LoginSource {
    LoginSource::Browser([number; 32])
}

/// Few free passwords and short periods.
fn quick() -> LoginThrottle {
    let period = Duration::from_millis(5);
    LoginThrottle::with_limits(ThrottleLimits {
        per_source: Allowance { free: 2, period },
        all_addresses: Allowance { free: 4, period },
        ..LIMITS
    })
}

fn uses_up(throttle: &LoginThrottle, source: LoginSource, now: Instant) -> u32 {
    (0..)
        .find(|_| throttle.count(source, None, now).is_err())
        .unwrap_or(0)
}

#[test]
fn a_client_that_guesses_waits_and_no_other() {
    let (throttle, begin) = (LoginThrottle::default(), Instant::now());
    let [period, free] = [
        LIMITS.per_source.period.as_secs(),
        LIMITS.per_source.free.into(),
    ];
    assert_eq!(
        uses_up(&throttle, address(1), begin),
        LIMITS.per_source.free
    );
    let count =
        |source, seconds: u64| throttle.count(source, None, begin + Duration::from_secs(seconds));
    assert_eq!(count(address(1), 0), Err(LIMITS.per_source.period));
    assert_eq!(count(address(2), 0), Ok(()));
    assert_eq!(count(browser(1), 0), Ok(()));
    assert_eq!(
        count(address(1), 4),
        Err(LIMITS.per_source.period - Duration::from_secs(4))
    );
    assert_eq!(count(address(1), period), Ok(()));
    assert_eq!(count(address(1), period), Err(LIMITS.per_source.period));
    // After a night everything is paid for.
    let night = begin + Duration::from_secs(period * free * 2);
    assert_eq!(
        uses_up(&throttle, address(1), night),
        LIMITS.per_source.free
    );
}

#[test]
fn addresses_together_wait_and_browsers_that_signed_in_before_do_not() {
    let (throttle, begin) = (LoginThrottle::default(), Instant::now());
    let addresses = 1_000..1_000 + LIMITS.all_addresses.free;
    let counted = addresses.filter(|number| throttle.count(address(*number), None, begin).is_ok());
    assert_eq!(counted.count() as u32, LIMITS.all_addresses.free);
    assert_eq!(
        throttle.count(address(1), None, begin),
        Err(LIMITS.all_addresses.period)
    );
    assert_eq!(
        uses_up(&throttle, browser(1), begin),
        LIMITS.per_source.free
    );
    assert_eq!(throttle.count(browser(2), None, begin), Ok(()));
    let later = begin + LIMITS.all_addresses.period;
    assert_eq!(throttle.count(address(1), None, later), Ok(()));
    assert!(throttle.count(address(2), None, later).is_err());
}

#[test]
fn the_right_password_does_not_count() {
    let throttle = LoginThrottle::default();
    for _ in 0..3 * LIMITS.all_addresses.free {
        assert_eq!(throttle.count(address(1), None, Instant::now()), Ok(()));
        throttle.forgive(address(1));
    }
}

#[test]
fn however_many_clients_guess_few_are_remembered() {
    let (throttle, begin) = (LoginThrottle::default(), Instant::now());
    for number in 0..30_000_u32 {
        let now = begin + Duration::from_millis(u64::from(number));
        let _ = throttle.count(address(number), None, now);
    }
    let remembered = throttle.queues().by_source.len();
    let expected = LIMITS.max_sources / 3..=LIMITS.max_sources;
    assert!(expected.contains(&remembered), "{remembered}");
}

#[test]
fn few_attempts_wait_and_a_position_that_is_left_is_free_again() {
    let throttle = LoginThrottle::default();
    let mut held = Vec::new();
    let enqueue = |source| throttle.enqueue(source);
    for number in 0.. {
        let Some(position) = enqueue(address(number / 3)) else {
            break;
        };
        held.push(position);
    }
    assert_eq!(held.len(), LIMITS.max_waiting_addresses);
    for _ in 0..LIMITS.max_waiting_per_source {
        held.push(enqueue(browser(1)).expect("a position that no address can take"));
    }
    assert!(enqueue(browser(1)).is_none() && enqueue(browser(2)).is_some());
    assert!(enqueue(address(100)).is_none());
    held.remove(0);
    assert!(enqueue(address(100)).is_some());
    drop(held);
    let queues = throttle.queues();
    assert_eq!((queues.waiting_addresses, queues.waiting_browsers), (0, 0));
    assert!(
        queues
            .by_source
            .values()
            .all(|queue| queue.waiting.is_empty())
    );
}

#[test]
fn no_attempt_overtakes_those_that_wait() {
    let (throttle, begin) = (LoginThrottle::default(), Instant::now());
    uses_up(&throttle, address(1), begin);
    let [first, second] = [(); 2].map(|()| throttle.enqueue(address(1)).expect("a position"));
    let later = begin + LIMITS.per_source.period * 10;
    assert!(throttle.count(address(1), None, later).is_err());
    assert!(throttle.count(address(1), Some(&second), later).is_err());
    assert_eq!(throttle.count(address(1), Some(&first), later), Ok(()));
    drop(first);
    assert_eq!(throttle.count(address(1), Some(&second), later), Ok(()));
    drop(second);
    assert_eq!(throttle.count(address(1), None, later), Ok(()));

    // Nor among all addresses.
    for number in 10.. {
        if throttle.count(address(number), None, later).is_err() {
            break;
        }
    }
    let [first, second] =
        [1_000, 1_001].map(|number| throttle.enqueue(address(number)).expect("a position"));
    for (number, position) in [(1_000, &first), (1_001, &second)] {
        assert!(
            throttle
                .count(address(number), Some(position), later)
                .is_err()
        );
    }
    let later = later + LIMITS.all_addresses.period;
    assert!(throttle.count(address(2_000), None, later).is_err());
    assert!(
        throttle
            .count(address(1_001), Some(&second), later)
            .is_err()
    );
    assert_eq!(throttle.count(address(1_000), Some(&first), later), Ok(()));
}

/// While a client guesses as fast as the throttle permits, others at the same address sign in.
#[tokio::test]
async fn every_attempt_that_waits_gets_its_turn() {
    let throttle = Arc::new(quick());
    let now = Instant::now();
    uses_up(&throttle, address(1), now);
    let mut guessers = JoinSet::new();
    for _ in 0..2 {
        let throttle = throttle.clone();
        guessers.spawn(async move {
            loop {
                let _ = throttle.wait_for_turn(address(1), || async {}).await;
                tokio::task::yield_now().await;
            }
        });
    }
    for _ in 0..10 {
        let turn = throttle.wait_for_turn(address(1), || async {});
        let turn = timeout(Duration::from_secs(20), turn).await;
        assert_eq!(turn.expect("a turn"), Ok(()));
        throttle.forgive(address(1));
    }
}

#[tokio::test]
async fn right_passwords_that_wait_let_each_other_in() {
    let long = Allowance {
        free: 1,
        period: Duration::from_secs(2),
    };
    let throttle = Arc::new(LoginThrottle::with_limits(ThrottleLimits {
        per_source: long,
        ..LIMITS
    }));
    assert_eq!(throttle.count(address(1), None, Instant::now()), Ok(()));
    let begin = Instant::now();
    let mut waiting = JoinSet::new();
    for _ in 0..LIMITS.max_waiting_per_source {
        let throttle = throttle.clone();
        waiting.spawn(async move {
            throttle
                .wait_for_turn(address(1), || async {})
                .await
                .expect("a position");
            // Verifying takes a while.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            throttle.forgive(address(1));
        });
    }
    waiting.join_all().await;
    let taken = begin.elapsed();
    assert!(
        taken < long.period * 2,
        "each has waited separately: {taken:?}"
    );
}

#[tokio::test]
async fn an_attempt_that_is_refused_holds_no_permit() {
    let throttle = quick();
    let taken = AtomicUsize::new(0);
    uses_up(&throttle, browser(1), Instant::now());
    let held: Vec<_> = (0..LIMITS.max_waiting_per_source)
        .map(|_| throttle.enqueue(browser(1)))
        .collect();
    let acquire = || async { taken.fetch_add(1, Ordering::Relaxed) };
    let told = timeout(
        Duration::from_secs(20),
        throttle.wait_for_turn(browser(1), acquire),
    );
    let told = told.await.expect("an answer").map(|_| ());
    assert!(told.is_err_and(|wait| wait <= Duration::from_millis(5)));
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    drop(held);
    let turn = timeout(
        Duration::from_secs(20),
        throttle.wait_for_turn(browser(1), || async {}),
    )
    .await;
    assert_eq!(turn.expect("a turn"), Ok(()));
}
