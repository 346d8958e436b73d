//! What a webhook is: made, or changed.

use super::{Webhooks, calls, made::Made, said, words::texts};
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        form::{Acts, Area, Complaint, Line, Wrong, complaint_id},
    },
    format,
    live::Live,
};
use leptos::{either::Either, ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::FormData;
use whahook_contract::webhook::WebhookView;

const FIELDS: &[&str] = &["url", "label", "account_ids", "events", "headers"];

/// First the form, then the secret: one dialog, so that it is shown where it was
/// asked for.
#[component]
pub fn Form(of: Option<WebhookView>, on_close: Callback<()>) -> impl IntoView {
    let secret = RwSignal::new(None::<String>);
    view! {
        <Dialog class="middle" labelled_by="webhook-title" on_close=on_close>
            {move || match secret.get() {
                None => Either::Left(view! { <Fields of=of.clone() secret=secret /> }),
                Some(secret) => {
                    Either::Right(
                        view! { <Made title=texts().made_title secret=secret until=None /> },
                    )
                }
            }}
        </Dialog>
    }
}

#[component]
fn Fields(of: Option<WebhookView>, secret: RwSignal<Option<String>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let webhooks = expect_context::<Webhooks>();
    let dialog = expect_context::<Closer>();
    let form = NodeRef::<html::Form>::new();
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let id = of.as_ref().map(|of| of.id);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let given = form.get_untracked().filter(|_| !pending.get_untracked());
        let Some(given) = given.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let body = match read(&given) {
            Ok(body) => body,
            Err(trouble) => return wrong.set(Some(trouble)),
        };
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer = match id {
                Some(id) => calls::change(id, &body)
                    .await
                    .map(|webhook| (webhook, None)),
                None => {
                    let made = calls::create(&body).await;
                    made.map(|(webhook, secret)| (webhook, Some(secret)))
                }
            };
            pending.try_set(false);
            match answer {
                Ok((webhook, made)) => {
                    webhooks.put(webhook);
                    match made {
                        // The dialog may have been closed meanwhile.
                        Some(made) => drop(secret.try_set(Some(made))),
                        None => dialog.close(),
                    }
                }
                Err(problem) => {
                    wrong.try_set(Some(Wrong::read(&problem, &said(&problem))));
                }
            }
        });
    };
    let of_field = move |field: &'static str| Wrong::of_field(wrong, field);
    let of = of.as_ref();
    let (title, act) = match of {
        Some(_) => (texts.edit_title, texts.save),
        None => (texts.add, texts.add),
    };
    let url = of.map(|of| of.url.clone());
    let label = of.and_then(|of| of.label.clone());
    let chosen = of.and_then(|of| of.account_ids.clone());
    let accounts = live.ids().get_untracked().into_iter().map(|id| {
        let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.contains(&id));
        let label = live.label(id).unwrap_or_default();
        check("account_ids", &id.to_string(), is_chosen, &label, "")
    });
    let accounts = choice(
        "accounts",
        chosen.is_some(),
        (texts.all_connections, texts.all_connections_hint),
        texts.chosen_connections,
        &accounts.collect::<String>(),
    );
    let chosen = of.and_then(|of| of.events.clone());
    let types = webhooks.types.with_value(|types| {
        let types = types.iter().map(|name| {
            let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.contains(name));
            check("events", name, is_chosen, name, (texts.event)(name))
        });
        types.collect::<String>()
    });
    let types = choice(
        "types",
        chosen.is_some(),
        (texts.everything, texts.everything_hint),
        texts.chosen_events,
        &types,
    );
    let replies = of.is_some_and(|of| of.replies);
    let replies = check("replies", "on", replies, texts.replies, texts.replies_hint);
    let kept = of
        .map(|of| of.header_names.join(", "))
        .filter(|it| !it.is_empty());
    let no_headers = kept.as_ref().map(|kept| {
        let title = (texts.headers_kept)(kept);
        check("no_headers", "on", false, texts.no_headers, &title)
    });
    let any_headers = no_headers.is_some();
    view! {
        <form node_ref=form class="dialog-body" on:submit=submit novalidate>
            <h2 id="webhook-title">{title}</h2>
            <Line
                name="url"
                label=texts.url
                mode="url"
                value=url
                hint=texts.url_hint
                error=of_field("url")
            />
            <Line
                name="label"
                label=texts.label
                value=label
                hint=texts.label_hint
                error=of_field("label")
            />
            <Choice
                name="events"
                legend=texts.which_events
                markup=types
                error=of_field("events")
            />
            <Choice
                name="account_ids"
                legend=texts.which_connections
                markup=accounts
                error=of_field("account_ids")
            />
            <div inner_html=replies></div>
            <details class="more-fields" open=any_headers>
                <summary>{texts.headers_more}</summary>
                <Area
                    name="headers"
                    label=texts.headers
                    rows="3"
                    hint=texts.headers_hint
                    error=of_field("headers")
                />
                <div inner_html=no_headers></div>
            </details>
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Acts act=act pending=pending />
        </form>
    }
}

#[component]
fn Choice(
    name: &'static str,
    legend: &'static str,
    markup: String,
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <fieldset class="options" aria-describedby=complaint_id(name)>
            <legend>{legend}</legend>
            <div class="choice" inner_html=markup></div>
            <Complaint name=name words=error />
        </fieldset>
    }
}

/// All of them, or those of a list; as markup.
fn choice(
    name: &str,
    is_some: bool,
    (all, hint): (&str, &str),
    some: &str,
    options: &str,
) -> String {
    let mut markup = option("radio", name, "all", !is_some, all, hint);
    if !options.is_empty() {
        markup.push_str(&option("radio", name, "some", is_some, some, ""));
        markup.push_str(r#"<div class="options nested">"#);
        markup.push_str(options);
        markup.push_str("</div>");
    }
    markup
}

fn check(name: &str, value: &str, is_checked: bool, title: &str, hint: &str) -> String {
    option("checkbox", name, value, is_checked, title, hint)
}

fn option(
    kind: &str,
    name: &str,
    value: &str,
    is_checked: bool,
    title: &str,
    hint: &str,
) -> String {
    format!(
        r#"<label class="option"><input type="{kind}" name="{name}" value="{}"{}><span><b>{}</b><small>{}</small></span></label>"#,
        format::escaped(value),
        if is_checked { " checked" } else { "" },
        format::escaped(title),
        format::escaped(hint),
    )
}

/// The body as the API takes it.
///
/// # Errors
/// The field that is wrong, and why.
fn read(given: &FormData) -> Result<JsValue, Wrong> {
    let texts = texts();
    let text = |name: &str| given.get(name).as_string().unwrap_or_default();
    let url = text("url");
    if url.trim().is_empty() {
        return Err(Wrong::of("url", texts.url_needed));
    }
    let body = crate::wire::object(&[("url", &url), ("label", &text("label"))]);
    let set = |name: &str, value: &JsValue| crate::wire::set(&body, name, value);
    for (which, name, needed) in [
        ("accounts", "account_ids", texts.connection_needed),
        ("types", "events", texts.event_needed),
    ] {
        if text(which) == "some" {
            let some = given.get_all(name);
            if some.length() == 0 {
                return Err(Wrong::of(name, needed));
            }
            set(name, &some);
        } else {
            set(name, &JsValue::NULL);
        }
    }
    let headers = crate::wire::object(&[]);
    let lines = text("headers");
    let mut lines = lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    if lines.peek().is_some() || given.get("no_headers").is_string() {
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                return Err(Wrong::of("headers", &(texts.header_wrong)(line.trim())));
            };
            crate::wire::set(&headers, name.trim(), &value.trim().into());
        }
        set("headers", &headers);
    }
    set("replies", &given.get("replies").is_string().into());
    Ok(body)
}
