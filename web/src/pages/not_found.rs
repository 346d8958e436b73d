use crate::{components::nav::CONNECTIONS, i18n::texts};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    let texts = texts();
    view! {
        <Title text=texts.not_found />
        <main id="content" class="alone">
            <h1>{texts.not_found}</h1>
            <p class="lead">{texts.not_found_lead}</p>
            <p>
                <a class="button primary" rel="external" href=CONNECTIONS>
                    {texts.to_connections}
                </a>
            </p>
        </main>
    }
}
