use super::{history, words::texts};
use crate::{
    api,
    components::{callout::Alert, dialog::Dialog},
    format,
    i18n::locale,
    live::Live,
};
use leptos::{either::Either, prelude::*, task::spawn_local};
use whahook_contract::account::AccountView;

/// What happened to an account, the newest first.
#[component]
pub fn ActivityDialog(account: AccountView, on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let title = (texts.activity_of)(&account.label);
    view! {
        <Dialog class="middle" labelled_by="activity-title" on_close=on_close>
            <div class="dialog-body">
                <h2 id="activity-title" tabindex="-1" autofocus>
                    {title}
                </h2>
                <Timeline account=account />
            </div>
        </Dialog>
    }
}

#[component]
fn Timeline(account: AccountView) -> impl IntoView {
    let (texts, locale) = (texts(), locale());
    let live = expect_context::<Live>();
    let id = account.id;
    let account = live.follow(account);
    let html = RwSignal::new(None::<String>);
    let next = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let load = move |cursor: Option<String>| {
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::activity(id, cursor.as_deref()).await {
                Ok((page, following)) => {
                    let now = live.now.get_untracked();
                    let local = |at| format::local(at, now.unwrap_or(at), locale);
                    let page = history::timeline(&page, texts, &local);
                    html.try_update(|html| match html {
                        Some(html) if cursor.is_some() => html.push_str(&page),
                        _ => *html = Some(page),
                    });
                    next.try_set(following);
                }
                Err(trouble) => {
                    problem.try_set(Some(trouble.words(texts)));
                }
            }
            pending.try_set(false);
        });
    };
    // From the top again when something happens.
    let last = Memo::new(move |_| account.with(|a| Some(a.since.timestamp_millis())));
    Effect::new(move |_| {
        // Read, not only tracked: a memo that nobody reads follows nothing.
        if last.get().is_some() {
            load(None);
        }
    });
    let html = Signal::derive(move || html.get().unwrap_or_default());
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <Alert words=problem.into() />
        <ol class="timeline" aria-busy=busy inner_html=html></ol>
        {move || {
            if next.with(Option::is_some) {
                Either::Left(
                    view! {
                        <button
                            type="button"
                            class="button"
                            aria-busy=busy
                            on:click=move |_| {
                                if !pending.get_untracked() {
                                    load(next.get_untracked());
                                }
                            }
                        >
                            {texts.load_more}
                        </button>
                    },
                )
            } else {
                Either::Right(
                    pending
                        .get()
                        .then(|| view! { <span class="spinner" aria-hidden="true"></span> }),
                )
            }
        }}
    }
}
