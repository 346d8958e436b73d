//! Calls: one that nobody answered was missed.

use super::known;
use crate::port::{Author, Body, Chat, Incoming};
use std::collections::{HashMap, VecDeque};
use whatsapp_rust::{
    Client, Jid,
    chrono::{DateTime, Utc},
    types::call::{CallAction, IncomingCall, MissedCall},
};

/// Calls that ring at a time, at most: more are no people's.
const RINGING_MAX: usize = 100;
/// Ends of calls that are kept until it is heard that these rang.
const OVER_MAX: usize = 100;
/// Why a call ended that nobody answered, where it says why.
const MISSED: [&str; 2] = ["timeout", "group_call_ended"];

/// Calls that ring, and that are over.
#[derive(Default)]
pub struct Ringing {
    rings: HashMap<String, Ring>,
    /// Those whose end came before it was heard that they ring, and whether each
    /// was missed: the library tells of both at once, in whichever order.
    over: VecDeque<(String, bool)>,
}

struct Ring {
    video: bool,
    /// The caller's number, where the call comes by LID.
    number: Option<Jid>,
}

impl Ring {
    async fn missed(self, client: &Client, call: &IncomingCall) -> Option<Incoming> {
        let from = [Some(&call.from), self.number.as_ref()];
        let (id, by) = (call.action.call_id(), call.notify.clone());
        missed(client, &from, id, call.timestamp, by, Some(self.video)).await
    }
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
            } => {
                let ring = Ring {
                    video: *is_video,
                    number: caller_pn.clone(),
                };
                let over = self.over.iter().position(|(id, _)| id == call_id);
                let over = over.and_then(|n| self.over.remove(n));
                match over {
                    Some((_, true)) => ring.missed(client, call).await,
                    Some((_, false)) => None,
                    None => {
                        if self.rings.len() < RINGING_MAX {
                            self.rings.insert(call_id.clone(), ring);
                        }
                        None
                    }
                }
            }
            CallAction::Accept { call_id, .. } => {
                self.rings.remove(call_id);
                None
            }
            CallAction::Terminate {
                call_id, reason, ..
            } => {
                let reason = reason.as_deref();
                let missed = reason.is_none_or(|reason| MISSED.contains(&reason));
                match self.rings.remove(call_id) {
                    Some(ring) if missed => ring.missed(client, call).await,
                    Some(_) => None,
                    None => {
                        self.over.push_back((call_id.clone(), missed));
                        if self.over.len() > OVER_MAX {
                            self.over.pop_front();
                        }
                        None
                    }
                }
            }
            _ => None,
        }
    }

    /// It rang while the device was away.
    pub async fn missed(&mut self, client: &Client, call: &MissedCall) -> Option<Incoming> {
        let ring = self.rings.remove(&call.call_id);
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
