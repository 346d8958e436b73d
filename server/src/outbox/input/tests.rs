use super::*;
use serde_json::json;

const ACCOUNT: &str = "0193b5a0-0000-7000-8000-000000000001";

#[expect(clippy::needless_pass_by_value, reason = "as `json!` gives it")]
fn body(more: Value) -> Body {
    let mut body = json!({"account_id": ACCOUNT, "to": "+6287733760363"});
    let fields = body.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    fields.clone()
}

#[test]
fn every_type_is_read_with_all_its_fields() {
    let media = json!({"url": "https://example.com/x", "file_name": "x"});
    let reply = json!({"id": "3EB0AB", "from": "+593991203344", "text": "what it said"});
    for content in [
        json!({"type": "text", "text": "hi", "link_preview": {"url": "https://example.com"}, "reply_to": reply, "mentions": ["+593991203344"]}),
        json!({"type": "image", "media": media, "caption": "c", "reply_to": reply, "mentions": []}),
        json!({"type": "video", "media": media, "caption": "c"}),
        json!({"type": "gif", "media": media, "caption": null}),
        json!({"type": "audio", "media": media, "reply_to": reply}),
        json!({"type": "voice", "media": media}),
        json!({"type": "document", "media": {"id": ACCOUNT}, "caption": "c"}),
        json!({"type": "sticker", "media": media}),
        json!({"type": "location", "latitude": 1, "longitude": -2.5, "name": "n", "address": "a"}),
        json!({"type": "contact", "contacts": [{"name": "n", "phone_number": "+593991203344"}]}),
        json!({"type": "poll", "question": "q", "options": ["a", "b"], "multiple": true}),
        json!({"type": "reaction", "message": reply, "emoji": "👍"}),
        json!({"type": "edit", "message": reply, "text": "new", "mentions": []}),
        json!({"type": "delete", "message": reply}),
    ] {
        let code = content["type"].as_str().unwrap().to_owned();
        let read = message(body(content)).unwrap();
        assert_eq!(read.content.kind.content_type().code(), code);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let url = json!({"url": "https://example.com/x"});
    for (content, field, says) in [
        (json!({}), "type", "missing"),
        (json!({"type": "fax"}), "type", "`text`, `image`"),
        (json!({"type": 5}), "type", "not 5"),
        (json!({"type": "text"}), "text", "missing"),
        (json!({"type": "text", "text": null}), "text", "missing"),
        (json!({"type": "text", "text": 5}), "text", "a string"),
        (
            json!({"type": "text", "text": "hi", "body": 1}),
            "body",
            "`text`, `link_preview`",
        ),
        (
            json!({"type": "text", "text": "hi", "caption": "c"}),
            "caption",
            "of type `text`",
        ),
        (
            json!({"type": "text", "text": "hi", "mentions": "x"}),
            "mentions",
            "list",
        ),
        (
            json!({"type": "text", "text": "hi", "mentions": [1]}),
            "mentions[0]",
            "list",
        ),
        (
            json!({"type": "text", "text": "hi", "reply_to": "x"}),
            "reply_to",
            "an object",
        ),
        (
            json!({"type": "text", "text": "hi", "reply_to": {}}),
            "reply_to.id",
            "missing",
        ),
        (
            json!({"type": "text", "text": "hi", "reply_to": {"id": "x", "from_me": true}}),
            "reply_to.from_me",
            "unknown field",
        ),
        (
            json!({"type": "text", "text": "hi", "link_preview": {"image": 1}}),
            "link_preview.image",
            "unknown field",
        ),
        (
            json!({"type": "text", "text": "hi", "priority": "top"}),
            "priority",
            "`low`",
        ),
        (
            json!({"type": "text", "text": "hi", "send_at": "tomorrow"}),
            "send_at",
            "RFC 3339",
        ),
        (
            json!({"type": "text", "text": "hi", "idempotency_key": 1}),
            "idempotency_key",
            "a string",
        ),
        (
            json!({"type": "text", "text": "hi", "account_id": "x"}),
            "account_id",
            "GET /api/accounts",
        ),
        (
            json!({"type": "text", "text": "hi", "to": 1}),
            "to",
            "a string",
        ),
        (
            json!({"type": "text", "text": "hi", "to": null}),
            "to",
            "missing",
        ),
        (json!({"type": "image"}), "media", "missing"),
        (json!({"type": "image", "media": "x"}), "media", "an object"),
        (
            json!({"type": "image", "media": {"url": 5}}),
            "media.url",
            "a string",
        ),
        (
            json!({"type": "image", "media": {"id": "x"}}),
            "media.id",
            "wrong",
        ),
        (
            json!({"type": "image", "media": {"url": "x", "mime_type": "x"}}),
            "media.mime_type",
            "`file_name`",
        ),
        (
            json!({"type": "audio", "media": url, "caption": "c"}),
            "caption",
            "`media`, `reply_to`",
        ),
        (
            json!({"type": "location", "latitude": "1", "longitude": 2}),
            "latitude",
            "a number",
        ),
        (
            json!({"type": "location", "latitude": 1}),
            "longitude",
            "missing",
        ),
        (
            json!({"type": "contact", "contacts": {}}),
            "contacts",
            "wrong",
        ),
        (
            json!({"type": "contact", "contacts": [{"name": "n"}, {}]}),
            "contacts[1].name",
            "missing",
        ),
        (
            json!({"type": "contact", "contacts": [{"name": "n", "tel": 1}]}),
            "contacts[0].tel",
            "unknown field",
        ),
        (
            json!({"type": "poll", "question": "q", "options": ["a", 1]}),
            "options[1]",
            "list",
        ),
        (
            json!({"type": "poll", "question": "q", "options": ["a"], "multiple": 1}),
            "multiple",
            "true or false",
        ),
        (
            json!({"type": "poll", "question": "q", "options": ["a"], "secret": "x"}),
            "secret",
            "not known",
        ),
        (
            json!({"type": "reaction", "message": {"id": "x"}}),
            "emoji",
            "missing",
        ),
        (
            json!({"type": "reaction", "emoji": "👍"}),
            "message",
            "missing",
        ),
        (
            json!({"type": "edit", "message": {"id": "x"}}),
            "text",
            "missing",
        ),
        (
            json!({"type": "delete", "message": {"id": "x"}, "text": "x"}),
            "text",
            "of type `delete`",
        ),
    ] {
        match message(body(content.clone())) {
            Err(Error::Invalid {
                field: named,
                message,
            }) => {
                assert_eq!(named, field, "{content}: {message}");
                assert!(message.contains(says), "{content}: {message}");
                assert!(
                    message.contains(&format!("`{field}`")),
                    "{content}: {message}"
                );
            }
            other => panic!("{content} was read as {other:?}"),
        }
    }
}
