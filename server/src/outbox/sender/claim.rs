//! Claiming what is due.

use super::Sender;
use crate::outbox::{
    limits, line,
    model::Message,
    numbers::{self, NOT_ON_WHATSAPP, Verdict},
    service::EXPIRED,
    settings, store, timelock,
};
use std::time::Duration;
use tokio::time::Instant;
use whahook_contract::{
    Timestamp,
    message::{MessageStatus, WaitsFor},
};

/// A message that is to leave now.
pub struct Claimed {
    pub message: Message,
    /// Whether its recipient is there, is to be asked first.
    pub to_check: bool,
}

impl Sender {
    /// Claim what is due, within the limits, as many as may be under way. The
    /// claim is committed before anything leaves.
    pub(super) async fn claim(&mut self) -> sqlx::Result<Vec<Claimed>> {
        let mut room = self.room();
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
        let standing = settings::standing(&mut tx, self.account).await?;
        if standing.paused_at.is_some() {
            return Ok(Vec::new());
        }
        let own = standing.settings.over(&self.outbox.limits);
        self.as_a_person = own.human_pacing;
        if self.as_a_person {
            let pause = self.pauses_until.filter(|until| *until > Instant::now());
            // An ack may be faster than the task that handed over; the pause
            // begins with the latter.
            let is_handing = !(self.attempts.is_empty() && self.handing.is_empty());
            if pause.is_some() || is_handing {
                self.look_at = pause;
                return Ok(Vec::new());
            }
            room = 1;
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
            let mut to_check = false;
            if let Some(number) = numbers::to_check(&message.to) {
                match numbers::look_up(&mut tx, self.user, number, now).await? {
                    Verdict::Unknown => to_check = true,
                    Verdict::Registered {
                        lid,
                        known_as: Some(number),
                    } => {
                        // Accepted while WhatsApp was asked.
                        let to = numbers::recipient_of(number, lid);
                        line::join(&mut tx, self.account, &message.to.jid, &to).await?;
                        continue;
                    }
                    Verdict::Registered { lid: None, .. } => {}
                    Verdict::Registered { lid, .. } => {
                        store::set_person(&mut tx, message.id, None, lid.as_deref()).await?;
                        message.to.lid = lid;
                    }
                    Verdict::Unregistered => {
                        let failed = MessageStatus::Failed;
                        let moved =
                            self.outbox
                                .advance(&mut tx, &message, failed, Some(NOT_ON_WHATSAPP));
                        recorded.extend(moved.await?);
                        continue;
                    }
                }
            }
            if let Some(lock) = standing.locked(now)
                && timelock::concerns(&message.to)
                && !timelock::is_known(&mut tx, self.account, &message.to).await?
            {
                let why = WaitsFor::ReachOutTimelock;
                store::wait(&mut tx, message.id, lock.until, why, true).await?;
                continue;
            }
            let limits = &self.outbox.limits;
            if let Some(wait) = limits::check(&mut tx, limits, &own, &message, now).await? {
                let chat_only = wait.is_for_chat();
                store::wait(&mut tx, message.id, wait.until, wait.waits_for, chat_only).await?;
                if chat_only {
                    continue;
                }
                session_waits = Some(wait.until);
                break;
            }
            store::begin_attempt(&mut tx, message.id).await?;
            limits::log_send(&mut tx, &message, now).await?;
            message.attempts += 1;
            recorded.extend(
                self.outbox
                    .advance(&mut tx, &message, MessageStatus::Sending, None)
                    .await?,
            );
            claimed.push(Claimed { message, to_check });
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
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    // A timer that fires a little late never looks a little early.
    (at - now).to_std().unwrap_or_default() + Duration::from_millis(2)
}
