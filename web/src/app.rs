use crate::{
    i18n::texts,
    pages::{connections::Connections, login::Login, not_found::NotFound, register::Register},
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};

/// The whole document; the server renders it.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    use crate::data::{Assets, PageData};
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;

    let data = expect_context::<PageData>();
    let assets = expect_context::<Assets>();
    let start = format!(
        "import start, {{ hydrate }} from {:?}; await start({{ module_or_path: {:?} }}); hydrate();",
        assets.script, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang=data.locale.code() data-theme=data.theme.code()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="preload" href=assets.font r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="stylesheet" href=assets.style />
                <link rel="icon" href=assets.icon r#type="image/svg+xml" />
                <link rel="modulepreload" href=assets.script />
                {assets
                    .modules
                    .into_iter()
                    .map(|module| view! { <link rel="modulepreload" href=module /> })
                    .collect_view()}
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin=""
                />
                <script
                    r#type="application/json"
                    id=PageData::ELEMENT
                    inner_html=data.to_script()
                ></script>
                <script r#type="module" nonce=use_nonce() inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|page: String| {
            if page.is_empty() { "WhaHook".to_owned() } else { format!("{page} · WhaHook") }
        } />
        <Router>
            <a class="skip" rel="external" href="#content">
                {texts().skip_to_content}
            </a>
            // As text: browsers with JavaScript parse no elements in here.
            <noscript inner_html=format!(
                "<p class=\"noscript\">{}</p>",
                texts().needs_javascript,
            )></noscript>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view=Login />
                <Route path=path!("/register") view=Register />
                <Route path=path!("/settings/connections") view=Connections />
            </Routes>
        </Router>
    }
}
