//! The worker of one webhook: it turns the ledger into deliveries and attempts
//! those that are due, while there is something to do. What it did and what it
//! does next is one transaction.

use super::{
    attempt::{self, Attempt},
    deliveries::{
        Claimed, New,
        store::{self as rows, Terms},
    },
    dispatch::Bell,
    model::{self, About, TRIED_FOR, Webhook, lane, message_id},
    replies, store,
};
use crate::{
    App, conversations,
    events::reading::{self, Kept, Types},
    platform::{clock::later, db::Conn},
};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::sleep};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, DeliveryId, WebhookId},
    webhook::{AttemptView, DeliveryStatus},
};
use whahook_whatsapp::port::Person;

/// A delivery that was taken is free for others after so long: longer than any
/// attempt takes.
const CLAIM: Duration = Duration::from_secs(30);
/// So many deliveries are made of the ledger at once, of so many accounts.
const MADE_OF_EACH: i64 = 50;
const MADE_OF: i64 = 20;
/// How often in one transaction, which others wait for.
const MADE_IN_A_ROUND: usize = 5;
/// More than these do not wait at a time: the ledger keeps the rest.
const WAITING_MAX: i64 = 20_000;
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// An attempt that has ended.
struct Ended {
    delivery: Claimed,
    /// `None`: the ledger does not have the event any more.
    attempt: Option<Attempt>,
}

/// What there is to do after a round.
enum Next {
    Attempts(Arc<Webhook>, Vec<Claimed>),
    /// It is off, or gone.
    Nothing,
}

pub struct Worker {
    app: App,
    id: WebhookId,
    under_way: JoinSet<Ended>,
    ended: Vec<Ended>,
    /// The account whose ledger was gone on with last.
    served: Option<AccountId>,
}

impl Worker {
    pub fn new(app: App, id: WebhookId) -> Self {
        Self {
            app,
            id,
            under_way: JoinSet::new(),
            ended: Vec::new(),
            served: None,
        }
    }

    /// Until nothing is to be done now.
    pub async fn work(&mut self, bell: &Bell) {
        loop {
            let may_take_more = match self.round().await {
                Ok(Next::Attempts(webhook, claimed)) => {
                    for delivery in claimed {
                        let attempt = attempted(self.app.clone(), webhook.clone(), delivery);
                        self.under_way.spawn(attempt);
                    }
                    self.under_way.len() < webhook.health.at_once()
                }
                Ok(Next::Nothing) => false,
                Err(error) => {
                    tracing::warn!(webhook.id = %self.id, %error, "Webhooks could not be read or written; trying again.");
                    sleep(DATABASE_PAUSE).await;
                    continue;
                }
            };
            tokio::select! {
                ended = self.under_way.join_next() => match ended {
                    Some(Ok(ended)) => self.ended.push(ended),
                    // Its claim runs out.
                    Some(Err(error)) => tracing::error!(%error, "An attempt of a webhook broke off."),
                    None => return,
                },
                () = bell.rung(), if may_take_more && !self.under_way.is_empty() => {}
            }
            while let Some(Ok(ended)) = self.under_way.try_join_next() {
                self.ended.push(ended);
            }
        }
    }

    async fn round(&mut self) -> sqlx::Result<Next> {
        let app = self.app.clone();
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let Some(mut webhook) = store::lock(&mut tx, self.id).await? else {
            return Ok(Next::Nothing);
        };
        for ended in &self.ended {
            self.settle(&mut tx, &mut webhook, ended, now).await?;
        }
        if !self.ended.is_empty() {
            store::set_health(&mut tx, &webhook).await?;
        }
        let mut claimed = Vec::new();
        if webhook.enabled && !webhook.health.rests_at(now) {
            claimed = self.take(&mut tx, &webhook, now).await?;
        }
        tx.commit().await?;
        self.ended.clear();
        if webhook.enabled {
            Ok(Next::Attempts(Arc::new(webhook), claimed))
        } else {
            Ok(Next::Nothing)
        }
    }

    /// What is due; and where that is little, what the ledger has.
    async fn take(
        &mut self,
        tx: &mut Conn,
        webhook: &Webhook,
        now: Timestamp,
    ) -> sqlx::Result<Vec<Claimed>> {
        let terms = Terms {
            now,
            claimed_until: later(now, CLAIM),
            give_up_at: later(now, TRIED_FOR),
        };
        let free = webhook
            .health
            .at_once()
            .saturating_sub(self.under_way.len());
        let mut claimed = Vec::new();
        for _ in 0..MADE_IN_A_ROUND {
            let wanted = i64::try_from(free - claimed.len()).unwrap_or(i64::MAX);
            if wanted > 0 {
                claimed.extend(rows::claim(&mut *tx, self.id, terms, wanted).await?);
            }
            if claimed.len() == free || !self.make(&mut *tx, webhook, now).await? {
                break;
            }
        }
        Ok(claimed)
    }

    /// Makes deliveries of the ledger; whether there were any.
    async fn make(
        &mut self,
        tx: &mut Conn,
        webhook: &Webhook,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let behind = store::behind(&mut *tx, webhook, self.served, MADE_OF).await?;
        if behind.is_empty() || rows::waiting(&mut *tx, self.id, WAITING_MAX).await? >= WAITING_MAX
        {
            return Ok(false);
        }
        let types = webhook
            .events
            .clone()
            .map_or_else(Types::default, Types::only);
        let mut new = Vec::new();
        let mut lanes = HashMap::new();
        for (account, position) in behind {
            self.served = Some(account);
            let chunk = reading::chunk(&mut *tx, account, position, &types, MADE_OF_EACH).await?;
            let reached = chunk.reached.max(position);
            for event in chunk.items {
                let data: Value = serde_json::from_str(event.data.get()).unwrap_or_default();
                let lane = self
                    .lane(&mut *tx, account, &data, &mut lanes, &mut new)
                    .await?;
                new.push(self.delivery_of(event, lane));
            }
            store::set_position(&mut *tx, self.id, account, reached).await?;
        }
        if new.is_empty() {
            return Ok(true);
        }
        rows::append(tx, self.id, &new, now).await?;
        Ok(true)
    }

    /// What an event stands in. Those of a chat that waited when it had no
    /// conversation stand in front of it.
    async fn lane(
        &self,
        tx: &mut Conn,
        account: AccountId,
        data: &Value,
        known: &mut HashMap<(AccountId, String), String>,
        new: &mut [New],
    ) -> sqlx::Result<String> {
        match model::about(data) {
            About::Account => Ok(account.to_string()),
            About::Conversation(id, None) => Ok(lane(account, &id)),
            About::Conversation(id, Some(gone)) => {
                let (from, into) = (lane(account, &gone), lane(account, &id));
                rows::join(tx, self.id, &from, &into).await?;
                for delivery in new.iter_mut().filter(|it| it.lane == from) {
                    delivery.lane.clone_from(&into);
                }
                known.clear();
                Ok(into)
            }
            About::Chat(to) => {
                let key = (account, to.jid.clone());
                if let Some(lane) = known.get(&key) {
                    return Ok(lane.clone());
                }
                let person = Person {
                    phone_number: to.phone_number,
                    lid: to.lid,
                };
                let own = lane(account, &to.jid);
                let found = conversations::of(&mut *tx, account, &person, &to.jid).await?;
                let lane = match found {
                    Some(id) => {
                        let lane = lane(account, &id.to_string());
                        rows::join(tx, self.id, &own, &lane).await?;
                        lane
                    }
                    None => own,
                };
                known.insert(key, lane.clone());
                Ok(lane)
            }
        }
    }

    fn delivery_of(&self, event: Kept, lane: String) -> New {
        New {
            id: DeliveryId(self.app.ids.uuid()),
            webhook: self.id,
            account: event.account_id,
            seq: event.seq,
            lane,
            event_type: event.event_type,
        }
    }

    async fn settle(
        &self,
        tx: &mut Conn,
        webhook: &mut Webhook,
        ended: &Ended,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        let Ended { delivery, attempt } = ended;
        let jitter = self.app.ids.jitter();
        let gone = AttemptView {
            at: now,
            duration_ms: 0,
            status: None,
            body: None,
            error: Some("the ledger does not keep the event any more".to_owned()),
            reply: None,
        };
        let (view, verdict) = match attempt {
            None => (&gone, Ok(DeliveryStatus::Failed)),
            Some(attempt) if attempt.has_arrived() => {
                webhook.health.succeeded(now);
                (&attempt.view, Ok(DeliveryStatus::Delivered))
            }
            Some(attempt) => {
                let problem = attempt.view.error.clone().unwrap_or_default();
                webhook.health.failed(problem, now, jitter);
                let is_dead = attempt.is_gone || webhook.health.is_beyond_hope(now);
                if is_dead && webhook.enabled {
                    self.turn_off(&mut *tx, webhook, now).await?;
                }
                let pause = model::pause(delivery.attempts, attempt.retry_after, jitter);
                let given_up = !is_dead && delivery.give_up_at <= now;
                let verdict = match given_up {
                    true => Ok(DeliveryStatus::Failed),
                    false => Err(later(now, pause)),
                };
                (&attempt.view, verdict)
            }
        };
        let is_settled = verdict.is_ok();
        if verdict == Ok(DeliveryStatus::Failed) {
            metrics::counter!("whahook_webhook_given_up_total").increment(1);
            tracing::warn!(webhook.id = %self.id, delivery.id = %delivery.id, "A webhook's delivery was given up.");
        }
        let lane = rows::attempted(&mut *tx, delivery.id, view, verdict, now).await?;
        if let Some(lane) = lane.filter(|_| is_settled) {
            rows::promote(tx, self.id, &lane).await?;
        }
        Ok(())
    }

    async fn turn_off(
        &self,
        tx: &mut Conn,
        webhook: &mut Webhook,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        webhook.enabled = false;
        webhook.health.dead_at = Some(now);
        metrics::counter!("whahook_webhooks_turned_off_total").increment(1);
        tracing::warn!(webhook.id = %self.id, "A webhook was turned off: nothing arrives there.");
        store::tell_owner(tx, self.id).await
    }
}

/// Reads the event and sends it.
async fn attempted(app: App, webhook: Arc<Webhook>, delivery: Claimed) -> Ended {
    let event = match event(&app, delivery.account, delivery.seq).await {
        Ok(Some(event)) => event,
        Ok(None) => {
            return Ended {
                delivery,
                attempt: None,
            };
        }
        Err(error) => return unsent(&app, delivery, error.to_string()),
    };
    let body = match serde_json::to_string(&event) {
        Ok(body) => body,
        Err(error) => return unsent(&app, delivery, error.to_string()),
    };
    let id = message_id(delivery.account, delivery.seq);
    let mut attempt = attempt::send(&app, &webhook, &id, body).await;
    if attempt.has_arrived() {
        match replies::take(&app, &webhook, &event, &attempt.answer).await {
            Ok(reply) => attempt.view.reply = reply,
            // Sent again, it is answered again.
            Err(error) => {
                attempt.view.error = Some(format!("its reply could not be accepted: {error}"));
            }
        }
    }
    if attempt.has_arrived() && delivery.attempts == 1 {
        let lag = (app.clock.now() - event.at).as_seconds_f64().max(0.0);
        metrics::histogram!("whahook_webhook_lag_seconds").record(lag);
    }
    Ended {
        delivery,
        attempt: Some(attempt),
    }
}

async fn event(app: &App, account: AccountId, seq: i64) -> sqlx::Result<Option<Kept>> {
    let mut conn = app.db.read().await?;
    reading::one(&mut conn, account, seq).await
}

fn unsent(app: &App, delivery: Claimed, error: String) -> Ended {
    let view = AttemptView {
        at: app.clock.now(),
        duration_ms: 0,
        status: None,
        body: None,
        error: Some(error),
        reply: None,
    };
    Ended {
        delivery,
        attempt: Some(Attempt {
            view,
            answer: Vec::new(),
            retry_after: None,
            is_gone: false,
        }),
    }
}
