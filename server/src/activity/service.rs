use super::{
    model::{Change, Counts, Step, ends_at, step},
    store,
    uptime::{self, Calendar},
};
use crate::{
    accounts::{self, Error},
    app::App,
    events::{self, Recorded},
    http::auth::{Principal, Via},
    keys, notices,
    platform::db::{Conn, Db},
    users,
};
use whahook_contract::{
    Timestamp,
    activity::{ActivityKind, ActivityView, By, Origin, UptimeView},
    event::Event,
    ids::AccountId,
};

/// By whom, for what a principal asks for: the name of the person or the key.
///
/// # Errors
/// The database failed.
pub async fn by(app: &App, principal: &Principal) -> sqlx::Result<By> {
    let mut conn = app.db.read().await?;
    Ok(match &principal.via {
        Via::Cookie { .. } => By {
            kind: Origin::Person,
            name: users::service::find(&mut conn, principal.user_id)
                .await?
                .map(|user| user.name),
        },
        Via::Key { id, .. } => By {
            kind: Origin::Key,
            name: keys::service::name(&mut conn, *id).await?,
        },
    })
}

/// Add an event to an account's ledger, with what follows from it for the
/// account's activity and incidents. What it says of the account's row, the
/// transaction must have written before.
///
/// # Errors
/// There is no such account, or the database failed.
pub async fn record(
    tx: &mut Conn,
    at: Timestamp,
    account: AccountId,
    event: &Event,
    asked_by: Option<&By>,
) -> sqlx::Result<Recorded> {
    let recorded = events::record(&mut *tx, at, account, event).await?;
    let seq = recorded.event.seq;
    let entry = |kind, label: &str| ActivityView {
        id: seq,
        kind,
        at,
        status: None,
        reason: None,
        detail: None,
        label: Some(label.to_owned()),
        lasted_s: None,
        by: asked_by.cloned(),
    };
    match event {
        Event::AccountCreated { label } => {
            let entry = entry(ActivityKind::Created, label);
            store::begin(tx, account, &entry, Some(Counts::Unlinked)).await?;
        }
        Event::AccountRenamed { label } => {
            let entry = entry(ActivityKind::Renamed, label);
            store::begin(tx, account, &entry, None).await?;
        }
        Event::Status { .. } => follow(tx, &recorded, asked_by).await?,
        _ => {}
    }
    Ok(recorded)
}

/// The session is something else from now on.
async fn follow(tx: &mut Conn, recorded: &Recorded, asked_by: Option<&By>) -> sqlx::Result<()> {
    let Event::Status {
        status,
        reason,
        detail,
        ..
    } = &recorded.event.event
    else {
        return Ok(());
    };
    let (account, now) = (recorded.event.account_id, recorded.event.at);
    let before = store::before(&mut *tx, account).await?;
    let change = Change {
        status: *status,
        reason: *reason,
        linked: before.linked,
        asked_by,
    };
    let lasting = before.lasting.as_ref();
    match step(lasting, &change) {
        Step::Same => Ok(()),
        Step::Further => match lasting {
            Some(lasting) => store::further(tx, account, lasting.seq, *status).await,
            None => Ok(()),
        },
        Step::Begins { kind, counts, by } => {
            let at = match lasting {
                Some(lasting) => {
                    let at = ends_at(lasting, &change, before.last_activity_at, now);
                    store::end(&mut *tx, account, lasting.seq, at).await?;
                    at
                }
                None => now,
            };
            let entry = ActivityView {
                id: recorded.event.seq,
                kind,
                at,
                status: Some(*status),
                reason: *reason,
                detail: detail.clone(),
                label: None,
                lasted_s: None,
                by: Some(by),
            };
            store::begin(&mut *tx, account, &entry, Some(counts)).await?;
            notices::follow(tx, account, &entry, counts == Counts::Down, now).await
        }
    }
}

/// The server stops: its sessions were up until now.
///
/// # Errors
/// The database failed.
pub async fn server_stops(db: &Db, now: Timestamp) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    store::last_seen(&mut tx, now).await?;
    tx.commit().await
}

/// What happened to an account, newest first.
///
/// # Errors
/// There is no such account for them, or the database failed.
pub async fn list(
    conn: &mut Conn,
    principal: &Principal,
    account: AccountId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ActivityView>, Error> {
    accounts::service::find(conn, principal, account).await?;
    Ok(store::list(conn, account, before.unwrap_or(i64::MAX), limit).await?)
}

/// How much of each of the last days an account was connected.
///
/// # Errors
/// There is no such account for them, or the database failed.
pub async fn uptime(
    conn: &mut Conn,
    principal: &Principal,
    account: AccountId,
    days: u64,
    calendar: Calendar,
    now: Timestamp,
) -> Result<UptimeView, Error> {
    accounts::service::find(conn, principal, account).await?;
    let since = calendar.first_of(days, now);
    let stretches = store::stretches(conn, account, since, now).await?;
    Ok(uptime::uptime(&stretches, calendar, days, now))
}
