use super::words::{Texts, texts};
use crate::{
    api::{self, Problem},
    components::{callout::Alert, copy::Copy},
    live::Live,
};
use leptos::{either::EitherOf3, ev, html, prelude::*, task::spawn_local};
use whahook_contract::ids::AccountId;

/// Leads through a passkey: WhatsApp gives a question, the person's
/// authenticator answers it, and the phone shows a code to compare.
#[component]
pub fn PasskeySteps(id: AccountId) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let (options, code) = (live.passkey_options(id), live.passkey_code(id));
    let asks = Memo::new(move |_| options.with(|options| !options.is_empty()));
    let compares = Memo::new(move |_| code.with(|code| !code.is_empty()));
    view! {
        {move || {
            if compares.get() {
                EitherOf3::A(view! { <Confirmation id=id code=code /> })
            } else if asks.get() {
                EitherOf3::B(view! { <Assertion id=id options=options /> })
            } else {
                EitherOf3::C(
                    view! {
                        <p class="lead">{texts.passkey_lead}</p>
                        <p class="countdown">
                            <span class="spinner" aria-hidden="true"></span>
                            {texts.passkey_pending}
                        </p>
                    },
                )
            }
        }}
    }
}

/// A passkey belongs to WhatsApp's own site, so no other page may use it: the
/// question goes there, and the answer comes back by hand.
#[component]
fn Assertion(id: AccountId, options: Signal<String>) -> impl IntoView {
    let texts = texts();
    let input = NodeRef::<html::Textarea>::new();
    let sending = Sending::new();
    let script = Signal::derive(move || options.with(|options| script(options, texts)));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = input
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default();
        match js_sys::JSON::parse(typed.trim()) {
            Ok(assertion) if assertion.is_object() => sending.run(
                async move { api::assert_passkey(id, &assertion).await },
                texts,
            ),
            _ => sending.problem.set(Some(texts.passkey_not_json.to_owned())),
        }
    };
    view! {
        <p class="lead">{texts.passkey_lead}</p>
        <ol class="steps">
            <li>
                <div>
                    <p inner_html=texts.passkey_step_site></p>
                    <div class="copies">
                        <Copy text=script label=texts.passkey_copy_script class="button small" />
                        <Copy text=options label=texts.passkey_copy_options />
                    </div>
                </div>
            </li>
            <li>
                <span>{texts.passkey_step_approve}</span>
            </li>
            <li>
                <form class="field" on:submit=submit>
                    <label for="assertion">{texts.passkey_step_paste}</label>
                    <textarea
                        id="assertion"
                        name="assertion"
                        rows="3"
                        spellcheck="false"
                        autocomplete="off"
                        placeholder="{\"id\":\"…\",\"response\":{…}}"
                        node_ref=input
                    ></textarea>
                    <Alert words=sending.problem.into() />
                    <button class="button primary" aria-busy=move || sending.busy()>
                        {texts.passkey_send}
                    </button>
                </form>
            </li>
        </ol>
    }
}

/// For the console of WhatsApp's own page: browsers want a click on it before
/// they use a passkey.
fn script(options: &str, texts: &Texts) -> String {
    format!(
        "addEventListener(\"click\",async()=>{{try{{prompt(\"{copy}\",JSON.stringify(await navigator.credentials.get({{publicKey:PublicKeyCredential.parseRequestOptionsFromJSON({options})}})))}}catch(e){{alert(e)}}}},{{once:true,capture:true}});alert(\"{click}\")",
        copy = texts.passkey_prompt,
        click = texts.passkey_click,
    )
}

#[component]
fn Confirmation(id: AccountId, code: Signal<String>) -> impl IntoView {
    let texts = texts();
    let sending = Sending::new();
    let confirm = move |_| sending.run(api::confirm_passkey(id), texts);
    view! {
        <p class="lead">{texts.passkey_compare}</p>
        <p class="letters one">
            <b>{code}</b>
        </p>
        <Alert words=sending.problem.into() />
        <div class="dialog-acts start">
            <button
                type="button"
                class="button primary"
                aria-busy=move || sending.busy()
                on:click=confirm
            >
                {texts.passkey_same}
            </button>
        </div>
        <p class="hint">{texts.passkey_differs}</p>
    }
}

/// One request at a time, and what went wrong with the last.
#[derive(Clone, Copy)]
struct Sending {
    pending: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Sending {
    fn new() -> Self {
        Self {
            pending: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    fn busy(self) -> Option<&'static str> {
        self.pending.get().then_some("true")
    }

    fn run(
        self,
        request: impl Future<Output = Result<(), Problem>> + 'static,
        texts: &'static Texts,
    ) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let done = request.await;
            // The dialog may be closed, or at another step, by now.
            self.pending.try_set(false);
            if let Err(problem) = done {
                let words = match problem.field() {
                    Some("assertion") => texts.passkey_not_json.to_owned(),
                    _ => problem.words(texts),
                };
                self.problem.try_set(Some(words));
            }
        });
    }
}
