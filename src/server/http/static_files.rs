//! The files of the built page: what a request gets whose path has no route.

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::assets::embedded::EmbeddedFiles;
use super::assets::{Assets, Site};
use super::error::{ErrorFormat, ErrorRenderer, RequestError};

/// The files, and the error for paths without one.
#[derive(Clone)]
struct StaticFiles {
    files: Files,
    /// Files below it have a hash of their content in their names.
    hashed_prefix: Option<String>,
    errors: ErrorRenderer,
}

#[derive(Clone)]
enum Files {
    Folder(ServeDir),
    Embedded(EmbeddedFiles),
}

impl StaticFiles {
    /// Serves the files of `assets`.
    fn new(assets: &Assets, errors: ErrorRenderer) -> Self {
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
            errors,
        }
    }
}

/// The fallback of a router: the files of `assets`, and an error for other paths.
pub(crate) fn router(assets: &Assets, errors: ErrorRenderer) -> Router {
    Router::new().fallback_service(serve.with_state(StaticFiles::new(assets, errors)))
}

/// The fallback of a router that has no files.
pub(crate) fn not_found(errors: ErrorRenderer) -> Router {
    let answer =
        move |uri: OriginalUri| async move { errors.render(RequestError::NotFound, uri.path()) };
    Router::new().fallback(answer)
}

/// Answers a request whose path has no route.
async fn serve(State(site): State<StaticFiles>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if ErrorFormat::of_path(&path) == ErrorFormat::Page
        && matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = file(site.files, request).await
    {
        let hashed = site
            .hashed_prefix
            .is_some_and(|prefix| path.starts_with(&prefix));
        let control = if hashed {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CACHE_CONTROL, HeaderValue::from_static(control)),
            // A cache between server and client must not give the compressed file to a client that cannot read it.
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        return (headers, file).into_response();
    }
    site.errors.render(RequestError::NotFound, &path)
}

/// The file at the path of the request; `None` if there is none, or if the file system refuses its name (too long, for
/// example).
async fn file(files: Files, request: Request) -> Option<Response> {
    match files {
        Files::Folder(mut files) => {
            let response = files.try_call(request).await.ok()?;
            (response.status() != StatusCode::NOT_FOUND).then(|| response.into_response())
        }
        Files::Embedded(files) => files.answer(request.uri().path(), request.headers()),
    }
}
