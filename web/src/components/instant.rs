use crate::{
    format,
    i18n::{Locale, locale, texts},
    live::Live,
};
use leptos::prelude::*;
use whahook_contract::Timestamp;

/// A time: UTC from the server, the reader's own zone once the page runs.
#[component]
pub fn Instant(at: Signal<Timestamp>) -> impl IntoView {
    view! { <Written at=at local=format::local /> }
}

/// The day alone, where the hour does not matter.
#[component]
pub fn Day(at: Timestamp) -> impl IntoView {
    let at = Signal::stored(at);
    view! { <Written at=at local=|at, _, locale| format::local_day(at, locale) /> }
}

#[component]
fn Written(
    at: Signal<Timestamp>,
    local: fn(Timestamp, Timestamp, Locale) -> String,
) -> impl IntoView {
    let (texts, locale) = (texts(), locale());
    let live = expect_context::<Live>();
    let words = Signal::derive(move || {
        let at = at.get();
        if live.runs() {
            // What is today is not tomorrow.
            live.minute.track();
            let now = live.now.get_untracked().unwrap_or(at);
            return local(at, now, locale);
        }
        // What the server wrote stays until then: hydration keeps it.
        #[cfg(feature = "ssr")]
        return format::utc(at, &texts.months);
        #[cfg(not(feature = "ssr"))]
        return texts.months[0].to_owned();
    });
    let machine = Signal::derive(move || format::iso(at.get()));
    view! { <time datetime=machine>{words}</time> }
}
