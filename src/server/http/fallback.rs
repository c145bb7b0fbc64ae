//! What is answered where no route matches: a file of the built page, or a clear "not found".

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::api::items::ApiError;
use super::assets::embedded::EmbeddedFiles;
use super::assets::{Assets, Site};
use super::error::problem::Problem;
use super::pages::Pages;

/// The files of the built page, and the page that says that there is nothing.
#[derive(Clone)]
pub(crate) struct Fallback {
    files: Files,
    hashed_prefix: Option<String>,
    pages: Pages,
}

#[derive(Clone)]
enum Files {
    Folder(ServeDir),
    Embedded(EmbeddedFiles),
}

impl Fallback {
    /// Serves the files of `assets`; `pages` renders what is not found.
    #[must_use]
    pub(crate) fn new(assets: &Assets, pages: Pages) -> Self {
        let hashed = assets.names_are_hashed();
        let files = match &assets.site {
            Site::Folder(folder) => Files::Folder(
                ServeDir::new(folder)
                    .append_index_html_on_directories(false)
                    .precompressed_br()
                    .precompressed_gzip(),
            ),
            Site::Embedded(page) => Files::Embedded(EmbeddedFiles::new(page)),
        };
        Self {
            files,
            hashed_prefix: hashed.then(|| format!("{}/", assets.pkg_path)),
            pages,
        }
    }
}

/// Whether a path belongs to the API, where everything is answered in JSON.
#[must_use]
pub(crate) fn is_api_path(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Whether a path belongs to the v1 API, where every refusal is a problem.
#[must_use]
pub(crate) fn is_v1_path(path: &str) -> bool {
    path == "/api/v1" || path.starts_with("/api/v1/")
}

/// Whether a path belongs to the server functions, which the page calls.
#[must_use]
pub(crate) fn is_call_path(path: &str) -> bool {
    path.starts_with("/api/fn/")
}

/// Answers a request by a method that its path does not have, below `/api`.
pub(crate) async fn method_not_allowed(uri: OriginalUri) -> Response {
    if is_v1_path(uri.path()) {
        Problem::method_not_allowed().into_response()
    } else {
        ApiError::MethodNotAllowed.into_response()
    }
}

/// Answers every request that no route has taken.
pub(crate) async fn answer(State(fallback): State<Fallback>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if is_v1_path(&path) {
        return Problem::not_found("There is nothing at this path").into_response();
    }
    if is_api_path(&path) {
        return ApiError::NotFound.into_response();
    }
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = file(fallback.files, request).await
    {
        let hashed = fallback
            .hashed_prefix
            .is_some_and(|prefix| path.starts_with(&prefix));
        let control = if hashed {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CACHE_CONTROL, HeaderValue::from_static(control)),
            // A cache on the way must not give the compressed file to a client that cannot read it.
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        return (headers, file).into_response();
    }
    let sentence = "There is no page at this address.";
    fallback
        .pages
        .message(StatusCode::NOT_FOUND, "Not found", sentence)
}

/// The file at the path of the request, if there is one. A name that the file system cannot even look
/// up (too long, for one) is not there either.
async fn file(files: Files, request: Request) -> Option<Response> {
    match files {
        Files::Folder(mut files) => {
            let response = files.try_call(request).await.ok()?;
            (response.status() != StatusCode::NOT_FOUND).then(|| response.into_response())
        }
        Files::Embedded(files) => files.answer(request.uri().path(), request.headers()),
    }
}
