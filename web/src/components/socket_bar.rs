use crate::{i18n::texts, live::Live};
use leptos::prelude::*;

/// Says when the page is not live, and nothing otherwise.
#[component]
pub fn SocketBar() -> impl IntoView {
    let online = expect_context::<Live>().online;
    view! {
        <div class="socket-bar" role="status">
            {move || {
                (!online.get())
                    .then(|| {
                        view! {
                            <p>
                                <span class="spinner" aria-hidden="true"></span>
                                {texts().socket_lost}
                            </p>
                        }
                    })
            }}
        </div>
    }
}
