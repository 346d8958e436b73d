//! The job that fetches files: a few at a time, and of one account no more than it
//! would take to hold up the others.

use super::{
    Plan,
    model::{self, Next, kind_of},
    service,
    store::{self, Due},
};
use crate::{App, media, platform::clock::later, sessions};
use std::{collections::HashMap, time::Duration};
use tokio::task::{Id, JoinSet};
use whahook_contract::{
    ids::{AccountId, MediaId, MessageId},
    received::{MediaReason, MediaState},
};
use whahook_whatsapp::port::DownloadError;

/// How often the database is asked what there is to do. What happens in this
/// process is heard of at once.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const AT_ONCE: usize = 8;
const OF_ONE_ACCOUNT: usize = 3;
/// How long a file may take.
const WITHIN: Duration = Duration::from_secs(1_800);
/// Where another process has the account's link.
const NOT_HERE: Duration = Duration::from_secs(10);

/// Fetches until the server stops. What was under way then is fetched anew: only
/// the process that has the link can fetch, and it knows what it does.
pub async fn fetch(app: App) {
    let mut busy = HashMap::new();
    let mut running = JoinSet::new();
    loop {
        if let Err(error) = begin(&app, &mut busy, &mut running).await {
            tracing::warn!(%error, "Files could not be looked for; trying again.");
        }
        tokio::select! {
            () = app.files.rung() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(done) = running.join_next_with_id() => {
                let id = match done {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(%error, "Fetching a file broke off.");
                        error.id()
                    }
                };
                busy.remove(&id);
            }
        }
    }
}

type Busy = HashMap<Id, (MessageId, AccountId)>;

async fn begin(app: &App, busy: &mut Busy, running: &mut JoinSet<()>) -> sqlx::Result<()> {
    if busy.len() >= AT_ONCE {
        return Ok(());
    }
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    for account in store::accounts(&mut conn, now).await? {
        let of_it = busy.values().filter(|(_, of)| *of == account).count();
        let room = OF_ONE_ACCOUNT
            .saturating_sub(of_it)
            .min(AT_ONCE - busy.len());
        if room == 0 {
            continue;
        }
        let limit = i64::try_from(room + of_it).unwrap_or(i64::MAX);
        let due = store::due(&mut conn, account, now, limit).await?;
        let is_new = |due: &Due| !busy.values().any(|(message, _)| *message == due.message);
        for due in due
            .into_iter()
            .filter(is_new)
            .take(room)
            .collect::<Vec<_>>()
        {
            let (message, account) = (due.message, due.account);
            let task = running.spawn(one(app.clone(), due));
            busy.insert(task.id(), (message, account));
        }
    }
    Ok(())
}

/// How an attempt failed.
enum Failure {
    Download(DownloadError),
    GiveUp(MediaReason),
    Database(sqlx::Error),
}

impl From<media::Error> for Failure {
    fn from(error: media::Error) -> Self {
        match error {
            media::Error::QuotaExceeded { .. } => Self::GiveUp(MediaReason::QuotaExceeded),
            media::Error::TooLarge { .. } => Self::Download(DownloadError::TooLarge),
            media::Error::Database(error) => Self::Database(error),
            other => Self::Download(DownloadError::NotWritten(other.to_string())),
        }
    }
}

async fn one(app: App, due: Due) {
    let fetched = attempt(&app, &due).await;
    let done = match fetched {
        Ok(Some(media)) => {
            let ready = Plan {
                state: MediaState::Ready,
                reason: None,
            };
            service::settle(&app, &due, ready, Some(media)).await
        }
        // It was taken back meanwhile.
        Ok(None) => service::forget(&app, &due).await,
        Err(Failure::GiveUp(reason)) => give_up(&app, &due, reason).await,
        Err(Failure::Database(error)) => Err(error),
        Err(Failure::Download(error)) => failed(&app, &due, &error).await,
    };
    if let Err(error) = done {
        // It is due still: the next look finds it.
        tracing::warn!(%error, "How fetching a file went could not be written down.");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn failed(app: &App, due: &Due, error: &DownloadError) -> sqlx::Result<()> {
    let attempts = due.attempts + 1;
    let now = app.clock.now();
    match model::after(error, attempts, app.ids.jitter()) {
        Next::GiveUp(reason) => give_up(app, due, reason).await,
        Next::NotCounted => service::again(app, due, due.attempts, later(now, NOT_HERE)).await,
        Next::Again(pause) => {
            tracing::info!(%error, attempts, "A file did not come; trying again.");
            service::again(app, due, attempts, later(now, pause)).await
        }
    }
}

async fn give_up(app: &App, due: &Due, reason: MediaReason) -> sqlx::Result<()> {
    tracing::info!(%reason, "A file could not be fetched.");
    let failed = Plan {
        state: MediaState::Failed,
        reason: Some(reason),
    };
    service::settle(app, due, failed, None).await
}

/// Fetch a file and put it down. `None`: the message has none any more.
async fn attempt(app: &App, due: &Due) -> Result<Option<MediaId>, Failure> {
    let (Some(kind), Some(file)) = (kind_of(&due.content), due.file.clone()) else {
        return Ok(None);
    };
    let blank = app.media.blank()?;
    let into = blank.file().map_err(media::Error::from)?;
    let sha256 = file.sha256.clone();
    let limit = app.media.largest();
    let download = app
        .sessions
        .with_link_within(due.account, WITHIN, move |link| async move {
            Ok(link.download(kind, &file, limit, into).await)
        });
    match download.await {
        Ok(done) => done.map_err(Failure::Download)?,
        Err(sessions::Error::NotConnected(..)) => {
            return Err(Failure::Download(DownloadError::NotConnected));
        }
        Err(error) => {
            let error = DownloadError::NotNow(error.to_string());
            return Err(Failure::Download(error));
        }
    }
    let whole = blank.finish().await?;
    if !sha256.is_empty() && whole.sha256 != sha256 {
        return Err(Failure::Download(DownloadError::Damaged));
    }
    let media = due.content.media();
    let name = media.and_then(|media| media.file_name.as_deref());
    let kept = app.media.keep(due.user, whole, name, None).await?;
    Ok(kept.id)
}
