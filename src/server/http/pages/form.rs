//! The fields of a submitted form, and the responses to what is not a form of these pages.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::Pages;
use super::fields;
use crate::server::http::body::is_form;

/// A submitted form. No field occurs twice.
pub(super) struct Form {
    fields: HashMap<String, String>,
}

impl Form {
    /// Parses the body of a request. `None` if a field occurs twice.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self { fields })
    }

    /// The value of a field, if the form has it.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The revision of the list that the page showed.
    pub(super) fn revision(&self) -> Option<u64> {
        self.field(fields::REVISION)?.parse().ok()
    }
}

impl Pages {
    /// Reads the form in a request body.
    ///
    /// # Errors
    ///
    /// The page that tells why the body is not a form.
    pub(super) fn read_form(
        &self,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Form, Box<Response>> {
        let error = |status, sentence| Box::new(self.form_error(status, sentence));
        if !is_form(headers) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(error(status, "The request is not a form of this page."));
        }
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                error(StatusCode::PAYLOAD_TOO_LARGE, "The text is too long.")
            }
            _ => error(StatusCode::BAD_REQUEST, "The form could not be read."),
        })?;
        Form::parse(&body).ok_or_else(|| Box::new(self.malformed_form()))
    }

    /// The page for a form that does not belong to this page.
    pub(super) fn malformed_form(&self) -> Response {
        let sentence = "The form does not belong to this page.";
        self.form_error(StatusCode::BAD_REQUEST, sentence)
    }

    fn form_error(&self, status: StatusCode, sentence: &str) -> Response {
        self.message(status, "Error: Could not read the form.", sentence)
    }
}
