//! The messages, the newest first.

use super::{
    act::{Act, ActButton},
    filters::{self, Filter},
    item::{self, Item},
    reload::{Loading, Messages},
    words::{self, texts},
};
use crate::{
    api::Problem,
    components::{dialog, icon::Icon},
    format,
    i18n::locale,
    live::Live,
};
use leptos::{either::EitherOf3, ev, prelude::*};
use std::fmt::Write as _;
use whahook_contract::{Timestamp, ids::MessageId, message::MessageStatus};

#[component]
pub fn List() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let ids = Memo::new(move |_| {
        messages
            .items
            .with(|items| items.iter().map(|item| item.id).collect::<Vec<_>>())
    });
    let any = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    let none = Memo::new(move |_| messages.loading.get() == Loading::No && live.runs());
    let busy = Signal::derive(move || (messages.loading.get() == Loading::Yes).then_some("true"));
    let trouble = Signal::derive(move || match messages.loading.get() {
        Loading::Failed(words) => words,
        Loading::Yes | Loading::No => String::new(),
    });
    view! {
        <section class="messages" aria-label=texts.messages aria-busy=busy>
            {move || {
                if any.get() {
                    EitherOf3::A(
                        view! {
                            <ul class="message-list">
                                <For
                                    each=move || ids.get()
                                    key=|id| *id
                                    children=move |id| view! { <Row id=id /> }
                                />
                            </ul>
                        },
                    )
                } else if none.get() {
                    EitherOf3::B(Empty())
                } else {
                    EitherOf3::C(view! { <p class="lead loading">{texts.loading}</p> })
                }
            }}
            <div role="alert">
                {move || {
                    let words = trouble.get();
                    (!words.is_empty())
                        .then(|| {
                            view! {
                                <p class="callout bad">
                                    <Icon icon=Icon::Alert />
                                    <span>{words}</span>
                                    <button
                                        type="button"
                                        class="button small"
                                        on:click=move |_| messages.load()
                                    >
                                        {texts.try_again}
                                    </button>
                                </p>
                            }
                        })
                }}
            </div>
            {move || {
                messages
                    .older
                    .get()
                    .map(|_| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                disabled=move || messages.loading.get() == Loading::Yes
                                on:click=move |_| messages.load_older()
                            >
                                {texts.older}
                            </button>
                        }
                    })
            }}
        </section>
    }
}

/// A link to the message's timeline, whose content is written as text, and what
/// can be done with the message.
#[component]
fn Row(id: MessageId) -> impl IntoView {
    let messages = expect_context::<Messages>();
    let live = expect_context::<Live>();
    let item = Memo::new(move |old: Option<&Option<Item>>| {
        let items = messages.items.read();
        let item = items.iter().find(|item| item.id == id).cloned();
        // A row on its way out shows what it was.
        item.or_else(|| old.cloned().flatten())
    });
    let markup = Signal::derive(move || {
        live.minute.track();
        let item = item.get();
        item.map(|item| {
            let status = messages.status(&item);
            let label = live.label(item.account).unwrap_or_default();
            let now = live.now.get_untracked().unwrap_or(item.queued_at);
            row(&Item { status, ..item }, &label, &|at| {
                format::local(at, now, locale())
            })
        })
        .unwrap_or_default()
    });
    let href = messages
        .filter
        .with_untracked(|filter: &Filter| filters::address(filter, Some(id.to_string())));
    let open = move |event: ev::MouseEvent| {
        // A new tab shows it too.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            messages.show(Some(id));
        }
    };
    let act = Memo::new(move |_| {
        let status = item.with(|item| Some(messages.status(item.as_ref()?)));
        Act::on(status?)
    });
    let to =
        Signal::derive(move || item.with(|item| item.as_ref().map(Item::name).unwrap_or_default()));
    let on_done = Callback::new(move |answer: Result<Item, Problem>| match answer {
        Ok(new) => {
            messages.put(&new);
            messages.look_soon();
            // The button that had it may be gone.
            dialog::focus(&row_id(id));
        }
        Err(problem) => live.notice.set(Some(words::of(&problem))),
    });
    view! {
        <li>
            <a id=row_id(id) href=href on:click=open inner_html=markup></a>
            <ActButton id=id act=act to=to class="button small row-act" on_done=on_done />
        </li>
    }
}

/// The row to give the focus back to.
pub fn row_id(id: MessageId) -> String {
    format!("m-{id}")
}

fn row(message: &Item, account: &str, local: &dyn Fn(Timestamp) -> String) -> String {
    let texts = texts();
    let mut html = format!(
        r#"<span class="message-status {}">{}<span>{}</span></span><b class="message-to">{}</b><span class="message-words">{}</span>"#,
        item::tone(message.status),
        item::icon(message.status).markup(),
        (texts.status)(message.status),
        format::escaped(&message.name()),
        format::escaped(&message.summary(texts)),
    );
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        r#"<span class="since message-when">{} · <time datetime="{}">{}</time></span>"#,
        format::escaped(account),
        format::iso(message.queued_at),
        format::escaped(&local(message.queued_at)),
    );
    if let Some(waits) = message
        .waits(texts, local)
        .filter(|_| message.status == MessageStatus::Queued)
    {
        let _ = write!(
            html,
            r#"<span class="hint message-waits">{}</span>"#,
            format::escaped(&waits)
        );
    }
    html
}

#[component]
fn Empty() -> impl IntoView {
    let texts = texts();
    let messages = expect_context::<Messages>();
    let words = Signal::derive(move || {
        let (title, lead) = if messages.filter.with(Filter::is_empty) {
            (texts.empty, texts.empty_lead)
        } else {
            (texts.none_found, texts.none_found_lead)
        };
        format!(
            r#"<span class="empty-art" aria-hidden="true">{}</span><h2>{title}</h2><p>{lead}</p>"#,
            Icon::Send.markup(),
        )
    });
    view! { <section class="empty" inner_html=words></section> }
}
