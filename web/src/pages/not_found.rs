use crate::{data::Page, i18n::texts};
use leptos::prelude::*;

#[component]
pub fn NotFound() -> impl IntoView {
    let texts = texts();
    view! {
        <main id="content" class="alone">
            <h1>{texts.not_found}</h1>
            <p class="lead">{texts.not_found_lead}</p>
            <p>
                <a class="button primary" href=Page::Connections.path()>
                    {texts.to_connections}
                </a>
            </p>
        </main>
    }
}
