use super::{
    Error,
    check::{self, Checked, Judge},
    model::{Bulk, CANCELLED},
    pattern::{Pattern, Wrong},
    rows::{Mistakes, Row},
    store::{self, Selection},
};
use crate::{
    accounts::{self, Account},
    app::App,
    events::{self, Recorded},
    http::auth::Principal,
    outbox::{
        self,
        held::{self, Held},
    },
    platform::db::Conn,
};
use tokio::task::spawn_blocking;
use whahook_contract::{
    Timestamp,
    bulk::{BulkAccepted, BulkProgress, BulkStatus, BulkView, Duplicates},
    ids::BulkId,
    message::{Content, NewMessage, Priority, Recipient, WaitsFor},
};

/// A bulk that is to be accepted.
pub struct Given {
    /// As a single message would be, but for its recipient.
    pub message: NewMessage,
    pub rows: Vec<Row>,
    pub mistakes: Mistakes,
    pub duplicates: Duplicates,
}

/// Accept a bulk of an account that is the caller's: from here on it is in the
/// database, whole.
///
/// # Errors
/// Something is wrong with it or with a row, or the database failed; nothing is
/// queued then.
pub async fn accept(app: &App, account: &Account, given: Given) -> Result<BulkAccepted, Error> {
    let Given {
        message: new,
        rows,
        mistakes,
        duplicates,
    } = given;
    let (send_at, expires_at) = app.outbox.check_terms(&new)?;
    if let Some(key) = &new.idempotency_key
        && let Some(first) = store::find_by_key(&mut *app.db.read().await?, account.id, key).await?
    {
        return Ok(first.accepted());
    }
    let pattern = pattern(app, account, new.content).await?;
    let (pattern, checked) = check(app, account, pattern, rows, mistakes, duplicates).await?;
    let bulk = Bulk {
        id: BulkId(app.ids.uuid()),
        account: account.id,
        user: account.user_id,
        content: pattern.content().clone(),
        status: BulkStatus::Running,
        reason: None,
        priority: new.priority.unwrap_or(Priority::Low),
        send_at,
        expires_at,
        idempotency_key: new.idempotency_key,
        metadata: new.metadata,
        total: i64::try_from(checked.rows.len()).unwrap_or(i64::MAX),
        skipped: checked.skipped,
        queued_rows: 0,
        created_at: app.clock.now(),
        started_at: None,
        finished_at: None,
    };

    let mut tx = app.db.begin().await?;
    // The account's row is locked from here on: of two requests with one key the
    // second finds the first.
    let event = bulk.status_event(bulk.created_at, bulk.progress(&[]));
    let recorded = events::record(&mut tx, bulk.created_at, bulk.account, &event).await?;
    if let Some(key) = &bulk.idempotency_key
        && let Some(first) = store::find_by_key(&mut tx, bulk.account, key).await?
    {
        tx.rollback().await?;
        return Ok(first.accepted());
    }
    if bulk.is_over_time(bulk.created_at) {
        return Err(Error::invalid("expires_at", "`expires_at` has passed"));
    }
    let media = outbox::needed_file(&bulk.content);
    store::insert(&mut tx, &bulk, media).await?;
    store::insert_rows(&mut tx, bulk.id, &checked.rows).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    app.bulk_bell.ring();
    metrics::counter!("whahook_bulks_accepted_total").increment(1);
    tracing::info!(bulk.id = %bulk.id, bulk.recipients = bulk.total, "a bulk was accepted");
    Ok(bulk.accepted())
}

/// The content with its placeholders, and with the file that all of them share.
async fn pattern(app: &App, account: &Account, content: Content) -> Result<Pattern, Error> {
    let wrong = |Wrong { field, message }| Error::Message(outbox::Error::invalid(field, message));
    let pattern = Pattern::new(content).map_err(wrong)?;
    let mut content = pattern.content().clone();
    if pattern.names().next().is_none() {
        let own_number = account.phone_number.as_deref();
        app.outbox.check_content(own_number, &mut content)?;
    }
    app.outbox.prepare(account.user_id, &mut content).await?;
    Pattern::new(content).map_err(wrong)
}

/// Reading ten thousand numbers takes the processor too long to let others wait.
async fn check(
    app: &App,
    account: &Account,
    pattern: Pattern,
    rows: Vec<Row>,
    mut mistakes: Mistakes,
    duplicates: Duplicates,
) -> Result<(Pattern, Checked), Error> {
    let judge = OfAccount {
        outbox: app.outbox.clone(),
        account: account.clone(),
    };
    let checking = spawn_blocking(move || {
        let checked = check::check(&judge, &pattern, rows, duplicates, &mut mistakes);
        mistakes.none().map(|()| (pattern, checked))
    });
    match checking.await {
        Ok(checked) => checked.map_err(Error::Refused),
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// As the outbox reads what an account sends.
struct OfAccount {
    outbox: outbox::Outbox,
    account: Account,
}

impl Judge for OfAccount {
    fn recipient(&self, to: &str) -> Result<Recipient, outbox::Error> {
        self.outbox
            .recipient(self.account.phone_number.as_deref(), to)
    }

    fn content(&self, mut content: Content) -> Result<(), outbox::Error> {
        let own_number = self.account.phone_number.as_deref();
        self.outbox.check_content(own_number, &mut content)
    }
}

/// A bulk that is the caller's to see.
///
/// # Errors
/// There is none such for them, or the database failed.
pub async fn own(conn: &mut Conn, principal: &Principal, id: BulkId) -> Result<Bulk, Error> {
    let bulk = store::find(conn, id).await?.ok_or(Error::NotFound(id))?;
    match accounts::service::find(conn, principal, bulk.account).await {
        Ok(_) => Ok(bulk),
        Err(accounts::Error::NotFound(_)) => Err(Error::NotFound(id)),
        Err(other) => Err(outbox::Error::from(other).into()),
    }
}

/// A bulk with how far it is and why it goes no further.
///
/// # Errors
/// The database failed.
pub async fn view(app: &App, conn: &mut Conn, bulk: Bulk) -> Result<BulkView, Error> {
    let now = app.clock.now();
    let progress = progress(conn, &bulk).await?;
    let wait = if progress.open() == 0 {
        None
    } else {
        wait(conn, &bulk, now).await?
    };
    let per_minute = app.outbox.messages_per_minute(conn, bulk.account).await?;
    Ok(bulk.view(progress, wait, per_minute, now))
}

/// The caller's bulks, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(app: &App, wanted: &Selection, limit: i64) -> Result<Vec<BulkView>, Error> {
    let mut conn = app.db.read().await?;
    let mut views = Vec::new();
    for bulk in store::list(&mut conn, wanted, limit).await? {
        views.push(view(app, &mut conn, bulk).await?);
    }
    Ok(views)
}

/// How far a bulk is.
///
/// # Errors
/// The database failed.
pub async fn progress(conn: &mut Conn, bulk: &Bulk) -> sqlx::Result<BulkProgress> {
    Ok(bulk.progress(&store::counts(conn, bulk.id).await?))
}

async fn wait(conn: &mut Conn, bulk: &Bulk, now: Timestamp) -> Result<Option<Held>, Error> {
    if bulk.status.is_over() {
        return Ok(None);
    }
    if bulk.status == BulkStatus::Paused {
        let (why, until) = (WaitsFor::Paused, None);
        return Ok(Some(Held { why, until }));
    }
    if bulk.send_at.is_some_and(|at| at > now) {
        let (why, until) = (WaitsFor::Scheduled, bulk.send_at);
        return Ok(Some(Held { why, until }));
    }
    if let Some(held) = held::by_account(conn, bulk.account).await? {
        return Ok(Some(held));
    }
    if let Some(own) = store::wait(conn, bulk, now).await? {
        return Ok(Some(own));
    }
    if let Some(held) = held::by_limit(conn, bulk.account, now).await? {
        return Ok(Some(held));
    }
    Ok(held::by_pacing(conn, bulk.account).await?)
}

/// What a person does to a bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Pause,
    Resume,
    Cancel,
}

impl Order {
    const fn status(self) -> BulkStatus {
        match self {
            Self::Pause => BulkStatus::Paused,
            Self::Resume => BulkStatus::Running,
            Self::Cancel => BulkStatus::Cancelled,
        }
    }
}

/// Pause, resume or cancel a bulk; at once for all that is not on its way. What
/// it is already stays so.
///
/// # Errors
/// It is over, or the database failed.
pub async fn change(app: &App, seen: &Bulk, order: Order) -> Result<BulkView, Error> {
    let id = seen.id;
    let mut tx = app.db.begin().await?;
    outbox::lock_account(&mut tx, app.db.kind(), seen.account).await?;
    // Read again under the lock: it may have come to its end meanwhile.
    let mut bulk = store::find(&mut tx, id).await?.ok_or(Error::NotFound(id))?;
    let status = order.status();
    if bulk.status == status {
        return view(app, &mut tx, bulk).await;
    }
    if bulk.status.is_over() {
        return Err(Error::Over(id, bulk.status));
    }
    bulk.status = status;
    let mut recorded = Vec::new();
    match order {
        Order::Pause => app.outbox.hold_bulk(&mut tx, bulk.account, id).await?,
        Order::Resume => app.outbox.release_bulk(&mut tx, id).await?,
        Order::Cancel => {
            bulk.reason = Some(CANCELLED.to_owned());
            bulk.finished_at = Some(app.clock.now());
            recorded = app.outbox.cancel_bulk(&mut tx, bulk.account, id).await?;
        }
    }
    recorded.push(write(app, &mut tx, &bulk).await?);
    let view = view(app, &mut tx, bulk).await?;
    tx.commit().await?;
    for event in recorded {
        app.events.publish(event);
    }
    app.doorbell.ring(seen.account);
    app.bulk_bell.ring();
    Ok(view)
}

/// Write down what a bulk has become, and that it has.
pub async fn write(app: &App, tx: &mut Conn, bulk: &Bulk) -> sqlx::Result<Recorded> {
    let reason = bulk.reason.as_deref();
    store::set_status(tx, bulk.id, bulk.status, reason, bulk.finished_at).await?;
    let at = app.clock.now();
    let event = bulk.status_event(at, progress(tx, bulk).await?);
    events::record(tx, at, bulk.account, &event).await
}
