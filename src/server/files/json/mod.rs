//! JSON: the program's own exports and answers, and exports of other programs.
//!
//! A list is an array of texts or objects, or an object that has one. Each value is read from its place in the text, so
//! that messages can name its line.

mod item;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::dialect::{self, Field};
use super::imported::{ImportBuilder, excerpt};
use super::lines::Lines;
use super::{Completion, ImportError, Imported, LineRange, Unit, times};
use crate::domain::Item;

/// Fields whose arrays contain items, or lists of items.
const CONTAINERS: [&str; 12] = [
    "items",
    "tasks",
    "todos",
    "listcontent",
    "value",
    "results",
    "data",
    "children",
    "subtasks",
    "checklistitems",
    "childprojects",
    "lists",
];

/// How deep lists can be in each other.
const MAX_DEPTH: usize = 16;

/// Whether a text begins with JSON that has items in it, or could have.
pub(super) fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    // "[ ] Bread" begins with an array too.
    text.starts_with(['{', '[']) && values.all(|value| value.is_ok())
}

/// Reads the items of all values in a text.
pub(super) fn import(text: &str) -> Result<Imported, ImportError> {
    let lines = Lines::new(text);
    let filled = lines.iter().filter(|(_, line)| !line.trim().is_empty());
    let unit = match filled.count() {
        0 | 1 => Unit::Entry,
        _ => Unit::Line,
    };
    let mut reader = Reader {
        text,
        lines,
        unit,
        entry: 1,
        builder: ImportBuilder::new(unit),
    };
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    for value in values {
        let value = value.map_err(|error| not_json(&error))?;
        reader.read(value, 0)?;
    }
    reader.builder.finish()
}

fn not_json(error: &serde_json::Error) -> ImportError {
    let problem = match error.classify() {
        serde_json::error::Category::Eof => "the text ends too early; is the file complete?",
        _ => "a sign here is wrong or missing",
    };
    ImportError::NotJson {
        line: error.line().max(1),
        column: error.column().max(1),
        problem,
    }
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    unit: Unit,
    /// The number of the entry that is read, or of the next one.
    entry: usize,
    builder: ImportBuilder,
}

impl<'a> Reader<'a> {
    /// Reads a value that is an item, a list of items, or neither.
    fn read(&mut self, value: &'a RawValue, depth: usize) -> Result<(), ImportError> {
        let lines = self.range(value);
        if depth > MAX_DEPTH {
            self.builder
                .pass_over(lines, value.get(), "lists too deep in each other");
            return Ok(());
        }
        match value.get().as_bytes().first() {
            Some(b'[') => {
                for value in self.parse::<Vec<&RawValue>>(value)? {
                    self.read(value, depth + 1)?;
                }
            }
            Some(b'{') => {
                let object = self.parse::<Object<'a>>(value)?;
                self.read_object(value, object, depth)?;
            }
            Some(b'"') => {
                let text = self.parse::<String>(value)?;
                self.builder
                    .item(lines, &text, Completion::Open, "an empty text");
                self.entry += 1;
            }
            _ => {
                self.builder
                    .pass_over(lines, value.get(), "neither a text nor an object");
                self.entry += 1;
            }
        }
        Ok(())
    }

    fn read_object(
        &mut self,
        raw: &'a RawValue,
        object: Object<'a>,
        depth: usize,
    ) -> Result<(), ImportError> {
        let is_container = |(name, value): (&String, &&RawValue)| {
            CONTAINERS.contains(&dialect::normalize(name).as_str()) && value.get().starts_with('[')
        };
        let fields = || object.keys().filter_map(|name| dialect::field(name));
        // Google Tasks says so, also of a list without tasks.
        let is_empty_list = object
            .get("kind")
            .is_some_and(|kind| kind.get() == "\"tasks#tasks\"");
        let is_list = is_empty_list
            || (object.iter().any(is_container)
                && !fields().any(|(field, _)| field != Field::Title));
        let line = self.range(raw).first;
        let is_note = object.contains_key("textContent") || object.contains_key("listContent");
        if self.is_removed(&object)? {
            self.builder
                .pass_over(self.range(raw), raw.get(), "it was removed there");
            self.entry += 1;
            return Ok(());
        }
        if is_list {
            self.read_names_of_list(&object, depth)?;
        } else {
            self.read_item(raw, &object, is_note)?;
            self.entry += 1;
        }
        for (name, value) in &object {
            if !is_container((name, value)) {
                continue;
            }
            let before = self.builder.len();
            self.read(value, depth + 1)?;
            if !is_list && self.builder.len() > before {
                self.builder
                    .not_kept("that items are below another one", line);
            }
        }
        Ok(())
    }

    /// Names what a list says of itself.
    fn read_names_of_list(&mut self, object: &Object<'a>, depth: usize) -> Result<(), ImportError> {
        for (name, value) in object {
            let is_array = CONTAINERS.contains(&dialect::normalize(name).as_str());
            if is_array && value.get().starts_with('[') {
                continue;
            }
            let is_title = matches!(dialect::field(name), Some((Field::Title, _)));
            let content = self.parse::<Value>(value)?;
            match content.as_str() {
                Some(text) if is_title && !text.trim().is_empty() => {
                    self.builder
                        .pass_over(self.range(value), text, "the name of a list");
                }
                _ if is_empty(&content) => {}
                _ if depth == 0 && is_about_file(name) => {}
                _ => self.not_kept(name, value),
            }
        }
        Ok(())
    }

    /// Whether the program had the item or list in its trash.
    fn is_removed(&self, object: &Object<'a>) -> Result<bool, ImportError> {
        for (name, value) in object {
            let is_trash = matches!(
                dialect::normalize(name).as_str(),
                "deleted" | "isdeleted" | "istrashed" | "trashed" | "removedat"
            );
            if is_trash && !is_empty(&self.parse::<Value>(value)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn not_kept(&mut self, name: &str, at: &'a RawValue) {
        let line = self.range(at).first;
        self.builder
            .not_kept(format!("the field {}", excerpt(name)), line);
    }

    fn parse<T: serde::Deserialize<'a>>(&self, value: &'a RawValue) -> Result<T, ImportError> {
        let parsed = serde_json::from_str(value.get());
        parsed.map_err(|_| ImportError::NotJson {
            line: self.lines_of(value).first,
            column: 1,
            problem: "a text or number here cannot be read",
        })
    }

    /// The lines of a value, or the number of its entry.
    fn range(&self, value: &RawValue) -> LineRange {
        match self.unit {
            Unit::Line => self.lines_of(value),
            Unit::Entry => LineRange::one(self.entry),
        }
    }

    /// The lines of a value, which is a part of the text.
    fn lines_of(&self, value: &RawValue) -> LineRange {
        let offset = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        let first = self.lines.number_at(offset);
        let last = self.lines.number_at(offset + value.get().len() - 1);
        LineRange { first, last }
    }
}

/// Whether a field says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => times::is_none(text),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Whether a field is about the whole file: of the program's own answers, or of Google Tasks.
fn is_about_file(name: &str) -> bool {
    matches!(name, "id" | "revision" | "cursor" | "kind")
}

#[derive(Serialize)]
struct ExportedItem<'a> {
    title: &'a str,
    completed: bool,
    completed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<i64>,
}

/// The items as an array of objects.
pub(super) fn export<'a>(items: impl Iterator<Item = &'a Item>) -> std::io::Result<Vec<u8>> {
    let exported = |item: &'a Item| {
        let at = item.completed_at.and_then(times::moment);
        ExportedItem {
            title: item.title.as_str(),
            completed: item.completed_at.is_some(),
            completed_at: at.map(|moment| moment.to_string()),
            order: item.order,
        }
    };
    let items: Vec<ExportedItem<'_>> = items.map(exported).collect();
    let mut bytes = serde_json::to_vec_pretty(&items)?;
    bytes.push(b'\n');
    Ok(bytes)
}
