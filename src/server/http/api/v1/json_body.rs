//! Reads the JSON of request bodies member by member, so that every error names the member and says what is wrong.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::domain::{At, ClientId, CommandId, ItemId, Timestamp, Title};
use crate::server::http::body::is_json;
use crate::server::http::error::Problem;

/// Reads the body of a request as JSON. `what` names it in an error.
///
/// # Errors
///
/// The [`Problem`] says that the media type is not JSON, that the body is too long, or where its syntax is wrong.
pub(super) fn parse(
    what: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Problem> {
    if !is_json(headers) {
        return Err(Problem::unsupported_media_type());
    }
    serde_json::from_slice(&body?).map_err(|error| Problem::unreadable(what, &error))
}

/// What is wrong with a member of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldError {
    /// The path of the member, for example `items[2].title`; empty for the value as a whole.
    field: String,
    /// A sentence.
    why: String,
}

impl FieldError {
    pub(super) fn new(field: &str, why: impl Into<String>) -> Self {
        let (field, why) = (field.into(), why.into());
        Self { field, why }
    }

    /// The error of a value whose part has this error.
    pub(super) fn inside(self, parent: &str) -> Self {
        let separator = match self.field.as_str() {
            "" => "",
            field if field.starts_with('[') => "",
            _ => ".",
        };
        let field = format!("{parent}{separator}{}", self.field);
        Self { field, ..self }
    }

    /// A problem that names the member. `what` names the value that it is a member of.
    pub(super) fn into_problem(self, what: &str) -> Problem {
        let Self { field, why } = self;
        match field.is_empty() {
            true => Problem::invalid(&format!("{what}: {why}")),
            false => Problem::invalid_field(&field, &format!("{what}, field {field}: {why}")),
        }
    }
}

/// A value that a member can have.
pub(super) trait FromJson: Sized {
    /// Reads it.
    fn from_json(value: Value) -> Result<Self, FieldError>;
}

/// The members of an object that have not been read yet. `null` is an object without members.
pub(super) struct Members(Map<String, Value>);

impl FromJson for Members {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            Value::Null => Ok(Self(Map::new())),
            _ => Err(FieldError::new("", "It must be an object")),
        }
    }
}

impl Members {
    /// The value of a member that may be absent.
    pub(super) fn optional<T: FromJson>(&mut self, name: &str) -> Result<Option<T>, FieldError> {
        let value = self.0.remove(name).map(T::from_json).transpose();
        value.map_err(|error| error.inside(name))
    }

    /// The value of a member that must be there.
    pub(super) fn required<T: FromJson>(&mut self, name: &str) -> Result<T, FieldError> {
        let value = self.optional(name)?;
        value.ok_or_else(|| FieldError::new(name, "It is missing"))
    }

    /// Accepts a member that clients cannot set, if it has the value that it has anyway.
    pub(super) fn unchanged(&mut self, name: &str, current: &Value) -> Result<(), FieldError> {
        match self.0.remove(name) {
            Some(value) if value != *current => Err(FieldError::new(name, "It cannot be changed")),
            _ => Ok(()),
        }
    }

    /// Checks that all members have been read.
    pub(super) fn end(self) -> Result<(), FieldError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(FieldError::new(&name, "There is no field of this name")),
        }
    }
}

/// Reads the only member of an object, as in `{"remove": ...}`, or a string, which stands for a member without a value.
pub(super) fn tagged(value: Value) -> Result<(String, Value), FieldError> {
    let wrong = || FieldError::new("", "It must be an object with one member, the name");
    match value {
        Value::String(name) => Ok((name, Value::Null)),
        Value::Object(members) => {
            let mut members = members.into_iter();
            match (members.next(), members.next()) {
                (Some(member), None) => Ok(member),
                _ => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// Reads a value as its type does, and otherwise says what it must be.
fn read<T: DeserializeOwned>(value: Value, must: &str) -> Result<T, FieldError> {
    serde_json::from_value(value).map_err(|_| FieldError::new("", must))
}

impl FromJson for Value {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        Ok(value)
    }
}

impl FromJson for bool {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(value, "It must be true or false")
    }
}

impl FromJson for u64 {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(value, "It must be a whole number, and not negative")
    }
}

/// An order number: `null` is none.
impl FromJson for Option<i64> {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(value, "It must be a whole number of 64 bits, or null")
    }
}

impl FromJson for Option<Timestamp> {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(
            value,
            "It must be a time in milliseconds since 1970-01-01 UTC, or null",
        )
    }
}

impl FromJson for Title {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        let text: String = read(value, "It must be text")?;
        Self::parse(&text).map_err(|error| FieldError::new("", error.to_string()))
    }
}

impl FromJson for ItemId {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(value, "It must be the id of an item: a UUID")
    }
}

impl FromJson for ClientId {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(value, "It must be a UUID of your own")
    }
}

impl FromJson for CommandId {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        let mut members = Members::from_json(value)?;
        let id = Self {
            client: members.required("client")?,
            seq: members.required("seq")?,
        };
        members.end()?;
        Ok(id)
    }
}

impl FromJson for At {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        read(
            value,
            "It must be \"start\", \"end\", {\"after\": id} or {\"before\": id}",
        )
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        let Value::Array(values) = value else {
            return Err(FieldError::new("", "It must be an array"));
        };
        let read = |(index, value)| {
            T::from_json(value).map_err(|error| error.inside(&format!("[{index}]")))
        };
        values.into_iter().enumerate().map(read).collect()
    }
}
