//! What stood in the chats before this device was linked: the phone sends it in
//! pieces.

use super::{
    Inlet,
    beside::insist,
    names::{Names, known},
    pieces::{Pieces, Place},
    read,
};
use crate::{
    client::events,
    port::{self, Author, Chat, Incoming, NotTaken, Person},
};
use std::{
    pin::Pin,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};
use tokio::task::spawn_blocking;
use whatsapp_rust::{
    Client, Jid,
    types::events::{Event, LazyHistorySync},
    wacore_binary::JidExt,
    waproto::whatsapp::{Conversation, HistorySync, WebMessageInfo},
};

/// Messages that are handed on at a time.
const TOGETHER: usize = 200;
/// The kinds of piece that have messages, as the protocol numbers them: the first,
/// all, the newest.
const WITH_MESSAGES: [i32; 3] = [0, 2, 3];
const FIRST: i32 = 0;

/// When it begins, in seconds since 1970.
const YEAR_10000: u64 = 253_402_300_800;

/// How far it is when all of it is here.
const ALL: u32 = 100;
/// How long pieces that are on their way may take once the last is here.
const LATE: Duration = Duration::from_secs(120);

/// The pieces that come on one link.
#[derive(Default)]
pub struct History {
    pieces: Pieces<Arc<Event>>,
    /// Until none is on its way any more.
    waits: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// The last of them is here.
    ends: bool,
}

impl History {
    pub async fn take(&mut self, inlet: &Inlet, client: &Arc<Client>, event: Arc<Event>) {
        for piece in self.pieces.take(place(&event), event) {
            self.hand_on(inlet, client, piece).await;
        }
        if self.waits.is_none() && (self.ends || self.pieces.wait()) {
            self.waits = Some(Box::pin(until_here(client.clone())));
        }
    }

    /// Resolves once no piece is on its way, where one was missing; never else.
    pub async fn all_is_here(&mut self) {
        match &mut self.waits {
            Some(waits) => waits.await,
            None => std::future::pending().await,
        }
    }

    pub async fn end(&mut self, inlet: &Inlet, client: &Weak<Client>) {
        self.waits = None;
        let Some(client) = client.upgrade() else {
            return;
        };
        for piece in self.pieces.rest() {
            self.hand_on(inlet, &client, piece).await;
        }
        if std::mem::take(&mut self.ends) {
            let nothing_more = port::History {
                messages: Vec::new(),
                percent: Some(ALL),
                begins: false,
            };
            let link = Arc::downgrade(&client);
            let take = || inlet.intake.take_history(nothing_more.clone());
            if let Err(error) = insist(&link, take).await {
                tracing::warn!(%error, "The end of the history could not be written down.");
            }
        }
    }

    async fn hand_on(&mut self, inlet: &Inlet, client: &Arc<Client>, piece: Arc<Event>) {
        match hand_on(inlet, client, piece).await {
            Ok(is_last) => self.ends |= is_last,
            Err(error) => {
                tracing::warn!(%error, "A piece of the history could not be written down.");
            }
        }
    }
}

fn place(event: &Event) -> Place {
    match event {
        Event::HistorySync(piece) => (piece.sync_type(), piece.chunk_order()),
        _ => (0, None),
    }
}

async fn until_here(client: Arc<Client>) {
    if let Err(error) = client.wait_for_startup_sync(LATE).await {
        tracing::warn!(%error, "The history is taken for whole.");
    }
}

/// Whether it is the last of them.
async fn hand_on(inlet: &Inlet, client: &Arc<Client>, event: Arc<Event>) -> Result<bool, NotTaken> {
    // A piece may have megabytes, and is packed.
    let unpacked = spawn_blocking(move || {
        if let Event::HistorySync(piece) = &*event {
            piece.get();
        }
        event
    });
    let Ok(event) = unpacked.await else {
        return Ok(false);
    };
    let Event::HistorySync(piece) = &*event else {
        return Ok(false);
    };
    if !WITH_MESSAGES.contains(&piece.sync_type()) {
        return Ok(false);
    }
    let progress = piece.progress();
    let messages = messages(client, piece).await;
    let mut begins = piece.sync_type() == FIRST;
    let mut left = messages.as_slice();
    loop {
        let (now, rest) = left.split_at(left.len().min(TOGETHER));
        let piece = port::History {
            messages: now.to_vec(),
            // All of it is here when nothing is on its way any more.
            percent: progress
                .filter(|_| rest.is_empty())
                .map(|it| it.min(ALL - 1)),
            begins,
        };
        let link = Arc::downgrade(client);
        insist(&link, || inlet.intake.take_history(piece.clone())).await?;
        if rest.is_empty() {
            return Ok(progress.is_some_and(|it| it >= ALL));
        }
        begins = false;
        left = rest;
    }
}

async fn messages(client: &Client, piece: &LazyHistorySync) -> Vec<Incoming> {
    let Some(whole) = piece.get() else {
        tracing::warn!("A piece of the history could not be unpacked.");
        return Vec::new();
    };
    messages_of(client, whole).await
}

/// What stands in a piece.
pub async fn messages_of(names: &impl Names, whole: &HistorySync) -> Vec<Incoming> {
    let mut messages = Vec::new();
    for conversation in &whole.conversations {
        let Some(chat) = chat(names, conversation).await else {
            continue;
        };
        // The newest comes first.
        for message in conversation.messages.iter().rev() {
            let Some(info) = message.message.as_option() else {
                continue;
            };
            messages.extend(incoming(names, &chat, info).await);
        }
    }
    messages
}

async fn chat(names: &impl Names, conversation: &Conversation) -> Option<Chat> {
    let jid: Jid = conversation.id.parse().ok()?;
    if jid.is_group() {
        return Some(Chat::Group(jid.to_non_ad().to_string()));
    }
    let parsed = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let lid: Option<Jid> = parsed(&conversation.lid_jid);
    let number: Option<Jid> = parsed(&conversation.pn_jid);
    let person = known(names, &[Some(&jid), lid.as_ref(), number.as_ref()]).await;
    (person.phone_number.is_some() || person.lid.is_some()).then_some(Chat::Person(person))
}

/// `None`: nothing that stands in a conversation by itself.
async fn incoming(names: &impl Names, chat: &Chat, info: &WebMessageInfo) -> Option<Incoming> {
    let key = info.key.as_option()?;
    let said = read::said(info.message.as_option()?)?;
    let read::What::Body(body) = said.what else {
        return None;
    };
    let is_self = key.from_me.unwrap_or_default();
    let participant = info.participant.as_ref().or(key.participant.as_ref());
    let participant: Option<Jid> = participant.and_then(|text| text.parse().ok());
    let person = match (chat, is_self) {
        (Chat::Person(person), false) => person.clone(),
        (_, true) => {
            let [number, lid] = names.own();
            events::person(number.as_ref(), lid.as_ref())
        }
        (_, false) => known(names, &[participant.as_ref()]).await,
    };
    if person == Person::default() && !is_self {
        return None;
    }
    Some(Incoming {
        id: key.id.clone().filter(|id| !id.is_empty())?,
        chat: chat.clone(),
        author: Author {
            person,
            push_name: info.push_name.clone().filter(|name| !name.is_empty()),
            is_self,
            jid: None,
        },
        at: written_at(info.message_timestamp?)?,
        body,
        quote: said.quote,
        mentions: said.mentions,
    })
}

/// `None`: no calendar has it.
fn written_at(seconds: u64) -> Option<SystemTime> {
    let at = Some(seconds).filter(|seconds| *seconds < YEAR_10000)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_beyond_all_calendars_is_left_out() {
        assert!(written_at(1_790_000_000).is_some());
        for seconds in [YEAR_10000, u64::MAX / 2, u64::MAX] {
            assert_eq!(written_at(seconds), None);
        }
    }
}
