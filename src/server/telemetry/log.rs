//! The log: what is written, in which form, and that nobody else writes it. Titles, paths and names come
//! from outside; whatever they hold, an event is one line.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// In which form the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// Lines that are JSON objects, for programs.
    Json,
}

/// How the log was started.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Starts the log, to standard error. What a panic says goes there too.
///
/// # Errors
///
/// What is wrong with the filter.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(|| Lines(io::stderr()))
        // Without colours no escape sequence in the log is ever ours, and none gets through.
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

/// Says why the program ends: as a line of the log if programs read it, else as other programs do.
pub fn last_words(error: &impl fmt::Display) {
    match FORMAT.get() {
        Some(LogFormat::Json) => tracing::error!("{error}"),
        Some(LogFormat::Text) | None => eprintln!("todo-list: {error}"),
    }
}

/// Writes each event as one line. The formatter hands over a whole event at a time.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        match escaped(event) {
            Some(line) => self.0.write_all(line.as_bytes())?,
            None => self.0.write_all(event)?,
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The event with an escape for every character that does more than to be seen: it could begin a line of
/// its own, speak to the terminal, or turn the order of the others. `None` if there is none. The escapes
/// are those of JSON, where such a character can only stand inside a string.
fn escaped(event: &[u8]) -> Option<String> {
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
            | '\u{feff}' => escape(char, &mut line),
            _ if char.is_control() => escape(char, &mut line),
            _ => line.push(char),
        }
    }
    line.push('\n');
    Some(line)
}

fn escape(char: char, line: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(line, "\\u{:04x}", u32::from(char));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        let check = |event: &str, expected: &str| {
            let mut lines = Lines(Vec::new());
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
