//! Who has a message. A person's message is delivered with the first of their
//! devices, and each device is told of in the timeline. A group's is delivered,
//! or read, once all have it, as phones show it; until then each member is told
//! of by itself.

mod store;

pub use store::{another_device, of_members, set_members};

use super::{model::Message, moves::Moves};
use crate::platform::db::Conn;
use whahook_contract::{Timestamp, message::MessageStatus};
use whahook_whatsapp::port::{Receipt, Receiver};

/// Somebody has a message, or opened it.
///
/// # Errors
/// The database failed.
pub async fn take(
    tx: &mut Conn,
    moves: &mut Moves,
    message: &mut Message,
    kind: Receipt,
    by: &Receiver,
    now: Timestamp,
) -> sqlx::Result<()> {
    if message.is_to_group() {
        store::note(tx, message.id, &by.person, kind, now).await?;
        return settle(tx, moves, message).await;
    }
    match kind {
        // Only who reads is told of a reading: the phone says it for all of them.
        Receipt::Read => {
            moves.advance(message, MessageStatus::Read, None);
        }
        Receipt::Delivered => {
            let device = device(by.device);
            if !moves.advance(message, MessageStatus::Delivered, Some(&device)) {
                moves.another_device(message.id, device);
            }
        }
    }
    Ok(())
}

/// Move a group's message on, if all members have it.
///
/// # Errors
/// The database failed.
pub async fn settle(tx: &mut Conn, moves: &mut Moves, message: &mut Message) -> sqlx::Result<()> {
    let counts = store::counts(tx, message.id).await?;
    let Some(members) = counts.members.filter(|members| *members > 0) else {
        return Ok(());
    };
    if counts.read >= members {
        moves.advance(message, MessageStatus::Read, None);
    } else if counts.delivered >= members {
        moves.advance(message, MessageStatus::Delivered, None);
    }
    Ok(())
}

fn device(number: u16) -> String {
    match number {
        0 => "phone".to_owned(),
        companion => format!("device_{companion}"),
    }
}
