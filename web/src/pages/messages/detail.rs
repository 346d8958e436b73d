//! One message: what it is, and why it has not arrived yet.

use super::{
    Open,
    act::{Act, ActButton},
    calls,
    compose::Answer,
    item::Item,
    list::row_id,
    question::Question,
    reload::Messages,
    timeline,
    words::{self, Texts, texts},
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
use leptos::prelude::*;
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
    let take = move |answer: Result<Item, Problem>| match answer {
        Ok(new) => {
            messages.put(&new);
            problem.try_set(None);
            message.try_set(Some(new));
        }
        Err(trouble) => {
            problem.try_set(Some(words::of(&trouble)));
        }
    };
    let question = Question::new();
    let ask = move || question.put(move || async move { take(calls::message(id).await) });
    // Asked again with everything that moves.
    Effect::new(move |_| {
        messages.moved.track();
        ask();
    });
    let on_done = Callback::new(move |answer: Result<Item, Problem>| match answer {
        // The answer has no timeline.
        Ok(_) => ask(),
        Err(trouble) => {
            problem.try_set(Some(words::of(&trouble)));
        }
    });
    let head = Signal::derive(move || {
        message.with(|it| it.as_ref().map(|it| head(it, texts)).unwrap_or_default())
    });
    let lines = Signal::derive(move || {
        live.minute.track();
        let now = live.now.get_untracked().unwrap_or_default();
        let local = |at: Timestamp| format::local(at, now, locale());
        message.with(|it| {
            let it = it.as_ref();
            it.map(|it| timeline::markup(it, texts, &local))
                .unwrap_or_default()
        })
    });
    let whatsapp_id = Signal::derive(move || {
        message.with(|it| {
            it.as_ref()
                .map(|it| it.whatsapp_id.clone())
                .unwrap_or_default()
        })
    });
    let act = Memo::new(move |_| message.with(|it| Act::on(it.as_ref()?.status)));
    let can_answer =
        Memo::new(move |_| message.with(|it| it.as_ref().is_some_and(Item::can_answer)));
    let answer = move |_| {
        let answer = message.with_untracked(|it| Some(Answer::to(it.as_ref()?, texts)));
        messages.open.set(Some(Open::Compose(answer)));
    };
    view! {
        <div class="dialog-body message-detail">
            <h2 id="message-title">{texts.one_message}</h2>
            <div class="message-head" inner_html=head></div>
            <Alert words=problem.into() />
            <ol class="timeline" aria-label=texts.timeline inner_html=lines></ol>
            <p class="hint whatsapp-id">
                {texts.whatsapp_id} " " <code>{whatsapp_id}</code> " "
                <Copy text=whatsapp_id label=texts.copy />
            </p>
            <div class="dialog-acts">
                <ActButton id=id act=act class="button" on_done=on_done />
                {move || {
                    can_answer
                        .get()
                        .then(|| {
                            view! {
                                <button type="button" class="button" on:click=answer>
                                    {texts.answer}
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
