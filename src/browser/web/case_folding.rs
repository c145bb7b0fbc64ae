//! The tables of Unicode that searching needs. The server's twin gives the same results.

use js_sys::{JsString, RegExp};

/// The compatibility decomposition of a text, without marks and ignorable characters, in lower case. The browser has the
/// tables.
#[must_use]
pub fn decompose(text: &str) -> String {
    thread_local! {
        static IGNORED: RegExp = RegExp::new(r"[\p{M}\p{DI}]", "gu");
    }
    let text = JsString::from(text).normalize("NFKD");
    let text = IGNORED.with(|ignored| text.replace_by_pattern(ignored, ""));
    text.to_lower_case().into()
}
