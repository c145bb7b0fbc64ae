//! Items as text, and text as items.

use jiff::Timestamp as Moment;
use serde::{Deserialize, Serialize};

use super::Format;
use crate::domain::{Item, Timestamp, Title};

/// What some editors put in front of UTF-8.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// An item as text has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) title: Title,
    pub(super) completed: bool,
}

/// An item as an object of JSON, or a row of CSV.
#[derive(Serialize, Deserialize)]
struct Row {
    title: String,
    #[serde(default)]
    completed: bool,
    #[serde(default, skip_deserializing)]
    completed_at: Option<String>,
}

/// The items as text.
pub(super) fn print<'a>(
    format: Format,
    items: impl Iterator<Item = &'a Item>,
) -> Result<String, String> {
    let row = |item: &Item| Row {
        title: item.title.to_string(),
        completed: item.completed_at.is_some(),
        completed_at: item
            .completed_at
            .and_then(moment)
            .map(|moment| moment.to_string()),
    };
    match format {
        Format::Json => {
            let rows: Vec<Row> = items.map(row).collect();
            serde_json::to_string_pretty(&rows)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string())
        }
        Format::Markdown => Ok(items
            .map(|item| {
                format!(
                    "- [{}] {}\n",
                    if item.completed_at.is_some() {
                        "x"
                    } else {
                        " "
                    },
                    item.title
                )
            })
            .collect()),
        Format::TodoTxt => Ok(items.map(print_todo_txt).collect()),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let rows: Vec<Row> = items.map(row).collect();
            // The header comes with the first row; an empty list has one too, so that it reads back.
            let written = match rows.is_empty() {
                true => writer.write_record(["title", "completed", "completed_at"]),
                false => rows.iter().try_for_each(|row| writer.serialize(row)),
            };
            written.map_err(|error| error.to_string())?;
            let bytes = writer.into_inner().map_err(|error| error.to_string())?;
            String::from_utf8(bytes).map_err(|error| error.to_string())
        }
    }
}

fn moment(at: Timestamp) -> Option<Moment> {
    Moment::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

fn print_todo_txt(item: &Item) -> String {
    let title = item.title.as_str();
    match item.completed_at {
        Some(at) => {
            let date = moment(at).map(|moment| moment.strftime("%Y-%m-%d ").to_string());
            format!("x {}{title}\n", date.unwrap_or_default())
        }
        // A space in front keeps it from being taken for a completed one, or its first character for the mark
        // in front of the file.
        None if title.starts_with("x ") || title.starts_with(BYTE_ORDER_MARK) => {
            format!(" {title}\n")
        }
        None => format!("{title}\n"),
    }
}

/// The entries of a text. The error names the first line, or entry, that cannot be an item.
pub(super) fn parse(format: Format, text: &str) -> Result<Vec<Entry>, String> {
    match format {
        Format::Json => {
            let rows: Vec<Row> = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let numbered = rows.into_iter().enumerate();
            numbered
                .map(|(index, row)| entry(&row.title, row.completed, "entry", index))
                .collect()
        }
        Format::Csv => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows = reader.deserialize::<Row>().enumerate();
            let parse = |(index, row): (usize, Result<Row, csv::Error>)| {
                let row = row.map_err(|error| error.to_string())?;
                entry(&row.title, row.completed, "row", index)
            };
            rows.map(parse).collect()
        }
        Format::Markdown => lines(text, parse_markdown),
        Format::TodoTxt => lines(text, parse_todo_txt),
    }
}

/// The entries of the lines that are not blank and that `parse` takes for one.
fn lines(text: &str, parse: fn(&str) -> Option<(&str, bool)>) -> Result<Vec<Entry>, String> {
    let numbered = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let parsed = numbered.filter_map(|(index, line)| parse(line).map(|parsed| (index, parsed)));
    parsed
        .map(|(index, (title, completed))| entry(title, completed, "line", index))
        .collect()
}

fn entry(title: &str, completed: bool, unit: &str, index: usize) -> Result<Entry, String> {
    let title = Title::parse(title).map_err(|error| format!("{unit} {}: {error}", index + 1))?;
    Ok(Entry { title, completed })
}

/// A bullet with or without a box; headings and other text are not items.
fn parse_markdown(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start();
    let bullet = line.strip_prefix(['-', '*', '+'])?.strip_prefix(' ')?;
    Some(match bullet.get(..4) {
        Some("[ ] ") => (&bullet[4..], false),
        Some("[x] " | "[X] ") => (&bullet[4..], true),
        _ => (bullet, false),
    })
}

fn parse_todo_txt(line: &str) -> Option<(&str, bool)> {
    let Some(completed) = line.strip_prefix("x ") else {
        return Some((line, false));
    };
    let is_date = |word: &str| word.parse::<jiff::civil::Date>().is_ok();
    let rest = completed
        .split_once(' ')
        .filter(|(word, _)| is_date(word))
        .map(|(_, rest)| rest);
    Some((rest.unwrap_or(completed), true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ItemId;
    use proptest::prelude::*;

    const FORMATS: [Format; 4] = [Format::Json, Format::Markdown, Format::TodoTxt, Format::Csv];

    fn item(text: &str, completed_at: Option<u64>) -> Item {
        let id = ItemId::new(Timestamp(0), [0; 10]);
        let mut item = Item::new(id, Title::parse(text).unwrap());
        item.completed_at = completed_at.map(Timestamp);
        item
    }

    fn check(format: Format, expected: &str) {
        let items = [item("Buy \"milk\", eggs", None), item("x ray", Some(1_000))];
        assert_eq!(print(format, items.iter()).unwrap(), expected);
    }

    #[test]
    fn items_are_printed_as_each_format_wants() {
        check(Format::Markdown, "- [ ] Buy \"milk\", eggs\n- [x] x ray\n");
        check(Format::TodoTxt, "Buy \"milk\", eggs\nx 1970-01-01 x ray\n");
        check(
            Format::Csv,
            "title,completed,completed_at\n\"Buy \"\"milk\"\", eggs\",false,\nx ray,true,1970-01-01T00:00:01Z\n",
        );
        check(
            Format::Json,
            "[\n  {\n    \"title\": \"Buy \\\"milk\\\", eggs\",\n    \"completed\": false,\n    \
             \"completed_at\": null\n  },\n  {\n    \"title\": \"x ray\",\n    \"completed\": true,\n    \
             \"completed_at\": \"1970-01-01T00:00:01Z\"\n  }\n]\n",
        );
    }

    #[test]
    fn what_is_not_an_item_is_passed_over_or_named() {
        let markdown = "# Shopping\n\nSome words.\n* [X] Milk\n  - Eggs\n-no\n";
        let titles: Vec<_> = parse(Format::Markdown, markdown).unwrap();
        assert_eq!(titles.len(), 2);
        assert_eq!(
            (titles[0].title.as_str(), titles[0].completed),
            ("Milk", true)
        );
        assert_eq!(
            (titles[1].title.as_str(), titles[1].completed),
            ("Eggs", false)
        );

        let long = format!("fine\n\n{}\n", "x".repeat(501));
        assert_eq!(
            parse(Format::TodoTxt, &long),
            Err("line 3: It has 501 characters; at most 500 fit.".into())
        );
        assert_eq!(
            parse(Format::Json, r#"[{"title": " "}]"#),
            Err("entry 1: There is no text in it.".into())
        );
        assert!(parse(Format::Json, "{}").is_err());
        assert!(parse(Format::Csv, "name\nx\n").is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(texts in prop::collection::vec((".{1,40}", any::<bool>()), 0..10)) {
            let completed = |yes: bool| yes.then_some(86_400_000);
            let items: Vec<Item> = texts
                .iter()
                .filter(|(text, _)| Title::parse(text).is_ok())
                .map(|(text, yes)| item(text, completed(*yes)))
                .collect();
            let expected: Vec<Entry> = items
                .iter()
                .map(|item| Entry { title: item.title.clone(), completed: item.completed_at.is_some() })
                .collect();
            for format in FORMATS {
                let text = print(format, items.iter()).unwrap();
                prop_assert_eq!(parse(format, &text), Ok(expected.clone()), "{:?}: {}", format, text);
            }
        }
    }
}
