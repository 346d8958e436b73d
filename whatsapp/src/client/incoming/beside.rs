//! What is told of chats besides messages: what could not be read, missed calls,
//! changes of groups. WhatsApp is told of it by the library alone.

use super::{Inlet, calls::Ringing, groups, history::History, is_aside, pictures, plain};
use crate::port::{Body, Incoming, NotTaken};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use whatsapp_rust::{
    Client,
    types::events::{
        DecryptFailMode, Event, EventHandler, EventInterest, EventKind, UnavailableType,
        UndecryptableMessage,
    },
    wacore_binary::JidExt,
};

/// Before it is tried again to hand something on.
const PAUSE: Duration = Duration::from_secs(1);

/// Passes it on to where it may wait for the database.
pub struct Beside(UnboundedSender<Arc<Event>>);

impl Beside {
    pub const fn new(out: UnboundedSender<Arc<Event>>) -> Self {
        Self(out)
    }
}

impl EventHandler for Beside {
    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::UndecryptableMessage,
            EventKind::GroupUpdate,
            EventKind::IncomingCall,
            EventKind::MissedCall,
            EventKind::PictureUpdate,
            EventKind::HistorySync,
            EventKind::Messages,
        ])
    }

    fn handle_event(&self, event: Arc<Event>) {
        if matches!(&*event, Event::Messages(batch) if batch.hook_committed) {
            return;
        }
        // The link may be gone already.
        let _ = self.0.send(event);
    }
}

/// Hands on what comes, until the link is gone.
pub async fn take_beside(
    mut events: UnboundedReceiver<Arc<Event>>,
    inlet: Arc<Inlet>,
    client: Weak<Client>,
) {
    let mut ringing = Ringing::default();
    let mut history = History::default();
    loop {
        let event = tokio::select! {
            biased;
            event = events.recv() => event,
            () = history.all_is_here() => {
                history.end(&inlet, &client).await;
                continue;
            }
        };
        let Some((event, client)) = event.zip(client.upgrade()) else {
            return;
        };
        if matches!(&*event, Event::HistorySync(_)) {
            history.take(&inlet, &client, event).await;
            continue;
        }
        let messages = read(&inlet, &client, &event, &mut ringing).await;
        if messages.is_empty() {
            continue;
        }
        let link = Arc::downgrade(&client);
        drop(client);
        let take = || inlet.intake.take(messages.clone());
        if let Err(error) = insist(&link, take).await {
            tracing::warn!(%error, "What a chat told could not be written down.");
        }
    }
}

/// WhatsApp does not say it again: it is tried until it is taken or refused, or the
/// link is gone.
pub(super) async fn insist<F>(link: &Weak<Client>, take: impl Fn() -> F) -> Result<(), NotTaken>
where
    F: Future<Output = Result<(), NotTaken>>,
{
    loop {
        match take().await {
            Err(error) if error.passes && is_up(link) => {
                tracing::warn!(%error, "What was told cannot be written down; trying again.");
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

fn is_up(link: &Weak<Client>) -> bool {
    let client = link.upgrade();
    client.is_some_and(|client| !client.shutdown_signal().is_fired())
}

async fn read(
    inlet: &Inlet,
    client: &Client,
    event: &Event,
    ringing: &mut Ringing,
) -> Vec<Incoming> {
    let one = match event {
        // What the phone sent again for the library goes by no other way.
        Event::Messages(batch) => {
            let mut messages = Vec::new();
            for came in batch.iter() {
                messages.extend(inlet.read(client, came).await);
            }
            return messages;
        }
        Event::UndecryptableMessage(hidden) => unread(client, hidden).await,
        Event::PictureUpdate(update) => Some(pictures::changed(client, update).await),
        Event::GroupUpdate(update) => groups::change(client, update).await,
        Event::IncomingCall(call) => ringing.heard(client, call).await,
        Event::MissedCall(call) => ringing.missed(client, call).await,
        _ => None,
    };
    one.into_iter().collect()
}

async fn unread(client: &Client, hidden: &UndecryptableMessage) -> Option<Incoming> {
    // Nothing would be shown of it either way.
    let info = &hidden.info;
    let is_status = info.source.chat.is_status_broadcast();
    if hidden.decrypt_fail_mode == DecryptFailMode::Hide || is_status || is_aside(info) {
        return None;
    }
    let body = match hidden.unavailable_type {
        UnavailableType::ViewOnce => Body::ViewOnce,
        UnavailableType::Unknown => Body::Waiting,
        _ => Body::Unsupported,
    };
    plain(client, info, body).await
}
