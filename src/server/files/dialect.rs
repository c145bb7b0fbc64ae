//! The names of fields and the values in files of other programs.

use super::imported::excerpt;
use super::marks::{self, BoxState};

/// Names of the field with the title, the most common first. Without regard to case, spaces and signs.
const TITLES: [&str; 17] = [
    "title",
    "task",
    "taskname",
    "displayname",
    "item",
    "name",
    "subject",
    "summary",
    "content",
    "text",
    "todo",
    "titel",
    "aufgabe",
    "betreff",
    "titre",
    "titulo",
    "nom",
];

/// Names of a field that says whether an item is completed.
const COMPLETED: [&str; 14] = [
    "completed",
    "done",
    "iscompleted",
    "isdone",
    "complete",
    "checked",
    "ischecked",
    "finished",
    "erledigt",
    "abgeschlossen",
    "fertig",
    "termine",
    "completado",
    "fait",
];

/// Names of a field that says how far an item is.
const STATUS: [&str; 5] = ["status", "state", "progress", "complete%", "%complete"];

/// Names of the field that says when an item was completed.
const COMPLETED_AT: [&str; 14] = [
    "completedat",
    "completedon",
    "completedtime",
    "completeddate",
    "completiondate",
    "completiontime",
    "completeddatetime",
    "datecompleted",
    "doneat",
    "doneon",
    "donedate",
    "erledigtam",
    "abgeschlossenam",
    "finishedat",
];

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    /// The title.
    Title,
    /// Whether the item is completed: yes or no.
    Completed,
    /// How far the item is, in words of the program.
    Status,
    /// When it was completed.
    CompletedAt,
}

/// Whether an item is completed, as a file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It is not, and has another state than open.
    Other,
}

/// The name without case, spaces and signs.
pub(super) fn normalize(name: &str) -> String {
    let chars = name.chars().flat_map(char::to_lowercase);
    chars.filter(|c| c.is_alphanumeric() || *c == '%').collect()
}

/// What a field with this name is for, and its rank among the names for the same: less is more common.
pub(super) fn field(name: &str) -> Option<(Field, usize)> {
    let name = normalize(name);
    let names: [(Field, &[&str]); 4] = [
        (Field::Title, &TITLES),
        (Field::Completed, &COMPLETED),
        (Field::Status, &STATUS),
        (Field::CompletedAt, &COMPLETED_AT),
    ];
    names.into_iter().find_map(|(field, names)| {
        let rank = names.iter().position(|known| *known == name)?;
        Some((field, rank))
    })
}

/// Words for a completed item, in the languages of common spreadsheets.
const YES: [&str; 27] = [
    "true",
    "t",
    "yes",
    "y",
    "x",
    "on",
    "done",
    "complete",
    "completed",
    "checked",
    "closed",
    "finished",
    "wahr",
    "ja",
    "j",
    "erledigt",
    "abgeschlossen",
    "fertig",
    "vrai",
    "oui",
    "verdadero",
    "verdadeiro",
    "sí",
    "si",
    "sim",
    "vero",
    "waar",
];

/// Words for an open item.
const NO: [&str; 25] = [
    "false",
    "f",
    "no",
    "n",
    "off",
    "open",
    "todo",
    "new",
    "none",
    "active",
    "pending",
    "unchecked",
    "incomplete",
    "notcompleted",
    "notdone",
    "notstarted",
    "needsaction",
    "normal",
    "falsch",
    "nein",
    "offen",
    "faux",
    "non",
    "falso",
    "onwaar",
];

/// Words for an item that is open and has another state.
const OTHER: [&str; 13] = [
    "inprogress",
    "started",
    "inprocess",
    "underway",
    "waiting",
    "waitingonothers",
    "waitingonsomeoneelse",
    "deferred",
    "blocked",
    "cancelled",
    "canceled",
    "archived",
    "wontdo",
];

/// Reads whether an item is completed. `None` if the value says neither.
pub(super) fn answer(value: &str) -> Option<Answer> {
    let value = value.trim();
    if let Ok(number) = value.trim_end_matches('%').replace(',', ".").parse::<f64>() {
        return match number {
            0.0 => Some(Answer::No),
            1.0 | 100.0 => Some(Answer::Yes),
            _ => None,
        };
    }
    if matches!(value, "" | "-" | "\u{2013}") {
        return Some(Answer::No);
    }
    if let Some((state, "")) = marks::split_box(value) {
        return Some(match state {
            BoxState::Empty => Answer::No,
            BoxState::Ticked => Answer::Yes,
            BoxState::Other(_) => Answer::Other,
        });
    }
    let name = normalize(value);
    let answers = [
        (Answer::Yes, &YES[..]),
        (Answer::No, &NO[..]),
        (Answer::Other, &OTHER[..]),
    ];
    let answer = answers
        .into_iter()
        .find(|(_, words)| words.contains(&name.as_str()));
    answer.map(|(answer, _)| answer)
}

/// What to say of a value that is neither yes nor no.
pub(super) fn neither(value: &str, field: &str) -> String {
    let (value, field) = (excerpt(value), excerpt(field));
    format!("{value} in {field} means neither yes nor no: write true or false, or leave it empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_without_case_spaces_and_signs() {
        let check = |name: &str, expected: Option<Field>| {
            assert_eq!(field(name).map(|(field, _)| field), expected, "{name}");
        };
        for name in [
            "title",
            " Title ",
            "TASK",
            "Task Name",
            "Subject",
            "CONTENT",
            "to-do",
        ] {
            check(name, Some(Field::Title));
        }
        for name in [
            "completed",
            "Is Completed",
            "is_done",
            "isChecked",
            "Done?",
            "Erledigt",
        ] {
            check(name, Some(Field::Completed));
        }
        for name in ["Status", "% Complete", "progress"] {
            check(name, Some(Field::Status));
        }
        for name in [
            "completed_at",
            "completedAt",
            "Completed Time",
            "Date Completed",
            "done_at",
        ] {
            check(name, Some(Field::CompletedAt));
        }
        for name in ["", "notes", "due date", "priority", "id"] {
            check(name, None);
        }
    }

    #[test]
    fn yes_and_no_are_known_as_spreadsheets_and_programs_write_them() {
        let check = |values: &[&str], expected: Option<Answer>| {
            for value in values {
                assert_eq!(answer(value), expected, "{value}");
            }
        };
        check(
            &[
                "TRUE",
                " true ",
                "1",
                "1.0",
                "yes",
                "Y",
                "x",
                "X",
                "WAHR",
                "[x]",
                "\u{2713}",
                "Completed",
                "100%",
            ],
            Some(Answer::Yes),
        );
        check(
            &[
                "FALSE",
                "",
                " ",
                "0",
                "0.0",
                "no",
                "FALSCH",
                "[ ]",
                "-",
                "needsAction",
                "Not Started",
                "notStarted",
            ],
            Some(Answer::No),
        );
        check(
            &["in progress", "Waiting on someone else", "Deferred"],
            Some(Answer::Other),
        );
        check(&["maybe", "10", "2", "2026-03-01", "?"], None);
    }
}
