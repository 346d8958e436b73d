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

/// Calls that ring, by their ids.
#[derive(Default)]
pub struct Ringing(HashMap<String, Ring>);

struct Ring {
    video: bool,
    /// The caller's number, where the call comes by LID.
    number: Option<Jid>,
}

impl Ringing {
    /// A call rings, or ends.
    pub async fn heard(&mut self, client: &Client, call: &IncomingCall) -> Option<Incoming> {
        match &call.action {
            CallAction::Offer {
                call_id,
                is_video,
                caller_pn,
                ..
            } if self.0.len() < RINGING_MAX => {
                let ring = Ring {
                    video: *is_video,
                    number: caller_pn.clone(),
                };
                self.0.insert(call_id.clone(), ring);
                None
            }
            CallAction::Accept { call_id, .. } => {
                self.0.remove(call_id);
                None
            }
            CallAction::Terminate {
                call_id, reason, ..
            } => {
                let ring = self.0.remove(call_id)?;
                let reason = reason.as_deref();
                if !reason.is_none_or(|reason| MISSED.contains(&reason)) {
                    return None;
                }
                let from = [Some(&call.from), ring.number.as_ref()];
                let by = call.notify.clone();
                missed(client, &from, call_id, call.timestamp, by, Some(ring.video)).await
            }
            _ => None,
        }
    }

    /// It rang while the device was away.
    pub async fn missed(&mut self, client: &Client, call: &MissedCall) -> Option<Incoming> {
        let ring = self.0.remove(&call.call_id);
        let video = ring.as_ref().map(|ring| ring.video);
        let number = ring.and_then(|ring| ring.number);
        let from = [Some(&call.from), number.as_ref()];
        missed(client, &from, &call.call_id, call.timestamp, None, video).await
    }
}

async fn missed(
    client: &Client,
    from: &[Option<&Jid>],
    id: &str,
    at: DateTime<Utc>,
    push_name: Option<String>,
    video: Option<bool>,
) -> Option<Incoming> {
    let person = known(client, from).await;
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
