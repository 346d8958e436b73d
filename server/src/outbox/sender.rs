//! The outbox's side of a session's actor: claims what is due, hands it to the
//! link, and writes down what became of it. One per session, so nothing is
//! claimed twice.

use super::{
    content,
    facts::{self, Fact},
    limits, line,
    model::Message,
    service::{EXPIRED, Outbox},
    store,
};
use crate::events::Recorded;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
    message::MessageStatus,
};
use whahook_whatsapp::port::{Link, LinkError, Person, Receipt};

/// Messages on the wire at a time, each to another chat.
const UNDER_WAY: usize = 16;
/// WhatsApp acknowledges within a second. After this long the message is sent
/// again under the same id.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// Encrypting may need keys from WhatsApp first.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// After this many attempts that failed for no want of a connection, the message
/// itself is taken for the cause.
const FAILURES: i64 = 6;
/// Pause before the database is tried again.
const DATABASE_PAUSE: Duration = Duration::from_millis(500);

/// The outcome of a hand-over to the link.
pub struct Handed {
    message: Message,
    result: Result<Option<Person>, LinkError>,
}

struct Attempt {
    id: MessageId,
    begun: Instant,
    /// When the acknowledgement is overdue; `None` until it is on the wire.
    overdue: Option<Instant>,
}

pub struct Sender {
    outbox: Outbox,
    account: AccountId,
    user: UserId,
    attempts: HashMap<String, Attempt>,
    handing: JoinSet<Handed>,
    facts: VecDeque<Fact>,
    /// The database may hold messages as under way that are not: an earlier
    /// process left them, or a claim was cut off and may have been committed.
    unsure: bool,
    /// When to look again without being rung.
    look_at: Option<Instant>,
}

impl Sender {
    pub fn new(outbox: Outbox, user: UserId, account: AccountId) -> Self {
        Self {
            outbox,
            account,
            user,
            attempts: HashMap::new(),
            handing: JoinSet::new(),
            facts: VecDeque::new(),
            unsure: true,
            look_at: None,
        }
    }

    /// WhatsApp answered about a message.
    pub fn acked(&mut self, whatsapp_message_id: String, error: Option<String>) {
        if let Some(attempt) = self.attempts.remove(&whatsapp_message_id) {
            metrics::histogram!("whahook_message_ack_seconds").record(attempt.begun.elapsed());
        }
        self.facts.push_back(Fact::Acked {
            whatsapp_message_id,
            error,
        });
    }

    /// The other side has messages, or opened them.
    pub fn received(&mut self, whatsapp_message_ids: Vec<String>, kind: Receipt) {
        self.facts.push_back(Fact::Received {
            whatsapp_message_ids,
            kind,
        });
    }

    /// Resolves with the next hand-over that is done; never while none is under
    /// way.
    pub async fn next_handed(&mut self) -> Handed {
        loop {
            match self.handing.join_next().await {
                Some(Ok(handed)) => return handed,
                // Aborted with its link: the message is queued again by then.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// When to look again, if nothing rings before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let overdue = self
            .attempts
            .values()
            .filter_map(|attempt| attempt.overdue)
            .min();
        self.look_at.into_iter().chain(overdue).min()
    }

    /// A message is on its way, or what became of one is not written down yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !(self.attempts.is_empty() && self.handing.is_empty() && self.facts.is_empty())
    }

    pub fn handed(&mut self, handed: Handed) {
        let Handed { message, result } = handed;
        let key = &message.whatsapp_message_id;
        match result {
            Ok(person) => {
                // The ack may have been faster than this task.
                if let Some(attempt) = self.attempts.get_mut(key) {
                    attempt.overdue = Some(Instant::now() + ACK_TIMEOUT);
                }
                if let Some(person) = person {
                    self.facts.push_back(Fact::Known {
                        id: message.id,
                        person,
                    });
                }
            }
            Err(error) => {
                if self.attempts.remove(key).is_none() {
                    return;
                }
                self.facts.push_back(match error {
                    LinkError::Invalid(detail) => Fact::Failed {
                        id: message.id,
                        detail,
                    },
                    LinkError::NotConnected => Fact::Again {
                        id: message.id,
                        pause: Duration::ZERO,
                        detail: "connection_lost".to_owned(),
                        failure: false,
                    },
                    // A line that answers no more is lost before long.
                    LinkError::Timeout => Fact::Again {
                        id: message.id,
                        pause: retry_pause(message.attempts),
                        detail: "send_timeout".to_owned(),
                        failure: false,
                    },
                    other if message.failures + 1 >= FAILURES => Fact::Failed {
                        id: message.id,
                        detail: format!("send_failed: {other}"),
                    },
                    other => Fact::Again {
                        id: message.id,
                        pause: retry_pause(message.failures + 1),
                        detail: format!("send_failed: {other}"),
                        failure: true,
                    },
                });
            }
        }
    }

    /// The link is gone: what was under way is queued again, under the same ids.
    pub async fn link_lost(&mut self) {
        self.handing.abort_all();
        for (_, attempt) in self.attempts.drain() {
            self.facts.push_back(Fact::Again {
                id: attempt.id,
                pause: Duration::ZERO,
                detail: "connection_lost".to_owned(),
                failure: false,
            });
        }
        self.write_down().await;
    }

    /// Queue again what is not really under way.
    async fn recover(&mut self) -> sqlx::Result<()> {
        let mut tx = self.outbox.db.begin().await?;
        let mut recorded = Vec::new();
        for message in store::under_way(&mut tx, self.account).await? {
            if !self.attempts.contains_key(&message.whatsapp_message_id) {
                let queued = MessageStatus::Queued;
                let again = self
                    .outbox
                    .advance(&mut tx, &message, queued, Some("interrupted"));
                recorded.extend(again.await?);
            }
        }
        tx.commit().await?;
        self.publish(recorded);
        Ok(())
    }

    /// Write down what happened, and, while there is a link that is ready, hand
    /// over what is due.
    pub async fn pump(&mut self, link: Option<&Arc<dyn Link>>) {
        self.look_at = None;
        self.chase();
        if !self.write_down().await {
            return;
        }
        let Some(link) = link else { return };
        match self.next_to_send().await {
            Ok(claimed) => {
                for message in claimed {
                    self.hand_over(link.clone(), message);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Messages could not be claimed; trying again.");
                self.look_at = Some(Instant::now() + DATABASE_PAUSE);
            }
        }
    }

    /// What WhatsApp did not acknowledge in time is sent again.
    fn chase(&mut self) {
        let now = Instant::now();
        let facts = &mut self.facts;
        self.attempts.retain(|_, attempt| {
            let overdue = attempt.overdue.is_some_and(|at| at <= now);
            if overdue {
                facts.push_back(Fact::Again {
                    id: attempt.id,
                    pause: Duration::ZERO,
                    detail: "ack_timeout".to_owned(),
                    failure: false,
                });
            }
            !overdue
        });
    }

    fn hand_over(&mut self, link: Arc<dyn Link>, message: Message) {
        self.attempts.insert(
            message.whatsapp_message_id.clone(),
            Attempt {
                id: message.id,
                begun: Instant::now(),
                overdue: None,
            },
        );
        self.handing.spawn(async move {
            let sent = async {
                let outgoing = content::outgoing(&message.content)
                    .ok_or_else(|| LinkError::Invalid("unknown_type".to_owned()))?;
                link.send(&message.to.jid, &message.whatsapp_message_id, outgoing)
                    .await
            };
            let result = match timeout(SEND_TIMEOUT, sent).await {
                Ok(Ok(())) if message.to.lid.is_none() || message.to.phone_number.is_none() => {
                    Ok(link.person(&message.to.jid).await)
                }
                Ok(Ok(())) => Ok(None),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(LinkError::Timeout),
            };
            Handed { message, result }
        });
    }

    async fn next_to_send(&mut self) -> sqlx::Result<Vec<Message>> {
        if self.unsure {
            self.recover().await?;
        }
        let claimed = self.claim().await;
        self.unsure = claimed.is_err();
        claimed
    }

    /// Claim what is due, within the limits, as many as may be under way. The
    /// claim is committed before anything leaves.
    async fn claim(&mut self) -> sqlx::Result<Vec<Message>> {
        let room = UNDER_WAY.saturating_sub(self.attempts.len());
        // Looking first is cheap; a transaction would keep other writers out.
        let next = store::next_due_at(&mut *self.outbox.db.read().await?, self.account).await?;
        let now = self.outbox.clock.now();
        match next {
            Some(due) if due <= now && room > 0 => {}
            Some(due) => {
                if due > now {
                    self.look_at = Some(Instant::now() + until(now, due));
                }
                return Ok(Vec::new());
            }
            None => return Ok(Vec::new()),
        }

        let mut claimed = Vec::new();
        let mut recorded = Vec::new();
        let mut session_waits = None;
        let mut tx = self.outbox.db.begin().await?;
        let kind = self.outbox.db.kind();
        store::lock_user(&mut tx, kind, self.user).await?;
        store::lock_account(&mut tx, kind, self.account).await?;
        if store::is_paused(&mut tx, self.account).await? {
            return Ok(Vec::new());
        }
        line::wake(&mut tx, self.account, now).await?;
        while claimed.len() < room {
            let now = self.outbox.clock.now();
            let Some(mut message) = store::next_due(&mut tx, self.account, now).await? else {
                break;
            };
            if message.is_over(now) {
                let failed = MessageStatus::Failed;
                let moved = self
                    .outbox
                    .advance(&mut tx, &message, failed, Some(EXPIRED));
                recorded.extend(moved.await?);
                continue;
            }
            if let Some(wait) = limits::check(&mut tx, &self.outbox.limits, &message, now).await? {
                let chat_only = wait.is_for_chat();
                store::wait(&mut tx, message.id, wait.until, wait.waits_for, chat_only).await?;
                if chat_only {
                    continue;
                }
                session_waits = Some(wait.until);
                break;
            }
            store::begin_attempt(&mut tx, message.id).await?;
            if message.attempts == 0 {
                limits::log_send(&mut tx, &message, now).await?;
            }
            message.attempts += 1;
            recorded.extend(
                self.outbox
                    .advance(&mut tx, &message, MessageStatus::Sending, None)
                    .await?,
            );
            claimed.push(message);
        }
        let next = store::next_due_at(&mut tx, self.account).await?;
        tx.commit().await?;
        self.publish(recorded);
        let look = session_waits.or(next);
        if claimed.len() < room
            && let Some(look) = look
        {
            self.look_at = Some(Instant::now() + until(self.outbox.clock.now(), look));
        }
        Ok(claimed)
    }

    /// Write every waiting fact down, all in one transaction, oldest first.
    /// `false`: the database failed, and they wait for the next time.
    pub async fn write_down(&mut self) -> bool {
        if self.facts.is_empty() {
            return true;
        }
        match facts::write(&self.outbox, self.account, &self.facts).await {
            Ok(recorded) => {
                self.facts.clear();
                self.publish(recorded);
                true
            }
            Err(error) => {
                tracing::warn!(%error, facts = self.facts.len(), "What became of messages could not be written down; trying again.");
                self.look_at = Some(Instant::now() + DATABASE_PAUSE);
                false
            }
        }
    }

    fn publish(&self, recorded: Vec<Recorded>) {
        for event in recorded {
            self.outbox.bus.publish(event);
        }
    }
}

/// Pause after so many failures: 5 s doubling to 5 min.
fn retry_pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 7) - 1).unwrap_or_default();
    Duration::from_secs(5)
        .saturating_mul(1 << doublings)
        .min(Duration::from_secs(300))
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    // A timer that fires a little late never looks a little early.
    (at - now).to_std().unwrap_or_default() + Duration::from_millis(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_attempts_doubles_from_five_seconds_to_five_minutes() {
        let seconds: Vec<u64> = (1..=8).map(|n| retry_pause(n).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 300, 300]);
    }
}
