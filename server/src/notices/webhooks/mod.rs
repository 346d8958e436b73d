//! The mail that says that a webhook was turned off.

mod store;

use super::{
    mail,
    model::{ATTEMPTS, Owner, retry_pause},
    smtp::Mailer,
};
use crate::{app::App, platform::clock::later};
use std::time::Duration;
use whahook_contract::{Timestamp, ids::WebhookId};

/// Nobody else tries it for so long: longer than any attempt takes.
const CLAIM: Duration = Duration::from_secs(120);

/// A webhook that was turned off by the server.
#[derive(Debug, Clone)]
pub struct Ended {
    pub id: WebhookId,
    pub label: Option<String>,
    pub host: String,
    pub problem: Option<String>,
    pub at: Timestamp,
    pub attempts: i64,
    pub owner: Owner,
}

/// `false`: there is nothing to tell now.
pub async fn tell_one(app: &App, mailer: &Mailer) -> sqlx::Result<bool> {
    let now = app.clock.now();
    if !store::is_any_due(&mut *app.db.read().await?, now).await? {
        return Ok(false);
    }
    let mut tx = app.db.begin().await?;
    let ended = store::claim(&mut tx, now, later(now, CLAIM)).await?;
    tx.commit().await?;
    let Some(ended) = ended else {
        return Ok(true);
    };
    let again = if ended.owner.wants_mail {
        deliver(app, mailer, &ended).await
    } else {
        None
    };
    let mut tx = app.db.begin().await?;
    store::told(&mut tx, ended.id, again).await?;
    tx.commit().await?;
    Ok(true)
}

/// When to try again; `None`: it is sent, or never will be.
async fn deliver(app: &App, mailer: &Mailer, ended: &Ended) -> Option<Timestamp> {
    let now = app.clock.now();
    let sent = async {
        let message = mail::of_webhook(ended, &mailer.letterhead, now)?;
        mailer.open().await?.send(&message).await
    };
    let Err(error) = sent.await else {
        metrics::counter!("whahook_mails_total", "what" => "webhook", "outcome" => "sent")
            .increment(1);
        tracing::info!(webhook.id = %ended.id, "A mail about a webhook was sent.");
        return None;
    };
    metrics::counter!("whahook_mails_total", "what" => "webhook", "outcome" => "failed")
        .increment(1);
    if ended.attempts >= ATTEMPTS || matches!(error, super::Error::Mail(_)) {
        tracing::error!(webhook.id = %ended.id, %error, "A mail could not be sent, and is given up.");
        return None;
    }
    tracing::warn!(webhook.id = %ended.id, %error, "A mail could not be sent; trying again.");
    Some(later(now, retry_pause(ended.attempts)))
}
