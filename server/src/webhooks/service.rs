use super::{
    Error,
    attempt::{self, place},
    checks,
    deliveries::{Delivery, store as rows},
    model::{Health, Sealed, Webhook, test_id},
    signing, store,
};
use crate::{
    App, accounts,
    events::reading::{self, Types},
    http::auth::Principal,
    input::Invalid,
    platform::db::Conn,
    users,
};
use chrono::TimeDelta;
use serde_json::json;
use whahook_contract::{
    ids::{AccountId, DeliveryId, UserId, WebhookId},
    webhook::{
        DeliveryStatus, DeliveryView, Headers, NewSecret, NewWebhook, Replay, WebhookChanges,
        WebhookView,
    },
};

const MOST: i64 = 50;
/// More that wait are not counted.
const COUNTED: i64 = 1_000;
const OVERLAP_S: i64 = 86_400;
const OVERLAP_MAX_S: i64 = 604_800;
const TEST: &str = "webhook:test";

/// Makes a webhook; the second part is its secret, not shown again. It begins
/// with what happens from now on.
///
/// # Errors
/// A field is wrong, or there are too many.
pub async fn create(
    app: &App,
    principal: &Principal,
    new: &NewWebhook,
) -> Result<(Webhook, String), Error> {
    let id = WebhookId(app.ids.uuid());
    let secret = signing::new_secret(&app.ids);
    let mut webhook = Webhook {
        id,
        user_id: principal.user_id,
        url: checks::url(&app.poster, &new.url)?,
        label: checks::label(new.label.as_deref())?,
        events: checks::events(new.events.as_deref())?,
        account_ids: checks::accounts(new.account_ids.as_deref())?,
        header_names: Vec::new(),
        sealed: Sealed {
            headers: None,
            secret: String::new(),
            previous: None,
        },
        previous_until: None,
        enabled: new.enabled.unwrap_or(true),
        replies: new.replies.unwrap_or(false),
        created_at: app.clock.now(),
        health: Health::default(),
    };
    webhook.sealed.secret = app.sealer.seal(&place(&webhook, "secret"), &secret);
    set_headers(app, &mut webhook, new.headers.as_ref())?;
    let mut tx = app.db.begin().await?;
    // Of two at once the second counts the first.
    users::lock(&mut tx, app.db.kind(), principal.user_id).await?;
    limit_to_own(&mut tx, principal, &mut webhook).await?;
    let count = store::count(&mut tx, principal.user_id).await?;
    if count >= MOST {
        return Err(Error::TooMany(count));
    }
    store::insert(&mut tx, &webhook).await?;
    store::begin_positions(&mut tx, &webhook).await?;
    tx.commit().await?;
    app.webhooks.changed();
    tracing::info!(webhook.id = %id, user.id = %principal.user_id, "a webhook was made");
    Ok((webhook, secret))
}

/// The ownership check: the webhook if it is the person's own and their key, if
/// they use one, covers all that it tells of.
///
/// # Errors
/// There is no such webhook for them.
pub async fn find(conn: &mut Conn, principal: &Principal, id: WebhookId) -> Result<Webhook, Error> {
    store::find(conn, principal.user_id, id)
        .await?
        .filter(|webhook| may_see(principal, webhook))
        .ok_or(Error::NotFound)
}

fn may_see(principal: &Principal, webhook: &Webhook) -> bool {
    let Some(only) = principal.only_accounts() else {
        return true;
    };
    let accounts = webhook.account_ids.as_ref();
    accounts.is_some_and(|accounts| accounts.iter().all(|account| only.contains(account)))
}

/// Newest first. A page may have fewer than there are: those that a key may not
/// see are left out.
///
/// # Errors
/// The database failed.
pub async fn list(
    app: &App,
    principal: &Principal,
    before: Option<WebhookId>,
    limit: i64,
) -> Result<Vec<Webhook>, Error> {
    let mut conn = app.db.read().await?;
    let mut webhooks = store::list(&mut conn, principal.user_id, before, MOST).await?;
    webhooks.retain(|webhook| may_see(principal, webhook));
    webhooks.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(webhooks)
}

/// All of a person's own, newest first, as they are shown.
///
/// # Errors
/// The database failed.
pub async fn every(app: &App, principal: &Principal) -> Result<Vec<WebhookView>, Error> {
    let webhooks = list(app, principal, None, MOST).await?;
    let mut views = Vec::with_capacity(webhooks.len());
    for webhook in &webhooks {
        views.push(view(app, webhook).await?);
    }
    Ok(views)
}

/// As it is shown, with how many wait.
///
/// # Errors
/// The database failed.
pub async fn view(app: &App, webhook: &Webhook) -> Result<WebhookView, Error> {
    let waiting = rows::waiting(&mut *app.db.read().await?, webhook.id, COUNTED).await?;
    Ok(webhook.view(waiting, app.clock.now()))
}

/// # Errors
/// There is no such webhook for them, or a field is wrong.
pub async fn change(
    app: &App,
    principal: &Principal,
    id: WebhookId,
    changes: &WebhookChanges,
) -> Result<Webhook, Error> {
    let mut tx = app.db.begin().await?;
    let mut webhook = lock(&mut tx, principal, id).await?;
    if let Some(url) = &changes.url {
        webhook.url = checks::url(&app.poster, url)?;
    }
    if let Some(label) = &changes.label {
        webhook.label = checks::label(Some(label))?;
    }
    if let Some(events) = &changes.events {
        webhook.events = checks::events(events.as_deref())?;
    }
    if let Some(accounts) = &changes.account_ids {
        webhook.account_ids = checks::accounts(accounts.as_deref())?;
        limit_to_own(&mut tx, principal, &mut webhook).await?;
        store::end_positions(&mut tx, &webhook).await?;
        rows::promote_all(&mut tx, id).await?;
        store::begin_positions(&mut tx, &webhook).await?;
    }
    set_headers(app, &mut webhook, changes.headers.as_ref())?;
    webhook.replies = changes.replies.unwrap_or(webhook.replies);
    match changes.enabled {
        Some(true) if !webhook.enabled => {
            webhook.enabled = true;
            webhook.health = Health {
                last_success_at: webhook.health.last_success_at,
                ..Health::default()
            };
            rows::hurry(&mut tx, id, app.clock.now()).await?;
        }
        Some(false) => webhook.enabled = false,
        _ => {}
    }
    store::change(&mut tx, &webhook).await?;
    tx.commit().await?;
    app.webhooks.changed();
    Ok(webhook)
}

/// # Errors
/// There is no such webhook for them.
pub async fn remove(app: &App, principal: &Principal, id: WebhookId) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    lock(&mut tx, principal, id).await?;
    store::delete(&mut tx, id).await?;
    tx.commit().await?;
    app.webhooks.changed();
    tracing::info!(webhook.id = %id, user.id = %principal.user_id, "a webhook was removed");
    Ok(())
}

/// Another secret; the one before goes on signing for a while.
///
/// # Errors
/// There is no such webhook for them, or the time is wrong.
pub async fn rotate(
    app: &App,
    principal: &Principal,
    id: WebhookId,
    wish: &NewSecret,
) -> Result<(Webhook, String), Error> {
    let overlap = wish.overlap_s.unwrap_or(OVERLAP_S);
    if !(0..=OVERLAP_MAX_S).contains(&overlap) {
        let problem = format!("must be from 0 to {OVERLAP_MAX_S}");
        return Err(Invalid::new("overlap_s", problem).into());
    }
    let mut tx = app.db.begin().await?;
    let mut webhook = lock(&mut tx, principal, id).await?;
    let secret = signing::new_secret(&app.ids);
    let sealed = app.sealer.seal(&place(&webhook, "secret"), &secret);
    let before = std::mem::replace(&mut webhook.sealed.secret, sealed);
    let overlaps = overlap > 0;
    webhook.sealed.previous = overlaps.then_some(before);
    webhook.previous_until = overlaps.then(|| app.clock.now() + TimeDelta::seconds(overlap));
    store::change(&mut tx, &webhook).await?;
    tx.commit().await?;
    tracing::info!(webhook.id = %id, user.id = %principal.user_id, "a webhook's secret was replaced");
    Ok((webhook, secret))
}

/// Newest first.
///
/// # Errors
/// There is no such webhook for them.
pub async fn deliveries(
    app: &App,
    principal: &Principal,
    id: WebhookId,
    status: Option<DeliveryStatus>,
    (before, limit): (Option<DeliveryId>, i64),
) -> Result<Vec<DeliveryView>, Error> {
    let mut conn = app.db.read().await?;
    find(&mut conn, principal, id).await?;
    let found = rows::list(&mut conn, id, status, before, limit).await?;
    Ok(found.into_iter().map(Delivery::view).collect())
}

/// Sends something at once, also where the webhook is off, and tells how that
/// went.
///
/// # Errors
/// There is no such webhook for them.
pub async fn test(app: &App, principal: &Principal, id: WebhookId) -> Result<DeliveryView, Error> {
    let webhook = find(&mut *app.db.read().await?, principal, id).await?;
    let delivery = DeliveryId(app.ids.uuid());
    let body = json!({
        "seq": 0, "account_id": null, "at": app.clock.now(), "type": TEST,
        "data": { "webhookId": id },
    });
    let sent = attempt::send(app, &webhook, &test_id(delivery), body.to_string()).await;
    let mut tx = app.db.begin().await?;
    lock(&mut tx, principal, id).await?;
    let now = app.clock.now();
    rows::insert_test(&mut tx, id, delivery, TEST, &sent.view, now).await?;
    let view = rows::find(&mut tx, delivery).await?;
    tx.commit().await?;
    Ok(view.ok_or(Error::NotFound)?.view())
}

/// Sends again what is wished for: how many events that is.
///
/// # Errors
/// There is no such webhook or account for them, or the wish makes no sense.
pub async fn replay(
    app: &App,
    principal: &Principal,
    id: WebhookId,
    wish: &Replay,
) -> Result<i64, Error> {
    let only_failed = wish.failed.unwrap_or(false);
    let ways = [wish.after.is_some(), wish.since.is_some(), only_failed];
    if ways.iter().filter(|it| **it).count() != 1 {
        let problem = "must be there, or `since`, or `failed: true`; one of the three";
        return Err(Invalid::new("after", problem).into());
    }
    if wish.after.is_some_and(|after| after < 0) {
        return Err(Invalid::new("after", "must be 0 or more").into());
    }
    if wish.after.is_some() && wish.account_id.is_none() {
        let problem = "must be there with `after`: numbers are those of one account";
        return Err(Invalid::new("account_id", problem).into());
    }
    // Counting takes its time: nobody who writes waits for it.
    let (from, count) = {
        let mut conn = app.db.read().await?;
        let webhook = find(&mut conn, principal, id).await?;
        if let Some(account) = wish.account_id {
            accounts::service::find(&mut conn, principal, account).await?;
            if !webhook.covers(account) {
                let problem = "must be an account whose events this webhook sends";
                return Err(Invalid::new("account_id", problem).into());
            }
        }
        match only_failed {
            true => (Vec::new(), 0),
            false => again(&mut conn, principal, &webhook, wish).await?,
        }
    };
    let mut tx = app.db.begin().await?;
    lock(&mut tx, principal, id).await?;
    let events = if only_failed {
        rows::revive(&mut tx, id, wish.account_id, app.clock.now()).await?
    } else {
        count
    };
    // What waits behind that is made anew on the way, so that the order stays.
    for (account, after) in from {
        store::rewind(&mut tx, id, account, after).await?;
        rows::forget_after(&mut tx, id, account, after).await?;
    }
    rows::promote_all(&mut tx, id).await?;
    tx.commit().await?;
    app.webhooks.changed();
    tracing::info!(webhook.id = %id, user.id = %principal.user_id, events, "events are sent again");
    Ok(events)
}

/// Behind which events of which accounts it is to begin again, and how many follow.
async fn again(
    conn: &mut Conn,
    principal: &Principal,
    webhook: &Webhook,
    wish: &Replay,
) -> Result<(Vec<(AccountId, i64)>, i64), Error> {
    let types = webhook
        .events
        .clone()
        .map_or_else(Types::default, Types::only);
    let accounts = match wish.account_id {
        Some(account) => vec![account],
        None => covered(&mut *conn, principal.user_id, webhook).await?,
    };
    let (mut from, mut events) = (Vec::new(), 0);
    for account in accounts {
        let after = match (wish.after, wish.since) {
            (Some(after), _) => Some(after),
            (None, Some(since)) => {
                let first = reading::first_since(&mut *conn, account, since).await?;
                first.map(|seq| seq - 1)
            }
            (None, None) => None,
        };
        let Some(after) = after else { continue };
        events += reading::count(&mut *conn, account, after, &types).await?;
        from.push((account, after));
    }
    Ok((from, events))
}

async fn covered(
    conn: &mut Conn,
    owner: UserId,
    webhook: &Webhook,
) -> sqlx::Result<Vec<AccountId>> {
    let heads = reading::heads(conn, owner).await?;
    let ids = heads.into_iter().map(|(account, _)| account);
    Ok(ids.filter(|account| webhook.covers(*account)).collect())
}

async fn lock(conn: &mut Conn, principal: &Principal, id: WebhookId) -> Result<Webhook, Error> {
    // Asked first: nobody waits for what they may not see.
    find(&mut *conn, principal, id).await?;
    store::lock(conn, id).await?.ok_or(Error::NotFound)
}

fn set_headers(app: &App, webhook: &mut Webhook, headers: Option<&Headers>) -> Result<(), Error> {
    let Some(headers) = headers else {
        return Ok(());
    };
    let Headers(headers) = checks::headers(headers)?;
    webhook.header_names = headers.keys().cloned().collect();
    webhook.sealed.headers = (!headers.is_empty()).then(|| {
        app.sealer
            .seal(&place(webhook, "headers"), &json!(headers).to_string())
    });
    Ok(())
}

/// A key that is limited to some accounts makes webhooks of those.
async fn limit_to_own(
    conn: &mut Conn,
    principal: &Principal,
    webhook: &mut Webhook,
) -> Result<(), Error> {
    if webhook.account_ids.is_none() {
        webhook.account_ids = principal.only_accounts().map(<[_]>::to_vec);
        return Ok(());
    }
    for id in webhook.account_ids.iter().flatten() {
        match accounts::service::find(&mut *conn, principal, *id).await {
            Ok(_) => {}
            Err(accounts::Error::Database(error)) => return Err(error.into()),
            Err(_) => {
                let problem = format!("names {id}, which is no account of yours");
                return Err(Invalid::new("account_ids", problem).into());
            }
        }
    }
    Ok(())
}
