//! Faults in the body of a request.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A change to a body.
#[derive(Clone, Debug)]
pub enum Fault {
    Flip(Index, u8),
    Cut(Index),
    Repeat(Index, Index),
    Insert(Index, Vec<u8>),
    /// Replaces a value of JSON or of a form.
    Value(Index, &'static str),
}

/// Texts that replace a value. One nests deeper than a parser should follow.
fn strange() -> impl Strategy<Value = &'static str> {
    let nested: &'static str = Box::leak("[".repeat(50_000).into_boxed_str());
    let closed: &'static str =
        Box::leak(format!("{}{}", "[".repeat(120), "]".repeat(120)).into_boxed_str());
    let object: &'static str = Box::leak("{\"a\":".repeat(10_000).into_boxed_str());
    select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "-1e400",
        "1e-400",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "9".repeat(400).leak(),
        "\"\"",
        "\"x\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "[]",
        "{}",
        "[null]",
        "{\"\":null}",
        "\"home\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "%",
        "%ff",
        "",
        nested,
        closed,
        object,
    ])
}

pub fn fault() -> impl Strategy<Value = Fault> {
    let position = any::<Index>;
    prop_oneof![
        (position(), 0..8_u8).prop_map(|(at, bit)| Fault::Flip(at, bit)),
        position().prop_map(Fault::Cut),
        (position(), position()).prop_map(|(from, to)| Fault::Repeat(from, to)),
        (position(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Fault::Insert(at, bytes)),
        (position(), strange()).prop_map(|(at, text)| Fault::Value(at, text)),
    ]
}

pub fn mutate(mut bytes: Vec<u8>, faults: &[Fault]) -> Vec<u8> {
    for fault in faults {
        let position = |index: &Index| index.index(bytes.len() + 1);
        match fault {
            Fault::Flip(..) if bytes.is_empty() => {}
            Fault::Flip(at, bit) => *at.get_mut(&mut bytes) ^= 1 << bit,
            Fault::Cut(at) => bytes.truncate(position(at)),
            Fault::Repeat(a, b) => {
                let (a, b) = (position(a), position(b));
                let part = bytes[a.min(b)..a.max(b)].to_vec();
                bytes.splice(a..a, part);
            }
            Fault::Insert(at, more) => {
                let at = position(at);
                bytes.splice(at..at, more.iter().copied());
            }
            Fault::Value(at, text) => {
                let starts: Vec<usize> = (0..bytes.len())
                    .filter(|at| b":=[".contains(&bytes[*at]))
                    .collect();
                if !starts.is_empty() {
                    let start = at.get(&starts) + 1;
                    let ends = |byte: &u8| b",}]&".contains(byte);
                    let end = bytes[start..]
                        .iter()
                        .position(ends)
                        .map_or(bytes.len(), |end| start + end);
                    bytes.splice(start..end, text.bytes());
                }
            }
        }
    }
    bytes.truncate(70_000);
    bytes
}
