//! What was sent to a webhook lately, what came back, and what comes next.

use super::{
    Open, Webhooks,
    calls::{self, Delivery},
    delivery, name, said,
    words::texts,
};
use crate::{
    api::Problem,
    components::{dialog::Dialog, form::options, icon::Icon},
    format,
    i18n::locale,
    live::Live,
};
use leptos::{either::EitherOf3, prelude::*, task::spawn_local};
use whahook_contract::{
    Timestamp,
    ids::DeliveryId,
    webhook::{DeliveryStatus, WebhookView},
};

#[component]
pub fn Deliveries(of: WebhookView, on_close: Callback<()>) -> impl IntoView {
    view! {
        <Dialog class="wide" labelled_by="deliveries-title" on_close=on_close>
            <Body of=of />
        </Dialog>
    }
}

/// What the dialog has.
#[derive(Clone, Copy)]
struct Shown {
    of: StoredValue<WebhookView>,
    status: RwSignal<String>,
    /// Newest first; `None`: not known yet.
    items: RwSignal<Option<Vec<Delivery>>>,
    older: RwSignal<Option<String>>,
    problem: RwSignal<Option<String>>,
    asks: StoredValue<bool>,
}

impl Shown {
    /// The newest ones replace those that were; older ones, shown by hand, stay.
    fn ask(self) {
        if self.asks.get_value() {
            return;
        }
        self.asks.set_value(true);
        let status = self.status.get_untracked();
        spawn_local(async move {
            let id = self.of.with_value(|of| of.id);
            let answer = calls::deliveries(id, &status, None).await;
            // The dialog may have been closed meanwhile.
            if self.asks.try_set_value(false).is_some() {
                return;
            }
            if self.status.get_untracked() == status {
                self.take(answer);
            } else {
                self.ask();
            }
        });
    }

    fn take(self, answer: Result<(Vec<Delivery>, Option<String>), Problem>) {
        match answer {
            Ok((newest, cursor)) => {
                let last = newest.last().map(|it| it.id);
                let before = self.items.get_untracked().unwrap_or_default();
                let older = before
                    .into_iter()
                    .filter(|it| cursor.is_some() && Some(it.id) < last);
                let older: Vec<_> = older.collect();
                if older.is_empty() {
                    self.older.set(cursor);
                }
                self.problem.set(None);
                self.items.set(Some([newest, older].concat()));
            }
            Err(problem) => self.problem.set(Some(said(&problem))),
        }
    }

    fn ask_older(self) {
        let Some(cursor) = self.older.get_untracked() else {
            return;
        };
        let status = self.status.get_untracked();
        spawn_local(async move {
            let id = self.of.with_value(|of| of.id);
            let answer = calls::deliveries(id, &status, Some(&cursor)).await;
            if self.status.try_get_untracked() != Some(status) {
                return;
            }
            match answer {
                Ok((more, next)) => {
                    self.items
                        .update(|items| items.get_or_insert_default().extend(more));
                    self.older.set(next);
                }
                Err(problem) => self.problem.set(Some(said(&problem))),
            }
        });
    }
}

#[component]
fn Body(of: WebhookView) -> impl IntoView {
    let texts = texts();
    let webhooks = expect_context::<Webhooks>();
    let shown = Shown {
        of: StoredValue::new(of.clone()),
        status: RwSignal::new(String::new()),
        items: RwSignal::new(None),
        older: RwSignal::new(None),
        problem: RwSignal::new(None),
        asks: StoredValue::new(false),
    };
    // Asked again with every look of the page.
    Effect::new(move |_| {
        webhooks.looked.track();
        shown.ask();
    });
    let choose = move |event| {
        shown.status.set(event_target_value(&event));
        shown.items.set(None);
        shown.older.set(None);
        shown.ask();
    };
    let statuses = [
        DeliveryStatus::Waiting,
        DeliveryStatus::Failed,
        DeliveryStatus::Delivered,
    ];
    let statuses = statuses.map(|it| (it.code().to_owned(), (texts.status)(it)));
    let all = (String::new(), texts.any_status);
    let statuses = options(std::iter::once(all).chain(statuses), "");
    let title = format!("{} · {}", texts.deliveries, name(&of));
    let again = move |_| webhooks.show(Open::Again(shown.of.get_value()));
    view! {
        <div class="dialog-body deliveries">
            <h2 id="deliveries-title">{title}</h2>
            <p class="lead">{of.url}</p>
            <div class="deliveries-head">
                <div class="field inline">
                    <label class="visually-hidden" for="delivery-status">
                        {texts.status_label}
                    </label>
                    <select id="delivery-status" inner_html=statuses on:change=choose></select>
                </div>
                <button type="button" class="button" on:click=again>
                    {texts.send_again}
                </button>
                <Test shown=shown />
            </div>
            <Items shown=shown />
        </div>
    }
}

/// Sends something at once, and says what came back.
#[component]
fn Test(shown: Shown) -> impl IntoView {
    let texts = texts();
    let webhooks = expect_context::<Webhooks>();
    let pending = RwSignal::new(false);
    let outcome = RwSignal::new(None::<(bool, String)>);
    let test = move |_| {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        outcome.set(None);
        spawn_local(async move {
            let id = shown.of.with_value(|of| of.id);
            let answer = calls::test(id).await;
            pending.try_set(false);
            let told = match answer {
                Ok(delivery) => delivery::outcome(&delivery, texts),
                Err(problem) => (false, said(&problem)),
            };
            outcome.try_set(Some(told));
            webhooks.look();
        });
    };
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <button type="button" class="button primary" aria-busy=busy on:click=test>
            <Icon icon=Icon::Send />
            {texts.test}
        </button>
        <div class="test-outcome" role="status">
            {move || {
                outcome
                    .get()
                    .map(|(arrived, words)| {
                        let class = if arrived { "callout good" } else { "callout bad" };
                        let icon = if arrived { Icon::Check } else { Icon::Alert };
                        view! {
                            <p class=class>
                                <Icon icon=icon />
                                <span>{words}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn Items(shown: Shown) -> impl IntoView {
    let texts = texts();
    let ids = Memo::new(move |_| {
        let ids = |items: &Vec<Delivery>| items.iter().map(|it| it.id).collect::<Vec<_>>();
        shown.items.with(|items| items.as_ref().map(ids))
    });
    let count = Memo::new(move |_| ids.with(|ids| ids.as_ref().map(Vec::is_empty)));
    let trouble = Signal::derive(move || shown.problem.get());
    view! {
        <crate::components::callout::Alert words=trouble />
        {move || match count.get() {
            None => EitherOf3::A(view! { <p class="lead">{texts.loading}</p> }),
            Some(true) => EitherOf3::B(view! { <p class="lead none">{texts.none_yet}</p> }),
            Some(false) => {
                EitherOf3::C(
                    view! {
                        <ul class="delivery-list" aria-label=texts.deliveries>
                            <For
                                each=move || ids.get().unwrap_or_default()
                                key=|id| *id
                                children=move |id| view! { <Item shown=shown id=id /> }
                            />
                        </ul>
                    },
                )
            }
        }}
        {move || {
            shown
                .older
                .get()
                .map(|_| {
                    view! {
                        <button
                            type="button"
                            class="button"
                            on:click=move |_| shown.ask_older()
                        >
                            {texts.older}
                        </button>
                    }
                })
        }}
    }
}

/// What it is, and by choice all of it. As text: there may be many.
#[component]
fn Item(shown: Shown, id: DeliveryId) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let item = Memo::new(move |old: Option<&Option<Delivery>>| {
        let items = shown.items.read();
        let item = items.iter().flatten().find(|it| it.id == id).cloned();
        // A row on its way out shows what it was.
        item.or_else(|| old.cloned().flatten())
    });
    let markup =
        move |of: fn(&Delivery, &super::words::Texts, &dyn Fn(Timestamp) -> String) -> String| {
            Signal::derive(move || {
                live.minute.track();
                let now = live.now.get_untracked().unwrap_or_default();
                let local = |at| format::local(at, now, locale());
                item.with(|it| {
                    it.as_ref()
                        .map(|it| of(it, texts, &local))
                        .unwrap_or_default()
                })
            })
        };
    view! {
        <li>
            <details>
                <summary inner_html=markup(delivery::head)></summary>
                <div class="delivery" inner_html=markup(delivery::body)></div>
            </details>
        </li>
    }
}
