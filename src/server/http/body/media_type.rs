//! The media type of a request body.

use axum::http::{HeaderMap, header};

/// Whether the `Content-Type` says JSON.
#[must_use]
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    has_media_type(headers, "application/json")
}

/// Whether the `Content-Type` says the fields of an HTML form.
#[must_use]
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    has_media_type(headers, "application/x-www-form-urlencoded")
}

/// Whether the `Content-Type` is this media type, with or without parameters.
fn has_media_type(headers: &HeaderMap, media_type: &str) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_media_type_application_json_is_json() {
        let check = |value: &'static str, expected: bool| {
            let headers =
                HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), expected, "{value}");
        };
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("application/json ;charset=utf-8", true);
        check("text/plain", false);
        check("application/jsonp", false);
        check("", false);
        assert!(!is_json(&HeaderMap::new()));
    }
}
