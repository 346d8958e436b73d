//! `/settings/webhooks`: where events are sent to, how that goes, and how a
//! receiver knows that they are genuine.

mod calls;
mod deliveries;
mod delivery;
mod form;
mod list;
mod made;
mod replay;
mod secret;
mod verify;
mod words;

use crate::{
    api::Problem,
    components::{
        dialog,
        frame::Frame,
        icon::Icon,
        notice::Notice,
        sure::{Question, Sure},
    },
    data::{PageData, WebhooksData},
    live::Live,
};
pub use calls::page as read_data;
use deliveries::Deliveries;
use form::Form;
use leptos::{either::Either, prelude::*, task::spawn_local};
use list::List;
use replay::Again;
use secret::NewSecret;
use std::time::Duration;
use verify::Verify;
use whahook_contract::{ids::WebhookId, webhook::WebhookView};
use words::texts;

/// How often the page looks again, while somebody looks at it.
const LOOK: Duration = Duration::from_secs(4);

/// What the page shows, the newest webhook first.
#[derive(Clone, Copy)]
struct Webhooks {
    all: RwSignal<Vec<WebhookView>>,
    /// The types of events that there are.
    types: StoredValue<Vec<String>>,
    open: RwSignal<Option<Open>>,
    /// Grows with every look.
    looked: RwSignal<u32>,
    looks: StoredValue<bool>,
}

/// The dialog that is open.
#[derive(Clone, PartialEq, Eq)]
enum Open {
    /// `None`: a new one.
    Form(Option<WebhookView>),
    Deliveries(WebhookView),
    Again(WebhookView),
    Secret(WebhookView),
    Remove(WebhookView),
}

impl Webhooks {
    fn provide(live: Live) -> Self {
        let own = expect_context::<WebhooksData>();
        let webhooks = Self {
            all: RwSignal::new(own.webhooks),
            types: StoredValue::new(own.types),
            open: RwSignal::new(None),
            looked: RwSignal::new(0),
            looks: StoredValue::new(false),
        };
        provide_context(webhooks);
        Effect::new(move |_| {
            let look = move || {
                let visible = document().visibility_state() == web_sys::VisibilityState::Visible;
                if visible && live.online.get_untracked() {
                    webhooks.look();
                }
            };
            if let Ok(looking) = set_interval_with_handle(look, LOOK) {
                on_cleanup(move || looking.clear());
            }
        });
        webhooks
    }

    /// How all of them are now.
    fn look(self) {
        self.looked.update(|looked| *looked += 1);
        if self.looks.get_value() {
            return;
        }
        self.looks.set_value(true);
        let before = self.all.get_untracked();
        spawn_local(async move {
            let answer = calls::list().await;
            self.looks.set_value(false);
            // What was changed here meanwhile is newer.
            if let Ok(now) = answer
                && now != before
                && self.all.with_untracked(|all| *all == before)
            {
                self.all.set(now);
            }
        });
    }

    fn put(self, webhook: WebhookView) {
        self.all
            .update(|all| match all.iter_mut().find(|it| it.id == webhook.id) {
                Some(known) => *known = webhook,
                None => all.insert(0, webhook),
            });
    }

    fn forget(self, id: WebhookId) {
        self.all
            .update(|all| all.retain(|webhook| webhook.id != id));
    }

    fn show(self, open: Open) {
        self.open.set(Some(open));
    }

    fn turn(self, live: Live, id: WebhookId, on: bool) {
        spawn_local(async move {
            match calls::turn(id, on).await {
                Ok(webhook) => self.put(webhook),
                Err(problem) => live.report(&problem),
            }
        });
    }
}

/// What people call it, or else where it is.
fn name(webhook: &WebhookView) -> String {
    let url = webhook.url.as_str();
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let host = place.split('/').next().unwrap_or(place);
    let label = webhook.label.as_deref();
    label.unwrap_or(host).to_owned()
}

/// What did not work, in words.
fn said(problem: &Problem) -> String {
    let texts = texts();
    let known = problem.code().and_then(texts.refused);
    known.map_or_else(|| problem.words(texts), str::to_owned)
}

const ADD_BUTTON: &str = "add-webhook";

#[component]
pub fn WebhooksPage() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        let live = Live::provide(&data);
        let webhooks = Webhooks::provide(live);
        dialog::keep_mounted(webhooks.open, move |open| {
            let on_close = Callback::new(move |()| webhooks.open.set(None));
            Some(match open {
                Open::Form(of) => {
                    dialog::mounted(move || view! { <Form of=of on_close=on_close /> })
                }
                Open::Deliveries(of) => {
                    dialog::mounted(move || view! { <Deliveries of=of on_close=on_close /> })
                }
                Open::Again(of) => {
                    dialog::mounted(move || view! { <Again of=of on_close=on_close /> })
                }
                Open::Secret(of) => {
                    dialog::mounted(move || view! { <NewSecret of=of on_close=on_close /> })
                }
                Open::Remove(of) => {
                    dialog::mounted(move || view! { <Remove of=of on_close=on_close /> })
                }
            })
        });
        let any = Memo::new(move |_| webhooks.all.with(|all| !all.is_empty()));
        view! {
            <Frame me=me>
                <header class="page-head">
                    <div>
                        <h1>{texts.webhooks}</h1>
                        <p class="lead">{texts.lead}</p>
                    </div>
                    <div class="page-acts">
                        <AddButton />
                    </div>
                </header>
                <Notice />
                {move || if any.get() { Either::Left(List()) } else { Either::Right(Empty()) }}
                <Verify />
            </Frame>
        }
    })
}

#[component]
fn AddButton() -> impl IntoView {
    let live = expect_context::<Live>();
    let webhooks = expect_context::<Webhooks>();
    let disabled = Signal::derive(move || !live.runs());
    view! {
        <button
            id=ADD_BUTTON
            type="button"
            class="button primary"
            disabled=disabled
            on:click=move |_| webhooks.show(Open::Form(None))
        >
            <Icon icon=Icon::Plus />
            {texts().add}
        </button>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let texts = texts();
    let words = format!(
        r#"<span class="empty-art" aria-hidden="true">{}</span><h2>{}</h2><p>{}</p>"#,
        Icon::Hook.markup(),
        texts.empty,
        texts.empty_lead,
    );
    view! { <section class="empty" inner_html=words></section> }
}

#[component]
fn Remove(of: WebhookView, on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let webhooks = expect_context::<Webhooks>();
    let id = of.id;
    let question = Question {
        title: (texts.remove_title)(&name(&of)),
        lead: texts.remove_lead,
        keep: texts.keep,
        act: texts.remove,
    };
    let run = move || async move {
        calls::remove(id).await?;
        webhooks.forget(id);
        Ok(())
    };
    view! { <Sure question=question run=run afterwards=Some(ADD_BUTTON) on_close=on_close /> }
}
