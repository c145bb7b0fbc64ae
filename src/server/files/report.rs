//! The report of an import: what is not taken over, in words for the administrator.

use super::{Imported, LineRange, NotKept, PassedOver, Unit};

/// How many parts of a file are shown with their texts for each reason. The others are named by their lines.
const MAX_SHOWN: usize = 5;

/// The lines of the report.
pub(super) fn describe(imported: &Imported) -> Vec<String> {
    let mut report = imported.assumptions.clone();
    report.extend(passed_over(imported.unit, &imported.passed_over));
    let not_kept = imported.not_kept.iter().map(|field| {
        let NotKept {
            what,
            examples,
            lines,
        } = field;
        let places = name_lines(imported.unit, lines.iter().copied());
        match examples.is_empty() {
            true => format!("not kept: {what}: {places}"),
            false => format!(
                "not kept: {what}: {places}, such as {}",
                examples.join(", ")
            ),
        }
    });
    report.extend(not_kept);
    match imported.completed_at_unknown_time() {
        0 => {}
        1 => report.push(
            "the file does not say when 1 item was completed: it counts as completed now".into(),
        ),
        count => report.push(format!(
            "the file does not say when {count} items were completed: they count as completed now"
        )),
    }
    report
}

/// Groups the parts by reason, in the order in which the reasons appear.
fn passed_over(unit: Unit, parts: &[PassedOver]) -> Vec<String> {
    let mut reasons: Vec<&str> = Vec::new();
    for part in parts {
        if !reasons.contains(&part.reason) {
            reasons.push(part.reason);
        }
    }
    let describe = |reason: &str| {
        let parts: Vec<_> = parts.iter().filter(|part| part.reason == reason).collect();
        let shown = parts.iter().take(MAX_SHOWN);
        let mut texts: Vec<String> = shown
            .map(|part| format!("{} {}", name_ranges(unit, &[part.lines]), part.excerpt))
            .collect();
        let others: Vec<_> = parts
            .iter()
            .skip(MAX_SHOWN)
            .map(|part| part.lines)
            .collect();
        if !others.is_empty() {
            texts.push(name_ranges(unit, &others));
        }
        format!(
            "passed over {}, {reason}: {}",
            parts.len(),
            texts.join(", ")
        )
    };
    reasons.into_iter().map(describe).collect()
}

/// "line 3", "lines 3, 5-9".
pub(super) fn name_lines(unit: Unit, lines: impl Iterator<Item = usize>) -> String {
    name_ranges(unit, &lines.map(LineRange::one).collect::<Vec<_>>())
}

fn name_ranges(unit: Unit, ranges: &[LineRange]) -> String {
    let mut ranges = ranges.to_vec();
    ranges.sort();
    let mut joined: Vec<LineRange> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.first <= last.last + 1 => last.last = last.last.max(range.last),
            _ => joined.push(range),
        }
    }
    let name = |range: &LineRange| match range.first == range.last {
        true => range.first.to_string(),
        false => format!("{}-{}", range.first, range.last),
    };
    let names: Vec<String> = joined.iter().map(name).collect();
    let is_one = matches!(joined[..], [range] if range.first == range.last);
    let word = match (unit, is_one) {
        (Unit::Line, true) => "line",
        (Unit::Line, false) => "lines",
        (Unit::Entry, true) => "entry",
        (Unit::Entry, false) => "entries",
    };
    format!("{word} {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_in_ranges() {
        let check = |lines: &[usize], expected: &str| {
            assert_eq!(name_lines(Unit::Line, lines.iter().copied()), expected);
        };
        check(&[3], "line 3");
        check(&[3, 4], "lines 3-4");
        check(&[9, 3, 4, 5, 7, 7], "lines 3-5, 7, 9");
    }

    #[test]
    fn every_part_is_counted_and_named() {
        let part = |line: usize, reason| PassedOver {
            lines: LineRange::one(line),
            excerpt: format!("\"{line}\""),
            reason,
        };
        let mut parts: Vec<_> = (10..20).map(|line| part(line, "a heading")).collect();
        parts.insert(0, part(2, "an empty row"));
        assert_eq!(
            passed_over(Unit::Line, &parts),
            [
                "passed over 1, an empty row: line 2 \"2\"",
                "passed over 10, a heading: line 10 \"10\", line 11 \"11\", line 12 \"12\", line 13 \"13\", line 14 \
                 \"14\", lines 15-19",
            ]
        );
    }
}
