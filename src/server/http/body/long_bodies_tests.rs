//! Tests of the limits of long bodies.

use super::*;
use crate::server::http::body::chunks::CHUNK_BYTES;
use std::net::{IpAddr, Ipv4Addr};

fn client(number: u32) -> Option<Client> {
    Some(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
}

/// Counts a shared body of this length.
fn add_body(bodies: &LongBodies, bytes: usize) -> Arc<LongBody> {
    let mut chunks = Chunks::default();
    for _ in 0..bytes / CHUNK_BYTES {
        chunks.push(&[0; CHUNK_BYTES]);
    }
    bodies.add(chunks)
}

#[test]
fn a_client_has_a_limit_and_a_body_that_it_receives_twice_counts_once() {
    let bodies = LongBodies::default();
    let all = add_body(&bodies, MAX_CLIENT_BYTES);
    let other = add_body(&bodies, CHUNK_BYTES);
    let first = bodies.try_share(client(1), &all);
    let second = bodies.try_share(client(1), &all);
    assert!(first.is_some() && second.is_some());
    assert!(bodies.try_share(client(1), &other).is_none());
    assert!(!bodies.has_room(client(1)));
    assert!(bodies.has_room(client(2)) && bodies.has_room(None));
    assert!(bodies.try_share(client(2), &other).is_some());
    drop(first);
    assert!(!bodies.has_room(client(1)));
    drop(second);
    assert!(bodies.has_room(client(1)));
    assert!(lock(&bodies.0.transfers).is_empty());
}

#[test]
fn idle_bodies_make_room_the_oldest_first() {
    let bodies = LongBodies::default();
    let slots: [LongBodySlot; 4] = Default::default();
    for slot in &slots {
        slot.set(&add_body(&bodies, MAX_SHARED_BYTES / 4));
    }
    let is_kept = || slots.each_ref().map(|slot| slot.get().is_some());
    let transfer = bodies.try_share(client(1), &slots[0].get().unwrap());
    assert!(bodies.has_room(None));
    assert_eq!(is_kept(), [true, false, true, true]);
    assert_eq!(bodies.shared_bytes(), MAX_SHARED_BYTES * 3 / 4);
    drop((transfer, slots));
    assert_eq!(bodies.shared_bytes(), 0);
}

#[tokio::test]
async fn a_request_without_room_waits_a_little() {
    let bodies = LongBodies::default();
    let body = add_body(&bodies, MAX_SHARED_BYTES);
    assert_eq!(bodies.wait_for_room(None).await, Err(Refusal::Busy));
    let waiting = bodies.clone();
    let waiting = tokio::spawn(async move { waiting.wait_for_room(None).await });
    tokio::task::yield_now().await;
    drop(body);
    assert_eq!(waiting.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_body_that_is_longer_than_the_limit_is_compressed_all_the_same() {
    let bodies = LongBodies::default();
    let body = add_body(&bodies, MAX_SHARED_BYTES + CHUNK_BYTES);
    assert_eq!(bodies.wait_for_room_to_encode(&body).await, Ok(()));
    let other = add_body(&bodies, MAX_SHARED_BYTES);
    assert_eq!(
        bodies.wait_for_room_to_encode(&body).await,
        Err(Refusal::Busy)
    );
    drop(other);
}

#[test]
fn private_bodies_take_no_room_of_shared_ones() {
    let bodies = LongBodies::default();
    let make = |number| {
        let mut chunks = Chunks::default();
        chunks.push(&vec![b'x'; MAX_PRIVATE_BYTES / 2]);
        bodies.add_for(client(number), chunks)
    };
    let held = [make(1), make(2)];
    assert!(!bodies.has_room(client(3)));
    assert!(bodies.has_room(None));
    drop(held);
    assert!(bodies.has_room(client(3)));
}
