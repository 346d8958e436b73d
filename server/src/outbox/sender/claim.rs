//! Claiming what is due.

use super::{PLENTY, Sender};
use crate::{
    events::Recorded,
    outbox::{
        facts, limits, line,
        model::Message,
        moves::Moves,
        numbers::{self, NOT_ON_WHATSAPP, Verdict},
        service::{EXPIRED, EXPIRED_AFTER_ATTEMPT},
        settings::{self, Standing},
        store, timelock,
    },
    platform::db::Conn,
    users,
};
use std::time::Duration;
use tokio::time::Instant;
use whahook_contract::{
    Timestamp,
    limits::AppliedSettings,
    message::{MessageStatus, Recipient, WaitsFor},
};

/// A message that is to leave now.
pub struct Claimed {
    pub message: Message,
    /// Whether its recipient is there, is to be asked first.
    pub to_check: bool,
}

/// What is written down together.
struct Round {
    moves: Moves,
    /// What goes for the first time, and is not counted for the limits yet.
    going: Vec<Message>,
}

/// What comes of a message that is due.
enum Judged {
    Goes(Box<Claimed>),
    /// It waits, or failed.
    Stays,
    /// WhatsApp knows the chat by another number: its line joins that one's.
    Joins {
        from: String,
        to: Recipient,
    },
    /// It waits until then, and all others of the account with it.
    AllWait(Timestamp),
}

impl Sender {
    /// Claim what is due, within the limits, as many as may be under way, and
    /// write down what happened meanwhile. All of it is committed before anything
    /// leaves.
    pub(super) async fn claim(&mut self) -> sqlx::Result<Vec<Claimed>> {
        let wait = self.facts_wait_until();
        let is_plenty = wait.is_some() && self.attempts.len() >= PLENTY;
        let may_wait = self.facts.is_empty() || wait.is_some();
        if may_wait && (is_plenty || !self.is_any_due().await?) {
            self.look_at = self.look_at.into_iter().chain(wait).min();
            return Ok(Vec::new());
        }
        let outbox = self.outbox.clone();
        let mut tx = outbox.db.begin_in_background().await?;
        // In this order everywhere.
        if outbox.limits.enabled {
            users::lock(&mut tx, outbox.db.kind(), self.user).await?;
        }
        store::lock_account(&mut tx, outbox.db.kind(), self.account).await?;
        let mut recorded =
            facts::write(&outbox, &mut tx, self.user, self.account, &self.facts).await?;
        let claimed = self.claim_within(&mut tx, &mut recorded).await?;
        tx.commit().await?;
        self.facts.clear();
        self.facts_since = None;
        outbox.publish(recorded);
        Ok(claimed)
    }

    /// Looking first is cheap; a transaction would keep other writers out.
    async fn is_any_due(&mut self) -> sqlx::Result<bool> {
        if self.room() == 0 {
            return Ok(false);
        }
        let mut conn = self.outbox.db.glance().await?;
        let next = store::next(&mut conn, self.account).await?;
        Ok(self.is_due(next.at()))
    }

    /// Whether the next message is due; else it is looked at when it is.
    fn is_due(&mut self, next: Option<Timestamp>) -> bool {
        let now = self.outbox.clock.now();
        let later = next.filter(|next| *next > now);
        self.look_at = later.map(|next| Instant::now() + until(now, next));
        next.is_some_and(|next| next <= now)
    }

    async fn claim_within(
        &mut self,
        tx: &mut Conn,
        recorded: &mut Vec<Recorded>,
    ) -> sqlx::Result<Vec<Claimed>> {
        let mut claimed = Vec::new();
        let mut room = self.room();
        if room == 0 {
            return Ok(claimed);
        }
        let mut next = store::next(tx, self.account).await?;
        if !self.is_due(next.at()) {
            return Ok(claimed);
        }
        let standing = settings::standing(tx, self.account).await?;
        if standing.paused_at.is_some() {
            return Ok(claimed);
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
                return Ok(claimed);
            }
            room = 1;
        }
        loop {
            let now = self.outbox.clock.now();
            if next.asleep.is_some_and(|at| at <= now) {
                line::wake(tx, self.account, now).await?;
                next = store::next(tx, self.account).await?;
            }
            let mut round = Round {
                moves: Moves::new(now, self.account),
                going: Vec::new(),
            };
            let wanted = room - claimed.len();
            let mut joins = None;
            let mut all_wait = false;
            for message in store::due(tx, self.account, &next, now, wanted).await? {
                let judged = self.judge(tx, &mut round, message, &standing, &own);
                match judged.await? {
                    Judged::Goes(message) => claimed.push(*message),
                    Judged::Stays => {}
                    Judged::Joins { from, to } => {
                        // Who is first in that line is not who was.
                        joins = Some((from, to));
                        break;
                    }
                    Judged::AllWait(at) => {
                        self.look_at = Some(Instant::now() + until(now, at));
                        all_wait = true;
                        break;
                    }
                }
            }
            limits::log_sends(tx, &round.going, now).await?;
            recorded.extend(round.moves.write(tx, &self.outbox.ids).await?);
            if let Some((from, to)) = joins {
                line::join(tx, self.account, &from, &to).await?;
            }
            if all_wait || claimed.len() >= room {
                return Ok(claimed);
            }
            // Behind those that do not go there may be others that do.
            next = store::next(tx, self.account).await?;
            if !self.is_due(next.at()) {
                return Ok(claimed);
            }
        }
    }

    /// Whether a message that is due goes now.
    async fn judge(
        &self,
        tx: &mut Conn,
        round: &mut Round,
        mut message: Message,
        standing: &Standing,
        own: &AppliedSettings,
    ) -> sqlx::Result<Judged> {
        let now = self.outbox.clock.now();
        let failed = MessageStatus::Failed;
        if message.is_over(now) {
            let why = message.end(EXPIRED, EXPIRED_AFTER_ATTEMPT);
            round.moves.advance(&mut message, failed, Some(why));
            return Ok(Judged::Stays);
        }
        let mut to_check = false;
        if message.to.jid.ends_with("@lid") {
            let from = message.to.jid.clone();
            numbers::complete(tx, self.user, &mut message.to, now).await?;
            if message.to.jid != from {
                let to = message.to;
                return Ok(Judged::Joins { from, to });
            }
        }
        if let Some(number) = numbers::to_check(&message.to) {
            match numbers::look_up(tx, self.user, number, now).await? {
                Verdict::Unknown => to_check = true,
                Verdict::Registered {
                    lid,
                    known_as: Some(number),
                } => {
                    // Accepted while WhatsApp was asked.
                    let from = message.to.jid;
                    let to = numbers::recipient_of(number, lid);
                    return Ok(Judged::Joins { from, to });
                }
                Verdict::Registered { lid: None, .. } => {}
                Verdict::Registered { lid, .. } => {
                    numbers::set_person(tx, message.id, None, lid.as_deref()).await?;
                    message.to.lid = lid;
                }
                Verdict::Unregistered => {
                    let moves = &mut round.moves;
                    moves.advance(&mut message, failed, Some(NOT_ON_WHATSAPP));
                    return Ok(Judged::Stays);
                }
            }
        }
        if let Some(lock) = standing.locked(now)
            && timelock::concerns(&message.to)
            && !timelock::is_known(tx, self.account, &message.to).await?
        {
            let why = WaitsFor::ReachOutTimelock;
            store::wait(tx, message.id, lock.until, why, true).await?;
            return Ok(Judged::Stays);
        }
        let limits = &self.outbox.limits;
        let wait = limits::check(tx, limits, own, &message, &round.going, now);
        if let Some(wait) = wait.await? {
            let chat_only = wait.is_for_chat();
            store::wait(tx, message.id, wait.until, wait.waits_for, chat_only).await?;
            return Ok(match chat_only {
                true => Judged::Stays,
                false => Judged::AllWait(wait.until),
            });
        }
        if message.attempts == 0 {
            round.going.push(message.clone());
        } else {
            // It may be counted already: once is enough.
            limits::log_sends(tx, std::slice::from_ref(&message), now).await?;
        }
        let moves = &mut round.moves;
        moves.advance(&mut message, MessageStatus::Sending, None);
        Ok(Judged::Goes(Box::new(Claimed { message, to_check })))
    }
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    // A timer that fires a little late never looks a little early.
    (at - now).to_std().unwrap_or_default() + Duration::from_millis(2)
}
