use super::said;
use crate::{
    client::events::person,
    port::{Body, Person},
};
use whatsapp_rust::{
    buffa::MessageField,
    waproto::{
        codec::message_encode_into,
        whatsapp::{
            Message, MessageKey,
            message::{LocationMessage, ReactionMessage},
        },
    },
};

fn body(message: &Message) -> Option<Body> {
    let mut bytes = Vec::new();
    message_encode_into(message, &mut bytes);
    said(&bytes).map(|said| said.body)
}

#[test]
fn a_place_that_is_nowhere_is_shown_as_something_unknown() {
    let place = |latitude| {
        let place = LocationMessage {
            degrees_latitude: Some(latitude),
            degrees_longitude: Some(-78.5),
            ..Default::default()
        };
        body(&Message {
            location_message: MessageField::some(place),
            ..Default::default()
        })
    };
    assert!(matches!(place(-0.2), Some(Body::Location { .. })));
    for nowhere in [f64::NAN, f64::INFINITY, 90.1, -1e200] {
        assert_eq!(place(nowhere), Some(Body::Unsupported));
    }
}

#[test]
fn what_is_about_a_message_that_cannot_be_is_not_looked_for() {
    let reaction = |id: &str| {
        let key = MessageKey {
            id: Some(id.to_owned()),
            ..Default::default()
        };
        let reaction = ReactionMessage {
            key: MessageField::some(key),
            text: Some("👍".to_owned()),
            ..Default::default()
        };
        body(&Message {
            reaction_message: MessageField::some(reaction),
            ..Default::default()
        })
    };
    assert!(matches!(reaction("3EB0"), Some(Body::Reaction { .. })));
    assert!(!matches!(reaction("3E\0B0"), Some(Body::Reaction { .. })));
}

#[test]
fn bytes_that_are_no_message_say_nothing() {
    assert_eq!(said(b"\xff\xff\xff"), None);
    assert_eq!(said(b""), None);
}

#[test]
fn a_business_that_others_host_is_known_by_number_and_lid() {
    let jid = |text: &str| text.parse().unwrap();
    let hosted = person(
        Some(&jid("593991203344:99@hosted")),
        Some(&jid("123456789012345:99@hosted.lid")),
    );
    let known = Person {
        phone_number: Some("+593991203344".to_owned()),
        lid: Some("123456789012345@lid".to_owned()),
    };
    assert_eq!(hosted, known);
    assert_eq!(
        person(Some(&jid("867051314767696@bot")), None),
        Person::default()
    );
}
