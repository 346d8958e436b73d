//! Who has a message. A person's message is delivered with the first of their
//! devices, and each device is told of in the timeline. A group's is delivered,
//! or read, once all have it, as phones show it; until then each member is told
//! of by itself.

mod store;

pub use store::{another_device, of_members, set_members};

use super::{model::Message, moves::Moves};
use crate::{contacts, platform::db::Conn};
use whahook_contract::{Timestamp, ids::AccountId, message::MessageStatus};
use whahook_whatsapp::port::{Person, Receipt, Receiver};

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
        let person = completed(tx, message.account, &by.person).await?;
        store::note(tx, message.id, &person, kind, now).await?;
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

/// Who it is by both names, where both are known: members are counted once.
async fn completed(tx: &mut Conn, account: AccountId, person: &Person) -> sqlx::Result<Person> {
    let mut person = person.clone();
    if (person.lid.is_none() || person.phone_number.is_none())
        && let Some(contact) = contacts::find_by_name(tx, account, &person).await?
    {
        person.lid = person.lid.or(contact.lid);
        person.phone_number = person.phone_number.or(contact.phone_number);
    }
    Ok(person)
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
