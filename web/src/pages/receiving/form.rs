use super::{calls, words::texts};
use crate::{
    components::{
        callout::Alert,
        form::{Entry, Line, Wrong},
    },
    live::Live,
    wire,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::FormData;
use whahook_contract::{
    ids::AccountId,
    receiving::{MediaDownload, ReceivingView},
};

const MB: u32 = 1 << 20;
const SIZE: &str = "media_max_bytes";

/// The fields for numbers, and from where to where they go.
const NUMBERS: &[(&str, u32, u32)] = &[
    ("history_days", 0, 3_650),
    ("history_messages", 1, 100_000),
    (SIZE, 0, 2_048),
];

const FIELDS: &[&str] = &["history_days", "history_messages", SIZE];

#[component]
pub fn Form(account: AccountId, known: ReceivingView, progress: Signal<String>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let form = NodeRef::<html::Form>::new();
    let wrong = RwSignal::new(None::<Wrong>);
    let saved = RwSignal::new(false);
    let pending = RwSignal::new(false);
    let usual = known.defaults;
    let (usual_files, usual_statuses) = (usual.media_download, usual.statuses);
    let in_mb = |bytes: u64| bytes.div_ceil(MB.into()).to_string();
    let largest = known.media_max_bytes.map(in_mb);
    // A size that is left as it is shown stays so to the byte.
    let shown = StoredValue::new(largest.clone().unwrap_or_default());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let given = form.get_untracked().filter(|_| !pending.get_untracked());
        let Some(given) = given.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        saved.set(false);
        let changes = match numbers(&given, &shown.get_value()) {
            Ok(changes) => changes,
            Err(trouble) => return wrong.set(Some(trouble)),
        };
        // What is as everywhere goes on being so when that changes.
        let files = given.get("media_download").as_string();
        let files = files.filter(|files| *files != usual_files.code());
        let files = files.map_or(JsValue::NULL, JsValue::from);
        wire::set(&changes, "media_download", &files);
        let statuses = Some(given.get("statuses").is_string());
        let statuses = statuses.filter(|on| *on != usual_statuses);
        let statuses = statuses.map_or(JsValue::NULL, JsValue::from);
        wire::set(&changes, "statuses", &statuses);
        wrong.set(None);
        pending.set(true);
        spawn_local(async move {
            let answer = calls::change(account, &changes).await;
            pending.set(false);
            match answer {
                Ok(()) => {
                    shown.set_value(typed(&given, SIZE));
                    saved.set(true);
                }
                Err(problem) => wrong.set(Some(Wrong::read(&problem, &problem.words(texts)))),
            }
        });
    };
    let disabled = Signal::derive(move || !live.runs());
    let busy = Signal::derive(move || pending.get().then_some("true"));
    let done = Signal::derive(move || if saved.get() { texts.saved } else { "" }.to_owned());
    let number = move |name, label, hint, own: Option<String>, usual: String| {
        view! {
            <Line
                name=name
                label=label
                mode="numeric"
                value=own
                usual=usual
                hint=hint
                error=Wrong::of_field(wrong, name)
            />
        }
    };
    let files = known.applies.media_download;
    let choice = move |which: MediaDownload, words: &'static str| {
        view! {
            <option value=which.code() selected=which == files>
                {words}
            </option>
        }
    };
    view! {
        <form node_ref=form class="settings" on:submit=submit novalidate>
            <h2>{texts.history}</h2>
            <p class="lead">{texts.history_lead}</p>
            <p role="status">{progress}</p>
            {number(
                "history_days",
                texts.days,
                texts.days_hint,
                known.history_days.map(|days| days.to_string()),
                usual.history_days.to_string(),
            )}
            {number(
                "history_messages",
                texts.per_chat,
                texts.unless_set,
                known.history_messages.map(|messages| messages.to_string()),
                usual.history_messages.to_string(),
            )}
            <h2>{texts.files}</h2>
            <Entry name="media_download" label=texts.which_files error=Signal::stored(None)>
                <select id="media_download" name="media_download">
                    {choice(MediaDownload::All, texts.files_all)}
                    {choice(MediaDownload::OnDemand, texts.files_on_demand)}
                    {choice(MediaDownload::None, texts.files_none)}
                </select>
            </Entry>
            {number(SIZE, texts.largest, texts.unless_set, largest, in_mb(usual.media_max_bytes))}
            <label class="option">
                <input type="checkbox" name="statuses" checked=known.applies.statuses />
                <span>
                    <b>{texts.statuses}</b>
                    <small>{texts.statuses_hint}</small>
                </span>
            </label>
            <Alert words=Wrong::of_none(wrong, FIELDS) />
            <p role="status">{done}</p>
            <button
                id="save"
                type="submit"
                class="button primary"
                disabled=disabled
                aria-busy=busy
            >
                {texts.save}
            </button>
        </form>
    }
}

/// The numbers of the form: an empty field goes back to the server's.
fn numbers(given: &FormData, shown: &str) -> Result<JsValue, Wrong> {
    let changes = wire::object(&[]);
    for (name, least, most) in NUMBERS {
        let typed = typed(given, name);
        if *name == SIZE && typed == shown {
            continue;
        }
        if typed.is_empty() {
            wire::set(&changes, name, &JsValue::NULL);
            continue;
        }
        let number = typed.parse::<u32>().ok();
        let number = number.filter(|number| (least..=most).contains(&number));
        let number =
            number.ok_or_else(|| Wrong::of(name, &(texts().number_from_to)(*least, *most)))?;
        let unit = if *name == SIZE { MB } else { 1 };
        wire::set(
            &changes,
            name,
            &(f64::from(number) * f64::from(unit)).into(),
        );
    }
    Ok(changes)
}

fn typed(given: &FormData, name: &str) -> String {
    let typed = given.get(name).as_string().unwrap_or_default();
    typed.trim().to_owned()
}
