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
pub(super) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// The style sheet of what no list page shows when it opens, and of the other pages.
pub(super) const DEFERRED_STYLE: &str = "/deferred.css";

/// The scripts of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script<'a> {
    /// [`SESSION_SCRIPT`], and this inline script, which loads the WASM module and hydrates the body.
    Hydrate(&'a str),
    /// [`SESSION_SCRIPT`] only.
    Session,
    /// No script.
    None,
}

/// The inline script of every page that shows items. It hides the page after its session has ended.
pub(super) static SESSION_SCRIPT: LazyLock<String> =
    LazyLock::new(|| without_comments(include_str!("script/session.js")));

/// Renders a document. `body` creates its view inside the reactive owner of the document.
pub(super) fn render<V: IntoView>(
    assets: &Assets,
    script: Script<'_>,
    body: impl FnOnce() -> V,
) -> Bytes {
    render_chunked(assets, script, body).into_bytes()
}

/// Renders a document that may be long. The HTML moves into the chunks while it is rendered, so that it is never in one
/// buffer.
pub(super) fn render_chunked<V: IntoView>(
    assets: &Assets,
    script: Script<'_>,
    body: impl FnOnce() -> V,
) -> Chunks {
    let chunks = Arc::new(Mutex::new(Chunks::default()));
    let take = |html: &mut String, chunks: &Mutex<Chunks>| {
        // A panic cannot leave the chunks half written.
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
pub(super) fn message_page(assets: &Assets, heading: &str, sentence: &str) -> Bytes {
    let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
    render(assets, Script::None, || {
        view! {
            <main class="note">
                <h1>{heading}</h1>
                <p>{sentence}</p>
                <p>
                    <a href="/">"Back to the list"</a>
                </p>
            </main>
        }
    })
}

/// The response with a [`message_page`].
#[must_use]
pub(super) fn message(
    assets: &Assets,
    status: StatusCode,
    heading: &str,
    sentence: &str,
) -> Response {
    let page = message_page(assets, heading, sentence);
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], page).into_response()
}

fn document<V: IntoView>(assets: &Assets, script: Script<'_>, body: V) -> impl IntoView + use<V> {
    let deferred_style = || view! { <link rel="stylesheet" href=DEFERRED_STYLE/> };
    // At the end of the body, it delays only what follows it.
    let (hydration_script, style, last_style) = match script {
        Script::Hydrate(inline_script) => {
            let script = hydration_script(assets, inline_script);
            (Some(script), None, Some(deferred_style()))
        }
        Script::Session | Script::None => (None, Some(deferred_style()), None),
    };
    let session_script =
        (script != Script::None).then(|| view! { <script>{SESSION_SCRIPT.as_str()}</script> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover,interactive-widget=resizes-content"/>
                <title>"Dynamic To-Do List"</title>
                <meta name="description" content="A shared to-do list."/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f6f5f2" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#161718" media="(prefers-color-scheme: dark)"/>
                // Before the style sheet: a browser delays scripts that follow one until it has loaded.
                {session_script}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                // With cookies, for a reverse proxy that requires its own session for every file.
                <link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials"/>
                <link rel="stylesheet" href=assets.style.clone()/>
                {style}
                {hydration_script}
                {auto_reload()}
            </head>
            <body>{body}{last_style}</body>
        </html>
    }
}

/// Loads the script and the WASM module in parallel, then hydrates. Until then, the page works by its forms.
fn hydration_script(assets: &Assets, inline_script: &str) -> impl IntoView + use<> {
    let (script, wasm) = (&assets.script, &assets.wasm);
    let module = inline_script.to_owned();
    view! {
        <link rel="modulepreload" href=script.clone()/>
        <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module">{module}</script>
    }
}

/// The inline script that hydrates a list page. The content security policy allows it by its hash. `version` is that of
/// the service worker, if there is one.
pub(super) fn inline_script(assets: &Assets, version: Option<&str>) -> String {
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

/// Removes indentation and comment lines from a script. Every page contains its inline scripts, so each byte counts.
pub(super) fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let is_code = |line: &&str| !["//", "/**", "*"].iter().any(|mark| line.starts_with(mark));
    lines.filter(is_code).collect::<Vec<_>>().join("\n")
}

/// The reload script of `cargo leptos watch`; `None` outside of it.
fn auto_reload() -> Option<impl IntoView> {
    std::env::var_os("LEPTOS_WATCH")?;
    let options = get_configuration(None).ok()?.leptos_options;
    Some(view! { <AutoReload options/> })
}
