//! The HTML document around the body of a page.

use axum::body::Bytes;
use leptos::config::get_configuration;
use leptos::hydration::AutoReload;
use leptos::prelude::*;

use crate::server::assets::Assets;

/// What runs in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// The WASM module, which takes the body over.
    Hydrate,
    /// Nothing.
    None,
}

/// Renders a whole document. `body` is called once, inside the owner of all that it makes.
pub(super) fn render<V: IntoView>(
    assets: &Assets,
    script: Script,
    body: impl FnOnce() -> V,
) -> Bytes {
    let owner = Owner::new_root(None);
    let html = owner.with(|| document(assets, script, body()).to_html());
    html.into()
}

fn document<V: IntoView>(assets: &Assets, script: Script, body: V) -> impl IntoView + use<V> {
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
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="stylesheet" href=assets.style.clone()/>
                {(script == Script::Hydrate).then(|| hydration_script(assets))}
                {auto_reload()}
            </head>
            <body>{body}</body>
        </html>
    }
}

/// Loads the script and the WASM module side by side, then hydrates. Without them, or before they
/// arrive, the page works by its forms.
fn hydration_script(assets: &Assets) -> impl IntoView + use<> {
    let (script, wasm) = (&assets.script, &assets.wasm);
    let module = inline_script(assets);
    view! {
        <link rel="modulepreload" href=script.clone()/>
        <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module">{module}</script>
    }
}

/// The one inline script of a document. The policy of pages lets it run, by its hash.
pub(in crate::server) fn inline_script(assets: &Assets) -> String {
    let (script, wasm) = (&assets.script, &assets.wasm);
    format!(
        "import init, {{ hydrate }} from {script:?};\
         await init({{ module_or_path: {wasm:?} }});\
         hydrate();"
    )
}

/// The development server's reload script; nothing outside `cargo leptos watch`.
fn auto_reload() -> Option<impl IntoView> {
    std::env::var_os("LEPTOS_WATCH")?;
    let options = get_configuration(None).ok()?.leptos_options;
    Some(view! { <AutoReload options/> })
}
