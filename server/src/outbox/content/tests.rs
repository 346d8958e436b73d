use super::*;
use crate::outbox::input;
use serde_json::{Value, json};

#[expect(clippy::needless_pass_by_value, reason = "as `json!` gives it")]
fn checked(content: Value) -> Result<Content, Error> {
    let mut body = content.as_object().unwrap().clone();
    let mut content = input::content(&mut body, &["type"])?;
    check(&mut content, None)?;
    Ok(content)
}

#[test]
fn what_fits_passes_and_is_written_in_one_way() {
    let long = "x".repeat(65_536);
    for content in [
        json!({"type": "text", "text": long}),
        json!({"type": "text", "text": "see https://example.com/a", "link_preview": {"url": "https://example.com/a"}}),
        json!({"type": "image", "media": {"url": "https://example.com/x"}, "caption": "c"}),
        json!({"type": "location", "latitude": -90, "longitude": 180.0}),
        json!({"type": "contact", "contacts": [{"name": "n", "vcard": "BEGIN:VCARD\r\nFN:n\r\nEND:VCARD\r\n"}]}),
        json!({"type": "poll", "question": "q", "options": ["a", "A"]}),
        json!({"type": "reaction", "message": {"id": "3EB0"}, "emoji": ""}),
        json!({"type": "delete", "message": {"id": "3EB0"}}),
    ] {
        checked(content).unwrap();
    }
    let heart = json!({"type": "reaction", "message": {"id": "3EB0"}, "emoji": "❤"});
    let Kind::Reaction { emoji, .. } = checked(heart).unwrap().kind else {
        panic!("no reaction");
    };
    assert_eq!(emoji, "❤\u{fe0f}");
    let card =
        json!({"type": "contact", "contacts": [{"name": "n", "phone_number": "593 99 120 3344"}]});
    let Kind::Contact { contacts } = checked(card).unwrap().kind else {
        panic!("no contact");
    };
    assert_eq!(contacts[0].phone_number.as_deref(), Some("+593991203344"));
}

#[test]
fn what_does_not_fit_is_named() {
    let media = json!({"url": "https://example.com/x"});
    let contact = |fields: Value| json!({"type": "contact", "contacts": [fields]});
    let poll = |options: Value| json!({"type": "poll", "question": "q", "options": options});
    let react =
        |id: &str, emoji: &str| json!({"type": "reaction", "message": {"id": id}, "emoji": emoji});
    let names =
        |text: &str, mention: &str| json!({"type": "text", "text": text, "mentions": [mention]});
    let thirteen: Vec<String> = (0..13).map(|n| n.to_string()).collect();
    for (content, field) in [
        (json!({"type": "text", "text": " \n"}), "text"),
        (json!({"type": "text", "text": "x".repeat(65_537)}), "text"),
        (
            json!({"type": "text", "text": "a", "link_preview": {"url": "https://b"}}),
            "link_preview.url",
        ),
        (
            json!({"type": "text", "text": "a", "link_preview": {"title": ""}}),
            "link_preview.title",
        ),
        (json!({"type": "image", "media": {}}), "media"),
        (
            json!({"type": "image", "media": {"id": "0193b5a0-0000-7000-8000-000000000001", "url": "https://a"}}),
            "media",
        ),
        (
            json!({"type": "image", "media": media, "caption": ""}),
            "caption",
        ),
        (
            json!({"type": "image", "media": media, "caption": "x".repeat(1_025)}),
            "caption",
        ),
        (
            json!({"type": "document", "media": {"url": "https://a", "file_name": "../a"}}),
            "media.file_name",
        ),
        (
            json!({"type": "location", "latitude": 90.1, "longitude": 0}),
            "latitude",
        ),
        (
            json!({"type": "location", "latitude": 0, "longitude": -181}),
            "longitude",
        ),
        (
            json!({"type": "location", "latitude": 0, "longitude": 0, "name": ""}),
            "name",
        ),
        (json!({"type": "contact", "contacts": []}), "contacts"),
        (contact(json!({"name": ""})), "contacts[0].name"),
        (contact(json!({"name": "n"})), "contacts[0].phone_number"),
        (
            contact(json!({"name": "n", "phone_number": "x"})),
            "contacts[0].phone_number",
        ),
        (
            contact(json!({"name": "n", "phone_number": "123456789012345@lid"})),
            "contacts[0].phone_number",
        ),
        (
            contact(json!({"name": "n", "phone_number": "+593991203344", "vcard": "x"})),
            "contacts[0].phone_number",
        ),
        (
            contact(json!({"name": "n", "vcard": "FN:n"})),
            "contacts[0].vcard",
        ),
        (poll(json!(["a"])), "options"),
        (poll(json!(thirteen)), "options"),
        (poll(json!(["a", "a"])), "options[1]"),
        (poll(json!(["a", ""])), "options[1]"),
        (poll(json!(["x".repeat(101), "a"])), "options[0]"),
        (
            json!({"type": "poll", "question": "", "options": ["a", "b"]}),
            "question",
        ),
        (react("3EB0", "ok"), "emoji"),
        (react("3EB0", "👍👍"), "emoji"),
        (react("", "👍"), "message.id"),
        (react("3EB0 x", "👍"), "message.id"),
        (
            json!({"type": "edit", "message": {"id": "3EB0"}, "text": ""}),
            "text",
        ),
        (
            json!({"type": "voice", "media": media, "reply_to": {"id": ""}}),
            "reply_to.id",
        ),
        (names("hi", "+593991203344"), "mentions[0]"),
        (
            names("hi @120363012345678901", "120363012345678901@g.us"),
            "mentions[0]",
        ),
        (names("hi @x", "x"), "mentions[0]"),
    ] {
        match checked(content.clone()) {
            Err(Error::Invalid {
                field: named,
                message,
            }) => {
                assert_eq!(named, field, "{content}: {message}");
            }
            other => panic!("{content} was checked as {other:?}"),
        }
    }
}
