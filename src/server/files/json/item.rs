//! Objects that are items, as several programs write them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{CONTAINERS, Object, Reader, is_empty};
use crate::domain::Timestamp;
use crate::server::files::dialect::{self, Answer, Field};
use crate::server::files::imported::excerpt;
use crate::server::files::{Completion, ImportError, times};

impl<'a> Reader<'a> {
    /// Reads an object that is an item, and names the fields that items cannot hold.
    pub(super) fn read_item(
        &mut self,
        raw: &'a RawValue,
        object: &Object<'a>,
        is_note: bool,
    ) -> Result<(), ImportError> {
        let lines = self.range(raw);
        let mut best: BTreeMap<usize, (usize, &String)> = BTreeMap::new();
        for name in object.keys() {
            if let Some((field, rank)) = dialect::field(name) {
                let known = best.entry(field as usize).or_insert((rank, name));
                *known = (*known).min((rank, name));
            }
        }
        let name_of = |field: Field| best.get(&(field as usize)).map(|(_, name)| *name);
        let mut used: Vec<&str> = Vec::new();
        let mut title = String::new();
        for name in [
            name_of(Field::Title).map(String::as_str),
            is_note.then_some("textContent"),
        ] {
            let Some((name, value)) = name.and_then(|name| Some((name, object.get(name)?))) else {
                continue;
            };
            if !title.trim().is_empty() {
                continue;
            }
            match self.parse::<Value>(value)? {
                Value::String(text) => {
                    title = text;
                    used.push(name);
                }
                Value::Null => {}
                _ => {
                    let problem = format!(
                        "{} is no text: write it in quotation marks",
                        excerpt(value.get())
                    );
                    self.builder.invalid(self.range(value).first, problem);
                    return Ok(());
                }
            }
        }
        let fields = [Field::Completed, Field::Status, Field::CompletedAt];
        let fields = fields.map(|field| name_of(field).and_then(|name| object.get_key_value(name)));
        used.extend(fields.iter().flatten().map(|(name, _)| name.as_str()));
        if title.trim().is_empty() {
            self.builder
                .pass_over(lines, raw.get(), "an object without a title");
            return Ok(());
        }
        let completion = self.completion(fields)?;
        let order = match object.get("order") {
            Some(value) => self.parse::<Value>(value)?.as_i64(),
            None => None,
        };
        let reason = "an object without a title";
        let Some(item) = self.builder.item(lines, &title, completion, reason) else {
            return Ok(());
        };
        item.order = order;
        for (name, value) in object {
            let is_container = CONTAINERS.contains(&dialect::normalize(name).as_str());
            let is_read = used.contains(&name.as_str())
                || (name == "order" && order.is_some())
                || (is_container && value.get().starts_with('['));
            if !is_read && !is_empty(&self.parse::<Value>(value)?) {
                self.not_kept(name, raw);
            }
        }
        Ok(())
    }

    /// Reads the fields that say whether an item is completed, its status, and when it was completed.
    fn completion(
        &mut self,
        fields: [Option<(&String, &&'a RawValue)>; 3],
    ) -> Result<Completion, ImportError> {
        let [completed, status, completed_at] = fields;
        let (mut answer, mut at) = (None, None);
        if let Some((name, value)) = completed_at {
            at = self.time(name, value)?;
        }
        if let Some((name, value)) = status {
            let content = self.parse::<Value>(value)?;
            let text = text_of(&content);
            let found = dialect::answer(&text);
            if !matches!(found, Some(Answer::Yes | Answer::No)) && completed.is_none() {
                let what = format!(
                    "a state in {} other than open and completed (the item is open)",
                    excerpt(name)
                );
                self.builder
                    .value_not_kept(what, &text, self.range(value).first);
            }
            answer = Some(found == Some(Answer::Yes));
        }
        if let Some((name, value)) = completed {
            let content = self.parse::<Value>(value)?;
            let text = text_of(&content);
            let time = match &content {
                Value::String(text) if !times::is_none(text) => times::parse(text),
                _ => None,
            };
            match (dialect::answer(&text), time) {
                (Some(found), _) => answer = Some(found == Answer::Yes),
                // Google Tasks writes the time here.
                (None, Some(time)) => {
                    at = at.or(Some(time));
                    answer = answer.or(Some(true));
                }
                (None, None) => {
                    let problem = dialect::neither(&text, name);
                    self.builder.invalid(self.range(value).first, problem);
                }
            }
        }
        Ok(match answer {
            Some(true) => Completion::completed(at),
            None if at.is_some() => Completion::completed(at),
            None => Completion::Open,
            Some(false) => {
                if let (Some(_), Some((name, value))) = (at, completed_at) {
                    let what = format!("a time in {}, {}", excerpt(name), times::BUT_OPEN);
                    self.builder.not_kept(what, self.range(value).first);
                }
                Completion::Open
            }
        })
    }

    /// Reads a time: a text, milliseconds since 1970, or an object that has a text as `dateTime`.
    fn time(&mut self, name: &str, value: &'a RawValue) -> Result<Option<Timestamp>, ImportError> {
        let content = self.parse::<Value>(value)?;
        let inner = content.get("dateTime").unwrap_or(&content);
        let time = match inner {
            Value::Null => return Ok(None),
            Value::String(text) if times::is_none(text) => return Ok(None),
            Value::String(text) => times::parse(text),
            Value::Number(number) => number.as_u64().map(Timestamp),
            _ => None,
        };
        if time.is_none() {
            let what = format!("a time in {}, {}", excerpt(name), times::NOT_UNDERSTOOD);
            let text = text_of(inner);
            self.builder
                .value_not_kept(what, &text, self.range(value).first);
        }
        Ok(time)
    }
}

/// A value as a person would write it in a table.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
