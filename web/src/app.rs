//! The document around a page: rendered by the server, made to act by the page's bundle.

use crate::i18n::texts;
use leptos::prelude::*;

/// Makes the document that the server rendered act. `page` must be the one that it shows.
#[cfg(feature = "hydrate")]
pub fn start<V: IntoView + 'static>(page: fn() -> V) {
    run(|| (), page);
}

/// The same for a page that shows more than every page does.
#[cfg(feature = "hydrate")]
pub fn start_with<T, V>(read: fn(&wasm_bindgen::JsValue) -> Option<T>, page: fn() -> V)
where
    T: Send + Sync + 'static,
    V: IntoView + 'static,
{
    use crate::data::OwnData;
    let own = move || {
        let data = carried(OwnData::ELEMENT).and_then(|data| read(&data));
        provide_context(data.expect("the server puts the page's own data into its document"));
    };
    run(own, page);
}

#[cfg(feature = "hydrate")]
fn run<V: IntoView + 'static>(provide: impl FnOnce() + 'static, page: fn() -> V) {
    use crate::{data::PageData, wire};
    console_error_panic_hook::set_once();
    let data = carried(PageData::ELEMENT)
        .and_then(|data| wire::page_data(&data))
        .expect("the server puts the page's data into every document");
    hydrate_body(move || {
        provide_context(data);
        provide();
        body(page)
    });
}

/// What a script element of the document carries.
#[cfg(feature = "hydrate")]
fn carried(id: &str) -> Option<wasm_bindgen::JsValue> {
    let json = document().get_element_by_id(id)?.text_content()?;
    js_sys::JSON::parse(&json).ok()
}

/// The whole document of the page that is asked for.
#[cfg(feature = "ssr")]
pub fn shell() -> AnyView {
    use crate::{
        data::{Page, PageData},
        pages::{
            api_keys::ApiKeys, connections::Connections, inbox::InboxPage, messages::MessagesPage,
            not_found::NotFound, receiving::Receiving, sign_in::SignIn, webhooks::WebhooksPage,
        },
    };
    match expect_context::<PageData>().page {
        Page::Login | Page::Register => document_of(SignIn).into_any(),
        Page::Connections => document_of(Connections).into_any(),
        Page::Messages => document_of(MessagesPage).into_any(),
        Page::Inbox => document_of(InboxPage).into_any(),
        Page::ApiKeys => document_of(ApiKeys).into_any(),
        Page::Webhooks => document_of(WebhooksPage).into_any(),
        Page::Receiving => document_of(Receiving).into_any(),
        Page::NotFound => document_of(NotFound).into_any(),
    }
}

#[cfg(feature = "ssr")]
fn document_of<V: IntoView + 'static>(page: fn() -> V) -> impl IntoView {
    use crate::data::{Assets, PageData};
    use leptos_meta::MetaTags;

    let data = expect_context::<PageData>();
    let assets = expect_context::<Assets>();
    let own_style = assets.bundle.as_ref().and_then(|it| it.style.clone());
    let title = format!("{} · WhaHook", data.page.title(texts()));
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
                {own_style.map(|style| view! { <link rel="stylesheet" href=style /> })}
                <link rel="icon" href=assets.icon r#type="image/svg+xml" />
                {assets.bundle.map(|bundle| scripts(bundle, &data))}
                <MetaTags />
            </head>
            <body>{body(page)}</body>
        </html>
    }
}

/// What makes the page act, loaded side by side.
#[cfg(feature = "ssr")]
fn scripts(bundle: crate::data::Bundle, data: &crate::data::PageData) -> impl IntoView + use<> {
    use crate::data::{OwnData, PageData};
    use leptos::nonce::use_nonce;

    let start = format!(
        "import start from {:?}; await start({{ module_or_path: {:?} }});",
        bundle.script, bundle.wasm
    );
    view! {
        <link rel="modulepreload" href=bundle.script />
        {bundle
            .modules
            .into_iter()
            .map(|module| view! { <link rel="modulepreload" href=module /> })
            .collect_view()}
        <link
            rel="preload"
            href=bundle.wasm
            r#as="fetch"
            r#type="application/wasm"
            crossorigin=""
        />
        <script
            r#type="application/json"
            id=PageData::ELEMENT
            inner_html=data.to_script()
        ></script>
        {use_context::<OwnData>()
            .map(|own| {
                view! {
                    <script
                        r#type="application/json"
                        id=OwnData::ELEMENT
                        inner_html=own.0
                    ></script>
                }
            })}
        <script r#type="module" nonce=use_nonce() inner_html=start></script>
    }
}

fn body<V: IntoView>(page: fn() -> V) -> impl IntoView {
    let texts = texts();
    view! {
        <a class="skip" href="#content">
            {texts.skip_to_content}
        </a>
        // As text: browsers with JavaScript parse no elements in here.
        <noscript inner_html=format!("<p class=\"noscript\">{}</p>", texts.needs_javascript)></noscript>
        {page()}
    }
}
