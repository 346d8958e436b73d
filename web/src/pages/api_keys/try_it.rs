use super::{
    Keys,
    snippets::{Example, PLACEHOLDER, Snippet},
    words::{Texts, texts},
};
use crate::{components::snippet::Programs, data::Page, live::Live};
use leptos::{either::Either, prelude::*};
use whahook_contract::{
    ids::AccountId,
    key::{CreatedKey, Scope},
};

/// Programs to copy, filled in with an account and, right after it was made, the key.
#[component]
pub fn TryIt(
    /// Begins the ids inside: the page and a dialog may both have one.
    id: &'static str,
    #[prop(optional)] made: Option<CreatedKey>,
) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let url = expect_context::<Keys>().url;
    let (key, scopes, only) = match made {
        Some(made) => (made.key, made.view.scopes, made.view.account_ids),
        None => (PLACEHOLDER.to_owned(), Scope::ALL.to_vec(), None),
    };
    let snippets = Snippet::of(&scopes);
    let ways = snippets.iter().map(|way| name(*way, texts)).collect();
    let shown = RwSignal::new(0);
    let offered = Memo::new(move |_| {
        let ids = live.ids().get();
        let covers = |id: &AccountId| only.as_ref().is_none_or(|only| only.contains(id));
        ids.into_iter().filter(covers).collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(None::<AccountId>);
    let account = Memo::new(move |_| {
        let offered = offered.get();
        let chosen = chosen.get().filter(|id| offered.contains(id));
        // One that is connected shows at once that it works.
        let ready = offered.iter().find(|id| live.is_ready(**id));
        chosen.or(ready.copied()).or(offered.first().copied())
    });
    let text = Signal::derive(move || {
        let account = account.get();
        let snippet = snippets.get(shown.get()).copied();
        snippet.unwrap_or(Snippet::Look).text(&Example {
            url: url.get_value(),
            key: key.clone(),
            account,
            to: account.and_then(|id| live.phone_number(id)),
            text: texts.test_text,
        })
    });
    let select_id = format!("{id}-account");
    let label_for = select_id.clone();
    view! {
        <div class="try">
            {move || {
                if account.get().is_none() {
                    return Either::Left(
                        view! {
                            <p class="callout waiting">
                                <span>{texts.no_account}</span>
                                <a class="button small" href=Page::Connections.path()>
                                    {texts.connect_first}
                                </a>
                            </p>
                        },
                    );
                }
                let options = move || {
                    let options = offered.get().into_iter().map(|id| {
                        let chosen = account.get() == Some(id);
                        let label = live.label(id).unwrap_or_default();
                        view! {
                            <option value=id.to_string() selected=chosen>
                                {label}
                            </option>
                        }
                    });
                    options.collect_view()
                };
                Either::Right(
                    view! {
                        <div class="field inline">
                            <label for=label_for.clone()>{texts.account}</label>
                            <select
                                id=select_id.clone()
                                on:change=move |event| {
                                    chosen.set(event_target_value(&event).parse().ok());
                                }
                            >
                                {options}
                            </select>
                        </div>
                    },
                )
            }}
            <Programs
                label=texts.way
                ways=ways
                shown=shown
                text=text
                copy=texts.copy_snippet
            />
        </div>
    }
}

const fn name(way: Snippet, texts: &Texts) -> &'static str {
    match way {
        Snippet::Send => texts.send_with_curl,
        Snippet::Look => texts.look_with_curl,
        Snippet::Follow => texts.follow_with_socket,
    }
}
