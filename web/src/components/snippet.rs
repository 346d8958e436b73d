use super::copy::Copy;
use leptos::prelude::*;

/// Programs to copy, one at a time.
#[component]
pub fn Programs(
    /// What is chosen from.
    label: &'static str,
    ways: Vec<&'static str>,
    shown: RwSignal<usize>,
    text: Signal<String>,
    copy: &'static str,
) -> impl IntoView {
    let ways = ways.into_iter().enumerate().map(|(n, way)| {
        let pressed = Signal::derive(move || if shown.get() == n { "true" } else { "false" });
        view! {
            <button type="button" class="way" aria-pressed=pressed on:click=move |_| shown.set(n)>
                {way}
            </button>
        }
    });
    view! {
        <div class="snippet-head">
            <div class="ways" role="group" aria-label=label>
                {ways.collect_view()}
            </div>
            <div class="snippet-acts">
                <Copy text=text label=copy class="button small" />
            </div>
        </div>
        <pre class="snippet">
            <code>{text}</code>
        </pre>
    }
}
