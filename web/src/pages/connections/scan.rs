use super::words::texts;
use crate::{
    components::{copy::Copy, icon::Icon, qr::Qr},
    data::PageData,
    live::Live,
};
use leptos::{either::Either, prelude::*};
use whahook_contract::{Timestamp, ids::AccountId};

/// What to do on the phone.
#[component]
pub fn Steps() -> impl IntoView {
    let texts = texts();
    let steps = format!(
        "<li><span>{}</span></li><li><span>{}</span></li><li><span>{}</span></li>",
        texts.step_open, texts.step_menu, texts.step_scan,
    );
    view! {
        <p class="lead">{texts.link_lead}</p>
        <ol class="steps" inner_html=steps></ol>
    }
}

/// The code now valid, and how long it is.
#[component]
pub fn Code(
    id: AccountId,
    /// Words beside the code in a demo: where the phones are.
    #[prop(default = true)]
    with_phones: bool,
) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let code = live.code(id);
    let text = Signal::derive(move || {
        code.with(|code| code.as_ref().map(|code| code.text.clone()))
            .unwrap_or_default()
    });
    let shown = Memo::new(move |_| code.with(Option::is_some));
    let expires_at =
        Signal::derive(move || code.with(|code| code.as_ref().map(|code| code.expires_at)));
    // A code that has run out is in the picture until the next one comes, but
    // nobody should scan it.
    let class = Signal::derive(move || {
        let over = match (expires_at.get(), live.now.get()) {
            (Some(expires_at), Some(now)) => expires_at <= now,
            _ => false,
        };
        if over { "qr over" } else { "qr" }.to_owned()
    });
    let demo = use_context::<PageData>().and_then(|data| data.simulator_url);
    view! {
        {move || {
            if shown.get() {
                Either::Left(
                    view! {
                        <div class=class>
                            <Qr text=text />
                        </div>
                        <Countdown
                            expires_at=expires_at
                            words=texts.qr_new_in
                            over=texts.qr_renewing
                        />
                    },
                )
            } else {
                Either::Right(
                    view! {
                        <div class="qr">
                            <span class="spinner large" aria-hidden="true"></span>
                        </div>
                        <p class="countdown">{texts.qr_pending}</p>
                    },
                )
            }
        }}
        // There is no camera in a demo.
        {demo
            .map(|url| {
                view! {
                    <div class="demo-help">
                        {with_phones.then(|| view! { <Phones url=url /> })}
                        <Copy text=text label=texts.qr_copy />
                    </div>
                }
            })}
    }
}

/// WhatsApp's codes live 20 s, the first one 60 s, a pairing code 180 s.
const LIVES_S: [i64; 3] = [20, 60, 180];

/// Until when a code is good, as a ring and in words.
#[component]
pub fn Countdown(
    expires_at: Signal<Option<Timestamp>>,
    words: fn(i64) -> String,
    over: &'static str,
) -> impl IntoView {
    let now = expect_context::<Live>().now;
    let left = Memo::new(move |_| Some((expires_at.get()? - now.get()?).num_seconds().max(0)));
    // The ring starts full also for a code that was already running.
    let life = Memo::new(move |_| {
        expires_at.track();
        let left = left.get_untracked().unwrap_or_default();
        let lives = LIVES_S.into_iter();
        lives.fold(LIVES_S[2], |best, life| {
            if life >= left && life < best {
                life
            } else {
                best
            }
        })
    });
    let gone = Signal::derive(move || {
        let left = left.get().unwrap_or_default();
        (100 - 100 * left / life.get()).clamp(0, 100).to_string()
    });
    let words = Signal::derive(move || match left.get() {
        Some(seconds) if seconds > 0 => words(seconds),
        _ => over.to_owned(),
    });
    view! {
        <p class="countdown" role="timer">
            <svg class="ring" viewBox="0 0 20 20" aria-hidden="true">
                <circle class="ring-track" cx="10" cy="10" r="7.5"></circle>
                <circle
                    class="ring-left"
                    cx="10"
                    cy="10"
                    r="7.5"
                    pathLength="100"
                    stroke-dasharray="100"
                    stroke-dashoffset=gone
                ></circle>
            </svg>
            {words}
        </p>
    }
}

#[component]
fn Phones(url: String) -> impl IntoView {
    view! {
        <a class="button small" rel="noopener" target="_blank" href=url>
            <Icon icon=Icon::Phone />
            {texts().demo_phones}
        </a>
    }
}
