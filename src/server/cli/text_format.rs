//! Prints items as text, and parses text into items. Libraries handle JSON and CSV; a line of Markdown or todo.txt needs
//! no parser beyond the few lines here.

use jiff::Timestamp as Moment;
use serde::{Deserialize, Serialize};

use super::TextFormat;
use crate::app::list_text;
use crate::domain::{Item, Timestamp, Title};

/// Some editors write this character at the start of a UTF-8 file.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// An item that was parsed from text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParsedItem {
    pub(super) title: Title,
    pub(super) completed: bool,
}

/// An item as a JSON object or a CSV row.
#[derive(Serialize, Deserialize)]
struct SerializedItem {
    title: String,
    #[serde(default)]
    completed: bool,
    #[serde(default, skip_deserializing)]
    completed_at: Option<String>,
}

/// The items as text.
pub(super) fn print<'a>(
    format: TextFormat,
    items: impl Iterator<Item = &'a Item>,
) -> Result<String, String> {
    let serialized = |item: &Item| SerializedItem {
        title: item.title.to_string(),
        completed: item.completed_at.is_some(),
        completed_at: item
            .completed_at
            .and_then(moment)
            .map(|moment| moment.to_string()),
    };
    match format {
        TextFormat::Json => {
            let rows: Vec<SerializedItem> = items.map(serialized).collect();
            serde_json::to_string_pretty(&rows)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string())
        }
        TextFormat::Markdown => Ok(list_text::format_items(items, true)),
        TextFormat::TodoTxt => Ok(items.map(print_todo_txt).collect()),
        TextFormat::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let rows: Vec<SerializedItem> = items.map(serialized).collect();
            // `serialize` writes the header before the first row. An empty list needs one too, so that it can be
            // imported.
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
        // Without a leading space the title would be read as a completed item, or its first character as a byte order
        // mark.
        None if title.starts_with("x ") || title.starts_with(BYTE_ORDER_MARK) => {
            format!(" {title}\n")
        }
        None => format!("{title}\n"),
    }
}

/// Parses the items of a text. The error names the first invalid line, row or entry.
pub(super) fn parse(format: TextFormat, text: &str) -> Result<Vec<ParsedItem>, String> {
    match format {
        TextFormat::Json => {
            let rows: Vec<SerializedItem> =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            let numbered = rows.into_iter().enumerate();
            numbered
                .map(|(index, row)| parse_item(&row.title, row.completed, "entry", index))
                .collect()
        }
        TextFormat::Csv => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows = reader.deserialize::<SerializedItem>().enumerate();
            let parse = |(index, row): (usize, Result<SerializedItem, csv::Error>)| {
                let row = row.map_err(|error| error.to_string())?;
                parse_item(&row.title, row.completed, "row", index)
            };
            rows.map(parse).collect()
        }
        TextFormat::Markdown => lines(text, parse_markdown),
        TextFormat::TodoTxt => lines(text, parse_todo_txt),
    }
}

/// Parses each line that is not blank, and skips those for which `parse` returns `None`.
fn lines(text: &str, parse: fn(&str) -> Option<(&str, bool)>) -> Result<Vec<ParsedItem>, String> {
    let numbered = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let parsed = numbered.filter_map(|(index, line)| parse(line).map(|parsed| (index, parsed)));
    parsed
        .map(|(index, (title, completed))| parse_item(title, completed, "line", index))
        .collect()
}

fn parse_item(
    title: &str,
    completed: bool,
    unit: &str,
    index: usize,
) -> Result<ParsedItem, String> {
    let title = Title::parse(title).map_err(|error| format!("{unit} {}: {error}", index + 1))?;
    Ok(ParsedItem { title, completed })
}

/// Parses a bullet with or without a checkbox. Headings and other text are not items.
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

    const FORMATS: [TextFormat; 4] = [
        TextFormat::Json,
        TextFormat::Markdown,
        TextFormat::TodoTxt,
        TextFormat::Csv,
    ];

    fn item(text: &str, completed_at: Option<u64>) -> Item {
        let id = ItemId::new(Timestamp(0), [0; 10]);
        let mut item = Item::new(id, Title::parse(text).unwrap());
        item.completed_at = completed_at.map(Timestamp);
        item
    }

    fn check(format: TextFormat, expected: &str) {
        let items = [item("Buy \"milk\", eggs", None), item("x ray", Some(1_000))];
        assert_eq!(print(format, items.iter()).unwrap(), expected);
    }

    #[test]
    fn items_are_printed_in_each_format() {
        check(
            TextFormat::Markdown,
            "- [ ] Buy \"milk\", eggs\n- [x] x ray\n",
        );
        check(
            TextFormat::TodoTxt,
            "Buy \"milk\", eggs\nx 1970-01-01 x ray\n",
        );
        check(
            TextFormat::Csv,
            "title,completed,completed_at\n\"Buy \"\"milk\"\", eggs\",false,\nx ray,true,1970-01-01T00:00:01Z\n",
        );
        check(
            TextFormat::Json,
            "[\n  {\n    \"title\": \"Buy \\\"milk\\\", eggs\",\n    \"completed\": false,\n    \
             \"completed_at\": null\n  },\n  {\n    \"title\": \"x ray\",\n    \"completed\": true,\n    \
             \"completed_at\": \"1970-01-01T00:00:01Z\"\n  }\n]\n",
        );
    }

    #[test]
    fn text_without_items_is_skipped_and_an_invalid_item_is_an_error() {
        let markdown = "# Shopping\n\nSome words.\n* [X] Milk\n  - Eggs\n-no\n";
        let titles: Vec<_> = parse(TextFormat::Markdown, markdown).unwrap();
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
            parse(TextFormat::TodoTxt, &long),
            Err("line 3: It has 501 characters; at most 500 fit.".into())
        );
        assert_eq!(
            parse(TextFormat::Json, r#"[{"title": " "}]"#),
            Err("entry 1: There is no text in it.".into())
        );
        assert!(parse(TextFormat::Json, "{}").is_err());
        assert!(parse(TextFormat::Csv, "name\nx\n").is_err());
    }

    proptest! {
        #[test]
        fn printed_items_can_be_parsed(texts in prop::collection::vec((".{1,40}", any::<bool>()), 0..10)) {
            let completed = |yes: bool| yes.then_some(86_400_000);
            let items: Vec<Item> = texts
                .iter()
                .filter(|(text, _)| Title::parse(text).is_ok())
                .map(|(text, yes)| item(text, completed(*yes)))
                .collect();
            let expected: Vec<ParsedItem> = items
                .iter()
                .map(|item| ParsedItem { title: item.title.clone(), completed: item.completed_at.is_some() })
                .collect();
            for format in FORMATS {
                let text = print(format, items.iter()).unwrap();
                prop_assert_eq!(parse(format, &text), Ok(expected.clone()), "{:?}: {}", format, text);
            }
        }
    }
}
