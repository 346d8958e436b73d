//! The job that sends e-mails. What is to be told stands in the database: each
//! mail is claimed there, survives restarts, and is tried until it is sent.

use super::{
    mail,
    model::{ATTEMPTS, Incident, Patience, Told, What, retry_pause},
    smtp::{Error, Mailer},
    store, webhooks,
};
use crate::{app::App, platform::clock::later};
use chrono::TimeDelta;
use std::time::Duration;
use whahook_contract::Timestamp;

/// How often the database is asked what there is to tell.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause after the database failed.
const DATABASE_PAUSE: Duration = Duration::from_secs(10);
/// Nobody else tries a mail for so long: longer than any attempt takes.
const CLAIM: TimeDelta = TimeDelta::seconds(120);
/// An account counts as back after so long without another loss; also how long
/// a server that has just started has to bring sessions back. Never longer than
/// the grace time.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// Tell people of losses until the server stops. A mail that is on its way then
/// is sent to its end.
pub async fn tell(app: App) {
    let mailer = match Mailer::new(&app.config) {
        Ok(mailer) => mailer,
        Err(Error::NotSetUp) => return,
        Err(error) => {
            tracing::error!(%error, "E-mail cannot be sent.");
            return;
        }
    };
    while !app.is_stopping() {
        let told = match tell_one(&app, &mailer).await {
            Ok(false) => webhooks::tell_one(&app, &mailer).await,
            other => other,
        };
        let pause = match told {
            Ok(true) => Duration::ZERO,
            Ok(false) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "What there is to tell by e-mail could not be read or written; trying again.");
                DATABASE_PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.stopping() => {}
        }
    }
}

fn patience(app: &App) -> Patience {
    let now = app.clock.now();
    let grace = app.config.alerts.after;
    let settled = SETTLED_AFTER.min(grace);
    let before = |time: Duration| now - TimeDelta::from_std(time).unwrap_or_default();
    Patience {
        now,
        lost_before: if app.started_at <= before(settled) {
            before(grace)
        } else {
            Timestamp::UNIX_EPOCH
        },
        back_before: before(settled),
        grace,
    }
}

/// `false`: there is nothing to tell now.
async fn tell_one(app: &App, mailer: &Mailer) -> sqlx::Result<bool> {
    let patience = patience(app);
    if !store::is_any_due(&mut *app.db.read().await?, &patience).await? {
        return Ok(false);
    }
    let mut tx = app.db.begin().await?;
    let claimed = store::claim(&mut tx, &patience, patience.now + CLAIM).await?;
    let incident = match &claimed {
        Some(id) => store::find(&mut tx, id).await?,
        None => None,
    };
    tx.commit().await?;
    if let Some(incident) = incident {
        settle(app, mailer, &incident, &patience).await?;
    }
    Ok(true)
}

async fn settle(
    app: &App,
    mailer: &Mailer,
    incident: &Incident,
    patience: &Patience,
) -> sqlx::Result<()> {
    if let Some(what) = incident.handing {
        // The mail server may have it: one mail too few is better than one that
        // comes again after each crash.
        tracing::warn!(
            account.id = %incident.account,
            "A mail was on its way when the server was killed; it is not sent again."
        );
        count(what, "unknown");
        return told(app, incident, what.told()).await;
    }
    let Some(what) = incident.due(patience) else {
        return told(app, incident, Told::All).await;
    };
    let outcome = deliver(app, mailer, incident, what).await?;
    let error = match outcome {
        Delivery::Sent => {
            tracing::info!(account.id = %incident.account, mail.what = what.code(), "A mail was sent.");
            count(what, "sent");
            return told(app, incident, what.told()).await;
        }
        // It is claimed again at once, with what there is to tell now.
        Delivery::Changed => return again(app, incident, Duration::ZERO).await,
        Delivery::Failed(error) => error,
    };
    count(what, "failed");
    if incident.attempts >= ATTEMPTS || matches!(error, Error::Mail(_)) {
        tracing::error!(account.id = %incident.account, %error, "A mail could not be sent, and is given up.");
        return told(app, incident, what.told()).await;
    }
    tracing::warn!(account.id = %incident.account, %error, "A mail could not be sent; trying again.");
    again(app, incident, retry_pause(incident.attempts)).await
}

enum Delivery {
    Sent,
    /// Meanwhile there is something else to tell.
    Changed,
    Failed(Error),
}

async fn deliver(
    app: &App,
    mailer: &Mailer,
    incident: &Incident,
    what: What,
) -> sqlx::Result<Delivery> {
    let message = match mail::about(incident, what, &mailer.letterhead, app.clock.now()) {
        Ok(message) => message,
        Err(error) => return Ok(Delivery::Failed(error.into())),
    };
    let opened = match mailer.open().await {
        Ok(opened) => opened,
        Err(error) => return Ok(Delivery::Failed(error)),
    };
    // Written down before anything that could arrive: see `handing`.
    let mut tx = app.db.begin().await?;
    let marked = store::hand_over(&mut tx, &incident.id, what).await?;
    tx.commit().await?;
    if !marked {
        return Ok(Delivery::Changed);
    }
    Ok(match opened.send(&message).await {
        Ok(()) => Delivery::Sent,
        Err(error) => Delivery::Failed(error),
    })
}

async fn told(app: &App, incident: &Incident, told: Told) -> sqlx::Result<()> {
    let mut tx = app.db.begin().await?;
    store::told(&mut tx, &incident.id, told).await?;
    tx.commit().await
}

async fn again(app: &App, incident: &Incident, pause: Duration) -> sqlx::Result<()> {
    let at = later(app.clock.now(), pause);
    let mut tx = app.db.begin().await?;
    store::again(&mut tx, &incident.id, at).await?;
    tx.commit().await
}

fn count(what: What, outcome: &'static str) {
    metrics::counter!("whahook_mails_total", "what" => what.code(), "outcome" => outcome)
        .increment(1);
}
