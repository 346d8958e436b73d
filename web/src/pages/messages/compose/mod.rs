//! A message to write: the form's fields are the API's.

use super::{
    Open, calls,
    entry::{Entry, Wrong},
    reload::Messages,
    upload,
    words::texts,
};
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
    },
    live::Live,
};
use leptos::{either::EitherOf5, ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{File, FormData};
use whahook_contract::{
    ids::AccountId,
    message::{ContentType, Priority},
};

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
    "to",
    "text",
    "file",
    "media",
    "caption",
    "latitude",
    "longitude",
    "contacts",
    "question",
    "options",
    "send_at",
    "expires_at",
];

#[component]
pub fn Compose(on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="middle" labelled_by="compose-title" on_close=on_close>
            <Form />
        </Dialog>
    }
}

#[component]
fn Form() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let dialog = expect_context::<Closer>();
    let form = NodeRef::<html::Form>::new();
    let kind = RwSignal::new(ContentType::Text);
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let sent = RwSignal::new(None::<u32>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked().filter(|_| !pending.get_untracked()) else {
            return;
        };
        let Some(body) = body(&form, kind.get_untracked()) else {
            return;
        };
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer = upload::post(calls::MESSAGES, &body, sent).await;
            pending.try_set(false);
            let answer = answer.map_err(|refusal| refusal.problem);
            match answer.and_then(|answer| calls::one(&answer)) {
                // Its timeline takes this dialog's place.
                Ok(message) => messages.show_new(message),
                Err(problem) => {
                    wrong.try_set(Some(Wrong::read(&problem, texts)));
                }
            }
        });
    };
    let of = move |field: &'static str| Wrong::of_field(wrong, field);
    let elsewhere = Wrong::of_none(wrong, FIELDS);
    let busy = Signal::derive(move || pending.get().then_some("true"));
    let choose = move |event| {
        let chosen = ContentType::from_code(&event_target_value(&event));
        kind.set(chosen.unwrap_or(ContentType::Text));
        wrong.set(None);
    };
    let kinds = KINDS.iter().map(|kind| {
        view! { <option value=kind.code()>{(texts.kind)(*kind)}</option> }
    });
    let priorities = [Priority::Normal, Priority::High, Priority::Low].map(|priority| {
        view! { <option value=priority.code()>{(texts.priority)(priority)}</option> }
    });
    let progress = Signal::derive(move || {
        sent.get()
            .map(|percent| (texts.uploaded)(percent))
            .unwrap_or_default()
    });
    view! {
        <form node_ref=form class="dialog-body" on:submit=submit novalidate>
            <h2 id="compose-title">{texts.compose}</h2>
            <Entry name="account_id" label=texts.account error=of("account_id")>
                <Accounts />
            </Entry>
            <Entry name="to" label=texts.chat hint=texts.to_hint error=of("to")>
                <input id="to" name="to" autocomplete="off" required />
            </Entry>
            <Entry name="type" label=texts.type_label error=of("type")>
                <select id="type" name="type" on:change=choose>
                    {kinds.collect_view()}
                </select>
            </Entry>
            {move || match kind.get() {
                ContentType::Text => {
                    EitherOf5::A(
                        view! {
                            <Entry
                                name="text"
                                label=texts.text
                                hint=texts.text_hint
                                error=of("text")
                            >
                                <textarea id="text" name="text" rows="4" required></textarea>
                            </Entry>
                        },
                    )
                }
                ContentType::Location => {
                    EitherOf5::B(
                        view! {
                            <div class="field-pair">
                                <Entry
                                    name="latitude"
                                    label=texts.latitude
                                    error=of("latitude")
                                >
                                    <input id="latitude" name="latitude" inputmode="decimal" />
                                </Entry>
                                <Entry
                                    name="longitude"
                                    label=texts.longitude
                                    error=of("longitude")
                                >
                                    <input id="longitude" name="longitude" inputmode="decimal" />
                                </Entry>
                            </div>
                            <Entry name="name" label=texts.place error=of("name")>
                                <input id="name" name="name" />
                            </Entry>
                        },
                    )
                }
                ContentType::Contact => {
                    EitherOf5::C(
                        view! {
                            <Entry
                                name="contact_name"
                                label=texts.contact_name
                                error=of("contacts")
                            >
                                <input id="contact_name" name="contact_name" />
                            </Entry>
                            <Entry
                                name="contact_number"
                                label=texts.contact_number
                                error=Signal::stored(None)
                            >
                                <input id="contact_number" name="contact_number" type="tel" />
                            </Entry>
                        },
                    )
                }
                ContentType::Poll => {
                    EitherOf5::D(
                        view! {
                            <Entry name="question" label=texts.question error=of("question")>
                                <input id="question" name="question" />
                            </Entry>
                            <Entry
                                name="options"
                                label=texts.options
                                hint=texts.options_hint
                                error=of("options")
                            >
                                <textarea id="options" name="options" rows="4"></textarea>
                            </Entry>
                            <label class="option">
                                <input type="checkbox" name="multiple" />
                                <span>{texts.multiple}</span>
                            </label>
                        },
                    )
                }
                kind => EitherOf5::E(view! { <FileFields kind=kind wrong=wrong /> }),
            }}
            <details class="more-fields">
                <summary>{texts.when_and_how}</summary>
                <div class="field-pair">
                    <Entry name="send_at" label=texts.send_at error=of("send_at")>
                        <input id="send_at" name="send_at" type="datetime-local" />
                    </Entry>
                    <Entry name="expires_at" label=texts.expires_at error=of("expires_at")>
                        <input id="expires_at" name="expires_at" type="datetime-local" />
                    </Entry>
                </div>
                <Entry name="priority" label=texts.priority_label error=of("priority")>
                    <select id="priority" name="priority">
                        {priorities.to_vec().collect_view()}
                    </select>
                </Entry>
            </details>
            <Alert words=elsewhere />
            <p class="hint" role="status">
                {progress}
            </p>
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.cancel}
                </button>
                <button class="button primary" aria-busy=busy disabled=move || !live.runs()>
                    {texts.send}
                </button>
            </div>
        </form>
    }
}

/// Those that are connected first; the others say that it will wait.
#[component]
pub fn Accounts() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let mut ids = live.ids().get_untracked();
    ids.sort_by_key(|id| !live.is_ready(*id));
    let option = |id: AccountId| {
        let label = live.label(id).unwrap_or_default();
        let words = if live.is_ready(id) {
            label
        } else {
            (texts.offline)(&label)
        };
        view! { <option value=id.to_string()>{words}</option> }
    };
    let options = ids.into_iter().map(option).collect_view();
    view! {
        <select id="account_id" name="account_id">
            {options}
        </select>
    }
}

#[component]
fn FileFields(kind: ContentType, wrong: RwSignal<Option<Wrong>>) -> impl IntoView {
    let texts = texts();
    let accept = match kind {
        ContentType::Image => "image/*",
        ContentType::Video => "video/*",
        ContentType::Audio | ContentType::Voice => "audio/*",
        ContentType::Sticker => "image/webp",
        _ => "",
    };
    let captioned = matches!(
        kind,
        ContentType::Image | ContentType::Video | ContentType::Document
    );
    view! {
        <Entry
            name="file"
            label=texts.file
            hint=texts.file_hint
            error=Wrong::of_field(wrong, "file")
        >
            <input id="file" name="file" type="file" accept=accept />
        </Entry>
        <Entry name="url" label=texts.url error=Wrong::of_field(wrong, "media")>
            <input id="url" name="url" type="url" inputmode="url" />
        </Entry>
        {captioned
            .then(|| {
                view! {
                    <Entry
                        name="caption"
                        label=texts.caption
                        error=Wrong::of_field(wrong, "caption")
                    >
                        <textarea id="caption" name="caption" rows="2"></textarea>
                    </Entry>
                }
            })}
    }
}

/// The request: what is empty is not in it.
fn body(form: &web_sys::HtmlFormElement, kind: ContentType) -> Option<FormData> {
    let given = FormData::new_with_form(form).ok()?;
    let body = FormData::new().ok()?;
    let text = |name: &str| given.get(name).as_string().filter(|it| !it.is_empty());
    // Appending fails for nothing that is a text.
    let put = |name: &str, value: &str| {
        let _ = body.append_with_str(name, value);
    };
    let json = |value: &wasm_bindgen::JsValue| {
        js_sys::JSON::stringify(value).map_or_else(|_| String::new(), String::from)
    };
    for name in ["account_id", "to", "type", "text", "caption", "priority"] {
        if let Some(value) = text(name) {
            put(name, &value);
        }
    }
    if kind == ContentType::Text && text("text").is_none() {
        // The server says what is wrong with it.
        put("text", "");
    }
    for name in ["send_at", "expires_at"] {
        if let Some(value) = text(name) {
            put(name, &calls::instant(&value));
        }
    }
    for name in ["latitude", "longitude"] {
        if let Some(value) = text(name) {
            put(name, &value.replace(',', "."));
        }
    }
    for name in ["name", "question"] {
        if let Some(value) = text(name) {
            put(name, &json(&value.into()));
        }
    }
    match kind {
        ContentType::Contact => {
            let card = crate::wire::object(&[
                ("name", &text("contact_name").unwrap_or_default()),
                ("phone_number", &text("contact_number").unwrap_or_default()),
            ]);
            put("contacts", &json(&js_sys::Array::of1(&card)));
        }
        ContentType::Poll => {
            let lines = text("options").unwrap_or_default();
            let options = lines.lines().map(str::trim).filter(|line| !line.is_empty());
            let options: js_sys::Array = options.map(wasm_bindgen::JsValue::from).collect();
            put("options", &json(&options));
            put(
                "multiple",
                if text("multiple").is_some() {
                    "true"
                } else {
                    "false"
                },
            );
        }
        _ => {
            let file = given.get("file").dyn_into::<File>().ok();
            let file = file.filter(|file| !file.name().is_empty());
            if let Some(file) = file {
                let _ = body.append_with_blob_and_filename("file", &file, &file.name());
            } else if let Some(url) = text("url") {
                put("media", &json(&crate::wire::object(&[("url", &url)])));
            }
        }
    }
    Some(body)
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
            on:click=move |_| messages.open.set(Some(Open::Compose))
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
