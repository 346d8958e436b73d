//! What people write down about a conversation: nobody at WhatsApp hears of it.

use super::{
    calls,
    state::Inbox,
    words::{self, texts},
};
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        form::{Entry, Line, Wrong},
    },
    wire,
};
use js_sys::Array;
use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::FormData;
use whahook_contract::ids::ConversationId;

#[component]
pub fn About(id: ConversationId, on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="middle" labelled_by="about-title" on_close=on_close>
            <Form id=id />
        </Dialog>
    }
}

#[component]
fn Form(id: ConversationId) -> impl IntoView {
    let texts = texts();
    let inbox = expect_context::<Inbox>();
    let dialog = expect_context::<Closer>();
    let form = NodeRef::<html::Form>::new();
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let shown = inbox.shown.get_untracked();
    let (name, labels, note) = shown
        .map(|it| (it.with.shown(), it.labels.join(", "), it.note))
        .unwrap_or_default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let form = form.get_untracked().filter(|_| !pending.get_untracked());
        let Some(given) = form.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let text = |name: &str| given.get(name).as_string().unwrap_or_default();
        let labels = text("labels");
        let labels = labels.split(',').map(str::trim).filter(|it| !it.is_empty());
        let labels: Array = labels.map(JsValue::from_str).collect();
        let changes = wire::object(&[("note", &text("note"))]);
        wire::set(&changes, "labels", &labels);
        pending.set(true);
        spawn_local(async move {
            let answer = calls::change(id, &changes).await;
            pending.try_set(false);
            match answer {
                Ok(new) => {
                    inbox.put(new);
                    inbox.refresh();
                    dialog.close();
                }
                Err(problem) => {
                    wrong.try_set(Some(Wrong::read(&problem, &words::of(&problem))));
                }
            }
        });
    };
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <form node_ref=form class="dialog-body" on:submit=submit>
            <h2 id="about-title">{name}</h2>
            <Line
                name="labels"
                label=texts.labels
                value=Some(labels)
                hint=texts.labels_hint
                error=Wrong::of_field(wrong, "labels")
            />
            <Entry
                name="note"
                label=texts.note
                hint=Some(texts.note_hint)
                error=Wrong::of_field(wrong, "note")
            >
                <textarea id="note" name="note" rows="6" prop:value=note></textarea>
            </Entry>
            <Alert words=Wrong::of_none(wrong, &["labels", "note"]) />
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.cancel}
                </button>
                <button class="button primary" aria-busy=busy>
                    {texts.save}
                </button>
            </div>
        </form>
    }
}
