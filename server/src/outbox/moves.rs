//! Messages of an account that move on together: where each gets to is known at
//! once, and written in a few statements for all of them.

use super::{
    line,
    model::Message,
    receipts, store,
    timeline::{self, Step},
};
use crate::{
    conversations,
    events::{self, Recorded},
    platform::{db::Conn, ids::Ids},
};
use std::{
    collections::{BTreeSet, HashMap},
    mem,
};
use whahook_contract::{
    Timestamp,
    event::Event,
    ids::{AccountId, MessageId},
    message::MessageStatus,
};

/// Moves of one moment.
pub struct Moves {
    at: Timestamp,
    account: AccountId,
    events: Vec<Event>,
    moves: Vec<Move>,
    /// Chats whose lines move up.
    chats: BTreeSet<String>,
    /// What has left the queue for its conversation.
    out: Vec<Message>,
    /// Devices, after a message's first, that have it.
    devices: Vec<(MessageId, String)>,
}

struct Move {
    id: MessageId,
    status: MessageStatus,
    detail: Option<String>,
}

impl Moves {
    pub const fn new(at: Timestamp, account: AccountId) -> Self {
        Self {
            at,
            account,
            events: Vec::new(),
            moves: Vec::new(),
            chats: BTreeSet::new(),
            out: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// Move a message on, with all that belongs to it. `false`: it was further
    /// along already.
    pub fn advance(
        &mut self,
        message: &mut Message,
        status: MessageStatus,
        detail: Option<&str>,
    ) -> bool {
        let before = message.status;
        let requeued = status == MessageStatus::Queued && before == MessageStatus::Sending;
        if !requeued && status.rank() <= before.rank() {
            return false;
        }
        message.status = status;
        if status == MessageStatus::Sending {
            message.attempts += 1;
        }
        self.events.push(event(message, self.at, detail));
        self.moves.push(Move {
            id: message.id,
            status,
            detail: detail.map(ToOwned::to_owned),
        });
        if status.has_left_the_queue() && !before.has_left_the_queue() {
            self.chats.insert(message.to.jid.clone());
        }
        // What was taken back stands in no conversation, unless it arrived.
        let sent = MessageStatus::Sent.rank();
        let goes_out = status.rank() >= sent && before.rank() < sent;
        if goes_out || status == MessageStatus::Failed {
            self.out.push(message.clone());
        }
        true
    }

    /// One more device has a message that was delivered before.
    pub fn another_device(&mut self, id: MessageId, device: String) {
        self.devices.push((id, device));
    }

    /// Write down all that moved since the last time, also in the conversations.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write(&mut self, tx: &mut Conn, ids: &Ids) -> sqlx::Result<Vec<Recorded>> {
        let events = mem::take(&mut self.events);
        let moves = mem::take(&mut self.moves);
        let chats = mem::take(&mut self.chats);
        let mut recorded = events::record_all(tx, self.at, self.account, events).await?;
        let steps = moves.iter().zip(&recorded).map(|(it, recorded)| Step {
            id: it.id,
            seq: recorded.event.seq,
            status: it.status,
            at: self.at,
            detail: it.detail.as_deref(),
        });
        timeline::add_steps(tx, &steps.collect::<Vec<_>>()).await?;
        for (status, ids) in last_of_each(&moves) {
            store::set_status(tx, status, &ids).await?;
        }
        let chats: Vec<&str> = chats.iter().map(String::as_str).collect();
        line::promote(tx, self.account, &chats).await?;
        for (id, device) in mem::take(&mut self.devices) {
            receipts::another_device(tx, id, &device, self.at).await?;
        }
        let out = mem::take(&mut self.out);
        recorded.extend(conversations::left_the_queue(tx, ids, &out, self.at).await?);
        Ok(recorded)
    }
}

/// That a message has its status, for the ledger.
pub fn event(message: &Message, at: Timestamp, detail: Option<&str>) -> Event {
    Event::MessageStatus {
        message_id: message.id,
        whatsapp_message_id: message.whatsapp_message_id.clone(),
        session_id: message.session(),
        status: message.status,
        at,
        detail: detail.map(ToOwned::to_owned),
        to: Some((&message.to).into()),
    }
}

/// Where each message got to, by status.
fn last_of_each(moves: &[Move]) -> Vec<(MessageStatus, Vec<MessageId>)> {
    let last: HashMap<MessageId, MessageStatus> =
        moves.iter().map(|it| (it.id, it.status)).collect();
    let mut by_status: Vec<(MessageStatus, Vec<MessageId>)> = Vec::new();
    for (id, status) in last {
        match by_status.iter_mut().find(|(known, _)| *known == status) {
            Some((_, ids)) => ids.push(id),
            None => by_status.push((status, vec![id])),
        }
    }
    by_status
}
