//! A message to write: the form's fields are the API's.

mod answer;
pub mod body;
mod fields;

pub use answer::Answer;
pub use body::file;
pub use fields::{Accounts, Kinds};

use super::{
    Open, calls,
    files::{self, Dropping, Uploading},
    reload::Messages,
    upload,
    words::{self, texts},
};
use crate::{
    components::{
        callout::Alert,
        dialog::Dialog,
        form::{Acts, Entry, Line, Wrong, options},
    },
    live::Live,
};
use answer::Quote;
use fields::Says;
use leptos::{ev, html, prelude::*, task::spawn_local};
use web_sys::{File, FormData};
use whahook_contract::message::{ContentType, Priority};

/// What a person can write here; the rest belongs to a chat.
const KINDS: &[ContentType] = &[
    ContentType::Text,
    ContentType::Image,
    ContentType::Video,
    ContentType::Audio,
    ContentType::Voice,
    ContentType::Document,
    ContentType::Sticker,
    ContentType::Location,
    ContentType::Contact,
    ContentType::Poll,
];

const FIELDS: &[&str] = &[
    "account_id",
    "to",
    "type",
    "text",
    "file",
    "media",
    "caption",
    "latitude",
    "longitude",
    "name",
    "contacts",
    "question",
    "options",
    "send_at",
    "expires_at",
    "priority",
];

#[component]
pub fn Compose(answer: Option<Answer>, on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="middle" labelled_by="compose-title" on_close=on_close>
            <Form answer=answer />
        </Dialog>
    }
}

#[component]
fn Form(answer: Option<Answer>) -> impl IntoView {
    let texts = texts();
    let messages = expect_context::<Messages>();
    let form = NodeRef::<html::Form>::new();
    let chosen = RwSignal::new(ContentType::Text);
    let kind = Memo::new(move |_| chosen.get());
    let picked = RwSignal::new_local(None::<File>);
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let sent = RwSignal::new(None::<u32>);
    // What is sent once more as it was goes under the key that it had.
    let key = StoredValue::new(upload::new_key());
    let anew = move || key.set_value(upload::new_key());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked().filter(|_| !pending.get_untracked()) else {
            return;
        };
        let Some(body) = body::of(&form, kind.get_untracked()) else {
            return;
        };
        wrong.set(missing(&body, kind.get_untracked()));
        if wrong.with_untracked(Option::is_some) {
            return;
        }
        key.with_value(|key| {
            let _ = body.append_with_str("idempotency_key", key);
        });
        pending.set(true);
        spawn_local(async move {
            let answer = upload::post(calls::MESSAGES, &body, sent).await;
            pending.try_set(false);
            let answer = answer.map_err(|refusal| refusal.problem);
            match answer.and_then(|answer| calls::one(&answer)) {
                // Its timeline takes this dialog's place.
                Ok(message) => messages.show_new(message),
                Err(problem) => {
                    wrong.try_set(Some(words::wrong(&problem)));
                }
            }
        });
    };
    let drop = Dropping::new(move |file| {
        chosen.update(|kind| *kind = files::kind_for(&file, *kind));
        wrong.set(None);
        anew();
        picked.set(Some(file));
    });
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    let time = move |name: &'static str, label: &'static str| {
        view! { <Line name=name label=label kind="datetime-local" error=of(name) /> }
    };
    let choose = Callback::new(move |kind| {
        chosen.set(kind);
        wrong.set(None);
        anew();
    });
    let priorities = [Priority::Normal, Priority::High, Priority::Low];
    let priorities = priorities.map(|it| (it.code().to_owned(), (texts.priority)(it)));
    let priorities = options(priorities, "");
    let title = if answer.is_some() {
        texts.answer_title
    } else {
        texts.compose
    };
    let account = answer.as_ref().map(|answer| answer.account);
    let to = answer.as_ref().map(|answer| answer.to.clone());
    view! {
        <form
            node_ref=form
            class=drop.class("dialog-body")
            on:submit=submit
            on:input=move |_| anew()
            on:dragover=move |event| drop.over(&event)
            on:dragleave=move |_| drop.leave()
            on:drop=move |event| drop.take(&event)
            on:paste=move |event| drop.paste(&event)
            novalidate
        >
            <h2 id="compose-title">{title}</h2>
            {answer.map(|answer| view! { <Quote answer=answer /> })}
            <Entry name="account_id" label=texts.account error=of("account_id")>
                <Accounts chosen=account />
            </Entry>
            <Line name="to" label=texts.chat value=to hint=texts.to_hint error=of("to") />
            <Entry name="type" label=texts.type_label hint=Some(texts.type_hint) error=of("type")>
                <Kinds kinds=KINDS kind=kind on_choose=choose />
            </Entry>
            <Says kind=kind picked=picked wrong=wrong />
            <details class="more-fields">
                <summary>{texts.when_and_how}</summary>
                <div class="field-pair">
                    {time("send_at", texts.send_at)}
                    {time("expires_at", texts.expires_at)}
                </div>
                <Entry name="priority" label=texts.priority_label error=of("priority")>
                    <select id="priority" name="priority" inner_html=priorities></select>
                </Entry>
            </details>
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Uploading sent=sent />
            <Acts act=texts.send pending=pending />
        </form>
    }
}

/// What the person forgot; the server says all the rest.
fn missing(body: &FormData, kind: ContentType) -> Option<Wrong> {
    let texts = texts();
    let is_empty = |name: &str| match body.get(name).as_string() {
        Some(text) => text.trim().is_empty(),
        None => body.get(name).is_null(),
    };
    if is_empty("to") {
        return Some(Wrong::of("to", texts.to_needed));
    }
    if kind == ContentType::Text && is_empty("text") {
        return Some(Wrong::of("text", texts.text_needed));
    }
    let forgot = kind.has_file() && is_empty("file") && is_empty("media");
    forgot.then(|| Wrong::of("file", texts.file_needed))
}

/// Opens the dialog.
#[component]
pub fn ComposeButton() -> impl IntoView {
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let any = Memo::new(move |_| live.count(|_| true) > 0);
    let disabled = Signal::derive(move || !live.runs() || !any.get());
    let texts = texts();
    view! {
        <button
            id="compose"
            type="button"
            class="button primary"
            disabled=disabled
            on:click=move |_| messages.open.set(Some(Open::Compose(None)))
        >
            {texts.compose}
        </button>
        <button
            id="new-bulk"
            type="button"
            class="button"
            disabled=disabled
            on:click=move |_| messages.open.set(Some(Open::Bulk))
        >
            {texts.bulk}
        </button>
    }
}
