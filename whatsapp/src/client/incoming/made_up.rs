//! What a fuzzer makes up, as it is read of the wire: without a connection, and so
//! without anybody who knows the other name of people.

use super::{calls::Ringing, groups, history as pieces, names::Names};
use crate::port::{Incoming, Person};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use whatsapp_rust::{
    Jid,
    chrono::DateTime,
    types::events::GroupUpdate,
    wacore::stanza::{call::parse_call_stanza, groups::GroupNotification},
    wacore_binary::{marshal::unmarshal_ref, util::unpack},
    waproto,
};

struct Nobody;

impl Names for Nobody {
    async fn look_up(&self, _: &Jid) -> Option<Person> {
        None
    }

    fn own(&self) -> [Option<Jid>; 2] {
        let own = [Jid::pn("593987654321"), Jid::lid("100000000000001")];
        own.map(Some)
    }
}

/// What stanzas come to that tell of calls and of groups, each behind its length.
#[must_use]
pub fn beside(frames: &[u8]) -> Vec<Incoming> {
    let mut ringing = Ringing::default();
    let mut came = Vec::new();
    let mut rest = frames;
    while let Some((length, behind)) = rest.split_first() {
        let (frame, behind) = behind.split_at(behind.len().min(usize::from(*length)));
        rest = behind;
        let Ok(bytes) = unpack(frame) else { continue };
        let Ok(node) = unmarshal_ref(&bytes) else {
            continue;
        };
        if let Ok(Some(call)) = parse_call_stanza(&node) {
            came.extend(at_once(ringing.heard(&Nobody, &call)).flatten());
        }
        for update in updates(GroupNotification::try_from_node_ref(&node)) {
            came.extend(at_once(groups::change(&Nobody, &update)).flatten());
        }
    }
    came
}

/// What a piece of the history comes to, once it is unpacked.
#[must_use]
pub fn history(piece: &[u8]) -> Vec<Incoming> {
    let Ok(whole) = waproto::codec::history_sync_decode(piece) else {
        return Vec::new();
    };
    at_once(pieces::messages_of(&Nobody, &whole)).unwrap_or_default()
}

/// As the library raises them.
fn updates(told: Option<GroupNotification>) -> Vec<GroupUpdate> {
    let Some(told) = told else {
        return Vec::new();
    };
    let at = i64::try_from(told.timestamp).unwrap_or_default();
    let at = DateTime::from_timestamp(at, 0).unwrap_or_default();
    let update = |(n, action)| {
        GroupUpdate::builder()
            .group_jid(told.group_jid.clone())
            .maybe_notification_id(told.notification_id.clone())
            .maybe_notify(told.notify.clone())
            .action_index(n)
            .maybe_participant(told.participant.clone())
            .maybe_participant_pn(told.participant_pn.clone())
            .timestamp(at)
            .is_lid_addressing_mode(told.is_lid_addressing_mode)
            .action(action)
            .build()
    };
    (0..)
        .zip(told.actions.iter().cloned())
        .map(update)
        .collect()
}

/// Nothing is waited for.
fn at_once<T>(work: impl Future<Output = T>) -> Option<T> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{Body, Chat, GroupChange};

    #[test]
    fn the_first_inputs_of_the_fuzzer_come_to_something() {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds");
        let seed = |name: &str| std::fs::read(format!("{seeds}/{name}")).unwrap();
        let missed = beside(&seed("beside/missed"));
        assert_eq!(missed[0].body, Body::MissedCall { video: Some(true) });
        let group = beside(&seed("beside/group"));
        let named = Body::GroupChange(GroupChange::Subject("Trip".to_owned()));
        assert_eq!(group[0].body, named);
        assert!(matches!(
            &group[1].body,
            Body::GroupChange(GroupChange::Added(members)) if members.len() == 1
        ));
        let history = history(&seed("history/two"));
        let texts: Vec<&Body> = history.iter().map(|it| &it.body).collect();
        let said = |text: &str| Body::Text(text.to_owned());
        assert_eq!(texts, [&said("older"), &said("newer")]);
        assert!(matches!(history[0].chat, Chat::Person(_)));
    }
}
