use crate::{
    data::{Page, PageData},
    i18n::texts,
    pages::{connections::Connections, login::Login, not_found::NotFound, register::Register},
};
use leptos::{either::EitherOf4, prelude::*};

/// The whole document; the server renders it.
#[cfg(feature = "ssr")]
pub fn shell() -> impl IntoView {
    use crate::data::Assets;
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;

    let data = expect_context::<PageData>();
    let assets = expect_context::<Assets>();
    let title = format!("{} · WhaHook", data.page.title(texts()));
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
                <title>{title}</title>
                <link
                    rel="preload"
                    href=assets.font
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin=""
                />
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
    let texts = texts();
    let page = match expect_context::<PageData>().page {
        Page::Login => EitherOf4::A(Login()),
        Page::Register => EitherOf4::B(Register()),
        Page::Connections => EitherOf4::C(Connections()),
        Page::NotFound => EitherOf4::D(NotFound()),
    };
    view! {
        <a class="skip" href="#content">
            {texts.skip_to_content}
        </a>
        // As text: browsers with JavaScript parse no elements in here.
        <noscript inner_html=format!("<p class=\"noscript\">{}</p>", texts.needs_javascript)></noscript>
        {page}
    }
}
