//! Messages on their way into the queue, in one transaction and in this order.

use crate::{
    outbox::{
        line::{self, Chat, First},
        model::{Message, Place},
        store,
        timeline::{self, Step},
    },
    platform::db::Conn,
};
use std::collections::HashMap;

pub struct Queueing {
    /// Who is first in the chats' lines, those among whom are not written yet.
    firsts: HashMap<Chat, First>,
    /// What is not written yet, each with the number of its event.
    rows: Vec<(Message, i64)>,
}

impl Queueing {
    /// The accounts are locked.
    pub async fn begin<'a>(
        tx: &mut Conn,
        messages: impl Iterator<Item = &'a Message>,
    ) -> sqlx::Result<Self> {
        let mut chats: Vec<Chat> = messages.map(chat).collect();
        chats.sort_unstable();
        chats.dedup();
        Ok(Self {
            firsts: line::firsts(tx, &chats).await?,
            rows: Vec::new(),
        })
    }

    /// Give a message its place; `position` is the number of its event.
    pub async fn add(
        &mut self,
        tx: &mut Conn,
        message: &Message,
        position: i64,
    ) -> sqlx::Result<Place> {
        let place = match message.first_place() {
            aside @ (Place::Held | Place::Asleep) => aside,
            Place::InLine | Place::First => self.line_up(tx, message).await?,
        };
        let mut message = message.clone();
        message.place = place;
        self.rows.push((message, position));
        Ok(place)
    }

    async fn line_up(&mut self, tx: &mut Conn, message: &Message) -> sqlx::Result<Place> {
        let before = self.firsts.get(&chat(message));
        if before.is_some_and(|first| !first.is_overtaken_by(message.priority)) {
            return Ok(Place::InLine);
        }
        let overtaken = self.firsts.insert(chat(message), First::of(message));
        if let Some(overtaken) = overtaken {
            let is_it = |(row, _): &&mut (Message, i64)| row.id == overtaken.id;
            match self.rows.iter_mut().find(is_it) {
                Some((row, _)) => row.place = Place::InLine,
                None => line::set_place(tx, overtaken.id, Place::InLine).await?,
            }
        }
        Ok(Place::First)
    }

    /// Write what was added since the last time.
    pub async fn write(&mut self, tx: &mut Conn) -> sqlx::Result<()> {
        store::insert(tx, &self.rows).await?;
        let accepted = |(message, position): &(Message, i64)| Step {
            id: message.id,
            seq: *position,
            status: message.status,
            at: message.queued_at,
            detail: None,
        };
        let steps: Vec<Step<'_>> = self.rows.iter().map(accepted).collect();
        timeline::add_steps(tx, &steps).await?;
        self.rows.clear();
        Ok(())
    }
}

fn chat(message: &Message) -> Chat {
    (message.account, message.to.jid.clone())
}
