//! A bulk to begin: a file of recipients and a text with their columns.

use super::csv;
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
    },
    format,
    pages::messages::{
        calls,
        compose::Accounts,
        entry::{Entry, Wrong},
        reload::Messages,
        upload,
        words::texts,
    },
    wire::{self, Object},
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::fmt::Write as _;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData};

/// As many rows are shown filled in.
const SHOWN: usize = 3;
/// Enough of a file for its first rows.
const HEAD_BYTES: f64 = 65_536.0;

const FIELDS: &[&str] = &["account_id", "recipients", "text", "send_at"];

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
    let wrong = RwSignal::new(None::<Wrong>);
    let mistakes = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let sent = RwSignal::new(None::<u32>);
    let chosen = move |event: ev::Event| {
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
        let Some(picked) = file.get_value() else {
            return wrong.set(Some(Wrong::of("recipients", texts.file_needed)));
        };
        let Some(body) = body(&form, &picked) else {
            return;
        };
        wrong.set(None);
        mistakes.set(String::new());
        pending.set(true);
        spawn_local(async move {
            let answer = upload::post(calls::BULKS, &body, sent).await;
            pending.try_set(false);
            match answer {
                Ok(_) => {
                    dialog.close();
                    messages.began.update(|began| *began += 1);
                }
                Err(refusal) => {
                    mistakes.try_set(table(&refusal.details));
                    wrong.try_set(Some(Wrong::read(&refusal.problem, texts)));
                }
            }
        });
    };
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    let busy = Signal::derive(move || pending.get().then_some("true"));
    let columns = move || {
        let headings = rows.with(|rows| rows.first().cloned().unwrap_or_default());
        let buttons = headings.into_iter().map(move |heading| {
            let column = format!("{{{{{}}}}}", heading.trim());
            let words = column.clone();
            view! {
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| text.update(|text| text.push_str(&column))
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
        <form node_ref=form class="dialog-body" on:submit=submit novalidate>
            <h2 id="bulk-title">{texts.bulk}</h2>
            <p class="lead">{texts.bulk_lead}</p>
            <Entry name="account_id" label=texts.account error=of("account_id")>
                <Accounts />
            </Entry>
            <Entry
                name="recipients"
                label=texts.recipients
                hint=texts.recipients_hint
                error=of("recipients")
            >
                <input id="recipients" type="file" accept=".csv,text/csv" on:change=chosen />
            </Entry>
            <div class="table-scroll" tabindex="0" inner_html=mistakes></div>
            <Entry name="text" label=texts.text error=of("text")>
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
            <Entry name="send_at" label=texts.send_at error=of("send_at")>
                <input id="send_at" name="send_at" type="datetime-local" />
            </Entry>
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.cancel}
                </button>
                <button class="button primary" aria-busy=busy>
                    {texts.start_bulk}
                </button>
            </div>
        </form>
    }
}

fn body(form: &web_sys::HtmlFormElement, file: &File) -> Option<FormData> {
    let given = FormData::new_with_form(form).ok()?;
    let text = |name: &str| given.get(name).as_string().unwrap_or_default();
    let message = wire::object(&[
        ("account_id", &text("account_id")),
        ("type", "text"),
        ("text", &text("text")),
    ]);
    let send_at = text("send_at");
    if !send_at.is_empty() {
        wire::set(&message, "send_at", &calls::instant(&send_at).into());
    }
    let body = FormData::new().ok()?;
    let json: String = js_sys::JSON::stringify(&message).ok()?.into();
    body.append_with_str("message", &json).ok()?;
    body.append_with_blob_and_filename("recipients", file, &file.name())
        .ok()?;
    Some(body)
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
