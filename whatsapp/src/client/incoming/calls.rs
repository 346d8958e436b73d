//! Calls: one that nobody answered was missed.

use super::known;
use crate::port::{Author, Body, Chat, Incoming};
use std::collections::HashMap;
use whatsapp_rust::{
    Client, Jid,
    chrono::{DateTime, Utc},
    types::call::{CallAction, IncomingCall, MissedCall},
};

/// Calls that ring at a time, at most: more are no people's.
const RINGING_MAX: usize = 100;
/// Why a call ended that nobody answered, where it says why.
const MISSED: [&str; 2] = ["timeout", "group_call_ended"];

/// Calls that ring, by their ids, and whether each is a video call.
#[derive(Default)]
pub struct Ringing(HashMap<String, bool>);

impl Ringing {
    /// A call rings, or ends.
    pub async fn heard(&mut self, client: &Client, call: &IncomingCall) -> Option<Incoming> {
        match &call.action {
            CallAction::Offer {
                call_id, is_video, ..
            } if self.0.len() < RINGING_MAX => {
                self.0.insert(call_id.clone(), *is_video);
                None
            }
            CallAction::Accept { call_id, .. } => {
                self.0.remove(call_id);
                None
            }
            CallAction::Terminate {
                call_id, reason, ..
            } => {
                let video = self.0.remove(call_id)?;
                let reason = reason.as_deref();
                if !reason.is_none_or(|reason| MISSED.contains(&reason)) {
                    return None;
                }
                let by = call.notify.clone();
                missed(client, &call.from, call_id, call.timestamp, by, Some(video)).await
            }
            _ => None,
        }
    }

    /// It rang while the device was away.
    pub async fn missed(&mut self, client: &Client, call: &MissedCall) -> Option<Incoming> {
        let video = self.0.remove(&call.call_id);
        missed(
            client,
            &call.from,
            &call.call_id,
            call.timestamp,
            None,
            video,
        )
        .await
    }
}

async fn missed(
    client: &Client,
    from: &Jid,
    id: &str,
    at: DateTime<Utc>,
    push_name: Option<String>,
    video: Option<bool>,
) -> Option<Incoming> {
    let person = known(client, &[Some(from)]).await;
    if person.phone_number.is_none() && person.lid.is_none() {
        return None;
    }
    Some(Incoming {
        id: id.to_owned(),
        chat: Chat::Person(person.clone()),
        author: Author {
            person,
            push_name,
            is_self: false,
        },
        at: at.into(),
        body: Body::MissedCall { video },
        quote: None,
        mentions: Vec::new(),
    })
}
