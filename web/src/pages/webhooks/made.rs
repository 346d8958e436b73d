use super::words::texts;
use crate::components::{copy::Copy, dialog::Closer, icon::Icon, instant::Instant};
use leptos::{html, prelude::*};
use whahook_contract::Timestamp;

/// A secret, this once.
#[component]
pub fn Made(
    title: &'static str,
    secret: String,
    /// How long the one before goes on signing.
    until: Option<Timestamp>,
) -> impl IntoView {
    let texts = texts();
    let dialog = expect_context::<Closer>();
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // Fails only for elements that cannot have the focus.
            let _ = heading.focus();
        }
    });
    view! {
        <div class="dialog-body made">
            <h2 id="webhook-title" tabindex="-1" node_ref=heading>
                {title}
            </h2>
            <p class="callout waiting">
                <Icon icon=Icon::Alert />
                <span>{texts.made_warning}</span>
            </p>
            <div class="secret">
                <input readonly aria-label=texts.the_secret value=secret.clone() />
                <Copy text=Signal::stored(secret) label=texts.copy_secret class="button primary" />
            </div>
            {until
                .map(|until| {
                    view! {
                        <p>
                            {texts.old_until} " " <Instant at=Signal::stored(until) /> "."
                        </p>
                    }
                })}
            <p class="hint">{texts.made_next}</p>
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.done}
                </button>
            </div>
        </div>
    }
}
