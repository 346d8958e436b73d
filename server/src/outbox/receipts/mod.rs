//! Who has a message. A person's message is delivered with the first of their
//! devices, and each device is told of in the timeline. A group's is delivered,
//! or read, once all have it, as phones show it; until then each member is told
//! of by itself.

mod store;

pub use store::{of_members, set_members};

use super::{model::Message, service::Outbox};
use crate::{events::Recorded, platform::db::Conn};
use whahook_contract::message::MessageStatus;
use whahook_whatsapp::port::{Receipt, Receiver};

/// Somebody has a message, or opened it.
///
/// # Errors
/// The database failed.
pub async fn take(
    outbox: &Outbox,
    tx: &mut Conn,
    message: &Message,
    kind: Receipt,
    by: &Receiver,
) -> sqlx::Result<Option<Recorded>> {
    if message.is_to_group() {
        store::note(tx, message.id, &by.person, kind, outbox.clock.now()).await?;
        return settle(outbox, tx, message).await;
    }
    let status = match kind {
        Receipt::Delivered => MessageStatus::Delivered,
        Receipt::Read => MessageStatus::Read,
    };
    // Only who reads is told of a reading: the phone says it for all of them.
    let device = (kind == Receipt::Delivered).then(|| device(by.device));
    let moved = outbox
        .advance(tx, message, status, device.as_deref())
        .await?;
    if moved.is_none()
        && let Some(device) = device
    {
        store::another_device(tx, message.id, &device, outbox.clock.now()).await?;
    }
    Ok(moved)
}

/// Move a group's message on, if all members have it.
///
/// # Errors
/// The database failed.
pub async fn settle(
    outbox: &Outbox,
    tx: &mut Conn,
    message: &Message,
) -> sqlx::Result<Option<Recorded>> {
    let counts = store::counts(tx, message.id).await?;
    let Some(members) = counts.members.filter(|members| *members > 0) else {
        return Ok(None);
    };
    let status = if counts.read >= members {
        MessageStatus::Read
    } else if counts.delivered >= members {
        MessageStatus::Delivered
    } else {
        return Ok(None);
    };
    outbox.advance(tx, message, status, None).await
}

fn device(number: u16) -> String {
    match number {
        0 => "phone".to_owned(),
        companion => format!("device_{companion}"),
    }
}
