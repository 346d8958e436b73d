use super::{scan::Countdown, words::texts};
use crate::{
    api,
    components::{
        copy::Copy,
        field::{Field, typed},
    },
    format,
    live::{Live, state::Code},
};
use leptos::{either::EitherOf3, ev, html, prelude::*, task::spawn_local};
use whahook_contract::ids::AccountId;

/// What to do on the phone with a code instead of the camera.
#[component]
pub fn PairSteps() -> impl IntoView {
    let texts = texts();
    let steps = format!(
        "<li><span>{}</span></li><li><span>{}</span></li><li><span>{}</span></li><li><span>{}</span></li>",
        texts.step_open, texts.step_menu, texts.step_number, texts.step_code,
    );
    view! {
        <p class="lead">{texts.pair_lead}</p>
        <ol class="steps" inner_html=steps></ol>
    }
}

/// Asks for the number, then shows the code as long as it is good.
#[component]
pub fn PairCode(id: AccountId) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let code = live.pair_code(id);
    // The number of the code on show, to ask for another without typing it
    // again; unknown for a code that was asked for elsewhere.
    let number = RwSignal::new(String::new());
    // The person wants to type another number.
    let anew = RwSignal::new(false);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let ask = Callback::new(move |()| {
        if pending.get_untracked() {
            return;
        }
        let phone = number.get_untracked();
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::pair_code(id, &phone).await {
                Ok(code) => {
                    live.put_pair_code(id, code);
                    anew.try_set(false);
                }
                Err(trouble) => {
                    let words = if trouble.field() == Some("phone_number") {
                        texts.number_wrong.to_owned()
                    } else {
                        trouble.words(texts)
                    };
                    anew.try_set(true);
                    problem.try_set(Some(words));
                }
            }
            pending.try_set(false);
        });
    });
    let expires_at =
        Signal::derive(move || code.with(|code| code.as_ref().map(|code| code.expires_at)));
    let typing = Memo::new(move |_| anew.get() || expires_at.get().is_none());
    let is_over = Memo::new(move |_| match (expires_at.get(), live.now.get()) {
        (Some(expires_at), Some(now)) => expires_at <= now,
        _ => false,
    });
    // The button that had the focus goes away with the form.
    let frame = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let _ = (typing.get(), is_over.get());
        let lost = document()
            .active_element()
            .is_none_or(|focused| focused.tag_name() == "BODY");
        if let (Some(frame), true) = (frame.get_untracked(), lost) {
            // Fails only for elements that cannot have the focus.
            let _ = frame.focus();
        }
    });
    let over = Callback::new(move |()| {
        if number.with_untracked(String::is_empty) {
            anew.set(true);
        } else {
            ask.run(());
        }
    });
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <div class="pair" tabindex="-1" node_ref=frame>
            {move || match (typing.get(), is_over.get()) {
                (true, _) => {
                    EitherOf3::A(
                        view! {
                            <NumberForm number=number ask=ask busy=busy problem=problem.into() />
                        },
                    )
                }
                (false, false) => {
                    EitherOf3::B(
                        view! {
                            <Letters code=code />
                            <Countdown
                                expires_at=expires_at
                                words=texts.pair_left
                                over=texts.pair_over
                            />
                            <button
                                type="button"
                                class="button small ghost"
                                on:click=move |_| anew.set(true)
                            >
                                {texts.other_number}
                            </button>
                        },
                    )
                }
                (false, true) => {
                    EitherOf3::C(
                        view! {
                            <p class="pair-over">{texts.pair_over}</p>
                            <button
                                type="button"
                                class="button primary wide"
                                aria-busy=busy
                                on:click=move |_| over.run(())
                            >
                                {texts.new_code}
                            </button>
                        },
                    )
                }
            }}
        </div>
    }
}

#[component]
fn NumberForm(
    number: RwSignal<String>,
    ask: Callback<()>,
    busy: Signal<Option<&'static str>>,
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let texts = texts();
    let input = NodeRef::<html::Input>::new();
    let mistake = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&number.get_untracked());
            // Fails only for elements that cannot have the focus.
            let _ = input.focus();
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        match format::international(&typed(input)) {
            Some(phone) => {
                mistake.set(None);
                number.set(phone);
                ask.run(());
            }
            None => mistake.set(Some(texts.number_wrong.to_owned())),
        }
    };
    let error = Signal::derive(move || mistake.get().or_else(|| problem.get()));
    view! {
        <form novalidate on:submit=submit>
            <Field
                name="phone_number"
                label=texts.phone_number
                kind="tel"
                autocomplete="tel"
                node=input
                hint=texts.phone_number_hint
                max_length=32
                error=error
            />
            <button class="button primary wide" aria-busy=busy>
                {texts.get_code}
            </button>
        </form>
    }
}

/// The code as one types it: two groups of four.
#[component]
fn Letters(code: Memo<Option<Code>>) -> impl IntoView {
    let texts = texts();
    let group = move |of: fn((String, String)) -> String| {
        Signal::derive(move || {
            code.with(|code| {
                let code = code.as_ref().map_or("", |code| &code.text);
                of(format::pair_code(code))
            })
        })
    };
    let (first, second) = (group(|groups| groups.0), group(|groups| groups.1));
    let whole = group(|(first, second)| first + &second);
    // Letter by letter, as it is typed.
    let spelled = Signal::derive(move || {
        whole.with(|code| {
            code.chars()
                .fold(texts.pair_code_is.to_owned(), |mut all, letter| {
                    all.push(' ');
                    all.push(letter);
                    all
                })
        })
    });
    view! {
        <p class="letters" aria-hidden="true">
            <b>{first}</b>
            <b>{second}</b>
        </p>
        <p class="visually-hidden" role="status">
            {spelled}
        </p>
        <Copy text=whole label=texts.copy_code class="button small" />
    }
}
