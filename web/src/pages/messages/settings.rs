//! How an account sends: its limits, its pace, and what it refuses to repeat.

use super::{
    calls,
    reload::Messages,
    words::{self, texts},
};
use crate::{
    api::Problem,
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        form::{Acts, Line, Wrong},
    },
    live::Live,
    wire,
};
use leptos::{either::Either, ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::FormData;
use whahook_contract::{ids::AccountId, limits::AccountSettingsView};

const LIMIT: (u32, u32) = (1, 1_000_000);
const WINDOW: (u32, u32) = (0, 2_592_000);

/// The fields for numbers, and from where to where they go.
const NUMBERS: &[(&str, (u32, u32))] = &[
    ("session_per_minute", LIMIT),
    ("destination_per_hour", LIMIT),
    ("destination_per_day", LIMIT),
    ("duplicate_window_s", WINDOW),
];

const FIELDS: &[&str] = &[
    "session_per_minute",
    "destination_per_hour",
    "destination_per_day",
    "duplicate_window_s",
];

#[component]
pub fn Settings(id: AccountId, on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let label = live.label(id).unwrap_or_default();
    let known = RwSignal::new(None::<AccountSettingsView>);
    let problem = RwSignal::new(None::<String>);
    spawn_local(async move {
        match calls::settings(id).await {
            Ok(settings) => {
                known.try_set(Some(settings));
            }
            Err(trouble) => {
                problem.try_set(Some(words::of(&trouble)));
            }
        }
    });
    view! {
        <Dialog class="middle narrow" labelled_by="settings-title" on_close=on_close>
            <div class="dialog-body">
                <h2 id="settings-title">{(texts.settings_title)(&label)}</h2>
                <Alert words=problem.into() />
                {move || match known.get() {
                    Some(known) => Either::Left(view! { <Form id=id known=known /> }),
                    None => Either::Right(view! { <p class="lead">{texts.loading}</p> }),
                }}
            </div>
        </Dialog>
    }
}

#[component]
fn Form(id: AccountId, known: AccountSettingsView) -> impl IntoView {
    let texts = texts();
    let messages = expect_context::<Messages>();
    let dialog = expect_context::<Closer>();
    let form = NodeRef::<html::Form>::new();
    let limited = RwSignal::new(known.applies.limits_enabled);
    let wrong = RwSignal::new(None::<Wrong>);
    let pending = RwSignal::new(false);
    let usual = known.defaults;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let given = form.get_untracked().filter(|_| !pending.get_untracked());
        let Some(given) = given.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let changes = match numbers(&given) {
            Ok(changes) => changes,
            Err(trouble) => return wrong.set(Some(trouble)),
        };
        let is_on = |name: &str| given.get(name).is_string();
        // What is as everywhere goes on being so when that changes.
        let switches = [
            ("limits_enabled", usual.limits_enabled),
            ("human_pacing", usual.human_pacing),
        ];
        for (name, usual) in switches {
            let own = Some(is_on(name)).filter(|on| *on != usual);
            wire::set(&changes, name, &own.map_or(JsValue::NULL, JsValue::from));
        }
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer: Result<_, Problem> = calls::change_settings(id, &changes).await;
            pending.try_set(false);
            match answer {
                Ok(_) => {
                    dialog.close();
                    messages.look_soon();
                }
                Err(problem) => {
                    wrong.try_set(Some(words::wrong(&problem)));
                }
            }
        });
    };
    let number = move |name: &'static str, label: &'static str, own: Option<u32>, usual: u32| {
        view! {
            <Line
                name=name
                label=label
                mode="numeric"
                value=own.map(|own| own.to_string())
                usual=usual.to_string()
                error=Wrong::of_field(wrong, name)
            />
        }
    };
    view! {
        <form node_ref=form class="settings" on:submit=submit novalidate>
            <label class="option">
                <input
                    type="checkbox"
                    name="limits_enabled"
                    prop:checked=move || limited.get()
                    on:change=move |event| limited.set(event_target_checked(&event))
                />
                <span>
                    <b>{texts.limited}</b>
                    <small>{texts.limited_hint}</small>
                </span>
            </label>
            <fieldset class="options" disabled=move || !limited.get()>
                <legend class="visually-hidden">{texts.limits}</legend>
                <div class="field-triple">
                    {number(
                        "session_per_minute",
                        texts.per_minute,
                        known.session_per_minute,
                        usual.session_per_minute,
                    )}
                    {number(
                        "destination_per_hour",
                        texts.chat_per_hour,
                        known.destination_per_hour,
                        usual.destination_per_hour,
                    )}
                    {number(
                        "destination_per_day",
                        texts.chat_per_day,
                        known.destination_per_day,
                        usual.destination_per_day,
                    )}
                </div>
                <p class="hint">{texts.unless_set}</p>
            </fieldset>
            <label class="option">
                <input
                    type="checkbox"
                    name="human_pacing"
                    checked=known.applies.human_pacing
                />
                <span>
                    <b>{texts.human_pacing}</b>
                    <small>{texts.human_pacing_hint}</small>
                </span>
            </label>
            {number(
                "duplicate_window_s",
                texts.duplicate_window,
                known.duplicate_window_s,
                usual.duplicate_window_s,
            )}
            <p class="hint">{texts.duplicate_window_hint}</p>
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <Acts act=texts.save pending=pending />
        </form>
    }
}

/// The numbers of the form: an empty field goes back to the server's, and one
/// that is switched off stays as it is.
fn numbers(given: &FormData) -> Result<JsValue, Wrong> {
    let changes = wire::object(&[]);
    for (name, (least, most)) in NUMBERS {
        let Some(typed) = given.get(name).as_string() else {
            continue;
        };
        let typed = typed.trim();
        if typed.is_empty() {
            wire::set(&changes, name, &JsValue::NULL);
            continue;
        }
        let number = typed.parse::<u32>().ok();
        let number = number.filter(|number| (least..=most).contains(&number));
        let number =
            number.ok_or_else(|| Wrong::of(name, &(texts().number_from_to)(*least, *most)))?;
        wire::set(&changes, name, &number.into());
    }
    Ok(changes)
}
