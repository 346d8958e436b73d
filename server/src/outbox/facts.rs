//! What became of messages on their way, and how it is written down.

use super::{service::Outbox, store};
use crate::{events::Recorded, platform::clock::later};
use std::{collections::VecDeque, time::Duration};
use whahook_contract::{
    ids::{AccountId, MessageId},
    message::{MessageStatus, WaitsFor},
};
use whahook_whatsapp::port::{Person, Receipt};

/// What became of an attempt, waiting to be written down.
pub enum Fact {
    Acked {
        whatsapp_message_id: String,
        error: Option<String>,
    },
    Received {
        whatsapp_message_ids: Vec<String>,
        kind: Receipt,
    },
    /// On the wire; what was learnt of the recipient meanwhile.
    Known {
        id: MessageId,
        person: Person,
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
}

/// Write facts down, all in one transaction, oldest first.
pub async fn write(
    outbox: &Outbox,
    account: AccountId,
    facts: &VecDeque<Fact>,
) -> sqlx::Result<Vec<Recorded>> {
    let mut recorded = Vec::new();
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
                let (status, detail) = match error {
                    None => (MessageStatus::Sent, None),
                    Some(code) => (MessageStatus::Failed, Some(rejection(code))),
                };
                let moved = outbox.advance(&mut tx, &message, status, detail.as_deref());
                recorded.extend(moved.await?);
            }
            Fact::Received {
                whatsapp_message_ids,
                kind,
            } => {
                let status = match kind {
                    Receipt::Delivered => MessageStatus::Delivered,
                    Receipt::Read => MessageStatus::Read,
                };
                for id in whatsapp_message_ids {
                    let found = store::find_by_whatsapp_id(&mut tx, account, id);
                    if let Some(message) = found.await? {
                        let moved = outbox.advance(&mut tx, &message, status, None);
                        recorded.extend(moved.await?);
                    }
                }
            }
            Fact::Known { id, person } => {
                let (number, lid) = (person.phone_number.as_deref(), person.lid.as_deref());
                store::set_person(&mut tx, *id, number, lid).await?;
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
                if *failure {
                    store::count_failure(&mut tx, *id).await?;
                }
                let queued = MessageStatus::Queued;
                let moved = outbox
                    .advance(&mut tx, &message, queued, Some(detail))
                    .await?;
                if moved.is_some() && !pause.is_zero() {
                    let at = later(outbox.clock.now(), *pause);
                    store::wait(&mut tx, *id, at, WaitsFor::Retry, true).await?;
                }
                recorded.extend(moved);
            }
            Fact::Failed { id, detail } => {
                let Some(message) = store::find(&mut tx, *id).await? else {
                    continue;
                };
                let failed = MessageStatus::Failed;
                recorded.extend(
                    outbox
                        .advance(&mut tx, &message, failed, Some(detail))
                        .await?,
                );
            }
        }
    }
    tx.commit().await?;
    Ok(recorded)
}

/// WhatsApp's refusal of a message as a stable code.
fn rejection(code: &str) -> String {
    match code {
        // Writing first to strangers too often.
        "463" => "reach_out_timelock".to_owned(),
        other => format!("rejected_{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_has_a_stable_code() {
        assert_eq!(rejection("463"), "reach_out_timelock");
        assert_eq!(rejection("479"), "rejected_479");
    }
}
