//! What runs beside a session's actor, on its link: asking whether numbers are
//! there, and handing messages over.

use super::{model::Message, numbers, pacing, service::Outbox};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};
use whahook_whatsapp::port::{Existence, Link, LinkError, Person, TimeLock, Typing};

/// Encrypting may need keys from WhatsApp first.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// The slowest upload that is waited for, in bytes a second.
const SLOWEST: u64 = 64 * 1_024;
const ASK_TIMEOUT: Duration = Duration::from_secs(30);

/// The outcome of something that ran on the link.
pub enum Handed {
    /// A message was handed over.
    Sent {
        message: Box<Message>,
        result: Result<Learnt, LinkError>,
    },
    /// WhatsApp was asked whether these messages have recipients.
    Checked {
        link: Arc<dyn Link>,
        messages: Vec<Message>,
        result: Result<Vec<Existence>, LinkError>,
    },
    /// It panicked; the messages it was about.
    BrokenOff(Vec<Message>),
    /// WhatsApp was asked whether the account may write to strangers.
    TimeLock(Result<TimeLock, LinkError>),
}

/// What was learnt of the recipient meanwhile.
pub enum Learnt {
    Nothing,
    Person(Person),
    /// How many others are in the group.
    Others(usize),
}

/// Hand a message over; as a person would, if it is to be.
pub async fn send(
    outbox: Outbox,
    link: Arc<dyn Link>,
    message: Message,
    as_a_person: bool,
) -> Handed {
    if as_a_person {
        show_typing(&outbox, &*link, &message).await;
    }
    let sent = async {
        let outgoing = outbox.outgoing(&message).await?;
        link.send(&message.to.jid, &message.whatsapp_message_id, outgoing)
            .await
    };
    let result = match timeout(send_timeout(&message), sent).await {
        Ok(Ok(())) if message.is_to_group() => {
            let others = link.others_in(&message.to.jid).await;
            Ok(others.map_or(Learnt::Nothing, Learnt::Others))
        }
        Ok(Ok(())) if message.to.lid.is_none() || message.to.phone_number.is_none() => {
            let person = link.person(&message.to.jid).await;
            Ok(person.map_or(Learnt::Nothing, Learnt::Person))
        }
        Ok(Ok(())) => Ok(Learnt::Nothing),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(LinkError::Timeout),
    };
    let message = Box::new(message);
    Handed::Sent { message, result }
}

/// What the other side sees of a person who writes. If it cannot be shown, the
/// message goes all the same.
async fn show_typing(outbox: &Outbox, link: &dyn Link, message: &Message) {
    let to = &message.to.jid;
    let Some((shown, lasts)) = pacing::typing(&message.content.kind, outbox.ids.jitter()) else {
        return;
    };
    if let Err(error) = link.typing(to, shown).await {
        tracing::debug!(%error, "Typing could not be shown.");
    }
    sleep(lasts).await;
    if shown == Typing::Recording {
        // A text ends it by itself, a file arrives later.
        let _ = link.typing(to, Typing::Stopped).await;
    }
}

/// Ask whether the recipients of these messages are there, all at once.
pub async fn check(link: Arc<dyn Link>, messages: Vec<Message>) -> Handed {
    let mut jids: Vec<String> = Vec::with_capacity(messages.len());
    for message in &messages {
        if numbers::to_check(&message.to).is_some() && !jids.contains(&message.to.jid) {
            jids.push(message.to.jid.clone());
        }
    }
    let result = match timeout(ASK_TIMEOUT, link.on_whatsapp(&jids)).await {
        Ok(result) => result,
        Err(_) => Err(LinkError::Timeout),
    };
    Handed::Checked {
        link,
        messages,
        result,
    }
}

/// Ask whether the account may write to strangers.
pub async fn ask_time_lock(link: Arc<dyn Link>) -> Handed {
    let asked = timeout(ASK_TIMEOUT, link.reach_out_timelock()).await;
    Handed::TimeLock(asked.unwrap_or(Err(LinkError::Timeout)))
}

/// How long handing over may take; a file takes its time.
fn send_timeout(message: &Message) -> Duration {
    let size = message.content.kind.media().and_then(|media| media.size);
    // What a caption is edited of was uploaded before, as a rule.
    SEND_TIMEOUT + Duration::from_secs(size.unwrap_or_default() / SLOWEST)
}
