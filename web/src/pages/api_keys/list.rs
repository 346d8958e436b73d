use super::{
    Keys, Open,
    words::{Texts, texts},
};
use crate::{components::instant::Instant, data::PageData, live::Live};
use leptos::{either::Either, prelude::*};
use whahook_contract::{
    Timestamp,
    key::{KeyView, Scope},
};

const SOON_DAYS: i64 = 7;

/// The state of a key: its class and its words.
fn state(key: &KeyView, now: Timestamp, texts: &Texts) -> (&'static str, &'static str) {
    match key.expires_at.map(|at| at - now) {
        Some(left) if left.num_milliseconds() <= 0 => ("bad", texts.expired),
        Some(left) if left.num_days() < SOON_DAYS => ("waiting", texts.expires_soon),
        _ => ("good", texts.active),
    }
}

#[component]
pub fn List() -> impl IntoView {
    let keys = expect_context::<Keys>();
    view! {
        <ul class="keys" aria-label=texts().your_keys>
            <For
                each=move || keys.all.get()
                key=|key| key.id
                children=move |key| view! { <Card key=key /> }
            />
        </ul>
    }
}

#[component]
fn Card(key: KeyView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let keys = expect_context::<Keys>();
    let rendered_at = expect_context::<PageData>().now;
    let state = {
        let key = key.clone();
        Memo::new(move |_| state(&key, live.now.get().unwrap_or(rendered_at), texts))
    };
    let class = Signal::derive(move || format!("pill {}", state.get().0));
    let words = Signal::derive(move || state.get().1.to_owned());
    let accounts = {
        let ids = key.account_ids.clone();
        Signal::derive(move || match &ids {
            None => texts.all_accounts.to_owned(),
            Some(ids) => {
                let labels = ids.iter().map(|id| {
                    live.label(*id)
                        .unwrap_or_else(|| texts.removed_account.to_owned())
                });
                labels.collect::<Vec<_>>().join(", ")
            }
        })
    };
    let scopes = key.scopes.iter().map(|scope| scope_name(*scope, texts));
    let scopes = scopes.collect::<Vec<_>>().join(", ");
    let disabled = Signal::derive(move || !live.runs());
    let shown = key.clone();
    view! {
        <li class="card key">
            <div class="who">
                <h2>{key.name.clone()}</h2>
                <p class="number">
                    <code>{format!("{}…", key.prefix)}</code>
                </p>
            </div>
            <p class=class>
                <i aria-hidden="true"></i>
                {words}
            </p>
            <dl class="key-facts">
                <Fact name=texts.scopes>{scopes}</Fact>
                <Fact name=texts.accounts>{accounts}</Fact>
                <Fact name=texts.created>
                    <At at=Some(key.created_at) never="" />
                </Fact>
                <Fact name=texts.last_used>
                    <At at=key.last_used_at never=texts.never_used />
                </Fact>
                <Fact name=texts.expires>
                    <At at=key.expires_at never=texts.never />
                </Fact>
            </dl>
            <div class="acts">
                <button
                    type="button"
                    class="button small"
                    disabled=disabled
                    aria-label=(texts.revoke_of)(&key.name)
                    on:click=move |_| keys.open.set(Some(Open::Revoke(shown.clone())))
                >
                    {texts.revoke}
                </button>
            </div>
        </li>
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

#[component]
fn At(at: Option<Timestamp>, never: &'static str) -> impl IntoView {
    match at {
        Some(at) => Either::Left(view! { <Instant at=Signal::stored(at) /> }),
        None => Either::Right(never),
    }
}

pub const fn scope_name(scope: Scope, texts: &Texts) -> &'static str {
    match scope {
        Scope::Read => texts.scope_read,
        Scope::Send => texts.scope_send,
        Scope::Admin => texts.scope_admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use whahook_contract::ids::KeyId;

    #[test]
    fn a_key_says_that_it_expires_a_week_before() {
        let texts = texts();
        let now = Timestamp::UNIX_EPOCH;
        let key = |left: Option<TimeDelta>| KeyView {
            id: "00000000-0000-7000-8000-000000000009"
                .parse::<KeyId>()
                .unwrap(),
            name: String::new(),
            prefix: String::new(),
            scopes: Vec::new(),
            account_ids: None,
            created_at: now,
            last_used_at: None,
            expires_at: left.map(|left| now + left),
        };
        for (left, class) in [
            (None, "good"),
            (Some(TimeDelta::days(8)), "good"),
            (Some(TimeDelta::days(6)), "waiting"),
            (Some(TimeDelta::milliseconds(1)), "waiting"),
            (Some(TimeDelta::zero()), "bad"),
        ] {
            assert_eq!(state(&key(left), now, texts).0, class, "{left:?}");
        }
    }
}
