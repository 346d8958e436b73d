//! How what became of messages is written down: those concerned are read in one
//! statement, and written in a few once it is known where each got to.

use super::{Fact, TIMELOCK};
use crate::{
    events::Recorded,
    outbox::{
        limits, line,
        model::Message,
        moves::Moves,
        numbers::{self, NOT_ON_WHATSAPP, Said},
        receipts, rejections,
        sender::failure::{retry_pause, tries_again},
        service::Outbox,
        settings, store, timelock,
    },
    platform::{clock::later, db::Conn},
};
use std::{
    collections::{HashMap, VecDeque},
    mem,
    time::Duration,
};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
    message::{MessageStatus, Recipient, WaitsFor},
};

/// Write facts down, all in one transaction, oldest first.
///
/// # Errors
/// The database failed.
pub async fn write(
    outbox: &Outbox,
    tx: &mut Conn,
    user: UserId,
    account: AccountId,
    facts: &VecDeque<Fact>,
) -> sqlx::Result<Vec<Recorded>> {
    let now = outbox.clock.now();
    let mut writer = Writer {
        outbox,
        user,
        account,
        now,
        known: Known::read(tx, account, facts).await?,
        moves: Moves::new(now, account),
        recorded: Vec::new(),
    };
    for fact in acknowledged_first(facts) {
        writer.write(tx, fact).await?;
    }
    writer.flush(tx).await?;
    Ok(writer.recorded)
}

/// The client tells of stanzas as they are read, and does so side by side: that a
/// message arrived may come before that WhatsApp has it.
fn acknowledged_first(facts: &VecDeque<Fact>) -> impl Iterator<Item = &Fact> {
    let acknowledged = |fact: &&Fact| matches!(fact, Fact::Acked { error: None, .. });
    let rest = facts.iter().filter(move |fact| !acknowledged(fact));
    facts.iter().filter(acknowledged).chain(rest)
}

/// The messages that facts are about, as they are after those written so far.
struct Known {
    messages: HashMap<MessageId, Message>,
    by_whatsapp_id: HashMap<String, MessageId>,
}

impl Known {
    async fn read(tx: &mut Conn, account: AccountId, facts: &VecDeque<Fact>) -> sqlx::Result<Self> {
        let mut whatsapp_ids: Vec<&str> = Vec::new();
        let mut ids = Vec::new();
        for fact in facts {
            match fact {
                Fact::Acked {
                    whatsapp_message_id,
                    ..
                } => whatsapp_ids.push(whatsapp_message_id),
                Fact::Received {
                    whatsapp_message_ids,
                    ..
                } => whatsapp_ids.extend(whatsapp_message_ids.iter().map(String::as_str)),
                Fact::Known { id, .. }
                | Fact::ToGroup { id, .. }
                | Fact::Again { id, .. }
                | Fact::Failed { id, .. }
                | Fact::Respelled { id, .. }
                | Fact::NoRecipient { id } => ids.push(*id),
                Fact::Checked { .. } | Fact::Locked { .. } | Fact::Wrote { .. } => {}
            }
        }
        whatsapp_ids.sort_unstable();
        whatsapp_ids.dedup();
        ids.sort_unstable();
        ids.dedup();
        let mut messages = store::find_by_whatsapp_ids(tx, account, &whatsapp_ids).await?;
        messages.extend(store::find_all(tx, &ids).await?);
        let by_whatsapp_id = messages
            .iter()
            .map(|message| (message.whatsapp_message_id.clone(), message.id))
            .collect();
        let messages = messages.into_iter().map(|it| (it.id, it)).collect();
        Ok(Self {
            messages,
            by_whatsapp_id,
        })
    }

    fn of(&mut self, id: MessageId) -> Option<&mut Message> {
        self.messages.get_mut(&id)
    }

    fn of_whatsapp(&mut self, id: &str) -> Option<&mut Message> {
        let id = self.by_whatsapp_id.get(id)?;
        self.messages.get_mut(id)
    }
}

struct Writer<'a> {
    outbox: &'a Outbox,
    user: UserId,
    account: AccountId,
    now: Timestamp,
    known: Known,
    moves: Moves,
    recorded: Vec<Recorded>,
}

impl Writer<'_> {
    async fn flush(&mut self, tx: &mut Conn) -> sqlx::Result<()> {
        self.recorded
            .extend(self.moves.write(tx, &self.outbox.ids).await?);
        Ok(())
    }

    async fn write(&mut self, tx: &mut Conn, fact: &Fact) -> sqlx::Result<()> {
        let now = self.now;
        match fact {
            Fact::Acked {
                whatsapp_message_id,
                error,
            } => {
                self.acked(tx, whatsapp_message_id, error.as_deref())
                    .await?;
            }
            Fact::Received {
                whatsapp_message_ids,
                kind,
                by,
            } => {
                for id in whatsapp_message_ids {
                    if let Some(message) = self.known.of_whatsapp(id) {
                        receipts::take(tx, &mut self.moves, message, *kind, by, now).await?;
                    }
                }
            }
            Fact::ToGroup { id, others } => {
                receipts::set_members(tx, *id, *others).await?;
                // Receipts may have been faster.
                if let Some(message) = self.known.of(*id) {
                    receipts::settle(tx, &mut self.moves, message).await?;
                }
            }
            Fact::Known { id, person } => {
                let (number, lid) = (person.phone_number.as_deref(), person.lid.as_deref());
                numbers::set_person(tx, *id, number, lid).await?;
                if let Some(message) = self.known.of(*id) {
                    let to = &mut message.to;
                    to.phone_number = to.phone_number.take().or(person.phone_number.clone());
                    to.lid = to.lid.take().or(person.lid.clone());
                }
                if let (Some(number), Some(lid)) = (number, lid) {
                    // It is on its way there, so the number is on WhatsApp.
                    let said = Said {
                        registered: true,
                        lid: Some(lid),
                        known_as: None,
                        at: now,
                    };
                    numbers::learn(tx, self.user, number, &said).await?;
                    if line::is_in_use(tx, self.account, lid).await? {
                        let to = numbers::recipient_of(number.to_owned(), Some(lid.to_owned()));
                        self.join(tx, lid, &to).await?;
                    }
                }
            }
            Fact::Again {
                id,
                pause,
                detail,
                failure,
            } => {
                let until = (!pause.is_zero()).then(|| later(now, *pause));
                let wait = until.map(|until| (until, WaitsFor::Retry));
                if let Some(message) = self.known.of(*id) {
                    again(tx, &mut self.moves, message, detail, *failure, wait).await?;
                }
            }
            Fact::Checked { answer } => {
                numbers::learn_answer(tx, self.user, answer, now).await?;
            }
            Fact::Respelled { id, to } => self.respelled(tx, *id, to).await?,
            Fact::NoRecipient { id } => {
                self.fail(*id, NOT_ON_WHATSAPP);
                limits::forget_send(tx, *id).await?;
            }
            Fact::Locked { until } => {
                // Its number comes after theirs.
                self.flush(tx).await?;
                let locked = self.outbox.lock_reach_out(tx, self.account, *until);
                self.recorded.extend(locked.await?);
            }
            Fact::Wrote { person } => timelock::meet(tx, self.account, person).await?,
            Fact::Failed { id, detail } => self.fail(*id, detail),
        }
        Ok(())
    }

    async fn acked(&mut self, tx: &mut Conn, id: &str, error: Option<&str>) -> sqlx::Result<()> {
        let Some(message) = self.known.of_whatsapp(id) else {
            return Ok(());
        };
        let moves = &mut self.moves;
        match error {
            None => {
                moves.advance(message, MessageStatus::Sent, None);
            }
            Some(TIMELOCK) => timelocked(tx, moves, message, self.now).await?,
            Some(number) if rejections::passes(number) && tries_again(message) => {
                let until = later(self.now, retry_pause(message.failures + 1));
                let wait = Some((until, WaitsFor::Retry));
                again(tx, moves, message, &rejections::code(number), true, wait).await?;
            }
            Some(number) => {
                let code = rejections::code(number);
                moves.advance(message, MessageStatus::Failed, Some(&code));
            }
        }
        Ok(())
    }

    fn fail(&mut self, id: MessageId, detail: &str) {
        if let Some(message) = self.known.of(id) {
            let failed = MessageStatus::Failed;
            self.moves.advance(message, failed, Some(detail));
        }
    }

    /// What a chat has to do with its number's other spelling is in one line from
    /// here on.
    async fn respelled(
        &mut self,
        tx: &mut Conn,
        id: MessageId,
        to: &Recipient,
    ) -> sqlx::Result<()> {
        let Some(message) = self.known.of(id) else {
            return Ok(());
        };
        let before = mem::replace(&mut message.to, to.clone()).jid;
        let why = "number_spelled_otherwise";
        again(tx, &mut self.moves, message, why, false, None).await?;
        self.join(tx, &before, to).await
    }

    /// Two chats turned out to be one.
    async fn join(&mut self, tx: &mut Conn, chat: &str, to: &Recipient) -> sqlx::Result<()> {
        // Lines are joined as they are then.
        self.flush(tx).await?;
        line::join(tx, self.account, chat, to).await?;
        for other in self.known.messages.values_mut() {
            if other.to.jid == chat {
                other.to = to.clone();
            }
        }
        Ok(())
    }
}

/// Queue a message again, unless it is further along: it waits until then, and
/// its chat with it.
async fn again(
    tx: &mut Conn,
    moves: &mut Moves,
    message: &mut Message,
    detail: &str,
    failure: bool,
    wait: Option<(Timestamp, WaitsFor)>,
) -> sqlx::Result<()> {
    if !moves.advance(message, MessageStatus::Queued, Some(detail)) {
        return Ok(());
    }
    if failure {
        message.failures += 1;
        store::count_failure(tx, message.id).await?;
    }
    if let Some((until, why)) = wait {
        store::wait(tx, message.id, until, why, true).await?;
    }
    Ok(())
}

/// The account wrote first to strangers too often: the message waits, and its
/// chat with it.
async fn timelocked(
    tx: &mut Conn,
    moves: &mut Moves,
    message: &mut Message,
    now: Timestamp,
) -> sqlx::Result<()> {
    let standing = settings::standing(tx, message.account).await?;
    let until = match standing.locked(now) {
        Some(lock) => lock.until,
        // Until WhatsApp has told.
        None => later(now, timelock_pause(message.failures)),
    };
    let why = WaitsFor::ReachOutTimelock;
    again(tx, moves, message, why.code(), true, Some((until, why))).await
}

/// Pause after a time lock, with so many failures before: an hour doubling to a
/// day.
fn timelock_pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 5)).unwrap_or_default();
    Duration::from_secs(3_600 * (1 << doublings).min(24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_whatsapp::port::{Person, Receipt, Receiver};

    #[test]
    fn a_message_is_sent_before_it_is_delivered_in_whatever_order_that_is_heard() {
        let acked = |error: Option<&str>| Fact::Acked {
            whatsapp_message_id: "3EB0".to_owned(),
            error: error.map(ToOwned::to_owned),
        };
        let received = Fact::Received {
            whatsapp_message_ids: vec!["3EB0".to_owned()],
            kind: Receipt::Delivered,
            by: Receiver {
                person: Person::default(),
                device: 0,
            },
        };
        let facts = VecDeque::from([acked(Some(TIMELOCK)), received, acked(None)]);
        let order = acknowledged_first(&facts).map(|fact| match fact {
            Fact::Acked { error: None, .. } => "sent",
            Fact::Acked { .. } => "refused",
            _ => "delivered",
        });
        assert_eq!(order.collect::<Vec<_>>(), ["sent", "refused", "delivered"]);
    }

    #[test]
    fn a_time_lock_is_waited_for_from_an_hour_to_a_day() {
        let hours: Vec<u64> = (0..7)
            .map(|n| timelock_pause(n).as_secs() / 3_600)
            .collect();
        assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24]);
    }
}
