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
        compose::body::mentioned,
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
use whahook_contract::{
    ids::ConversationId,
    message::{ContentType, MessageStatus},
};

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
    let unsure = StoredValue::new(None::<(Attempt, String)>);
    keep_drafts(inbox, text, scroller);
    // A file is for whom it was chosen.
    Effect::new(move |before: Option<Option<ConversationId>>| {
        let open = inbox.open.get();
        if before.is_some_and(|before| before != open) {
            pick(None);
            problem.set(String::new());
        }
        open
    });
    Effect::new(move |_| {
        if thread.quote.with(Option::is_some)
            && let Some(text) = text.get_untracked()
        {
            // Fails only for elements that cannot have the focus.
            let _ = text.focus();
        }
    });
    // What goes with the text takes room from the thread.
    Effect::new(move |_| {
        thread.quote.track();
        picked.track();
        request_animation_frame(move || scroller.keep_end());
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
        let attempt = Attempt {
            of: of.id,
            words: words.clone(),
            file: picked.get_untracked(),
            quote: quote.as_ref().map(|it| it.id.clone()),
        };
        let key = unsure.with_value(|unsure| {
            let same = unsure.as_ref().filter(|(before, _)| *before == attempt);
            same.map_or_else(upload::new_key, |(_, key)| key.clone())
        });
        let to = [
            ("account_id", of.account.to_string()),
            ("to", of.with.jid.clone()),
            ("idempotency_key", key.clone()),
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
            let Err(refusal) = answer else {
                unsure.set_value(None);
                return inbox.look_again();
            };
            unsure.set_value(Some((attempt, key)));
            let why = words::of(&refusal.problem);
            // What was not taken is not lost, and goes to nobody else.
            if inbox.open.get_untracked() != Some(of.id) {
                thread.keep_draft(of.id, words);
                let why = format!("{}: {why}", of.name(texts));
                inbox.live.notice.set(Some(why));
            } else {
                problem.set(why);
                if node.value().is_empty() {
                    node.set_value(&words);
                    pick(file);
                    thread.quote.set(quote);
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
    let no_answer = Memo::new(move |_| {
        inbox
            .shown
            .with(|shown| shown.as_ref().is_some_and(|it| it.of_statuses))
    });
    view! {
        <form
            class=drop.class("composer")
            hidden=move || no_answer.get()
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
            on:dragover=move |event| drop.over(&event)
            on:dragleave=move |_| drop.leave()
            on:drop=move |event| drop.take(&event)
            on:paste=move |event| drop.paste(&event)
        >
            <p class="hint" role="status" hidden=move || hint.with(String::is_empty)>
                {hint}
            </p>
            <p class="field-error" role="alert" hidden=move || problem.with(String::is_empty)>
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
                    on:input=move |_| scroller.keep_end()
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

/// What was sent without an answer may have arrived all the same. Sent once more as it
/// was, it goes under the key that it had.
#[derive(Clone, PartialEq)]
struct Attempt {
    of: ConversationId,
    words: String,
    file: Option<(String, f64)>,
    quote: Option<String>,
}

impl Thread {
    /// Unless something else is written there by now.
    fn keep_draft(self, of: ConversationId, words: String) {
        let of = of.to_string();
        self.drafts.update_value(|all| {
            if all.iter().all(|(id, _)| *id != of) {
                all.push((of, words));
            }
        });
    }

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
    let kind = match file.map(|file| kind_for(file, ContentType::Text)) {
        None => ContentType::Text,
        // A recording has no caption, and the words are not to be lost.
        Some(ContentType::Audio) if !words.is_empty() => ContentType::Document,
        Some(kind) => kind,
    };
    put("type", kind.code());
    let content = match file {
        None => {
            put("text", words);
            Content::Text(words.to_owned())
        }
        Some(file) => {
            if !words.is_empty() {
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
        put("mentions", &wire::json(&named));
    }
    if let Some(quote) = quote {
        put("reply_to", &wire::json(&answered(quote)));
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
            // What is not to be seen yet cannot have the focus.
            request_animation_frame(move || {
                let _ = match scroller.node.get_untracked() {
                    Some(messages) if !beside => messages.focus(),
                    _ => node.focus(),
                };
            });
        }
        now
    });
}
