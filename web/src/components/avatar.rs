use crate::format;
use leptos::prelude::*;

#[component]
pub fn Avatar(name: Signal<String>, id: u128) -> impl IntoView {
    let initials = Signal::derive(move || name.with(|name| format::initials(name)));
    view! {
        <span class=format!("avatar hue-{}", format::hue(id)) aria-hidden="true">
            {initials}
        </span>
    }
}
