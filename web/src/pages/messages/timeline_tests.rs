use super::*;
use crate::{
    i18n::Locale,
    pages::messages::{item::Members, words::TEXTS},
};
use whahook_contract::message::{ContentType, DETAILS, Priority, Recipient, WaitsFor};

fn message(jid: &str, timeline: &[(MessageStatus, Option<&str>)]) -> Item {
    let entry = |(n, (status, detail)): (usize, &(MessageStatus, Option<&str>))| TimelineEntry {
        status: *status,
        at: Timestamp::from_timestamp(i64::try_from(n).unwrap() * 60, 0).unwrap(),
        detail: detail.map(str::to_owned),
    };
    Item {
        id: "00000000-0000-7000-8000-000000000005".parse().unwrap(),
        account: "00000000-0000-7000-8000-000000000009".parse().unwrap(),
        whatsapp_id: "3EB0".into(),
        to: Recipient {
            phone_number: None,
            lid: None,
            jid: jid.into(),
        },
        kind: ContentType::Text,
        words: "Hello".into(),
        status: timeline.last().unwrap().0,
        queued_at: Timestamp::UNIX_EPOCH,
        priority: Priority::Normal,
        send_at: None,
        waits_until: None,
        waits_for: None,
        timeline: timeline.iter().enumerate().map(entry).collect(),
        members: None,
    }
}

fn shown(message: &Item) -> String {
    markup(message, Locale::En.of(&TEXTS), &|at| {
        format!("minute {}", at.timestamp() / 60)
    })
}

const PERSON: &str = "593991203344@s.whatsapp.net";

#[test]
fn the_devices_that_have_a_message_are_one_step_with_the_time_of_each() {
    let html = shown(&message(
        PERSON,
        &[
            (MessageStatus::Queued, None),
            (MessageStatus::Delivered, Some("phone")),
            (MessageStatus::Read, None),
            (MessageStatus::Delivered, Some("device_3")),
        ],
    ));
    assert_eq!(html.matches("<li").count(), 3, "{html}");
    assert!(html.contains("Arrived on 2 devices"), "{html}");
    assert!(html.contains("minute 1</time> · <time"), "{html}");
    let one = shown(&message(
        PERSON,
        &[(MessageStatus::Delivered, Some("phone"))],
    ));
    assert!(one.contains("Arrived on the phone"), "{one}");
    let other = shown(&message(
        PERSON,
        &[(MessageStatus::Delivered, Some("device_3"))],
    ));
    assert!(other.contains("not on the phone yet"), "{other}");
}

#[test]
fn what_waits_says_for_what_and_until_when() {
    let mut waiting = message(PERSON, &[(MessageStatus::Queued, None)]);
    waiting.waits_for = Some(WaitsFor::DestinationLimit);
    waiting.waits_until = Timestamp::from_timestamp(600, 0);
    assert!(shown(&waiting).contains("limit of this chat until minute 10"));
    waiting.waits_for = Some(WaitsFor::Scheduled);
    assert!(shown(&waiting).contains("goes at minute 10"));
    let sent = message(PERSON, &[(MessageStatus::Sent, None)]);
    assert!(shown(&sent).contains("Not on the phone yet"));
}

#[test]
fn a_group_tells_how_many_have_it() {
    let mut group = message("1203630@g.us", &[(MessageStatus::Sent, None)]);
    group.members = Some(Members {
        have_it: 3,
        opened_it: 1,
    });
    assert!(shown(&group).contains("3 members have it, 1 of them opened it"));
}

#[test]
fn what_only_the_server_says_is_marked_as_its_language_and_cannot_be_markup() {
    let failed = message(
        PERSON,
        &[(MessageStatus::Failed, Some("a <b>bold</b> reason"))],
    );
    let html = shown(&failed);
    assert!(html.contains(r#"lang="en">a &lt;b>bold"#), "{html}");
}

#[test]
fn every_code_that_says_why_has_words() {
    for locale in [Locale::En, Locale::Es] {
        let detail = locale.of(&TEXTS).detail;
        for code in DETAILS {
            assert!(detail(code).is_some(), "{code}");
        }
        for text in [
            "send_failed: no session",
            "upload_refused_413",
            "rejected_999",
        ] {
            assert!(detail(text).is_some(), "{text}");
        }
        assert_eq!(detail("to: a text of its own"), None);
    }
}
