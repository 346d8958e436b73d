use crate::format;
use leptos::prelude::*;

#[component]
pub fn Avatar(#[prop(into)] name: Signal<String>, id: u128) -> impl IntoView {
    view! {
        <span class=format!("avatar hue-{}", format::hue(id)) aria-hidden="true">
            {move || name.with(|name| format::initials(name))}
        </span>
    }
}
