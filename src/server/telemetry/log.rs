//! The log: its filter and its format. Titles, paths and names come from clients, so control characters in them are
//! escaped: an event is always one line, and no client can forge another.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Plain lines, for people.
    #[default]
    Text,
    /// A JSON object per line, for programs.
    Json,
}

/// The format of the log, once it has been started.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Starts the log on standard error. Panic messages are logged too.
///
/// # Errors
///
/// [`ParseError`] if the filter is invalid.
pub fn init(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(with_warnings(filter))?)
        .with_writer(|| EscapingWriter(io::stderr()))
        // Without colours the log itself writes no escape sequences, so all of them can be escaped.
        .with_ansi(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
    }
    let _ = FORMAT.set(format);
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(())
}

/// The filter, with warnings and errors of everything unless it says another level for everything. A misspelt level is
/// the name of a module for the filter, which would show nothing else.
fn with_warnings(filter: &str) -> String {
    let directives = || filter.split(',').map(str::trim);
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| {
        let is_number = word.parse::<u8>().is_ok_and(|level| level <= 5);
        is_number || levels.iter().any(|level| level.eq_ignore_ascii_case(word))
    };
    if directives().all(str::is_empty) {
        "info".into()
    } else if directives().any(is_level) {
        filter.into()
    } else {
        format!("warn,{filter}")
    }
}

/// Reports the error that ends the program: as an event if the log is JSON, otherwise as a plain line.
pub fn report_fatal(error: &impl fmt::Display) {
    match FORMAT.get() {
        Some(LogFormat::Json) => tracing::error!("{error}"),
        Some(LogFormat::Text) | None => eprintln!("todo-list: {error}"),
    }
}

/// Writes each event as one line. The formatter writes a whole event at a time.
struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        match escape_event(event) {
            Some(line) => self.0.write_all(line.as_bytes())?,
            None => self.0.write_all(event)?,
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The event with every invisible character escaped: it could begin another line, control the terminal, or reverse the
/// order of other characters. `None` if there is none. The escapes are those of JSON, where such a character can only
/// be inside a string.
fn escape_event(event: &[u8]) -> Option<String> {
    let body = event.strip_suffix(b"\n").unwrap_or(event);
    if body.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut line = String::with_capacity(event.len() + 16);
    for char in String::from_utf8_lossy(body).chars() {
        match char {
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => push_escaped(char, &mut line),
            _ if char.is_control() => push_escaped(char, &mut line),
            _ => line.push(char),
        }
    }
    line.push('\n');
    Some(line)
}

fn push_escaped(char: char, line: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(line, "\\u{:04x}", u32::from(char));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_hides_warnings_only_if_it_says_so() {
        let check = |filter: &str, expected: &str| assert_eq!(with_warnings(filter), expected);
        check("", "info");
        check(" , ", "info");
        check("debgu", "warn,debgu");
        check("todo_list=debug", "warn,todo_list=debug");
        for filter in ["info", "ERROR", "off", "0", "todo_list=debug, warn"] {
            check(filter, filter);
        }
    }

    #[test]
    fn an_event_is_one_line_with_any_characters() {
        let check = |event: &str, expected: &str| {
            let mut lines = EscapingWriter(Vec::new());
            lines.write_all(event.as_bytes()).expect("a vector");
            assert_eq!(String::from_utf8(lines.0).expect("text"), expected);
        };
        check("a b ~\n", "a b ~\n");
        check("grün, 買い物 🛒\n", "grün, 買い物 🛒\n");
        check("a\nb\r\n", "a\\u000ab\\u000d\n");
        check(
            "\u{1b}[31mred\u{9b}0m\u{7f}\n",
            "\\u001b[31mred\\u009b0m\\u007f\n",
        );
        check(
            "a\u{2028}b\u{2029}c\u{85}d\n",
            "a\\u2028b\\u2029c\\u0085d\n",
        );
        check("\u{202e}gnp.exe\u{2066}\n", "\\u202egnp.exe\\u2066\n");
        check("\t\0\n", "\\u0009\\u0000\n");
    }
}
