//! The files of the built page. They are the fallback of the router, for paths without a route.

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::assets::embedded::EmbeddedFiles;
use super::assets::{Assets, Site};
use super::error::{ErrorFormat, ErrorRenderer, RequestError};

/// The files, and the renderer of the error for paths without a file.
#[derive(Clone)]
struct StaticFiles {
    files: Files,
    /// The URL prefix of files with a hash in their names, if there are such files. Their content never changes.
    hashed_prefix: Option<String>,
    errors: ErrorRenderer,
}

#[derive(Clone)]
enum Files {
    Folder(ServeDir),
    Embedded(EmbeddedFiles),
}

impl StaticFiles {
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

/// A router whose fallback serves the files of `assets`, and a 404 error for other paths.
pub(super) fn router(assets: &Assets, errors: ErrorRenderer) -> Router {
    Router::new().fallback_service(serve.with_state(StaticFiles::new(assets, errors)))
}

/// A router whose fallback is a 404 error.
pub(super) fn not_found(errors: ErrorRenderer) -> Router {
    let respond =
        move |uri: OriginalUri| async move { errors.render(RequestError::NotFound, uri.path()) };
    Router::new().fallback(respond)
}

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
            "public, max-age=31536000, immutable, no-transform"
        } else {
            "no-cache, no-transform"
        };
        let headers = [
            (header::CACHE_CONTROL, HeaderValue::from_static(control)),
            // A shared cache must not send a compressed file to a client that cannot decode it.
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        return (headers, file).into_response();
    }
    site.errors.render(RequestError::NotFound, &path)
}

/// The file at the path of a request; `None` if it does not exist, or if the file system rejects its name, for example
/// one that is too long.
async fn file(files: Files, request: Request) -> Option<Response> {
    match files {
        Files::Folder(mut files) => {
            let response = files.try_call(request).await.ok()?;
            (response.status() != StatusCode::NOT_FOUND).then(|| response.into_response())
        }
        Files::Embedded(files) => files.respond(request.uri().path(), request.headers()),
    }
}
