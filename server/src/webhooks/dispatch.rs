//! Starts a worker for each webhook that has something to do: as events happen,
//! and every second for what is due again. Each works alone; a slow one holds up
//! no other.

use super::{model::Webhook, store, worker::Worker};
use crate::{App, events::Recorded, platform::db::Kind};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast::error::RecvError},
    time::{MissedTickBehavior, interval},
};
use whahook_contract::ids::WebhookId;

const LOOK: Duration = Duration::from_secs(1);
/// How often all webhooks are read anew: another process may have changed them.
const REFRESH: u32 = 10;

/// Tells a worker that there is more.
#[derive(Default)]
pub struct Bell {
    is_rung: AtomicBool,
    notify: Notify,
}

impl Bell {
    fn ring(&self) {
        self.is_rung.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    pub async fn rung(&self) {
        self.notify.notified().await;
        self.is_rung.store(false, Ordering::Release);
    }
}

/// Knows who works. Cheap to clone.
#[derive(Clone, Default)]
pub struct Dispatcher {
    workers: Arc<Mutex<HashMap<WebhookId, Arc<Bell>>>>,
    changed: Arc<Notify>,
}

impl Dispatcher {
    /// A webhook was made, changed or removed, or is to look again.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    fn ring(&self, app: &App, id: WebhookId) {
        let mut workers = self.workers.lock();
        if let Some(bell) = workers.get(&id) {
            bell.ring();
            return;
        }
        let bell = Arc::new(Bell::default());
        workers.insert(id, bell.clone());
        drop(workers);
        let (app, own, dispatcher) = (app.clone(), app.clone(), self.clone());
        app.spawn(async move {
            let _present = Present {
                dispatcher: dispatcher.clone(),
                id,
            };
            let mut worker = Worker::new(own, id);
            loop {
                worker.work(&bell).await;
                // Under the lock: whoever rings afterwards starts another.
                let mut workers = dispatcher.workers.lock();
                if !bell.is_rung.swap(false, Ordering::AcqRel) {
                    workers.remove(&id);
                    return;
                }
            }
        });
    }
}

/// Makes room for another worker, also after a panic.
struct Present {
    dispatcher: Dispatcher,
    id: WebhookId,
}

impl Drop for Present {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.dispatcher.workers.lock().remove(&self.id);
        }
    }
}

/// For as long as the server runs.
pub async fn dispatch(app: App) {
    let mut events = app.events.listen();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known: Vec<Webhook> = Vec::new();
    let mut round = 0_u32;
    if let Err(error) = release(&app).await {
        tracing::warn!(%error, "Deliveries of an earlier process wait until their claims run out.");
    }
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(recorded) => hear(&app, &known, &recorded),
                // The next look finds what they left.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            () = app.webhooks.changed.notified() => {
                refresh(&app, &mut known).await;
                look(&app).await;
            }
            _ = looks.tick() => {
                if round.is_multiple_of(REFRESH) {
                    refresh(&app, &mut known).await;
                }
                round = round.wrapping_add(1);
                if !known.is_empty() {
                    look(&app).await;
                }
            }
        }
    }
}

/// With SQLite there is no other process that could be at work.
async fn release(app: &App) -> sqlx::Result<()> {
    if app.db.kind() == Kind::Sqlite {
        let mut tx = app.db.begin().await?;
        super::deliveries::store::release_all(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn hear(app: &App, known: &[Webhook], recorded: &Recorded) {
    let event = &recorded.event;
    if !event.event.is_kept() {
        return;
    }
    let name = event.event.name();
    for webhook in known {
        let wants = webhook.user_id == recorded.user
            && webhook.covers(event.account_id)
            && webhook
                .events
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|it| it == name));
        if wants {
            app.webhooks.ring(app, webhook.id);
        }
    }
}

async fn refresh(app: &App, known: &mut Vec<Webhook>) {
    let read = async { store::enabled(&mut *app.db.read().await?).await };
    match read.await {
        Ok(enabled) => *known = enabled,
        Err(error) => tracing::warn!(%error, "Webhooks could not be read; trying again."),
    }
}

async fn look(app: &App) {
    let read = async { store::due(&mut *app.db.read().await?, app.clock.now()).await };
    match read.await {
        Ok(due) => {
            for id in due {
                app.webhooks.ring(app, id);
            }
        }
        Err(error) => tracing::warn!(%error, "Which webhooks are due is not known; trying again."),
    }
}
