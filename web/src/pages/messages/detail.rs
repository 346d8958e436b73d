//! One message: what it is, and why it has not arrived yet.

use super::{
    calls,
    item::{self, Item},
    list::row_id,
    reload::Messages,
    words::{Texts, texts},
};
use crate::{
    api::Problem,
    components::{
        callout::Alert,
        copy::Copy,
        dialog::{self, Dialog},
    },
    format,
    i18n::locale,
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use std::{fmt::Write as _, future::Future};
use whahook_contract::{Timestamp, ids::MessageId};

#[component]
pub fn Detail(id: MessageId, on_close: Callback<()>) -> impl IntoView {
    let on_close = Callback::new(move |()| {
        on_close.run(());
        dialog::focus(&row_id(id));
    });
    view! {
        <Dialog class="middle" labelled_by="message-title" on_close=on_close>
            <Message id=id />
        </Dialog>
    }
}

#[component]
fn Message(id: MessageId) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let known = messages.items.with_untracked(|items| {
        let mut items = items.iter();
        items.find(|item| item.id == id).cloned()
    });
    let message = RwSignal::new(known);
    let problem = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);
    let take = move |answer: Result<Item, Problem>| match answer {
        Ok(new) => {
            messages.put(&new);
            problem.try_set(None);
            message.try_set(Some(new));
        }
        Err(trouble) => {
            problem.try_set(Some(trouble.words(texts)));
        }
    };
    // Asked again with everything that happens to it.
    Effect::new(move |_| {
        live.told.track();
        spawn_local(async move { take(calls::message(id).await) });
    });
    let act = move |done: std::pin::Pin<Box<dyn Future<Output = Result<Item, Problem>>>>| {
        pending.set(true);
        spawn_local(async move {
            let answered = done.await;
            pending.try_set(false);
            match answered {
                // The answer has no timeline.
                Ok(_) => take(calls::message(id).await),
                Err(trouble) => {
                    problem.try_set(Some(trouble.words(texts)));
                }
            }
        });
    };
    let head = Signal::derive(move || {
        message.with(|it| it.as_ref().map(|it| head(it, texts)).unwrap_or_default())
    });
    let lines = Signal::derive(move || {
        let now = live.now.get_untracked().unwrap_or_default();
        let local = |at: Timestamp| format::local(at, now, locale());
        message.with(|it| {
            let it = it.as_ref();
            it.map(|it| timeline(it, texts, &local)).unwrap_or_default()
        })
    });
    let whatsapp_id = Signal::derive(move || {
        message.with(|it| {
            it.as_ref()
                .map(|it| it.whatsapp_id.clone())
                .unwrap_or_default()
        })
    });
    let can_cancel =
        Memo::new(move |_| message.with(|it| it.as_ref().is_some_and(Item::can_cancel)));
    let can_retry = Memo::new(move |_| message.with(|it| it.as_ref().is_some_and(Item::can_retry)));
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <div class="dialog-body message-detail">
            <h2 id="message-title">{texts.one_message}</h2>
            <div class="message-head" inner_html=head></div>
            <Alert words=problem.into() />
            <ol class="timeline" aria-label=texts.timeline inner_html=lines></ol>
            <p class="hint">
                {texts.whatsapp_id} " " <code>{whatsapp_id}</code> " "
                <Copy text=whatsapp_id label=texts.copy />
            </p>
            <div class="dialog-acts">
                {move || {
                    can_cancel
                        .get()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button"
                                    aria-busy=busy
                                    on:click=move |_| act(Box::pin(calls::cancel(id)))
                                >
                                    {texts.cancel_message}
                                </button>
                            }
                        })
                }}
                {move || {
                    can_retry
                        .get()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button primary"
                                    aria-busy=busy
                                    on:click=move |_| act(Box::pin(calls::retry(id)))
                                >
                                    {texts.retry}
                                </button>
                            }
                        })
                }}
            </div>
        </div>
    }
}

fn head(message: &Item, texts: &Texts) -> String {
    let lid = message.to.lid.as_deref();
    let lid = lid.filter(|_| message.to.phone_number.is_some());
    format!(
        r#"<p><b>{}</b> <span class="hint">{}</span></p><p class="message-text">{}</p>"#,
        format::escaped(&message.name()),
        format::escaped(lid.unwrap_or_default()),
        format::escaped(&message.summary(texts)),
    )
}

/// Every step, and what it waits for now.
fn timeline(message: &Item, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> String {
    let mut html = String::new();
    for entry in &message.timeline {
        let detail = entry.detail.as_deref().unwrap_or_default();
        let known = (texts.detail)(detail);
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<li class="{}">{}<div><p><b>{}</b></p>"#,
            item::tone(entry.status),
            item::icon(entry.status).markup(),
            (texts.step)(entry.status),
        );
        if let Some(words) = known {
            let _ = write!(html, "<p>{words}</p>");
        } else if !detail.is_empty() {
            let _ = write!(
                html,
                r#"<p class="hint" lang="en">{}</p>"#,
                format::escaped(detail)
            );
        }
        let _ = write!(
            html,
            r#"<p class="since"><time datetime="{}">{}</time></p></div></li>"#,
            format::iso(entry.at),
            format::escaped(&local(entry.at)),
        );
    }
    if let Some(waits) = message.waits(texts, local) {
        let _ = write!(
            html,
            r#"<li class="waiting">{}<div><p><b>{}</b></p></div></li>"#,
            crate::components::icon::Icon::Clock.markup(),
            format::escaped(&waits),
        );
    }
    html
}
