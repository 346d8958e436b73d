//! A body of the API as a message: read strictly, each field by itself, so that
//! what is wrong can be named.

use super::Error;
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use whahook_contract::{
    ids::{AccountId, MediaId},
    message::{
        ContactCard, Content, ContentType, Kind, LinkPreview, Location, Media, MessageRef,
        NewMessage, Poll, Priority,
    },
};

type Body = Map<String, Value>;

/// What every message has besides what it says.
const TERMS: &[&str] = &[
    "account_id",
    "to",
    "type",
    "idempotency_key",
    "send_at",
    "expires_at",
    "priority",
    "metadata",
];

/// What a bulk has besides what it says.
const BULK_TERMS: &[&str] = &[
    "account_id",
    "recipients",
    "type",
    "duplicates",
    "idempotency_key",
    "send_at",
    "expires_at",
    "priority",
    "metadata",
];

/// Read the body of `POST /api/messages`.
///
/// # Errors
/// A field is unknown, missing or of the wrong kind: says which, and what would
/// be right.
pub fn message(mut body: Body) -> Result<NewMessage, Error> {
    let mut message = to_whomever(&mut body, TERMS)?;
    message.to = need(&mut body, "to", "must be a string")?;
    Ok(message)
}

/// Read what all messages of a bulk have in common.
///
/// # Errors
/// As [`message`] has them.
pub fn bulk(mut body: Body) -> Result<NewMessage, Error> {
    to_whomever(&mut body, BULK_TERMS)
}

fn to_whomever(body: &mut Body, terms: &[&str]) -> Result<NewMessage, Error> {
    let content = content(body, terms)?;
    let account = take::<Value>(body, "account_id", "must be a string")?;
    let account = account.ok_or_else(|| missing("account_id"))?;
    let account_id = account
        .as_str()
        .and_then(|id| id.parse::<AccountId>().ok())
        .ok_or_else(|| {
            Error::invalid(
                "account_id",
                "`account_id` must be the id of an account, as `GET /api/accounts` lists them.",
            )
        })?;
    Ok(NewMessage {
        account_id,
        to: String::new(),
        content,
        idempotency_key: take(body, "idempotency_key", "must be a string")?,
        send_at: time(body, "send_at")?,
        expires_at: time(body, "expires_at")?,
        priority: take::<Priority>(body, "priority", "must be `low`, `normal` or `high`")?,
        metadata: body.remove("metadata").filter(|value| !value.is_null()),
    })
}

fn time(body: &mut Body, field: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
    let must = "must be a time as in RFC 3339, like `2026-12-24T18:00:00Z`";
    take(body, field, must)
}

/// Take what a message says out of a body that has these other fields besides.
///
/// # Errors
/// As [`message`] has them.
pub fn content(body: &mut Body, others: &[&str]) -> Result<Content, Error> {
    let given = body.get("type").filter(|given| !given.is_null());
    let given = given.ok_or_else(|| missing("type"))?;
    let content_type = given.as_str().and_then(ContentType::from_code);
    let Some(content_type) = content_type else {
        let known: Vec<&str> = ContentType::ALL.iter().map(|known| known.code()).collect();
        let known = known.join("`, `");
        return Err(Error::invalid(
            "type",
            format!("`type` must be one of `{known}`, not {given}."),
        ));
    };
    let fields = fields(content_type);
    let known = |key: &str| fields.contains(&key) || others.contains(&key);
    if let Some(unknown) = body.keys().find(|key| !known(key)) {
        let (name, own) = (content_type.code(), fields.join("`, `"));
        let message = format!(
            "`{unknown}` is not known here; a message of type `{name}` has `{own}`, and any has \
             `{}`.",
            others.join("`, `")
        );
        return Err(Error::invalid(unknown.clone(), message));
    }
    body.remove("type");
    Ok(Content {
        kind: kind(body, content_type)?,
        reply_to: take::<RefIn>(body, "reply_to", "")?.map(Into::into),
        mentions: take(body, "mentions", "must be a list of strings")?.unwrap_or_default(),
    })
}

/// What a message of a type has.
const fn fields(content_type: ContentType) -> &'static [&'static str] {
    match content_type {
        ContentType::Text => &["text", "link_preview", "reply_to", "mentions"],
        ContentType::Image | ContentType::Video | ContentType::Gif | ContentType::Document => {
            &["media", "caption", "reply_to", "mentions"]
        }
        ContentType::Audio | ContentType::Voice | ContentType::Sticker => &["media", "reply_to"],
        ContentType::Location => &["latitude", "longitude", "name", "address", "reply_to"],
        ContentType::Contact => &["contacts", "reply_to"],
        ContentType::Poll => &["question", "options", "multiple", "reply_to"],
        ContentType::Reaction => &["message", "emoji"],
        ContentType::Edit => &["message", "text", "mentions"],
        ContentType::Delete => &["message"],
    }
}

fn kind(body: &mut Body, content_type: ContentType) -> Result<Kind, Error> {
    Ok(match content_type {
        ContentType::Text => Kind::Text {
            text: text(body)?,
            link_preview: take::<LinkPreview>(body, "link_preview", "")?,
        },
        ContentType::Image => Kind::Image {
            media: media(body)?,
            caption: caption(body)?,
        },
        ContentType::Video => Kind::Video {
            media: media(body)?,
            caption: caption(body)?,
        },
        ContentType::Gif => Kind::Gif {
            media: media(body)?,
            caption: caption(body)?,
        },
        ContentType::Document => Kind::Document {
            media: media(body)?,
            caption: caption(body)?,
        },
        ContentType::Audio => Kind::Audio {
            media: media(body)?,
        },
        ContentType::Voice => Kind::Voice {
            media: media(body)?,
        },
        ContentType::Sticker => Kind::Sticker {
            media: media(body)?,
        },
        ContentType::Location => Kind::Location(Location {
            latitude: need(body, "latitude", "must be a number")?,
            longitude: need(body, "longitude", "must be a number")?,
            name: take(body, "name", "must be a string")?,
            address: take(body, "address", "must be a string")?,
        }),
        ContentType::Contact => Kind::Contact {
            contacts: need::<Vec<ContactCard>>(body, "contacts", "")?,
        },
        ContentType::Poll => Kind::Poll(Poll {
            question: need(body, "question", "must be a string")?,
            options: need(body, "options", "must be a list of strings")?,
            multiple: take(body, "multiple", "must be true or false")?.unwrap_or_default(),
            secret: None,
        }),
        ContentType::Reaction => Kind::Reaction {
            message: need::<RefIn>(body, "message", "")?.into(),
            emoji: need(body, "emoji", "must be a string")?,
        },
        ContentType::Edit => Kind::Edit {
            message: need::<RefIn>(body, "message", "")?.into(),
            text: text(body)?,
        },
        ContentType::Delete => Kind::Delete {
            message: need::<RefIn>(body, "message", "")?.into(),
        },
    })
}

fn text(body: &mut Body) -> Result<String, Error> {
    need(body, "text", "must be a string")
}

fn caption(body: &mut Body) -> Result<Option<String>, Error> {
    take(body, "caption", "must be a string")
}

fn media(body: &mut Body) -> Result<Media, Error> {
    let given: MediaIn = need(body, "media", "")?;
    Ok(Media {
        id: given.id,
        url: given.url,
        file_name: given.file_name,
        ..Media::default()
    })
}

/// What may be said of a file; the rest is found out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MediaIn {
    id: Option<MediaId>,
    url: Option<String>,
    file_name: Option<String>,
}

/// What may be said of another message; the rest is found out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefIn {
    id: String,
    from: Option<String>,
    text: Option<String>,
}

impl From<RefIn> for MessageRef {
    fn from(given: RefIn) -> Self {
        Self {
            id: given.id,
            from: given.from,
            text: given.text,
            whatsapp_message_id: None,
            from_me: None,
            kind: None,
        }
    }
}

fn missing(field: &str) -> Error {
    Error::invalid(field.to_owned(), format!("`{field}` is missing."))
}

fn need<T: DeserializeOwned>(
    body: &mut Body,
    field: &'static str,
    must: &'static str,
) -> Result<T, Error> {
    take(body, field, must)?.ok_or_else(|| missing(field))
}

/// Take a field that may be left out, or be null. `must` says what it has to
/// be, where it has no fields of its own to name.
fn take<T: DeserializeOwned>(
    body: &mut Body,
    field: &'static str,
    must: &'static str,
) -> Result<Option<T>, Error> {
    let Some(value) = body.remove(field).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    // Serde would fill the fields of a struct from an array, in order.
    if must.is_empty() && field != "contacts" && !value.is_object() {
        return Err(Error::invalid(
            field,
            format!("`{field}` must be an object."),
        ));
    }
    let read = serde_path_to_error::deserialize(value);
    read.map(Some).map_err(|error| {
        let path = error.path().to_string();
        let problem = error.into_inner().to_string();
        let field = at(field, &path, &problem);
        let must = Some(must).filter(|must| !must.is_empty());
        let problem = must.map_or_else(|| format!("is wrong: {problem}"), ToOwned::to_owned);
        let message = format!("`{field}` {problem}.");
        Error::invalid(field, message)
    })
}

/// The name of what is wrong within a field. Serde reports a missing field at
/// its parent and has the name in its text.
fn at(field: &str, path: &str, problem: &str) -> String {
    let missing = problem.strip_prefix("missing field `");
    let missing = missing.and_then(|rest| rest.split('`').next());
    let mut name = field.to_owned();
    if path != "." {
        if !path.starts_with('[') {
            name.push('.');
        }
        name.push_str(path);
    }
    if let Some(missing) = missing {
        name.push('.');
        name.push_str(missing);
    }
    name
}

#[cfg(test)]
mod tests;
