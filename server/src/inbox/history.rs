//! What stood in the chats before the phone was linked: written as if it had always
//! been here. Nobody is told of it, and nothing of it is unread.

use super::{
    batch::{Batch, Pending},
    files::Plan,
    model,
    place::Whose,
    settings, store,
};
use crate::{
    conversations,
    events::{self, Recorded},
    platform::{clock::from_ms, db::Conn},
};
use chrono::TimeDelta;
use std::collections::HashMap;
use whahook_contract::{
    Timestamp,
    event::Event,
    ids::{ConversationId, SessionId},
};
use whahook_whatsapp::port::History;

/// Milliseconds.
const A_SECOND: i64 = 1_000;

impl Batch<'_> {
    pub(super) async fn take_history(
        &mut self,
        tx: &mut Conn,
        session: SessionId,
        piece: &History,
    ) -> sqlx::Result<Vec<Recorded>> {
        let account = session.account;
        let settings = self.settings(tx, account).await?.clone();
        if settings.history_days == 0 {
            return Ok(Vec::new());
        }
        let since = self.now - TimeDelta::days(i64::from(settings.history_days));
        let most = i64::from(settings.history_messages);
        // The ledger's counter is the account's lock.
        let (next, user) = events::reserve(tx, account, 0).await?;
        let whose = Whose { account, user };
        let mut pending = Pending::default();
        let mut counts = HashMap::new();
        let mut seconds = Seconds::default();
        let mut taken = 0;
        // From the newest on: what is too much is the oldest.
        for message in piece.messages.iter().rev() {
            let told = model::told_at(message.at);
            let content = model::content(&message.body).filter(|_| told >= since);
            let Some(content) = content else {
                continue;
            };
            let place = self.place(tx, whose, message, &mut pending).await?;
            let conversation = place.conversation;
            let count = match counts.get(&conversation) {
                Some(count) => *count,
                None => conversations::count(tx, conversation).await?,
            };
            counts.insert(conversation, count);
            if count >= most {
                continue;
            }
            let (id, sender) = (&message.id, place.sender_key());
            let here = store::here(tx, account, id, conversation, &sender).await?;
            if here.is_some() {
                continue;
            }
            let row = self.row(tx, whose, message, content, &place, &mut pending);
            let mut row = row.await?;
            row.shown.at = seconds.before(tx, conversation, told).await?;
            if row.media_due.take().is_some()
                && let Some(media) = row.shown.content.media_mut()
            {
                media.state = Some(Plan::ON_DEMAND.state);
                media.reason = Plan::ON_DEMAND.reason;
            }
            pending.put(row, user, false);
            // What is the same twice in a piece is found by the next question.
            pending.flush(tx).await?;
            counts.insert(conversation, count + 1);
            taken += 1;
        }
        pending.flush(tx).await?;
        let told = std::mem::take(&mut pending.told);
        let mut recorded = events::record_all(tx, self.now, account, told).await?;
        let (percent, begins) = (piece.percent, piece.begins);
        let came = settings::history_came(tx, account, taken, percent, begins, self.now);
        if let Some(progress) = came.await? {
            let newest = recorded.last().map_or(next - 1, |it| it.event.seq);
            let event = Event::HistoryProgress {
                session_id: session,
                progress,
            };
            recorded.push(events::at(newest, user, self.now, account, event));
        }
        Ok(recorded)
    }
}

/// What was written in one second has its order all the same: each is a
/// thousandth before the one that came after it.
#[derive(Default)]
struct Seconds(HashMap<(ConversationId, i64), i64>);

impl Seconds {
    /// When a message was written, in front of those of the same second that are
    /// here. WhatsApp says it in whole seconds.
    async fn before(
        &mut self,
        tx: &mut Conn,
        conversation: ConversationId,
        told: Timestamp,
    ) -> sqlx::Result<Timestamp> {
        let second = told.timestamp_millis();
        let after = match self.0.get(&(conversation, second)) {
            Some(after) => *after,
            None => {
                let end = second + A_SECOND;
                let first = conversations::first_between(tx, conversation, second, end).await?;
                first.unwrap_or(end)
            }
        };
        let at = (after - 1).max(second);
        self.0.insert((conversation, second), at);
        Ok(from_ms(at))
    }
}
