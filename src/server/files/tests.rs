//! Properties of all formats together.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::domain::{ItemId, Timestamp, Title};

const FORMATS: [TextFormat; 4] = [
    TextFormat::Json,
    TextFormat::Markdown,
    TextFormat::TodoTxt,
    TextFormat::Csv,
];

/// The latest time that the calendar of the formats has: the end of the year 9999.
const MAX_MILLIS: u64 = 253_402_207_200_000;

/// A day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1_000;

/// Pieces of text that mean something in one of the formats.
const PIECES: [&str; 60] = [
    "- ",
    "* ",
    "+ ",
    "1. ",
    "2) ",
    "> ",
    "# ",
    "---",
    "***",
    "```",
    "~~~",
    "<!--",
    "-->",
    "<b>",
    "[ ]",
    "[x] ",
    "[X]",
    "[/] ",
    "[]",
    "(x) ",
    "\u{2610}",
    "\u{2611}\u{fe0f}",
    "\u{2022} ",
    "\\",
    "*",
    "`",
    "[a](b)",
    "[a]: b",
    "x ",
    "X ",
    "(A) ",
    "2026-03-01 ",
    "2026-13-01",
    "\"",
    "'",
    "=",
    "@",
    ",",
    ";",
    "\t",
    "|",
    "sep=,",
    "title",
    "completed",
    "status",
    "true",
    "{",
    "}",
    "[",
    "]",
    ":",
    "null",
    "\"title\"",
    "\\u00e9",
    "\u{feff}",
    "\u{2028}",
    "\u{e9}",
    "word",
    "+++",
    "TYPE",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => ".{1,6}",
    ]
}

/// A text of such pieces, with line breaks and white space.
fn text() -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec![" ", "  ", "    ", "\n", "\n", "\r\n", "\r", "\n\n"]);
    let part = prop_oneof![3 => piece(), 2 => space.prop_map(str::to_owned)];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn title() -> impl Strategy<Value = Title> {
    let pieces = prop::collection::vec(piece(), 1..6).prop_map(|parts| parts.concat());
    prop_oneof![pieces, ".{1,40}"].prop_filter_map("a title", |text| Title::parse(&text).ok())
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let time = prop::option::of(0..MAX_MILLIS);
    let order = prop::option::of(any::<i64>());
    let item = (title(), time, order).prop_map(|(title, time, order)| Item {
        completed_at: time.map(Timestamp),
        order,
        ..Item::new(ItemId::new(Timestamp(0), [0; 10]), title)
    });
    prop::collection::vec(item, 1..8)
}

/// What a format can hold of an item.
fn held(format: TextFormat, item: &Item) -> (Title, Completion, Option<i64>) {
    let at = |at: Timestamp| match format {
        TextFormat::Json | TextFormat::Csv => Some(at),
        TextFormat::TodoTxt => Some(Timestamp(at.0 / DAY * DAY)),
        TextFormat::Markdown => None,
    };
    let has_order = matches!(format, TextFormat::Json | TextFormat::Csv);
    // A new field: decide for each format whether it can hold it.
    let Item {
        id: _,
        title,
        completed_at,
        order,
        removed_at: _,
    } = item;
    (
        title.clone(),
        completed_at.map_or(Completion::Open, |time| Completion::completed(at(time))),
        order.filter(|_| has_order),
    )
}

fn extension(format: TextFormat) -> &'static Path {
    Path::new(match format {
        TextFormat::Json => "list.JSON",
        TextFormat::Markdown => "list.md",
        TextFormat::TodoTxt => "list.Txt",
        TextFormat::Csv => "list.csv",
    })
}

proptest! {
    #[test]
    fn what_is_exported_is_imported_as_far_as_the_format_can_hold_it(items in items()) {
        for format in FORMATS {
            let bytes = export(format, items.iter()).unwrap();
            let expected: Vec<_> = items.iter().map(|item| held(format, item)).collect();
            for choice in [FormatChoice::Named(format), FormatChoice::ByName(extension(format))] {
                let imported = import(&bytes, choice).unwrap();
                let found: Vec<_> = imported
                    .items
                    .iter()
                    .map(|item| (item.title.clone(), item.completion, item.order))
                    .collect();
                let written = String::from_utf8_lossy(&bytes);
                prop_assert_eq!(&found, &expected, "{:?}: {:?}", choice, written);
                prop_assert_eq!(&imported.passed_over, &[], "{:?}: {:?}", choice, written);
                prop_assert_eq!(&imported.not_kept, &[], "{:?}: {:?}", choice, written);
                prop_assert_eq!(&imported.assumptions, &[""; 0], "{:?}: {:?}", choice, written);
            }
        }
    }

    #[test]
    fn every_line_is_an_item_or_passed_over(text in text()) {
        for format in [TextFormat::Markdown, TextFormat::TodoTxt] {
            let Ok(imported) = import(text.as_bytes(), FormatChoice::Named(format)) else {
                continue;
            };
            let items = imported.items.iter().map(|item| item.lines);
            let parts: Vec<_> = items.chain(imported.passed_over.iter().map(|part| part.lines)).collect();
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            for (number, line) in Lines::new(text).iter() {
                let count = parts.iter().filter(|part| (part.first..=part.last).contains(&number)).count();
                let line = line.trim_matches(|c: char| c == '>' || c.is_whitespace());
                let expected = if line.is_empty() { 0..=1 } else { 1..=1 };
                prop_assert!(expected.contains(&count), "{:?}, line {}: {:?}", format, number, imported);
            }
        }
    }

    #[test]
    fn every_row_is_an_item_or_passed_over(text in text()) {
        let text = format!("title,completed\n{text}");
        if let Ok(imported) = import(text.as_bytes(), FormatChoice::Named(TextFormat::Csv)) {
            let items = imported.items.iter().map(|item| item.lines);
            let parts: Vec<_> = items.chain(imported.passed_over.iter().map(|part| part.lines)).collect();
            for (number, line) in Lines::new(&text).iter().skip(1) {
                let count = parts.iter().filter(|part| (part.first..=part.last).contains(&number)).count();
                let expected = if line.is_empty() { 0..=1 } else { 1..=1 };
                prop_assert!(expected.contains(&count), "line {}: {:?}", number, imported);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in text()) {
        for bytes in [&bytes, text.as_bytes()] {
            let _ = import(bytes, FormatChoice::ByContent).map(|imported| imported.report());
            for format in FORMATS {
                let _ = import(bytes, FormatChoice::Named(format)).map(|imported| imported.report());
                let _ = import(bytes, FormatChoice::ByName(extension(format)));
            }
        }
    }
}

#[test]
fn items_are_written_in_each_format() {
    let item = |text: &str, completed_at: Option<u64>, order| Item {
        completed_at: completed_at.map(Timestamp),
        order,
        ..Item::new(
            ItemId::new(Timestamp(0), [0; 10]),
            Title::parse(text).unwrap(),
        )
    };
    let check = |format, items: &[Item], expected: &str| {
        let bytes = export(format, items.iter()).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    };
    let items = [
        item("Buy \"milk\", eggs", None, None),
        item("x ray", Some(1_000), None),
        item("=1+1", None, None),
    ];
    check(
        TextFormat::Markdown,
        &items,
        "- [ ] Buy \"milk\", eggs\n- [x] x ray\n- [ ] =1+1\n",
    );
    check(
        TextFormat::TodoTxt,
        &items,
        "Buy \"milk\", eggs\nx 1970-01-01 x ray\n=1+1\n",
    );
    check(
        TextFormat::Csv,
        &items,
        "\u{feff}\"title\",\"completed\",\"completed_at\"\r\n\"Buy \"\"milk\"\", eggs\",\"false\",\"\"\r\n\
         \"x ray\",\"true\",\"1970-01-01T00:00:01Z\"\r\n\"'=1+1\",\"false\",\"\"\r\n",
    );
    check(
        TextFormat::Json,
        &items[..2],
        "[\n  {\n    \"title\": \"Buy \\\"milk\\\", eggs\",\n    \"completed\": false,\n    \"completed_at\": null\n  },\n  \
         {\n    \"title\": \"x ray\",\n    \"completed\": true,\n    \"completed_at\": \"1970-01-01T00:00:01Z\"\n  }\n]\n",
    );
    let ordered = [
        item("- [ ] a", Some(86_400_001), Some(-7)),
        item("(A) 2026-01-01 b", None, None),
    ];
    check(
        TextFormat::TodoTxt,
        &ordered,
        "x 1970-01-02 - [ ] a\n (A) 2026-01-01 b\n",
    );
    check(
        TextFormat::Csv,
        &ordered,
        "\u{feff}\"title\",\"completed\",\"completed_at\",\"order\"\r\n\
         \"'- [ ] a\",\"true\",\"1970-01-02T00:00:00.001Z\",\"-7\"\r\n\"(A) 2026-01-01 b\",\"false\",\"\",\"\"\r\n",
    );
    check(
        TextFormat::Csv,
        &[],
        "\u{feff}\"title\",\"completed\",\"completed_at\"\r\n",
    );
}
