//! Times in files: RFC 3339, and how other programs and spreadsheets write them.

use jiff::Timestamp as Moment;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

/// Why a time is not kept.
pub(super) const NOT_UNDERSTOOD: &str = "which is not written like 2026-01-31T09:00:00Z";

/// Why a time is not kept.
pub(super) const BUT_OPEN: &str = "although the item is open";

/// A time as a moment of the calendar; `None` beyond the year 9999.
pub(super) fn moment(at: Timestamp) -> Option<Moment> {
    Moment::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

/// Parses a time, or a date as its beginning. What names no time zone counts as UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let moment = text.parse::<Moment>().ok().or_else(|| {
        let local = text
            .parse::<DateTime>()
            .ok()
            .or_else(|| parse_dotted(text))?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    let millis = u64::try_from(moment.as_millisecond()).ok()?;
    Some(Timestamp(millis))
}

/// Whether a time is the one that programs write for none.
pub(super) fn is_none(text: &str) -> bool {
    text.trim().is_empty() || text.starts_with("0001-01-01")
}

/// Parses a date such as "31.1.2026", with or without a time of day. The order of the numbers in "1/2/2026" depends on
/// the country, so such a date is not understood.
fn parse_dotted(text: &str) -> Option<DateTime> {
    let (date, time) = match text.split_once([' ', ',']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text, None),
    };
    let mut numbers = date.split('.').map(|number| number.parse::<i16>().ok());
    let mut next = || numbers.next().flatten();
    let (day, month, year) = (next()?, next()?, next()?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    match time {
        None => Some(date.into()),
        Some(time) => {
            let mut numbers = time.split(':').map(|number| number.parse::<i8>().ok());
            let mut next = || numbers.next();
            let (hour, minute) = (next()??, next()??);
            let second = next().unwrap_or(Some(0))?;
            date.at(0, 0, 0, 0)
                .with()
                .hour(hour)
                .minute(minute)
                .second(second)
                .build()
                .ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_understood_unless_their_order_is_a_guess() {
        let check = |text: &str, expected: Option<&str>| {
            let found = parse(text)
                .and_then(moment)
                .map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2026-03-01T09:00:00Z", Some("2026-03-01T09:00:00Z"));
        check(
            " 2026-03-01T09:00:00.123Z ",
            Some("2026-03-01T09:00:00.123Z"),
        );
        check("2026-03-01T09:00:00+01:00", Some("2026-03-01T08:00:00Z"));
        check("2026-03-01T09:00:00+0000", Some("2026-03-01T09:00:00Z"));
        check("2026-03-01 09:00", Some("2026-03-01T09:00:00Z"));
        check("2026-03-01T09:00:00.0000000", Some("2026-03-01T09:00:00Z"));
        check("2026-03-01", Some("2026-03-01T00:00:00Z"));
        check("1.3.2026", Some("2026-03-01T00:00:00Z"));
        check("01.03.2026 09:05", Some("2026-03-01T09:05:00Z"));
        check("01.03.2026, 09:05:07", Some("2026-03-01T09:05:07Z"));
        for text in [
            "",
            "x",
            "3/1/2026",
            "32.1.2026",
            "1.2",
            "1.2.2026 25:00",
            "1.2.2026 9",
            "1969-12-31",
            "2026-02-30",
            "46082.375",
        ] {
            check(text, None);
        }
    }
}
