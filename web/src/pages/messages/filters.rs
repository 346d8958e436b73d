//! Which messages the list has: chosen here, and kept in the page's address.

use super::{calls, reload::Messages, words::texts};
use crate::live::Live;
use leptos::prelude::*;
use whahook_contract::message::MessageStatus;

/// What the person chose; empty where they did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub account: String,
    pub status: String,
    pub chat: String,
    pub text: String,
    /// As the browser's field has it, in the reader's own time.
    pub from: String,
    pub until: String,
}

impl Filter {
    fn named(&self) -> [(&'static str, &String); 6] {
        [
            ("account_id", &self.account),
            ("status", &self.status),
            ("chat", &self.chat),
            ("text", &self.text),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As the page's address has it.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let given = self.named().into_iter().filter(|(_, it)| !it.is_empty());
        given.map(|(name, it)| (name, it.clone())).collect()
    }

    /// As the API is asked: times with their zone.
    pub fn asked(&self) -> Vec<(&'static str, String)> {
        let mut query = self.query();
        for (name, value) in &mut query {
            if matches!(*name, "from" | "until") {
                *value = calls::instant(value);
            }
        }
        query
    }

    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let of = |name| parameter(name).unwrap_or_default();
        Self {
            account: of("account_id"),
            status: of("status"),
            chat: of("chat"),
            text: of("text"),
            from: of("from"),
            until: of("until"),
        }
    }
}

#[component]
pub fn Filters() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let change = move |set: fn(&mut Filter, String)| {
        move |event| {
            let value = event_target_value(&event);
            messages.filter(move |filter| set(filter, value.trim().to_owned()));
        }
    };
    let input = move |name: &'static str,
                      label: &'static str,
                      kind: &'static str,
                      value: fn(&Filter) -> &String,
                      set: fn(&mut Filter, String)| {
        let value = Signal::derive(move || messages.filter.with(|filter| value(filter).clone()));
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <input id=name type=kind prop:value=value on:change=change(set) />
            </div>
        }
    };
    let accounts = move || {
        let ids = live.ids().get().into_iter();
        let options = ids.map(|id| {
            let label = Signal::derive(move || live.label(id).unwrap_or_default());
            view! { <option value=id.to_string()>{label}</option> }
        });
        options.collect_view()
    };
    let statuses = MessageStatus::ALL.iter().map(|status| {
        view! { <option value=status.code()>{(texts.status)(*status)}</option> }
    });
    let account = Signal::derive(move || messages.filter.with(|it| it.account.clone()));
    let status = Signal::derive(move || messages.filter.with(|it| it.status.clone()));
    let any = Memo::new(move |_| !messages.filter.with(Filter::is_empty));
    let open = Signal::derive(move || any.get().then_some(""));
    view! {
        <details class="panel filters" open=open>
            <summary>{texts.filters}</summary>
            <form class="filter-fields" on:submit=|event| event.prevent_default()>
                <div class="field">
                    <label for="filter-account">{texts.account}</label>
                    <select
                        id="filter-account"
                        prop:value=account
                        on:change=change(|filter, value| filter.account = value)
                    >
                        <option value="">{texts.all_accounts}</option>
                        {accounts}
                    </select>
                </div>
                <div class="field">
                    <label for="filter-status">{texts.status_label}</label>
                    <select
                        id="filter-status"
                        prop:value=status
                        on:change=change(|filter, value| filter.status = value)
                    >
                        <option value="">{texts.any_status}</option>
                        {statuses.collect_view()}
                    </select>
                </div>
                {input("filter-chat", texts.chat, "text", |it| &it.chat, |it, new| it.chat = new)}
                {input("filter-text", texts.text, "search", |it| &it.text, |it, new| it.text = new)}
                {input(
                    "filter-from",
                    texts.from,
                    "datetime-local",
                    |it| &it.from,
                    |it, new| it.from = new,
                )}
                {input(
                    "filter-until",
                    texts.until,
                    "datetime-local",
                    |it| &it.until,
                    |it, new| it.until = new,
                )}
            </form>
            {move || {
                any.get()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button small"
                                on:click=move |_| {
                                    messages.filter(|filter| *filter = Filter::default());
                                }
                            >
                                {texts.show_all}
                            </button>
                        }
                    })
            }}
        </details>
    }
}

/// The page's own address for this choice.
pub fn address(filter: &Filter, message: Option<String>) -> String {
    let mut query = filter.query();
    query.extend(message.map(|id| ("message", id)));
    format!("/messages{}", calls::written(&query))
}
