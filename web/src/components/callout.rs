use super::icon::Icon;
use leptos::prelude::*;

/// Something that went wrong, said at once to those who cannot see it.
#[component]
pub fn Alert(words: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                words
                    .get()
                    .map(|words| {
                        view! {
                            <p class="callout bad">
                                <Icon icon=Icon::Alert />
                                <span>{words}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}
