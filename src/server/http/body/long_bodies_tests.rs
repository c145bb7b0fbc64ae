//! Tests of the memory that long bodies take.

use super::*;
use crate::server::http::body::PIECE;
use std::net::{IpAddr, Ipv4Addr};

fn client(number: u32) -> Option<Client> {
    Some(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
}

/// A body of so many bytes.
fn hold(bodies: &Bodies, bytes: usize) -> Arc<LongBody> {
    let mut pieces = Pieces::default();
    for _ in 0..bytes / PIECE {
        pieces.push(&[0; PIECE]);
    }
    bodies.hold(pieces)
}

#[test]
fn a_client_has_its_share_and_what_it_reads_twice_counts_once() {
    let bodies = Bodies::default();
    let all = hold(&bodies, MAX_BYTES_OF_ONE);
    let other = hold(&bodies, PIECE);
    let first = bodies.share_at_once(client(1), &all);
    let second = bodies.share_at_once(client(1), &all);
    assert!(first.is_some() && second.is_some());
    assert!(bodies.share_at_once(client(1), &other).is_none());
    assert!(!bodies.has_room(client(1)));
    assert!(bodies.has_room(client(2)) && bodies.has_room(None));
    assert!(bodies.share_at_once(client(2), &other).is_some());
    drop(first);
    assert!(!bodies.has_room(client(1)));
    drop(second);
    assert!(bodies.has_room(client(1)));
    assert!(lock(&bodies.0.readers).is_empty());
}

#[test]
fn what_nobody_reads_makes_room_the_oldest_first() {
    let bodies = Bodies::default();
    let kept: [Kept; 4] = Default::default();
    for kept in &kept {
        kept.set(&hold(&bodies, MAX_BYTES / 4));
    }
    let is_kept = || kept.each_ref().map(|kept| kept.get().is_some());
    let reading = bodies.share_at_once(client(1), &kept[0].get().unwrap());
    assert!(bodies.has_room(None));
    assert_eq!(is_kept(), [true, false, true, true]);
    assert_eq!(bodies.bytes(), MAX_BYTES * 3 / 4);
    drop((reading, kept));
    assert_eq!(bodies.bytes(), 0);
}

#[tokio::test]
async fn whoever_finds_no_room_waits_a_little() {
    let bodies = Bodies::default();
    let body = hold(&bodies, MAX_BYTES);
    assert_eq!(bodies.wait_for_room(None).await, Err(Refusal::Busy));
    let waiting = bodies.clone();
    let waiting = tokio::spawn(async move { waiting.wait_for_room(None).await });
    tokio::task::yield_now().await;
    drop(body);
    assert_eq!(waiting.await.unwrap(), Ok(()));
}

#[test]
fn what_was_made_for_one_reader_takes_no_room_of_what_all_share() {
    let bodies = Bodies::default();
    let make = |number| {
        let mut pieces = Pieces::default();
        pieces.push(&vec![b'x'; MAX_BYTES_ALONE / 2]);
        bodies.hold_for(client(number), pieces)
    };
    let held = [make(1), make(2)];
    assert!(!bodies.has_room(client(3)));
    assert!(bodies.has_room(None));
    drop(held);
    assert!(bodies.has_room(client(3)));
}
