//! The bulks that run, and those that did, with how far they are.

use crate::{
    api::{self, Problem},
    components::icon::Icon,
    format,
    i18n::locale,
    live::Live,
    pages::messages::{
        calls,
        question::Question,
        reload::Messages,
        words::{self, texts},
    },
    wire::{self, Object},
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeSet;
use wasm_bindgen::JsValue;
use whahook_contract::{
    Timestamp,
    bulk::{BulkProgress, BulkStatus},
    ids::{AccountId, BulkId},
    message::WaitsFor,
};

/// A bulk as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bulk {
    id: BulkId,
    account: AccountId,
    words: String,
    status: BulkStatus,
    progress: BulkProgress,
    created_at: Timestamp,
    reason: Option<String>,
    waits_for: Option<WaitsFor>,
    waits_until: Option<Timestamp>,
    ends_at_earliest: Option<Timestamp>,
}

/// All that somebody can still do something about come first.
const OPEN: &str = "status=running,paused&limit=200";
/// Of those that are over the newest; the API has them all.
const OVER: &str = "status=finished,cancelled&limit=5";

async fn list() -> Result<Vec<Bulk>, Problem> {
    let mut bulks = Vec::new();
    for which in [OPEN, OVER] {
        let path = format!("{}?{which}", calls::BULKS);
        let answer = api::send_json("GET", &path, &JsValue::UNDEFINED).await?;
        let items = wire::array(&Object(&answer).get("items"), read);
        bulks.extend(items.ok_or(Problem::Unreachable)?);
    }
    // One that ended in between is in both.
    let mut ids = BTreeSet::new();
    bulks.retain(|bulk: &Bulk| ids.insert(bulk.id));
    Ok(bulks)
}

fn read(value: &JsValue) -> Option<Bulk> {
    let bulk = Object(value);
    Some(Bulk {
        id: bulk.parse("id")?,
        account: bulk.parse("account_id")?,
        words: bulk
            .text("text")
            .or_else(|| bulk.text("caption"))
            .or_else(|| bulk.text("type"))?,
        status: bulk.code("status", BulkStatus::from_code)?,
        progress: progress(&bulk.get("progress"))?,
        created_at: bulk.time("created_at")?,
        reason: bulk.text("reason"),
        waits_for: bulk.code("waits_for", WaitsFor::from_code),
        waits_until: bulk.time("waits_until"),
        ends_at_earliest: bulk.time("ends_at_earliest"),
    })
}

fn progress(value: &JsValue) -> Option<BulkProgress> {
    let progress = Object(value);
    Some(BulkProgress {
        total: progress.count("total")?,
        waiting: progress.count("waiting")?,
        queued: progress.count("queued")?,
        sending: progress.count("sending")?,
        sent: progress.count("sent")?,
        delivered: progress.count("delivered")?,
        read: progress.count("read")?,
        failed: progress.count("failed")?,
        cancelled: progress.count("cancelled")?,
    })
}

#[component]
pub fn Bulks() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let bulks = RwSignal::new(Vec::<Bulk>::new());
    let question = Question::new();
    Effect::new(move |_| {
        messages.moved.track();
        if live.runs() {
            question.put(move || async move {
                // What cannot be told now is told with the next event.
                if let Ok(new) = list().await {
                    bulks.try_set(new);
                }
            });
        }
    });
    let ids =
        Memo::new(move |_| bulks.with(|all| all.iter().map(|bulk| bulk.id).collect::<Vec<_>>()));
    let any = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    view! {
        {move || {
            any.get()
                .then(|| {
                    view! {
                        <section class="bulks" aria-label=texts.bulks>
                            <For
                                each=move || ids.get()
                                key=|id| *id
                                children=move |id| view! { <Card id=id bulks=bulks /> }
                            />
                        </section>
                    }
                })
        }}
    }
}

#[component]
fn Card(id: BulkId, bulks: RwSignal<Vec<Bulk>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let bulk = Memo::new(move |old: Option<&Option<Bulk>>| {
        let found = bulks.with(|all| all.iter().find(|bulk| bulk.id == id).cloned());
        found.or_else(|| old.cloned().flatten())
    });
    let markup = Signal::derive(move || {
        let now = live.now.get_untracked().unwrap_or_default();
        let local = |at: Timestamp| format::local(at, now, locale());
        bulk.with(|bulk| {
            let bulk = bulk.as_ref()?;
            let label = live.label(bulk.account).unwrap_or_default();
            Some(card(bulk, &label, &local))
        })
        .unwrap_or_default()
    });
    let status = Memo::new(move |_| bulk.with(|bulk| bulk.as_ref().map(|bulk| bulk.status)));
    let over = Memo::new(move |_| status.get().is_none_or(BulkStatus::is_over));
    let paused = Memo::new(move |_| status.get() == Some(BulkStatus::Paused));
    let pending = RwSignal::new(false);
    let order = move |method: &'static str, what: &'static str| {
        pending.set(true);
        spawn_local(async move {
            let path = format!("{}/{id}{what}", calls::BULKS);
            match api::send_json(method, &path, &JsValue::UNDEFINED).await {
                Ok(answer) => {
                    if let Some(new) = read(&answer) {
                        bulks.update(|all| {
                            if let Some(old) = all.iter_mut().find(|bulk| bulk.id == id) {
                                *old = new;
                            }
                        });
                    }
                }
                Err(problem) => live.notice.set(Some(words::of(&problem))),
            }
            pending.try_set(false);
        });
    };
    let act = Signal::derive(move || {
        if paused.get() {
            texts.resume
        } else {
            texts.pause
        }
        .to_owned()
    });
    let disabled = Signal::derive(move || pending.get());
    view! {
        <article class="panel bulk">
            <div inner_html=markup></div>
            <div class="acts">
                {move || {
                    (!over.get())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button small"
                                    disabled=disabled
                                    on:click=move |_| {
                                        let what = if paused.get_untracked() {
                                            "/resume"
                                        } else {
                                            "/pause"
                                        };
                                        order("POST", what);
                                    }
                                >
                                    {act}
                                </button>
                                <button
                                    type="button"
                                    class="button small"
                                    disabled=disabled
                                    on:click=move |_| order("DELETE", "")
                                >
                                    {texts.cancel_bulk}
                                </button>
                            }
                        })
                }}
                <a class="button small" href=format!("{}/{id}/result.csv", calls::BULKS) download="">
                    {texts.result}
                </a>
            </div>
        </article>
    }
}

fn card(bulk: &Bulk, account: &str, local: &dyn Fn(Timestamp) -> String) -> String {
    let texts = texts();
    let p = &bulk.progress;
    let done = p.total - p.open();
    let share = done * 100 / p.total.max(1);
    let tone = match bulk.status {
        BulkStatus::Running => "waiting",
        BulkStatus::Paused | BulkStatus::Cancelled => "idle",
        BulkStatus::Finished => "good",
    };
    let why = match (bulk.status, bulk.waits_for) {
        // Its status says so.
        (BulkStatus::Paused, _) => None,
        (_, Some(why)) => Some((texts.waits)(why, bulk.waits_until.map(local).as_deref())),
        (_, None) => bulk
            .reason
            .as_deref()
            .and_then(texts.detail)
            .map(str::to_owned),
    };
    let why = why
        .map(|why| format!(r#"<p class="hint">{}</p>"#, format::escaped(&why)))
        .unwrap_or_default();
    let ends = bulk
        .ends_at_earliest
        .map(|at| (texts.ends_at)(&local(at)))
        .unwrap_or_default();
    format!(
        r#"<p class="bulk-head"><span class="pill {tone}"><i aria-hidden="true"></i>{}</span> <b>{}</b></p><p class="message-words">{} {}</p><progress max="100" value="{share}" aria-label="{}"></progress><p class="hint">{} {}</p>{why}"#,
        (texts.bulk_status)(bulk.status),
        (texts.bulk_of)(done, p.total),
        Icon::Send.markup(),
        format::escaped(&bulk.words),
        texts.bulk_progress,
        (texts.bulk_counts)(p),
        format::escaped(&format!("· {account} · {} {ends}", local(bulk.created_at))),
    )
}
