//! What concerns the people on the other side: whether they are on WhatsApp,
//! what they see of this account, and whether it may write to strangers.

use super::events;
use crate::port::{Existence, LinkError, TimeLock, Typing};
use std::time::{Duration, SystemTime};
use whatsapp_rust::{
    ChatStateError, ChatStateType, Client, ClientError, ContactError, IqError, IsOnWhatsAppResult,
    Jid, MexError, PresenceError,
};

pub fn jid(text: &str) -> Result<Jid, LinkError> {
    text.parse()
        .map_err(|_| LinkError::Invalid(format!("{text} is not a JID")))
}

pub fn iq_error(error: &IqError) -> LinkError {
    match error {
        IqError::Timeout => LinkError::Timeout,
        IqError::NotConnected | IqError::Disconnected(_) | IqError::InternalChannelClosed => {
            LinkError::NotConnected
        }
        other => LinkError::Failed(other.to_string()),
    }
}

fn client_error(error: &ClientError) -> LinkError {
    match error {
        ClientError::NotConnected | ClientError::NotLoggedIn | ClientError::Socket(_) => {
            LinkError::NotConnected
        }
        ClientError::Iq(error) => iq_error(error),
        other => LinkError::Failed(other.to_string()),
    }
}

pub fn contact_error(error: &ContactError) -> LinkError {
    match error {
        ContactError::Iq(error) => iq_error(error),
        ContactError::InvalidJid(_) => LinkError::Invalid(error.to_string()),
        other => LinkError::Failed(other.to_string()),
    }
}

pub async fn on_whatsapp(client: &Client, asked: &[String]) -> Result<Vec<Existence>, LinkError> {
    let jids = asked
        .iter()
        .map(|text| jid(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut results = ask(client, &jids).await?;
    let mut answers = Vec::with_capacity(asked.len());
    let mut unanswered = Vec::new();
    for jid in jids {
        match results.iter().position(|result| result.jid == jid) {
            Some(n) => answers.extend(answer(&jid, &results.swap_remove(n))),
            None => unanswered.push(jid),
        }
    }
    // WhatsApp writes some countries' numbers in another way and answers with
    // that. Whose answer it is, is certain only where one number was asked.
    if let ([jid], [_]) = (&unanswered[..], &results[..]) {
        answers.extend(results.pop().and_then(|result| answer(jid, &result)));
    } else if !results.is_empty() {
        for jid in &unanswered {
            let one = ask(client, std::slice::from_ref(jid)).await?.pop();
            answers.extend(one.and_then(|result| answer(jid, &result)));
        }
    }
    Ok(answers)
}

async fn ask(client: &Client, jids: &[Jid]) -> Result<Vec<IsOnWhatsAppResult>, LinkError> {
    let asked = client.contacts().is_on_whatsapp(jids).await;
    asked.map_err(|error| contact_error(&error))
}

/// `None`: WhatsApp had an error instead of an answer.
fn answer(asked: &Jid, result: &IsOnWhatsAppResult) -> Option<Existence> {
    if result.contact_error.is_some() {
        return None;
    }
    // As WhatsApp writes the number, which may not be how it was asked for.
    let known_as = Some(&result.jid).filter(|jid| result.is_registered && jid.is_pn());
    let number = result.pn_jid.as_ref().or(known_as).unwrap_or(asked);
    let lid = result.lid.as_ref().or(Some(&result.jid));
    Some(Existence {
        asked: asked.to_string(),
        jid: result.jid.to_string(),
        registered: result.is_registered,
        person: events::person(Some(number), lid),
    })
}

pub async fn typing(client: &Client, to: &str, typing: Typing) -> Result<(), LinkError> {
    let state = match typing {
        Typing::Typing => ChatStateType::Composing,
        Typing::Recording => ChatStateType::Recording,
        Typing::Stopped => ChatStateType::Paused,
    };
    let sent = client.chatstate().send(&jid(to)?, state).await;
    sent.map_err(|error| match error {
        ChatStateError::Client(error) => client_error(&error),
        other => LinkError::Failed(other.to_string()),
    })
}

pub async fn mark_read(
    client: &Client,
    chat: &str,
    sender: Option<&str>,
    message_ids: &[String],
) -> Result<(), LinkError> {
    let (chat, sender) = (jid(chat)?, sender.map(jid).transpose()?);
    let ids: Vec<&str> = message_ids.iter().map(String::as_str).collect();
    let sent = client.mark_as_read(&chat, sender.as_ref(), &ids).await;
    sent.map_err(|error| {
        if client.is_connected() {
            LinkError::Failed(error.to_string())
        } else {
            LinkError::NotConnected
        }
    })
}

pub async fn set_presence(client: &Client, available: bool) -> Result<(), LinkError> {
    let presence = client.presence();
    let sent = if available {
        presence.set_available().await
    } else {
        presence.set_unavailable().await
    };
    sent.map_err(|error| match error {
        PresenceError::Client(error) => client_error(&error),
        other => LinkError::Failed(other.to_string()),
    })
}

pub async fn reach_out_timelock(client: &Client) -> Result<TimeLock, LinkError> {
    let state = client.mex().fetch_reachout_timelock().await;
    let state = state.map_err(|error| match error {
        MexError::Request(error) => iq_error(&error),
        other => LinkError::Failed(other.to_string()),
    })?;
    Ok(if state.is_active == Some(false) {
        TimeLock::Open
    } else {
        let ends = state.time_enforcement_ends.as_deref();
        ends.and_then(instant)
            .map_or(TimeLock::Locked, TimeLock::LockedUntil)
    })
}

/// Seconds since 1970, as WhatsApp writes them.
fn instant(text: &str) -> Option<SystemTime> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_time_lock_is_read_from_seconds() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(instant("1800000000"), Some(at));
        assert_eq!(instant("0"), None, "there is none");
        assert_eq!(instant("soon"), None);
    }
}
