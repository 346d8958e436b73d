use crate::{
    components::{icon::Icon, qr::Qr},
    data::PageData,
    i18n::texts,
    live::Live,
};
use leptos::{either::Either, prelude::*};
use wasm_bindgen_futures::JsFuture;
use whahook_contract::{ids::AccountId, session::QrView};

/// What to do on the phone.
#[component]
pub fn Steps() -> impl IntoView {
    let texts = texts();
    view! {
        <p class="lead">{texts.link_lead}</p>
        <ol class="steps">
            <li>
                <span inner_html=texts.step_open></span>
            </li>
            <li>
                <span inner_html=texts.step_menu></span>
            </li>
            <li>
                <span>{texts.step_scan}</span>
            </li>
        </ol>
    }
}

/// The code now valid, and how long it is.
#[component]
pub fn Code(id: AccountId) -> impl IntoView {
    let texts = texts();
    let code = expect_context::<Live>().code(id);
    let text = Signal::derive(move || {
        code.with(|code| code.as_ref().map(|code| code.qr.clone()))
            .unwrap_or_default()
    });
    let shown = Memo::new(move |_| code.with(Option::is_some));
    let demo = use_context::<PageData>().and_then(|data| data.simulator_url);
    view! {
        {move || {
            if shown.get() {
                Either::Left(
                    view! {
                        <div class="qr">
                            <Qr text=text />
                        </div>
                        <Countdown code=code />
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
        {demo.map(|url| view! { <DemoHelp url=url code=text /> })}
    }
}

/// WhatsApp's codes live 20 s, the first one 60 s.
const SHORT_LIFE_S: i64 = 20;
const LONG_LIFE_S: i64 = 60;

#[component]
fn Countdown(code: Memo<Option<QrView>>) -> impl IntoView {
    let texts = texts();
    let now = expect_context::<Live>().now;
    let left = Memo::new(move |_| {
        let expires_at = code.with(|code| code.as_ref().map(|code| code.expires_at))?;
        Some((expires_at - now.get()?).num_seconds().max(0))
    });
    // The ring starts full also for a code that was already running.
    let life = Memo::new(move |_| {
        code.track();
        if left.get_untracked().unwrap_or_default() > SHORT_LIFE_S {
            LONG_LIFE_S
        } else {
            SHORT_LIFE_S
        }
    });
    let gone = Signal::derive(move || {
        let left = left.get().unwrap_or_default();
        (100 - 100 * left / life.get()).clamp(0, 100).to_string()
    });
    let words = Signal::derive(move || match left.get() {
        Some(seconds) if seconds > 0 => (texts.qr_new_in)(seconds),
        _ => texts.qr_renewing.to_owned(),
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

/// In a demo there is no camera: where the phones are, and the code as text.
#[component]
fn DemoHelp(url: String, code: Signal<String>) -> impl IntoView {
    let texts = texts();
    let copied = RwSignal::new(false);
    Effect::new(move |_| {
        code.track();
        copied.set(false);
    });
    let copy = move |_| {
        let promise = window()
            .navigator()
            .clipboard()
            .write_text(&code.get_untracked());
        leptos::task::spawn_local(async move {
            copied.set(JsFuture::from(promise).await.is_ok());
        });
    };
    let disabled = Signal::derive(move || code.with(String::is_empty));
    let label = Signal::derive(move || {
        let done = copied.get();
        if done { texts.qr_copied } else { texts.qr_copy }.to_owned()
    });
    view! {
        <div class="demo-help">
            <a class="button small" rel="noopener" target="_blank" href=url>
                <Icon icon=Icon::Phone />
                {texts.demo_phones}
            </a>
            <button
                type="button"
                class="button small ghost"
                disabled=disabled
                on:click=copy
            >
                <Icon icon=Icon::Copy />
                {label}
            </button>
        </div>
    }
}
