//! How a receiver knows that what comes is genuine: programs to copy.

use super::words::texts;
use crate::components::snippet::Programs;
use leptos::prelude::*;

const PROGRAMS: [(&str, &str); 2] = [
    ("Python", include_str!("programs/receive.py")),
    ("JavaScript", include_str!("programs/receive.mjs")),
];

#[component]
pub fn Verify() -> impl IntoView {
    let texts = texts();
    let shown = RwSignal::new(0);
    let text = Signal::derive(move || {
        let program = PROGRAMS.get(shown.get());
        program.map_or("", |(_, program)| program).to_owned()
    });
    view! {
        <section class="panel" aria-labelledby="verify-title">
            <div>
                <h2 id="verify-title">{texts.verify_title}</h2>
                <p class="lead">
                    {texts.verify_lead} " " <a href="https://www.standardwebhooks.com" rel="noreferrer">
                        "Standard Webhooks"
                    </a>
                </p>
            </div>
            <div class="try">
                <Programs
                    label=texts.language_of
                    ways=PROGRAMS.iter().map(|(name, _)| *name).collect()
                    shown=shown
                    text=text
                    copy=texts.copy_snippet
                />
            </div>
        </section>
    }
}
