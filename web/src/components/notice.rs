use super::icon::Icon;
use crate::{i18n::texts, live::Live};
use leptos::prelude::*;

/// What went wrong with a command that has no dialog of its own.
#[component]
pub fn Notice() -> impl IntoView {
    let texts = texts();
    let notice = expect_context::<Live>().notice;
    view! {
        <div role="alert">
            {move || {
                notice
                    .get()
                    .map(|words| {
                        view! {
                            <p class="callout bad">
                                <Icon icon=Icon::Alert />
                                <span>{words}</span>
                                <button
                                    type="button"
                                    class="button ghost square"
                                    aria-label=texts.dismiss
                                    on:click=move |_| notice.set(None)
                                >
                                    <Icon icon=Icon::Close />
                                </button>
                            </p>
                        }
                    })
            }}
        </div>
    }
}
