//! How much of the limits is used, for each connection.

use super::{
    Open, calls,
    question::Question,
    reload::Messages,
    words::{self, texts},
};
use crate::{components::icon::Icon, format, i18n::locale, live::Live};
use leptos::{prelude::*, task::spawn_local};
use std::fmt::Write as _;
use whahook_contract::{Timestamp, ids::AccountId, limits::Gauge};

/// How often it is looked whether some of a limit came free again.
const LOOK_EVERY_S: i64 = 10;

#[component]
pub fn Gauges() -> impl IntoView {
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let ids = live.ids();
    // All of them, or the one that the list is of.
    let shown = Memo::new(move |_| {
        let chosen = messages.filter.with(|filter| filter.account.clone());
        let mut ids = ids.get();
        ids.retain(|id| chosen.is_empty() || id.to_string() == chosen);
        ids
    });
    let beat = Memo::new(move |_| Some(live.now.get()?.timestamp() / LOOK_EVERY_S));
    view! {
        <ul class="gauges" aria-label=texts().limits>
            <For
                each=move || shown.get()
                key=|id| *id
                children=move |id| view! { <Account id=id beat=beat /> }
            />
        </ul>
    }
}

#[component]
fn Account(id: AccountId, beat: Memo<Option<i64>>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let messages = expect_context::<Messages>();
    let gauges = RwSignal::new(Vec::<Gauge>::new());
    let pending = RwSignal::new(false);
    let account = Memo::new(move |_| live.account(id));
    let question = Question::new();
    let ask = move || {
        question.put(move || async move {
            // What cannot be told now is told with the next event.
            if let Ok(new) = calls::limits(id).await {
                gauges.try_set(new);
            }
        });
    };
    Effect::new(move |before: Option<u32>| {
        beat.track();
        let moved = messages.moved.get();
        if live.runs() && (before != Some(moved) || is_old(gauges, live)) {
            ask();
        }
        moved
    });
    let label = Signal::derive(move || live.label(id).unwrap_or_default());
    let paused = Memo::new(move |_| {
        account.with(|it| it.as_ref().is_some_and(|it| it.queue_paused_at.is_some()))
    });
    let locked = Memo::new(move |_| {
        account.with(|it| {
            let lock = it.as_ref()?.reach_out_timelock?;
            Some(lock.until)
        })
    });
    let markup = Signal::derive(move || {
        let now = live.now.get_untracked().unwrap_or_default();
        bars(&gauges.get(), &|at| format::local(at, now, locale()))
    });
    let why = Signal::derive(move || {
        let now = live.now.get_untracked().unwrap_or_default();
        match (paused.get(), locked.get()) {
            (true, _) => texts.queue_paused.to_owned(),
            (false, Some(until)) => (texts.timelocked)(&format::local(until, now, locale())),
            (false, None) => String::new(),
        }
    });
    let toggle = move |_| {
        pending.set(true);
        let pause = !paused.get_untracked();
        spawn_local(async move {
            match calls::pause(id, pause).await {
                Ok(account) => live.put(account),
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
    let disabled = Signal::derive(move || !live.runs() || pending.get());
    let asleep = Signal::derive(move || !live.runs());
    view! {
        <li class="panel gauge-card">
            <div class="gauge-head">
                <b>{label}</b>
                <button type="button" class="button small" disabled=disabled on:click=toggle>
                    {act}
                    <span class="visually-hidden">" " {label}</span>
                </button>
                <button
                    type="button"
                    class="button small square"
                    title=texts.settings
                    disabled=asleep
                    on:click=move |_| messages.open.set(Some(Open::Settings(id)))
                >
                    <Icon icon=Icon::Sliders />
                    <span class="visually-hidden">{texts.settings} " " {label}</span>
                </button>
            </div>
            <p class="hint" role="status">
                {why}
            </p>
            <div class="gauge-bars" inner_html=markup></div>
        </li>
    }
}

/// Whether there is nothing yet, or some of a limit came free since it was told.
fn is_old(gauges: RwSignal<Vec<Gauge>>, live: Live) -> bool {
    let now = live.now.get_untracked();
    gauges.with_untracked(|all| {
        let frees = |gauge: &Gauge| gauge.frees_at.is_some() && gauge.frees_at <= now;
        all.is_empty() || all.iter().any(frees)
    })
}

fn bars(gauges: &[Gauge], local: &dyn Fn(Timestamp) -> String) -> String {
    let texts = texts();
    let mut html = String::new();
    for gauge in gauges {
        let name = (texts.limit)(gauge.name);
        let full = gauge.enabled && gauge.used >= i64::from(gauge.limit);
        let frees = gauge.frees_at.filter(|_| full);
        let tone = if full { "waiting" } else { "good" };
        let of = if gauge.enabled {
            format!("{} / {}", gauge.used, gauge.limit)
        } else {
            (texts.unlimited)(gauge.used)
        };
        let share = (gauge.used * 100 / i64::from(gauge.limit.max(1))).min(100);
        let share = if gauge.enabled { share } else { 0 };
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            r#"<div class="gauge {tone}"><span>{name}</span><b>{of}</b><progress max="100" value="{share}" aria-label="{name}"></progress>"#,
        );
        if let Some(at) = frees {
            let _ = write!(
                html,
                r#"<span class="hint">{}</span>"#,
                format::escaped(&(texts.frees_at)(&local(at)))
            );
        }
        html.push_str("</div>");
    }
    html
}
