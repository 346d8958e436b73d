use crate::{
    format,
    i18n::{locale, texts},
    live::Live,
};
use leptos::prelude::*;
use whahook_contract::Timestamp;

/// A time: UTC from the server, the reader's own zone once the page runs.
#[component]
pub fn Instant(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let (texts, locale) = (texts(), locale());
    let now = expect_context::<Live>().now;
    // By the day, so that nothing is formatted anew every second.
    let today = Memo::new(move |_| now.get().map(|now| now.timestamp().div_euclid(86_400)));
    let words = move || {
        let at = at.get();
        match today.get().and_then(|_| now.get_untracked()) {
            Some(now) => format::local(at, now, locale),
            None => format::utc(at, &texts.months),
        }
    };
    let machine = move || at.get().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    view! { <time datetime=machine>{words}</time> }
}
