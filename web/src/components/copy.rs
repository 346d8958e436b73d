use super::icon::Icon;
use crate::i18n::texts;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// Copies a text and says that it did, until the text is another.
#[component]
pub fn Copy(
    text: Signal<String>,
    label: &'static str,
    #[prop(default = "button small ghost")] class: &'static str,
) -> impl IntoView {
    let texts = texts();
    let copied = RwSignal::new(false);
    Effect::new(move |_| {
        text.track();
        copied.set(false);
    });
    let copy = move |_| {
        let text = text.get_untracked();
        let promise = window().navigator().clipboard().write_text(&text);
        spawn_local(async move {
            copied.set(JsFuture::from(promise).await.is_ok());
        });
    };
    let disabled = Signal::derive(move || text.with(String::is_empty));
    let words = Signal::derive(move || {
        let done = copied.get();
        if done { texts.copied } else { label }.to_owned()
    });
    let said = Signal::derive(move || {
        let done = copied.get();
        if done { texts.copied } else { "" }.to_owned()
    });
    view! {
        <button type="button" class=class disabled=disabled on:click=copy>
            {move || view! { <Icon icon=if copied.get() { Icon::Check } else { Icon::Copy } /> }}
            {words}
        </button>
        <span class="visually-hidden" role="status">
            {said}
        </span>
    }
}
