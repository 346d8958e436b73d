//! The webhooks, each with how it goes and what can be done with it.

use super::{
    Open, Webhooks, name,
    words::{Texts, texts},
};
use crate::{
    components::{
        icon::Icon,
        instant::Instant,
        menu::{Menu, MenuItem},
    },
    live::Live,
};
use leptos::{either::Either, prelude::*};
use whahook_contract::webhook::{WebhookState, WebhookView};

/// As many stand for more.
const MANY: i64 = 1_000;

#[component]
pub fn List() -> impl IntoView {
    let webhooks = expect_context::<Webhooks>();
    view! {
        <ul class="keys" aria-label=texts().webhooks>
            <For
                each=move || webhooks.all.get()
                key=|webhook| webhook.id
                children=move |webhook| view! { <Card of=webhook /> }
            />
        </ul>
    }
}

const fn tone(state: WebhookState) -> &'static str {
    match state {
        WebhookState::Active => "pill good",
        WebhookState::Failing => "pill waiting",
        WebhookState::Off => "pill idle",
        WebhookState::Dead => "pill bad",
    }
}

#[component]
fn Card(of: WebhookView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let webhooks = expect_context::<Webhooks>();
    let id = of.id;
    let webhook = Memo::new(move |old: Option<&WebhookView>| {
        let now = webhooks
            .all
            .with(|all| all.iter().find(|it| it.id == id).cloned());
        // A card on its way out shows what it was.
        now.or_else(|| old.cloned()).unwrap_or_else(|| of.clone())
    });
    let show = move |open: fn(WebhookView) -> Open| {
        Callback::new(move |()| webhooks.show(open(webhook.get_untracked())))
    };
    let fact = move |of: fn(&WebhookView, &Texts, Live) -> String| {
        Signal::derive(move || webhook.with(|it| of(it, texts, live)))
    };
    let called = fact(|it, _, _| name(it));
    let address = fact(|it, _, _| it.url.clone());
    let tone = Signal::derive(move || webhook.with(|it| tone(it.state)).to_owned());
    let state = fact(|it, texts, _| (texts.state)(it.state).to_owned());
    let enabled = Memo::new(move |_| webhook.with(|it| it.enabled));
    let disabled = Signal::derive(move || !live.runs());
    let deliveries = show(Open::Deliveries);
    let menu = Signal::derive(move || Some((texts.more_of)(&called.get())));
    view! {
        <li class="card key hook">
            <div class="who">
                <h2>{called}</h2>
                <p class="number">{address}</p>
            </div>
            <p class=tone>
                <i aria-hidden="true"></i>
                {state}
            </p>
            <div class="acts">
                <button
                    type="button"
                    class="button small"
                    disabled=disabled
                    on:click=move |_| deliveries.run(())
                >
                    {texts.deliveries}
                    <span class="visually-hidden">" " {called}</span>
                </button>
                <Menu class="menu" name=menu face=view! { <Icon icon=Icon::More /> }>
                    <MenuItem label=texts.edit class="menu-item" on_pick=show(|it| Open::Form(Some(it))) />
                    <MenuItem label=texts.send_again class="menu-item" on_pick=show(Open::Again) />
                    <MenuItem label=texts.new_secret class="menu-item" on_pick=show(Open::Secret) />
                    {move || {
                        let on = !enabled.get();
                        view! {
                            <MenuItem
                                label=if on { texts.turn_on } else { texts.turn_off }
                                class="menu-item"
                                on_pick=Callback::new(move |()| webhooks.turn(live, id, on))
                            />
                        }
                    }}
                    <MenuItem
                        label=texts.remove
                        class="menu-item danger"
                        on_pick=show(Open::Remove)
                    />
                </Menu>
            </div>
            <Trouble webhook=webhook />
            <dl class="key-facts">
                <Fact name=texts.events>{fact(events)}</Fact>
                <Fact name=texts.connections>{fact(connections)}</Fact>
                <Fact name=texts.waiting>{fact(waiting)}</Fact>
                <Fact name=texts.last_arrived>
                    {move || match webhook.with(|it| it.last_success_at) {
                        Some(at) => Either::Left(view! { <Instant at=Signal::stored(at) /> }),
                        None => Either::Right(texts.never_arrived),
                    }}
                </Fact>
                <Fact name=texts.besides>{fact(besides)}</Fact>
            </dl>
        </li>
    }
}

/// Why nothing arrives, since when, and the way out.
#[component]
fn Trouble(webhook: Memo<WebhookView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let webhooks = expect_context::<Webhooks>();
    let troubled = Memo::new(move |_| {
        webhook.with(|it| match (it.state, it.failing_since) {
            (WebhookState::Failing | WebhookState::Dead, Some(since)) => Some((it.state, since)),
            _ => None,
        })
    });
    let problem = Signal::derive(move || webhook.with(|it| it.problem.clone().unwrap_or_default()));
    move || {
        troubled.get().map(|(state, since)| {
            let is_dead = state == WebhookState::Dead;
            let (class, words) = if is_dead {
                ("callout bad", texts.dead)
            } else {
                ("callout waiting", texts.failing)
            };
            let id = webhook.with_untracked(|it| it.id);
            view! {
                <div class=class>
                    <Icon icon=Icon::Alert />
                    <span>
                        {words} " " {texts.since} " " <Instant at=Signal::stored(since) /> ": "
                        <span lang="en">{problem}</span>
                    </span>
                    {is_dead
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button small"
                                    on:click=move |_| webhooks.turn(live, id, true)
                                >
                                    {texts.turn_on}
                                </button>
                            }
                        })}
                </div>
            }
        })
    }
}

#[component]
fn Fact<C>(name: &'static str, children: TypedChildren<C>) -> impl IntoView
where
    C: IntoView + 'static,
{
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{children.into_inner()()}</dd>
        </div>
    }
}

fn events(webhook: &WebhookView, texts: &Texts, _: Live) -> String {
    match &webhook.events {
        None => texts.everything.to_owned(),
        Some(types) => types.join(", "),
    }
}

fn connections(webhook: &WebhookView, texts: &Texts, live: Live) -> String {
    match &webhook.account_ids {
        None => texts.all_connections.to_owned(),
        Some(ids) => {
            let labels = ids.iter().map(|id| {
                let label = live.label(*id);
                label.unwrap_or_else(|| texts.removed_connection.to_owned())
            });
            labels.collect::<Vec<_>>().join(", ")
        }
    }
}

fn waiting(webhook: &WebhookView, texts: &Texts, _: Live) -> String {
    match webhook.waiting {
        0 => texts.nothing.to_owned(),
        MANY.. => texts.many.to_owned(),
        some => some.to_string(),
    }
}

/// What else there is to know.
fn besides(webhook: &WebhookView, texts: &Texts, _: Live) -> String {
    let mut besides = Vec::new();
    if webhook.replies {
        besides.push(texts.answers_sent.to_owned());
    }
    if !webhook.header_names.is_empty() {
        besides.push(webhook.header_names.join(", "));
    }
    if webhook.previous_secret_until.is_some() {
        besides.push(texts.two_secrets.to_owned());
    }
    if besides.is_empty() {
        besides.push("–".to_owned());
    }
    besides.join(" · ")
}
