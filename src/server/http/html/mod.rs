//! The HTML document around the body of a page, and its inline scripts.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::config::get_configuration;
use leptos::hydration::AutoReload;
use leptos::prelude::*;

use super::assets::Assets;
use super::body::{CHUNK_BYTES, Chunks};
use crate::browser::HtmlSink;

/// The media type of pages.
pub(crate) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// What runs in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script<'a> {
    /// The WASM module, which takes the body over; this inline script loads it. And [`SESSION_SCRIPT`].
    Hydrate(&'a str),
    /// Only [`SESSION_SCRIPT`].
    Session,
    /// Nothing.
    None,
}

/// The inline script of every page that shows something of the list: it hides the page once its session is over.
pub(crate) static SESSION_SCRIPT: LazyLock<String> =
    LazyLock::new(|| without_comments(include_str!("script/session.js")));

/// Renders a whole document. `body` is called once, inside the owner of all that it makes.
pub(crate) fn render<V: IntoView>(
    assets: &Assets,
    script: Script<'_>,
    body: impl FnOnce() -> V,
) -> Bytes {
    render_chunked(assets, script, body).into_bytes()
}

/// The same for one that may be long: what has been written is taken away piece by piece.
pub(crate) fn render_chunked<V: IntoView>(
    assets: &Assets,
    script: Script<'_>,
    body: impl FnOnce() -> V,
) -> Chunks {
    let chunks = Arc::new(Mutex::new(Chunks::default()));
    let take = |html: &mut String, chunks: &Mutex<Chunks>| {
        // Nothing panics in between.
        let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.push(html.as_bytes());
        html.clear();
    };
    let drain = {
        let chunks = chunks.clone();
        HtmlSink(Arc::new(move |html| {
            if html.len() >= CHUNK_BYTES {
                take(html, &chunks);
            }
        }))
    };
    let owner = Owner::new_root(None);
    let mut html = owner.with(|| {
        provide_context(drain);
        document(assets, script, body()).to_html()
    });
    take(&mut html, &chunks);
    let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *chunks)
}

/// A page with a heading, a sentence and a link to the list.
pub(crate) fn message_page(assets: &Assets, heading: &str, sentence: &str) -> Bytes {
    let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
    render(assets, Script::None, || {
        view! {
            <main class="page">
                <header class="top">
                    <h1>{heading}</h1>
                </header>
                <p class="lead">{sentence}</p>
                <p>
                    <a href="/">"Back to the list"</a>
                </p>
            </main>
        }
    })
}

/// The response with such a page.
#[must_use]
pub(crate) fn message(
    assets: &Assets,
    status: StatusCode,
    heading: &str,
    sentence: &str,
) -> Response {
    let page = message_page(assets, heading, sentence);
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], page).into_response()
}

fn document<V: IntoView>(assets: &Assets, script: Script<'_>, body: V) -> impl IntoView + use<V> {
    let hydration_script = match script {
        Script::Hydrate(inline_script) => Some(hydration_script(assets, inline_script)),
        Script::Session | Script::None => None,
    };
    let session_script =
        (script != Script::None).then(|| view! { <script>{SESSION_SCRIPT.as_str()}</script> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>"Dynamic To-Do List"</title>
                <meta name="description" content="A shared to-do list."/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f6f5f2" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#171819" media="(prefers-color-scheme: dark)"/>
                // Before the style sheet, which scripts after it would wait for.
                {session_script}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                // With cookies: a proxy that lets in only those who have signed in asks for them here too.
                <link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials"/>
                <link rel="stylesheet" href=assets.style.clone()/>
                {hydration_script}
                {auto_reload()}
            </head>
            <body>{body}</body>
        </html>
    }
}

/// Loads the script and the WASM module side by side, then hydrates. Without them, or before they
/// arrive, the page works by its forms.
fn hydration_script(assets: &Assets, inline_script: &str) -> impl IntoView + use<> {
    let (script, wasm) = (&assets.script, &assets.wasm);
    let module = inline_script.to_owned();
    view! {
        <link rel="modulepreload" href=script.clone()/>
        <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module">{module}</script>
    }
}

/// The inline script that brings the page to life. The policy of pages lets it run, by its hash. `version` is that of
/// the service worker, if there is one.
///
/// Every page carries it, so its comments stay here.
pub(crate) fn inline_script(assets: &Assets, version: Option<&str>) -> String {
    let mut script = concat!(
        include_str!("script/failure.js"),
        include_str!("script/hydrate.js")
    )
    .to_owned();
    if let Some(version) = version {
        script += &include_str!("script/update.js").replace("\"VERSION\"", &format!("{version:?}"));
    }
    without_comments(&script)
        .replace("\"SCRIPT\"", &format!("{:?}", assets.script))
        .replace("\"WASM\"", &format!("{:?}", assets.wasm))
}

/// A script without its indentation, and without the lines that are comments.
pub(crate) fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let is_code = |line: &&str| !["//", "/**", "*"].iter().any(|mark| line.starts_with(mark));
    lines.filter(is_code).collect::<Vec<_>>().join("\n")
}

/// The development server's reload script; nothing outside `cargo leptos watch`.
fn auto_reload() -> Option<impl IntoView> {
    std::env::var_os("LEPTOS_WATCH")?;
    let options = get_configuration(None).ok()?.leptos_options;
    Some(view! { <AutoReload options/> })
}
