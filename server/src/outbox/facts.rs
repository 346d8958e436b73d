//! What became of messages on their way, and how it is written down.

use super::{
    limits, line,
    model::Message,
    numbers::{self, NOT_ON_WHATSAPP, Said},
    receipts, rejections,
    sender::failure::{retry_pause, tries_again},
    service::Outbox,
    settings, store, timelock,
};
use crate::{
    conversations,
    events::Recorded,
    platform::{clock::later, db::Conn},
};
use std::{collections::VecDeque, time::Duration};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
    message::{MessageStatus, Recipient, WaitsFor},
};
use whahook_whatsapp::port::{Existence, Person, Receipt, Receiver};

/// What became of an attempt, waiting to be written down.
pub enum Fact {
    Acked {
        whatsapp_message_id: String,
        error: Option<String>,
    },
    Received {
        whatsapp_message_ids: Vec<String>,
        kind: Receipt,
        by: Receiver,
    },
    /// On the wire; what was learnt of the recipient meanwhile.
    Known {
        id: MessageId,
        person: Person,
    },
    /// On the wire to a group of so many others.
    ToGroup {
        id: MessageId,
        others: usize,
    },
    /// The attempt came to nothing; another follows after the pause.
    Again {
        id: MessageId,
        pause: Duration,
        detail: String,
        /// For the message's own sake, and not for want of a connection.
        failure: bool,
    },
    Failed {
        id: MessageId,
        detail: String,
    },
    /// WhatsApp said whether a number is on it.
    Checked {
        answer: Existence,
    },
    /// The recipient is not on WhatsApp: the message never left.
    NoRecipient {
        id: MessageId,
    },
    /// WhatsApp knows the recipient's number by another spelling: the message
    /// takes its place in that chat.
    Respelled {
        id: MessageId,
        to: Recipient,
    },
    /// WhatsApp said until when the account may not write to strangers.
    Locked {
        until: Timestamp,
    },
    /// Somebody wrote to the account.
    Wrote {
        person: Person,
    },
}

/// WhatsApp's code for writing first to strangers too often.
pub const TIMELOCK: &str = "463";

/// Write facts down, all in one transaction, oldest first.
pub async fn write(
    outbox: &Outbox,
    user: UserId,
    account: AccountId,
    facts: &VecDeque<Fact>,
) -> sqlx::Result<Vec<Recorded>> {
    let mut recorded = Vec::new();
    // What has left the queue for its conversation.
    let mut out: Vec<Message> = Vec::new();
    let mut tx = outbox.db.begin().await?;
    for fact in facts {
        match fact {
            Fact::Acked {
                whatsapp_message_id,
                error,
            } => {
                let found = store::find_by_whatsapp_id(&mut tx, account, whatsapp_message_id);
                let Some(message) = found.await? else {
                    continue;
                };
                if error.as_deref() == Some(TIMELOCK) {
                    recorded.extend(timelocked(outbox, &mut tx, &message).await?);
                    continue;
                }
                let (status, detail) = match error {
                    None => (MessageStatus::Sent, None),
                    Some(number) if rejections::passes(number) && tries_again(&message) => {
                        recorded.extend(refused_for_now(outbox, &mut tx, &message, number).await?);
                        continue;
                    }
                    Some(number) => (MessageStatus::Failed, Some(rejections::code(number))),
                };
                let moved = outbox.advance(&mut tx, &message, status, detail.as_deref());
                if let Some(moved) = moved.await? {
                    recorded.push(moved);
                    out.push(Message { status, ..message });
                }
            }
            Fact::Received {
                whatsapp_message_ids,
                kind,
                by,
            } => {
                for id in whatsapp_message_ids {
                    let found = store::find_by_whatsapp_id(&mut tx, account, id);
                    if let Some(message) = found.await? {
                        let moved = receipts::take(outbox, &mut tx, &message, *kind, by).await?;
                        // It may be faster than the acknowledgement.
                        if message.status == MessageStatus::Sending && moved.is_some() {
                            out.push(Message {
                                status: MessageStatus::Delivered,
                                ..message
                            });
                        }
                        recorded.extend(moved);
                    }
                }
            }
            Fact::ToGroup { id, others } => {
                receipts::set_members(&mut tx, *id, *others).await?;
                // Receipts may have been faster.
                if let Some(message) = store::find(&mut tx, *id).await? {
                    recorded.extend(receipts::settle(outbox, &mut tx, &message).await?);
                }
            }
            Fact::Known { id, person } => {
                let (number, lid) = (person.phone_number.as_deref(), person.lid.as_deref());
                store::set_person(&mut tx, *id, number, lid).await?;
                if let (Some(number), Some(lid)) = (number, lid) {
                    // It is on its way there, so the number is on WhatsApp.
                    let said = Said {
                        registered: true,
                        lid: Some(lid),
                        known_as: None,
                        at: outbox.clock.now(),
                    };
                    numbers::learn(&mut tx, user, number, &said).await?;
                }
            }
            Fact::Again {
                id,
                pause,
                detail,
                failure,
            } => {
                let Some(message) = store::find(&mut tx, *id).await? else {
                    continue;
                };
                let until = (!pause.is_zero()).then(|| later(outbox.clock.now(), *pause));
                let wait = until.map(|until| (until, WaitsFor::Retry));
                let moved = again(outbox, &mut tx, &message, detail, *failure, wait);
                recorded.extend(moved.await?);
            }
            Fact::Checked { answer } => {
                numbers::learn_answer(&mut tx, user, answer, outbox.clock.now()).await?;
            }
            Fact::Respelled { id, to } => {
                recorded.extend(respelled(outbox, &mut tx, *id, to).await?);
            }
            Fact::NoRecipient { id } => {
                recorded.extend(fail(outbox, &mut tx, *id, NOT_ON_WHATSAPP, &mut out).await?);
                limits::forget_send(&mut tx, *id).await?;
            }
            Fact::Locked { until } => {
                recorded.extend(outbox.lock_reach_out(&mut tx, account, *until).await?);
            }
            Fact::Wrote { person } => timelock::meet(&mut tx, account, person).await?,
            Fact::Failed { id, detail } => {
                recorded.extend(fail(outbox, &mut tx, *id, detail, &mut out).await?);
            }
        }
    }
    let now = outbox.clock.now();
    conversations::left_the_queue(&mut tx, &outbox.ids, &out, now).await?;
    tx.commit().await?;
    Ok(recorded)
}

async fn fail(
    outbox: &Outbox,
    tx: &mut Conn,
    id: MessageId,
    detail: &str,
    out: &mut Vec<Message>,
) -> sqlx::Result<Option<Recorded>> {
    let Some(message) = store::find(tx, id).await? else {
        return Ok(None);
    };
    let status = MessageStatus::Failed;
    let moved = outbox.advance(tx, &message, status, Some(detail)).await?;
    if moved.is_some() {
        out.push(Message { status, ..message });
    }
    Ok(moved)
}

/// What a chat has to do with its number's other spelling is in one line from
/// here on.
async fn respelled(
    outbox: &Outbox,
    tx: &mut Conn,
    id: MessageId,
    to: &Recipient,
) -> sqlx::Result<Option<Recorded>> {
    let Some(mut message) = store::find(tx, id).await? else {
        return Ok(None);
    };
    let before = std::mem::replace(&mut message.to, to.clone());
    let moved = again(
        outbox,
        tx,
        &message,
        "number_spelled_otherwise",
        false,
        None,
    )
    .await?;
    line::join(tx, message.account, &before.jid, to).await?;
    Ok(moved)
}

/// Queue a message again, unless it is further along: it waits until then, and
/// its chat with it.
async fn again(
    outbox: &Outbox,
    tx: &mut Conn,
    message: &Message,
    detail: &str,
    failure: bool,
    wait: Option<(Timestamp, WaitsFor)>,
) -> sqlx::Result<Option<Recorded>> {
    let queued = MessageStatus::Queued;
    let moved = outbox.advance(tx, message, queued, Some(detail)).await?;
    if moved.is_some() {
        if failure {
            store::count_failure(tx, message.id).await?;
        }
        if let Some((until, why)) = wait {
            store::wait(tx, message.id, until, why, true).await?;
        }
    }
    Ok(moved)
}

/// The account wrote first to strangers too often: the message waits, and its
/// chat with it.
async fn timelocked(
    outbox: &Outbox,
    tx: &mut Conn,
    message: &Message,
) -> sqlx::Result<Option<Recorded>> {
    let now = outbox.clock.now();
    let standing = settings::standing(tx, message.account).await?;
    let until = match standing.locked(now) {
        Some(lock) => lock.until,
        // Until WhatsApp has told.
        None => later(now, timelock_pause(message.failures)),
    };
    let why = WaitsFor::ReachOutTimelock;
    again(outbox, tx, message, why.code(), true, Some((until, why))).await
}

/// Pause after a time lock, with so many failures before: an hour doubling to a
/// day.
fn timelock_pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 5)).unwrap_or_default();
    Duration::from_secs(3_600 * (1 << doublings).min(24))
}

/// Trouble of WhatsApp's own: the message waits, as after any failed attempt.
async fn refused_for_now(
    outbox: &Outbox,
    tx: &mut Conn,
    message: &Message,
    number: &str,
) -> sqlx::Result<Option<Recorded>> {
    let code = rejections::code(number);
    let until = later(outbox.clock.now(), retry_pause(message.failures + 1));
    let wait = Some((until, WaitsFor::Retry));
    again(outbox, tx, message, &code, true, wait).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lock_is_waited_for_from_an_hour_to_a_day() {
        let hours: Vec<u64> = (0..7)
            .map(|n| timelock_pause(n).as_secs() / 3_600)
            .collect();
        assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24]);
    }
}
