//! The body of `POST /api/items`, read without a copy of what it holds. It takes what a reader of any JSON takes,
//! and refuses what that refuses.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Any JSON, of which only the member `item` of an object counts; the last of several.
pub(crate) struct NewItem<'a> {
    pub(crate) item: Given<'a>,
}

/// What stands there.
pub(crate) enum Given<'a> {
    /// Nothing, or null.
    Nothing,
    Text(Cow<'a, str>),
    SomethingElse,
}

impl<'de> Deserialize<'de> for NewItem<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(|any| match any {
            Found::Object(item) => Self { item },
            Found::Value(_) => Self {
                item: Given::Nothing,
            },
        })
    }
}

impl<'de> Deserialize<'de> for Given<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(|any| match any {
            Found::Object(_) => Self::SomethingElse,
            Found::Value(given) => given,
        })
    }
}

/// Reads a value to its end.
struct Any;

enum Found<'a> {
    /// An object, by its member `item`.
    Object(Given<'a>),
    Value(Given<'a>),
}

impl<'de> Visitor<'de> for Any {
    type Value = Found<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::SomethingElse))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::SomethingElse))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::SomethingElse))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::SomethingElse))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::Nothing))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::Text(text.into())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Found::Value(Given::Text(text.to_owned().into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<Value>()?.is_some() {}
        Ok(Found::Value(Given::SomethingElse))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut item = Given::Nothing;
        // A key may be written with escapes, too: then it cannot be borrowed.
        while let Some(Key(is_item)) = object.next_key()? {
            match is_item {
                true => item = object.next_value()?,
                false => drop(object.next_value::<Value>()?),
            }
        }
        Ok(Found::Object(item))
    }
}

/// A key, by whether it is the one that counts.
struct Key(bool);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == "item")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by way of any JSON.
    fn slowly(body: &[u8]) -> Option<Result<Option<String>, ()>> {
        let body: Value = serde_json::from_slice(body).ok()?;
        Some(match body.get("item") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(()),
        })
    }

    fn check(body: &[u8]) {
        let found = serde_json::from_slice::<NewItem<'_>>(body).ok();
        let found = found.map(|found| match found.item {
            Given::Nothing => Ok(None),
            Given::Text(text) => Ok(Some(text.into_owned())),
            Given::SomethingElse => Err(()),
        });
        assert_eq!(found, slowly(body), "{}", body.escape_ascii());
    }

    #[test]
    fn what_is_refused_is_what_is_no_json() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for value in [
            "null",
            "1e999",
            "-0",
            "\"\\ud800\"",
            "\"\\u00e9\"",
            "\"a\nb\"",
            "[1,]",
            "[{\"a\": []}]",
            "{\"item\": \"inner\"}",
            &deep(126),
            &deep(127),
            &deep(128),
            &deep(60_000),
        ] {
            check(value.as_bytes());
            check(format!("{{\"item\": {value}}}").as_bytes());
            check(format!("{{\"item\": \"a\", \"more\": {value}}}").as_bytes());
            check(format!("{{\"item\": {value}, \"item\": \"a\"}}").as_bytes());
            check(format!("{{\"\\u0069tem\": {value}}} ").as_bytes());
            check(format!("{{\"item\": {value}}} x").as_bytes());
        }
        check(b"{\"item\": \"a\", \"\xff\": 1}");
        check(b"{\"item\": \"a\", \"b\": \"\xff\"}");
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_body_is_read_as_any_json_is(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"item\"", "\"a\"", "null", "true", "1", "-1.5e3", " ", "\"",
                ]),
                0..12,
            ),
        ) {
            check(parts.concat().as_bytes());
        }
    }
}
