use super::{try_it::TryIt, words::texts};
use crate::components::{copy::Copy, dialog::Closer, icon::Icon};
use leptos::{html, prelude::*};
use whahook_contract::key::CreatedKey;

/// The key, this once, and what to do with it.
#[component]
pub fn Made(made: CreatedKey) -> impl IntoView {
    let texts = texts();
    let dialog = expect_context::<Closer>();
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // Fails only for elements that cannot have the focus.
            let _ = heading.focus();
        }
    });
    let key = made.key.clone();
    view! {
        <div class="dialog-body made">
            <h2 id="create-title" tabindex="-1" node_ref=heading>
                {(texts.made_title)(&made.view.name)}
            </h2>
            <p class="callout waiting">
                <Icon icon=Icon::Alert />
                <span>{texts.made_warning}</span>
            </p>
            <div class="secret">
                <input readonly aria-label=texts.the_key value=key.clone() />
                <Copy text=Signal::stored(key) label=texts.copy_key class="button primary" />
            </div>
            <TryIt id="made" made=made />
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.done}
                </button>
            </div>
        </div>
    }
}
