use super::{Webhooks, calls, name, said, words::texts};
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        form::{Acts, Entry, Line, Wrong, options},
        icon::Icon,
    },
    format,
    live::Live,
    wire,
};
use leptos::{either::Either, ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::FormData;
use whahook_contract::webhook::WebhookView;

const FIELDS: &[&str] = &["since", "account_id"];

/// Events to be sent again: what was given up, or everything since a time.
#[component]
pub fn Again(of: WebhookView, on_close: Callback<()>) -> impl IntoView {
    let count = RwSignal::new(None::<i64>);
    view! {
        <Dialog class="middle narrow" labelled_by="again-title" on_close=on_close>
            {move || match count.get() {
                None => Either::Left(view! { <Form of=of.clone() count=count /> }),
                Some(count) => Either::Right(view! { <Outcome count=count /> }),
            }}
        </Dialog>
    }
}

#[component]
fn Outcome(count: i64) -> impl IntoView {
    let texts = texts();
    let dialog = expect_context::<Closer>();
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // Fails only for elements that cannot have the focus.
            let _ = heading.focus();
        }
    });
    view! {
        <div class="dialog-body">
            <h2 id="again-title" tabindex="-1" node_ref=heading>
                {(texts.replayed)(count)}
            </h2>
            <p class="lead">{texts.replayed_lead}</p>
            <div class="dialog-acts">
                <button type="button" class="button" on:click=move |_| dialog.close()>
                    {texts.done}
                </button>
            </div>
        </div>
    }
}

#[component]
fn Form(of: WebhookView, count: RwSignal<Option<i64>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let webhooks = expect_context::<Webhooks>();
    let form = NodeRef::<html::Form>::new();
    let is_since = RwSignal::new(false);
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let id = of.id;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let given = form.get_untracked().filter(|_| !pending.get_untracked());
        let Some(given) = given.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let text = |name: &str| given.get(name).as_string().unwrap_or_default();
        let wish = wire::object(&[]);
        let account = text("account_id");
        if !account.is_empty() {
            wire::set(&wish, "account_id", &account.into());
        }
        if is_since.get_untracked() {
            // The reader's own hour; the API has that of everybody.
            let Some(since) = format::instant(&text("since")) else {
                return wrong.set(Some(Wrong::of("since", texts.time_needed)));
            };
            wire::set(&wish, "since", &since.into());
        } else {
            wire::set(&wish, "failed", &JsValue::TRUE);
        }
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer = calls::replay(id, &wish).await;
            pending.try_set(false);
            match answer {
                Ok(events) => {
                    count.try_set(Some(events));
                    webhooks.look();
                }
                Err(problem) => {
                    wrong.try_set(Some(Wrong::read(&problem, &said(&problem))));
                }
            }
        });
    };
    let way = move |since: bool, label: &'static str, hint: &'static str| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="what"
                    checked=!since
                    on:change=move |_| is_since.set(since)
                />
                <span>
                    <b>{label}</b>
                    <small>{hint}</small>
                </span>
            </label>
        }
    };
    let covers = |id: &_| of.account_ids.as_ref().is_none_or(|ids| ids.contains(id));
    let ids = live.ids().get_untracked().into_iter().filter(covers);
    let labels: Vec<_> = ids
        .map(|id| (id.to_string(), live.label(id).unwrap_or_default()))
        .collect();
    let accounts = labels
        .iter()
        .map(|(id, label)| (id.clone(), label.as_str()));
    let all = (String::new(), texts.all_it_has);
    let accounts = options(std::iter::once(all).chain(accounts), "");
    let of_field = move |field: &'static str| Wrong::of_field(wrong, field);
    let yesterday =
        format::local_input(live.now.get_untracked().unwrap_or_default(), -86_400_000.0);
    view! {
        <form node_ref=form class="dialog-body" on:submit=submit novalidate>
            <h2 id="again-title">{(texts.again_title)(&name(&of))}</h2>
            <fieldset class="options">
                <legend class="visually-hidden">{texts.what_again}</legend>
                {way(false, texts.given_up, texts.given_up_hint)}
                {way(true, texts.since_time, texts.since_time_hint)}
            </fieldset>
            {move || {
                is_since
                    .get()
                    .then(|| {
                        view! {
                            <Line
                                name="since"
                                label=texts.time
                                kind="datetime-local"
                                value=Some(yesterday.clone())
                                error=of_field("since")
                            />
                        }
                    })
            }}
            <Entry name="account_id" label=texts.connection error=of_field("account_id")>
                <select id="account_id" name="account_id" inner_html=accounts></select>
            </Entry>
            {move || {
                is_since
                    .get()
                    .then(|| {
                        view! {
                            <p class="callout info">
                                <Icon icon=Icon::Alert />
                                <span>{texts.same_ids}</span>
                            </p>
                        }
                    })
            }}
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Acts act=texts.send_again_act pending=pending />
        </form>
    }
}
