//! A bulk to begin: a file of recipients, and a text with their columns, which
//! may go with a picture or another file for all of them.

use super::csv;
use crate::{
    api::Problem,
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        form::{Acts, Entry, Line, Wrong},
    },
    format,
    pages::messages::{
        calls,
        compose::{self, Accounts, Kinds},
        files::{self, Dropping, FileFields, Uploading},
        reload::Messages,
        upload::{self, Refusal},
        words::{self, texts},
    },
    wire::{self, Object},
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::fmt::Write as _;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData};
use whahook_contract::message::ContentType;

/// What many can be sent at once here.
const KINDS: &[ContentType] = &[
    ContentType::Text,
    ContentType::Image,
    ContentType::Video,
    ContentType::Document,
];

/// As many rows are shown filled in.
const SHOWN: usize = 3;
/// Enough of a file for its first rows.
const HEAD_BYTES: f64 = 65_536.0;

const FIELDS: &[&str] = &[
    "account_id",
    "recipients",
    "type",
    "text",
    "caption",
    "file",
    "media",
    "send_at",
];

#[component]
pub fn NewBulk(on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="middle" labelled_by="bulk-title" on_close=on_close>
            <Form />
        </Dialog>
    }
}

#[component]
fn Form() -> impl IntoView {
    let texts = texts();
    let messages = expect_context::<Messages>();
    let dialog = expect_context::<Closer>();
    let form = NodeRef::<html::Form>::new();
    let file = StoredValue::new_local(None::<File>);
    let rows = RwSignal::new(Vec::<Vec<String>>::new());
    let text = RwSignal::new(String::new());
    let chosen_kind = RwSignal::new(ContentType::Text);
    let kind = Memo::new(move |_| chosen_kind.get());
    let picked = RwSignal::new_local(None::<File>);
    let wrong = RwSignal::new(None::<Wrong>);
    let mistakes = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let sent = RwSignal::new(None::<u32>);
    // What is started once more as it was goes under the key that it had.
    let key = StoredValue::new(upload::new_key());
    let anew = move || key.set_value(upload::new_key());
    let list_chosen = move |event: ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let picked = input.files().and_then(|files| files.get(0));
        file.set_value(picked.clone());
        rows.set(Vec::new());
        wrong.set(None);
        mistakes.set(String::new());
        let Some(picked) = picked else { return };
        spawn_local(async move {
            let Ok(head) = picked.slice_with_f64_and_f64(0.0, HEAD_BYTES) else {
                return;
            };
            let Ok(read) = JsFuture::from(head.text()).await else {
                return;
            };
            rows.set(csv::head(&read.as_string().unwrap_or_default(), SHOWN + 1));
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked().filter(|_| !pending.get_untracked()) else {
            return;
        };
        let Some(list) = file.get_value() else {
            return wrong.set(Some(Wrong::of("recipients", texts.file_needed)));
        };
        let Ok(given) = FormData::new_with_form(&form) else {
            return;
        };
        let (kind, key) = (kind.get_untracked(), key.get_value());
        wrong.set(None);
        mistakes.set(String::new());
        pending.set(true);
        spawn_local(async move {
            let answer = begin(&given, &list, kind, &key, sent).await;
            pending.try_set(false);
            match answer {
                Ok(()) => {
                    dialog.close();
                    messages.look_soon();
                }
                Err(refusal) => {
                    let rows = table(&refusal.details);
                    wrong.try_set(Some(if rows.is_empty() {
                        words::wrong(&refusal.problem)
                    } else {
                        Wrong::of("recipients", texts.rows_wrong)
                    }));
                    mistakes.try_set(rows);
                }
            }
        });
    };
    let drop = Dropping::new(move |file| {
        let kind = files::kind_for(&file, chosen_kind.get_untracked());
        let known = KINDS.contains(&kind);
        chosen_kind.set(if known { kind } else { ContentType::Document });
        wrong.set(None);
        anew();
        picked.set(Some(file));
    });
    let choose = Callback::new(move |kind| {
        chosen_kind.set(kind);
        wrong.set(None);
        anew();
    });
    let text_label = Signal::derive(move || {
        let has_file = kind.get().has_file();
        if has_file { texts.caption } else { texts.text }.to_owned()
    });
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    let of_text = Signal::derive(move || of("text").get().or_else(|| of("caption").get()));
    let columns = move || {
        let headings = rows.with(|rows| rows.first().cloned().unwrap_or_default());
        let buttons = headings.into_iter().map(move |heading| {
            let column = format!("{{{{{}}}}}", heading.trim());
            let words = column.clone();
            view! {
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| {
                        text.update(|text| text.push_str(&column));
                        anew();
                    }
                >
                    {words}
                </button>
            }
        });
        buttons.collect_view()
    };
    let preview = Signal::derive(move || {
        rows.with(|rows| {
            let (headings, rows) = rows.split_first()?;
            let text = text.get();
            let filled = rows.iter().fold(String::new(), |mut html, row| {
                let to = row.first().map(String::as_str).unwrap_or_default();
                let filled = csv::filled(&text, headings, row);
                // Writing to a string cannot fail.
                let _ = write!(
                    html,
                    "<li><b>{}</b><p>{}</p></li>",
                    format::escaped(to),
                    format::escaped(&filled)
                );
                html
            });
            Some(filled)
        })
        .unwrap_or_default()
    });
    let any_rows = Memo::new(move |_| rows.with(|rows| rows.len() > 1));
    view! {
        <form
            node_ref=form
            class=drop.class("dialog-body")
            on:submit=submit
            on:input=move |_| anew()
            on:dragover=move |event| drop.over(&event)
            on:dragleave=move |_| drop.leave()
            on:drop=move |event| drop.take(&event)
            novalidate
        >
            <h2 id="bulk-title">{texts.bulk}</h2>
            <p class="lead">{texts.bulk_lead}</p>
            <Entry name="account_id" label=texts.account error=of("account_id")>
                <Accounts />
            </Entry>
            <Entry
                name="recipients"
                label=texts.recipients
                hint=Some(texts.recipients_hint)
                error=of("recipients")
            >
                <input id="recipients" type="file" accept=".csv,text/csv" on:change=list_chosen />
            </Entry>
            <div class="table-scroll" tabindex="0" inner_html=mistakes></div>
            <Entry name="type" label=texts.type_label error=of("type")>
                <Kinds kinds=KINDS kind=kind on_choose=choose />
            </Entry>
            {move || {
                let kind = kind.get();
                kind.has_file()
                    .then(|| view! { <FileFields kind=kind picked=picked wrong=wrong /> })
            }}
            <Entry name="text" label=text_label error=of_text>
                <textarea
                    id="text"
                    name="text"
                    rows="4"
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
            </Entry>
            <div class="columns">{columns}</div>
            {move || {
                any_rows
                    .get()
                    .then(|| {
                        view! {
                            <h3>{texts.preview}</h3>
                            <ol class="bulk-preview" inner_html=preview></ol>
                        }
                    })
            }}
            <Line
                name="send_at"
                label=texts.send_at
                kind="datetime-local"
                error=of("send_at")
            />
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Uploading sent=sent />
            <Acts act=texts.start_bulk pending=pending />
        </form>
    }
}

/// A file of its own goes first: all of them get the same.
async fn begin(
    given: &FormData,
    list: &File,
    kind: ContentType,
    key: &str,
    sent: RwSignal<Option<u32>>,
) -> Result<(), Refusal> {
    let text = |name: &str| given.get(name).as_string().unwrap_or_default();
    let message = wire::object(&[
        ("account_id", &text("account_id")),
        ("type", kind.code()),
        ("idempotency_key", key),
    ]);
    let words = text("text");
    if kind.has_file() {
        if let Some(media) = media(given, sent).await? {
            wire::set(&message, "media", &media);
        }
        if !words.is_empty() {
            wire::set(&message, "caption", &words.into());
        }
    } else {
        wire::set(&message, "text", &words.into());
    }
    let send_at = text("send_at");
    if !send_at.is_empty() {
        wire::set(&message, "send_at", &calls::instant(&send_at).into());
    }
    let body = body(&message, list).map_err(|_| Problem::Unreachable)?;
    upload::post(calls::BULKS, &body, sent).await?;
    Ok(())
}

async fn media(given: &FormData, sent: RwSignal<Option<u32>>) -> Result<Option<JsValue>, Refusal> {
    let name = |name: &str, value: &str| wire::object(&[(name, value)]);
    let Some(file) = compose::file(given) else {
        let url = given.get("url").as_string().filter(|url| !url.is_empty());
        return Ok(url.map(|url| name("url", &url)));
    };
    let body = FormData::new().map_err(|_| Problem::Unreachable)?;
    body.append_with_blob_and_filename("file", &file, &file.name())
        .map_err(|_| Problem::Unreachable)?;
    let kept = upload::post(calls::MEDIA, &body, sent).await?;
    let id = Object(&kept).text("id").ok_or(Problem::Unreachable)?;
    Ok(Some(name("id", &id)))
}

fn body(message: &JsValue, list: &File) -> Result<FormData, JsValue> {
    let body = FormData::new()?;
    let json: String = js_sys::JSON::stringify(message)?.into();
    body.append_with_str("message", &json)?;
    body.append_with_blob_and_filename("recipients", list, &list.name())?;
    Ok(body)
}

/// What is wrong with which row.
fn table(details: &JsValue) -> String {
    let texts = texts();
    let rows = wire::array(&Object(details).get("rows"), |row| {
        let row = Object(row);
        let line = row.count("line").or_else(|| row.count("row"))?;
        Some((line, row.text("field")?, row.text("message")?))
    });
    let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
        return String::new();
    };
    let mut html = format!(
        r#"<table class="mistakes"><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>"#,
        texts.line, texts.column, texts.mistake,
    );
    for (line, field, message) in rows {
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<tr><td>{line}</td><td>{}</td><td lang="en">{}</td></tr>"#,
            format::escaped(&field),
            format::escaped(&message)
        );
    }
    html.push_str("</tbody></table>");
    html
}
