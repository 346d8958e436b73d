use super::scroll::Scroller;
use crate::{
    components::{
        icon::Icon,
        menu::{Menu, MenuItem},
        rows::Row,
    },
    format,
    i18n::locale,
    pages::inbox::{
        bubble::{self, Around},
        compose::{Composer, to_end},
        dom::at,
        message::Message,
        state::{Inbox, Loading},
        times,
        words::texts,
    },
    wire,
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

/// Always there, and seen only while something is open: so it hydrates once.
#[component]
pub fn ThreadPane() -> impl IntoView {
    let texts = texts();
    let inbox = expect_context::<Inbox>();
    let thread = inbox.thread;
    let name = Memo::new(move |_| {
        inbox
            .shown
            .with(|shown| shown.as_ref().map(|it| it.name(texts)).unwrap_or_default())
    });
    let label = Signal::derive(move || (texts.thread)(&name.get()));
    let keys = texts
        .keys
        .iter()
        .map(|(key, does)| format!("<div><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>"));
    let nothing = format!(
        "{}<h2>{}</h2><p class=\"hint\">{}</p><dl class=\"keys\">{}</dl>",
        Icon::Chat.markup(),
        texts.choose,
        texts.choose_lead,
        keys.collect::<String>(),
    );
    let trouble = Signal::derive(move || match thread.loading.get() {
        Loading::Failed(words) => words,
        Loading::Yes | Loading::No => String::new(),
    });
    let busy = Signal::derive(move || (thread.loading.get() == Loading::Yes).then_some("true"));
    let scroller = Scroller::new();
    keep_up(inbox, scroller);
    let click = move |event: ev::MouseEvent| {
        let Some(id) = at(&event, "[data-id]", "data-id") else {
            return;
        };
        if let Some(to) = at(&event, "[data-to]", "data-to") {
            scroller.lead_to(&to);
        } else if let Some(act) = at(&event, "[data-act]", "data-act") {
            match act.as_str() {
                "reply" => inbox.answer(&id),
                _ => inbox.act(id, act),
            }
        }
    };
    view! {
        <section class="thread" aria-label=texts.messages>
            <div class="thread-none" inner_html=nothing></div>
            <Head />
            <div
                class="thread-scroll"
                tabindex="0"
                role="log"
                aria-live="off"
                aria-label=label
                aria-busy=busy
                node_ref=scroller.node
                on:scroll=move |_| scroller.look(inbox)
                on:click=click
            >
                <ol class="thread-list" node_ref=scroller.list></ol>
            </div>
            <button
                type="button"
                class="button small to-end"
                hidden=move || !thread.away.get()
                on:click=move |_| to_end(inbox, scroller)
            >
                {texts.newest}
            </button>
            <p
                class="callout bad"
                role="alert"
                hidden=move || trouble.with(String::is_empty)
            >
                {trouble}
            </p>
            <p class="visually-hidden" role="status">
                {inbox.said}
            </p>
            <Composer scroller=scroller />
        </section>
    }
}

/// Shows what there is, and marks as read what is seen.
fn keep_up(inbox: Inbox, scroller: Scroller) {
    let thread = inbox.thread;
    Effect::new(move |_| scroller.watch());
    Effect::new(move |before: Option<Option<_>>| {
        let open = inbox.open.get();
        if before.is_some_and(|before| before != open) {
            scroller.stick();
        }
        open
    });
    Effect::new(move |_| {
        inbox.live.minute.track();
        let rows = thread.window.with(|window| {
            thread.waiting.with(|waiting| {
                let ends = !window.newer;
                let waiting = waiting.iter().filter(|it| ends && !window.has(it));
                let all: Vec<&Message> = window.items.iter().chain(waiting).collect();
                let begins = !window.older && !all.is_empty();
                begins
                    .then(beginning)
                    .into_iter()
                    .chain(rows(inbox, &all))
                    .collect()
            })
        });
        scroller.show(rows);
        if let Some(target) = thread.target.get_value()
            && thread.leads.get_value()
            && scroller.lead_to(&target)
        {
            thread.leads.set_value(false);
        }
        scroller.look(inbox);
    });
    // By the second, and with everything that comes.
    Effect::new(move |_| {
        inbox.live.now.track();
        thread.window.track();
        let unread = inbox.shown.with(|shown| {
            let shown = shown.as_ref().filter(|it| it.unread > 0);
            shown.map(|it| it.id)
        });
        if let Some(id) = unread
            && !thread.away.get()
            && thread.loading.get_untracked() == Loading::No
            && inbox.presence.looks()
        {
            inbox.read(id);
        }
    });
}

/// Above the oldest message.
fn beginning() -> Row {
    Row {
        key: String::new(),
        html: format!(r#"<p class="line">{}</p>"#, texts().beginning),
    }
}

fn rows(inbox: Inbox, all: &[&Message]) -> Vec<Row> {
    let texts = texts();
    let today = times::number(inbox.live.now.get_untracked().unwrap_or_default());
    let reasons = inbox.thread.reasons.get();
    let (in_group, of_statuses) = inbox.shown.with(|shown| {
        let of = shown.as_ref().map(|it| (it.in_group, it.of_statuses));
        of.unwrap_or_default()
    });
    bubble::rows(
        all,
        &Around {
            texts,
            locale: locale(),
            in_group,
            answers: !of_statuses,
            hour: &times::hour,
            day: &|at| (times::number(at), times::day(at, today, texts)),
            reason: &|id| {
                let known = reasons.iter().find(|(of, _)| of == id);
                known.map(|(_, words)| words.clone())
            },
        },
    )
}

/// With whom, and what can be done.
#[component]
fn Head() -> impl IntoView {
    let texts = texts();
    let inbox = expect_context::<Inbox>();
    let face = Signal::derive(move || {
        inbox.shown.with(|shown| {
            let Some(shown) = shown else {
                return String::new();
            };
            let account = inbox.live.label(shown.account);
            let note = if shown.note.is_empty() {
                String::new()
            } else {
                format!(r#"<p class="note">{}</p>"#, format::escaped(&shown.note))
            };
            format!(
                r#"{}<div><h2 id="thread-name">{}</h2><p class="hint">{}</p></div><p class="labels">{}</p>{note}"#,
                shown.avatar(),
                format::escaped(&shown.name(texts)),
                format::escaped(&shown.more(account.as_deref(), texts)),
                shown.labels(),
            )
        })
    });
    let archived = Memo::new(move |_| {
        inbox
            .shown
            .with(|shown| shown.as_ref().is_some_and(|it| it.archived))
    });
    let flag = move |name: &str, on: bool| {
        let changes = wire::object(&[]);
        wire::set(&changes, name, &JsValue::from_bool(on));
        inbox.change(changes);
    };
    let archive = Callback::new(move |()| flag("archived", !archived.get_untracked()));
    let mark_unread = Callback::new(move |()| {
        flag("unread", true);
        // What is on the page is read.
        inbox.close();
    });
    let about = Callback::new(move |()| inbox.about.set(inbox.open.get_untracked()));
    let export = move |format: &'static str, label: &'static str| {
        let href = Signal::derive(move || {
            let id = inbox
                .open
                .get()
                .map(|id| id.to_string())
                .unwrap_or_default();
            format!("/api/conversations/{id}/export?format={format}")
        });
        view! {
            <a class="menu-item" href=href download="">
                {label}
            </a>
        }
    };
    view! {
        <header class="thread-head">
            <button
                type="button"
                class="button ghost square back"
                aria-label=texts.back
                on:click=move |_| inbox.close()
            >
                <Icon icon=Icon::Back />
            </button>
            <div class="thread-face" inner_html=face></div>
            <Menu
                class="menu"
                name=Signal::stored(Some(texts.acts.to_owned()))
                face=view! { <Icon icon=Icon::More /> }
            >
                <MenuItem label=texts.about class="menu-item" on_pick=about />
                <MenuItem label=texts.mark_unread class="menu-item" on_pick=mark_unread />
                {move || {
                    let label = if archived.get() { texts.unarchive } else { texts.archive };
                    view! { <MenuItem label=label class="menu-item" on_pick=archive /> }
                }}
                {export("text", texts.export_text)}
                {export("csv", texts.export_csv)}
                {export("json", texts.export_json)}
            </Menu>
        </header>
    }
}
