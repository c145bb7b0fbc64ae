//! Text without case and accents, for searching. The server's twin gives the same results.

use js_sys::{JsString, RegExp};

/// The text without case and accents. The browser has the Unicode tables.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    thread_local! {
        static MARKS: RegExp = RegExp::new(r"\p{M}", "gu");
        static FINAL_SIGMA: RegExp = RegExp::new("\u{3c2}", "g");
    }
    let text = JsString::from(text).normalize("NFD");
    let text = MARKS.with(|marks| text.replace_by_pattern(marks, ""));
    let text = text.to_lower_case();
    FINAL_SIGMA
        .with(|sigma| text.replace_by_pattern(sigma, "\u{3c3}"))
        .into()
}
