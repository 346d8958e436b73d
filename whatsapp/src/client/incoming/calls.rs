//! Calls: one that nobody answered was missed.

use super::names::{Names, known};
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

/// Calls by their ids. The library tells of each stanza by itself: that a call is
/// over may be told before that it rings.
#[derive(Default)]
pub struct Ringing {
    rings: HashMap<String, Ring>,
    /// Whether those that were over first had been answered.
    over: HashMap<String, bool>,
}

struct Ring {
    video: bool,
    /// The caller's number, where the call comes by LID.
    number: Option<Jid>,
}

impl Ringing {
    /// A call rings, or ends.
    pub async fn heard(&mut self, names: &impl Names, call: &IncomingCall) -> Option<Incoming> {
        let (id, ring) = self.ended(&call.action)?;
        let from = [Some(&call.from), ring.number.as_ref()];
        let by = call.notify.clone();
        missed(names, &from, &id, call.timestamp, by, Some(ring.video)).await
    }

    /// The call that was missed.
    fn ended(&mut self, action: &CallAction) -> Option<(String, Ring)> {
        let (id, answered) = match action {
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
                return match self.over.remove(call_id) {
                    Some(true) => None,
                    Some(false) => Some((call_id.clone(), ring)),
                    None => {
                        if self.rings.len() < RINGING_MAX {
                            self.rings.insert(call_id.clone(), ring);
                        }
                        None
                    }
                };
            }
            CallAction::Accept { call_id, .. } => (call_id, true),
            CallAction::Terminate {
                call_id, reason, ..
            } => {
                let missed = reason
                    .as_deref()
                    .is_none_or(|reason| MISSED.contains(&reason));
                (call_id, !missed)
            }
            _ => return None,
        };
        match self.rings.remove(id) {
            Some(ring) => (!answered).then(|| (id.clone(), ring)),
            None => {
                if self.over.len() >= RINGING_MAX {
                    self.over.clear();
                }
                // Answered first, it stays so.
                let before = self.over.get(id).copied().unwrap_or_default();
                self.over.insert(id.clone(), before || answered);
                None
            }
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
    names: &impl Names,
    from: &[Option<&Jid>],
    id: &str,
    at: DateTime<Utc>,
    push_name: Option<String>,
    video: Option<bool>,
) -> Option<Incoming> {
    let person = known(names, from).await;
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
            jid: None,
        },
        at: at.into(),
        body: Body::MissedCall { video },
        quote: None,
        mentions: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by() -> Jid {
        "593991203344@s.whatsapp.net".parse().unwrap()
    }

    fn offer(id: &str) -> CallAction {
        CallAction::Offer {
            call_id: id.to_owned(),
            call_creator: by(),
            caller_pn: None,
            caller_country_code: None,
            device_class: None,
            joinable: false,
            is_video: true,
            audio: Vec::new(),
            group_jid: None,
        }
    }

    fn accept(id: &str) -> CallAction {
        CallAction::Accept {
            call_id: id.to_owned(),
            call_creator: by(),
            audio: Vec::new(),
        }
    }

    fn terminate(id: &str, reason: Option<&str>) -> CallAction {
        CallAction::Terminate {
            call_id: id.to_owned(),
            call_creator: by(),
            reason: reason.map(ToOwned::to_owned),
            duration: None,
            audio_duration: None,
        }
    }

    /// Which calls were missed.
    fn missed(actions: &[CallAction]) -> Vec<String> {
        let mut ringing = Ringing::default();
        let ended = actions.iter().filter_map(|action| ringing.ended(action));
        ended.map(|(id, _)| id).collect()
    }

    #[test]
    fn a_call_that_nobody_answered_was_missed_in_whatever_order_it_is_told() {
        let (rings, over) = (offer("1"), terminate("1", None));
        assert_eq!(missed(&[rings.clone(), over.clone()]), ["1"]);
        assert_eq!(missed(&[over.clone(), rings.clone()]), ["1"]);
        assert_eq!(missed(&[rings, terminate("1", Some("timeout"))]), ["1"]);
        assert!(missed(&[over, offer("2")]).is_empty());
    }

    #[test]
    fn a_call_that_was_answered_was_not_missed() {
        let (rings, over) = (offer("1"), terminate("1", None));
        assert!(missed(&[rings.clone(), accept("1"), over.clone()]).is_empty());
        assert!(missed(&[accept("1"), over, rings.clone()]).is_empty());
        let elsewhere = terminate("1", Some("accepted_elsewhere"));
        assert!(missed(&[elsewhere.clone(), rings.clone()]).is_empty());
        assert!(missed(&[rings, elsewhere]).is_empty());
    }
}
