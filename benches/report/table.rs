//! All rows as one table in Markdown.

use crate::results::{Row, number};

/// Returns the table, with a column for the earlier results if there are any.
pub fn of(rows: &[&Row], before: Option<&[&Row]>) -> String {
    let mut head = vec![
        "",
        "What",
        "Ours",
        "Reference",
        "Ratio (least to most)",
        "Budget",
        "Met",
    ];
    if before.is_some() {
        head.push("Before");
    }
    let rule = head.iter().map(|_| "---").collect::<Vec<_>>();
    let mut table = line(&head) + &line(&rule);
    let mut last = "";
    for group in groups(rows) {
        for row in rows.iter().filter(|row| row.group == group) {
            let name = if last == group { "" } else { group };
            let mut cells = cells(row, name);
            if let Some(before) = before {
                let same = |old: &&&Row| is_same(old, row);
                cells.push(
                    before
                        .iter()
                        .find(same)
                        .map_or_else(String::new, |old| core(old)),
                );
            }
            table += &line(&cells);
            last = group;
        }
    }
    table
}

/// The groups in the order of their first rows.
fn groups<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    let mut groups: Vec<&str> = Vec::new();
    for row in rows {
        if !groups.contains(&row.group.as_str()) {
            groups.push(&row.group);
        }
    }
    groups
}

fn is_same(one: &Row, other: &Row) -> bool {
    (&one.group, &one.what, &one.against) == (&other.group, &other.what, &other.against)
}

fn cells(row: &Row, group: &str) -> Vec<String> {
    let reference = row.reference.map(|value| {
        let against = row.against.as_deref().unwrap_or_default();
        format!("{} ({against})", number(value))
    });
    let met = row.met.map(|met| if met { "yes" } else { "**no**" });
    vec![
        group.into(),
        row.what.clone(),
        format!("{} {}", number(row.ours), row.unit),
        reference.unwrap_or_default(),
        row.ratio_in_words(),
        row.budget.clone().unwrap_or_default(),
        met.unwrap_or_default().into(),
    ]
}

/// The value of a row that is comparable between days: the ratio, if there is one.
fn core(row: &Row) -> String {
    match row.ratio {
        Some(ratio) => format!("{ratio:.2}"),
        None => number(row.ours),
    }
}

fn line(cells: &[impl AsRef<str>]) -> String {
    let cells = cells.iter().map(|cell| cell.as_ref().replace('|', "\\|"));
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}
