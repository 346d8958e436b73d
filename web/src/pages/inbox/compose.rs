//! What one writes: it goes through the same outbox as everything else.

use super::{
    message::{Content, File as Sent, Message, Person},
    state::Inbox,
    thread::{Scroller, Thread},
    words::{self, texts},
};
use crate::{
    components::icon::Icon,
    format,
    i18n::locale,
    pages::messages::{
        calls::MESSAGES,
        compose::body::{json, mentioned},
        files::{Dropping, kind_for},
        upload,
    },
    wire,
};
use js_sys::Array;
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use web_sys::{File, FormData};
use whahook_contract::message::{ContentType, MessageStatus};

thread_local! {
    /// The file that goes with the text; the page's state has its name and size. It
    /// belongs to the browser's one thread, as the rows of a list do.
    static FILE: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Where there is room for both, who opens a conversation can write at once.
const BESIDE: f64 = 860.0;

#[component]
pub fn Composer(scroller: Scroller) -> impl IntoView {
    let texts = texts();
    let inbox = expect_context::<Inbox>();
    let thread = inbox.thread;
    let text = NodeRef::<html::Textarea>::new();
    let input = NodeRef::<html::Input>::new();
    let picked = RwSignal::new(None::<(String, f64)>);
    let pick = move |file: Option<File>| {
        picked.set(file.as_ref().map(|file| (file.name(), file.size())));
        FILE.set(file);
    };
    let sent = RwSignal::new(None::<u32>);
    let problem = RwSignal::new(String::new());
    let count = StoredValue::new(0_u32);
    keep_drafts(inbox, text, scroller);
    Effect::new(move |_| {
        if thread.quote.with(Option::is_some)
            && let Some(text) = text.get_untracked()
        {
            // Fails only for elements that cannot have the focus.
            let _ = text.focus();
        }
    });
    let submit = move || {
        let (Some(node), Some(of)) = (text.get_untracked(), inbox.shown.get_untracked()) else {
            return;
        };
        let words = node.value().trim().to_owned();
        let file = FILE.with_borrow(Clone::clone);
        if words.is_empty() && file.is_none() {
            return;
        }
        let quote = thread.quote.get_untracked();
        let to = [
            ("account_id", of.account.to_string()),
            ("to", of.with.jid.clone()),
        ];
        let Some((body, content)) = written(&words, file.as_ref(), quote.as_ref(), &to) else {
            return;
        };
        count.update_value(|count| *count += 1);
        let local = Message {
            id: format!("local-{}", count.get_value()),
            whatsapp_id: String::new(),
            conversation: Some(of.id),
            mine: true,
            of_outbox: true,
            from: Person::default(),
            at: inbox.live.now.get_untracked().unwrap_or_default(),
            edited: false,
            status: Some(MessageStatus::Queued),
            waits: None,
            content,
            quoted: quote.as_ref().map(|it| super::message::Quoted {
                whatsapp_id: it.whatsapp_id.clone(),
                from: None,
                words: Some(it.summary(texts)),
            }),
            reactions: Vec::new(),
        };
        let id = local.id.clone();
        thread.waiting.update(|all| all.push(local));
        node.set_value("");
        pick(None);
        thread.quote.set(None);
        problem.set(String::new());
        to_end(inbox, scroller);
        spawn_local(async move {
            let answer = upload::post(MESSAGES, &body, sent).await;
            let accepted = answer.as_ref().ok().and_then(super::message::read);
            thread.replace(&id, accepted);
            match answer {
                Ok(_) => inbox.look_again(),
                Err(refusal) => {
                    problem.set(words::of(&refusal.problem));
                    // What was not taken is not lost.
                    if node.value().is_empty() {
                        node.set_value(&words);
                        pick(file);
                        thread.quote.set(quote);
                    }
                }
            }
        });
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit();
        }
    };
    let drop = Dropping::new(move |file| pick(Some(file)));
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            pick(input.files().and_then(|files| files.get(0)));
            // The same file can be chosen again later.
            input.set_value("");
        }
    };
    let attach = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let quoted = Signal::derive(move || {
        thread.quote.with(|quote| {
            let Some(quote) = quote else {
                return String::new();
            };
            format!(
                "<b>{}</b><span>{}</span>",
                format::escaped(&quote.writer(texts)),
                format::escaped(&quote.summary(texts))
            )
        })
    });
    let chosen = Signal::derive(move || {
        picked.with(|file| {
            let Some((name, size)) = file else {
                return String::new();
            };
            format!(
                "<b>{}</b><span>{}</span>",
                format::escaped(name),
                format::bytes(*size, locale())
            )
        })
    });
    let hint = Signal::derive(move || {
        let account = inbox.shown.with(|shown| Some(shown.as_ref()?.account));
        match (sent.get(), account) {
            (Some(percent), _) => (texts.uploaded)(percent),
            (None, Some(account)) if !inbox.live.is_ready(account) => {
                (texts.offline)(&inbox.live.label(account).unwrap_or_default())
            }
            _ => String::new(),
        }
    });
    view! {
        <form
            class=drop.class("composer")
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
            on:dragover=move |event| drop.over(&event)
            on:dragleave=move |_| drop.leave()
            on:drop=move |event| drop.take(&event)
            on:paste=move |event| drop.paste(&event)
        >
            <p class="hint" role="status">
                {hint}
            </p>
            <p class="field-error" role="alert">
                {problem}
            </p>
            <Beside
                markup=quoted
                label=texts.remove_quote
                on_remove=Callback::new(move |()| thread.quote.set(None))
            />
            <Beside
                markup=chosen
                label=texts.remove_file
                on_remove=Callback::new(move |()| pick(None))
            />
            <div class="composer-row">
                <button
                    type="button"
                    class="button ghost square"
                    aria-label=texts.attach
                    title=texts.attach
                    on:click=attach
                >
                    <Icon icon=Icon::Clip />
                </button>
                <input type="file" hidden node_ref=input on:change=choose />
                <textarea
                    id="write"
                    rows="1"
                    aria-label=texts.write
                    placeholder=texts.write_hint
                    node_ref=text
                    on:keydown=key
                ></textarea>
                <button class="button primary square" aria-label=texts.send title=texts.send>
                    <Icon icon=Icon::Send />
                </button>
            </div>
        </form>
    }
}

/// What goes with the text, and can be taken away again.
#[component]
fn Beside(markup: Signal<String>, label: &'static str, on_remove: Callback<()>) -> impl IntoView {
    view! {
        <div class="beside" hidden=move || markup.with(String::is_empty)>
            <p class="quoted" inner_html=markup></p>
            <button
                type="button"
                class="button ghost square"
                aria-label=label
                on:click=move |_| on_remove.run(())
            >
                <Icon icon=Icon::Close />
            </button>
        </div>
    }
}

impl Thread {
    /// What the server made of a message of the page's own.
    fn replace(self, id: &str, accepted: Option<Message>) {
        self.waiting.update(|all| {
            let Some(at) = all.iter().position(|it| it.id == id) else {
                return;
            };
            match accepted {
                Some(accepted) if all.iter().all(|it| it.id != accepted.id) => all[at] = accepted,
                _ => drop(all.remove(at)),
            }
        });
    }
}

/// What was just written is at the end.
pub fn to_end(inbox: Inbox, scroller: Scroller) {
    scroller.stick();
    if inbox.thread.window.with_untracked(|window| window.newer) {
        inbox.thread.target.set_value(None);
        inbox.enter();
    }
}

/// The request, and how it looks until the server has it.
fn written(
    words: &str,
    file: Option<&File>,
    quote: Option<&Message>,
    to: &[(&str, String)],
) -> Option<(FormData, Content)> {
    let body = FormData::new().ok()?;
    // Appending fails for nothing that is a text.
    let put = |name: &str, value: &str| {
        let _ = body.append_with_str(name, value);
    };
    for (name, value) in to {
        put(name, value);
    }
    let kind = file.map_or(ContentType::Text, |file| kind_for(file, ContentType::Text));
    put("type", kind.code());
    let content = match file {
        None => {
            put("text", words);
            Content::Text(words.to_owned())
        }
        Some(file) => {
            // Nobody sees the words of a recording: they are no caption of it.
            if kind != ContentType::Audio && !words.is_empty() {
                put("caption", words);
            }
            let _ = body.append_with_blob_and_filename("file", file, &file.name());
            Content::File {
                kind,
                file: Sent {
                    name: Some(file.name()),
                    size: Some(file.size()),
                    ..Sent::default()
                },
                caption: words.to_owned(),
            }
        }
    };
    let named = mentioned(words);
    if !named.is_empty() {
        let named: Array = named.into_iter().map(JsValue::from).collect();
        put("mentions", &json(&named));
    }
    if let Some(quote) = quote {
        put("reply_to", &json(&answered(quote)));
    }
    Some((body, content))
}

fn answered(quote: &Message) -> JsValue {
    // The outbox knows its own messages by their ids, and all others are described.
    if quote.of_outbox {
        return wire::object(&[("id", &quote.id)]);
    }
    let words = quote.summary(texts());
    wire::object(&[
        ("id", &quote.whatsapp_id),
        ("from", &quote.from.jid),
        ("text", &words),
    ])
}

/// What was typed stays with its conversation.
fn keep_drafts(inbox: Inbox, text: NodeRef<html::Textarea>, scroller: Scroller) {
    Effect::new(move |before: Option<Option<String>>| {
        let now = inbox.open.get().map(|id| id.to_string());
        let Some(node) = text.get_untracked() else {
            return now;
        };
        let drafts = inbox.thread.drafts;
        if let Some(before) = before.flatten() {
            let typed = node.value();
            drafts.update_value(|all| {
                all.retain(|(of, _)| *of != before);
                if !typed.is_empty() {
                    all.push((before, typed));
                }
            });
        }
        let draft = drafts.with_value(|all| {
            let draft = all.iter().find(|(of, _)| Some(of) == now.as_ref());
            draft.map(|(_, typed)| typed.clone())
        });
        node.set_value(&draft.unwrap_or_default());
        if now.is_some() {
            let width = window().inner_width().ok().and_then(|it| it.as_f64());
            let beside = width.is_some_and(|width| width > BESIDE);
            // Both fail only for elements that cannot have the focus.
            let _ = match scroller.node.get_untracked() {
                Some(messages) if !beside => messages.focus(),
                _ => node.focus(),
            };
        }
        now
    });
}
