//! What a receiver answers to a message, sent to the chat that it came from.

use super::{
    model::{Webhook, message_id},
    store,
};
use crate::{App, events::reading::Kept, outbox};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::timeout;
use whahook_contract::{
    contact::Party,
    ids::MessageId,
    message::{ContentType, Recipient},
    received::Direction,
    webhook::ReplyView,
};

/// As much of an answer is read where it may have a reply, in bytes.
pub const ANSWER_MAX: usize = 65_536;
/// Together with the time for the answer it is shorter than a delivery is taken for.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(10);
const RECEIVED: &str = "message:received";
const REPLY: &str = "reply";
/// What the message that is answered says already.
const GIVEN: &[&str] = &["account_id", "to", "idempotency_key"];

/// What is needed of a message to answer it.
#[derive(Debug, Deserialize)]
struct Received {
    direction: Direction,
    chat: Option<Recipient>,
    from: Party,
    whatsapp_message_id: String,
    text: Option<String>,
    caption: Option<String>,
}

/// Accepts the reply in an answer, as `POST /api/messages` would. However often
/// an event is answered, one reply is sent. `None`: there was none to be sent.
///
/// # Errors
/// It could not be accepted now: the event is to be sent again.
pub async fn take(
    app: &App,
    webhook: &Webhook,
    event: &Kept,
    answer: &[u8],
) -> Result<Option<ReplyView>, String> {
    if !webhook.replies || event.event_type != RECEIVED {
        return Ok(None);
    }
    let reply = match read(answer) {
        Ok(Some(reply)) => reply,
        Ok(None) => return Ok(None),
        Err(error) => return told(Err(error)),
    };
    let Ok(received) = serde_json::from_str::<Received>(event.data.get()) else {
        return told(Err(invalid(REPLY, "the message cannot be answered")));
    };
    if received.direction == Direction::Out {
        return told(Err(invalid(REPLY, "the account's own person wrote it")));
    }
    let would_loop = async {
        let mut conn = app.db.read().await?;
        store::answers(&mut conn, event.account_id, &received.from).await
    };
    if would_loop.await.map_err(|error| error.to_string())? {
        let problem = "it came from another account that a webhook here answers for: \
                       the two would never end";
        return told(Err(invalid(REPLY, problem)));
    }
    let body = match body(event, webhook, received, reply) {
        Ok(body) => body,
        Err(error) => return told(Err(error)),
    };
    let accepted = async {
        let new = outbox::input::message(body)?;
        let accepted = app.outbox.accept(&app.doorbell, webhook.user_id, new);
        accepted.await
    };
    let accepted = timeout(ACCEPTED_WITHIN, accepted).await;
    let accepted = accepted.map_err(|_| "it took too long to accept the reply".to_owned())?;
    told(accepted.map(|message| message.id))
}

/// The reply in an answer, if there is one.
///
/// # Errors
/// There is something else where it should be: says what.
pub fn read(answer: &[u8]) -> Result<Option<Map<String, Value>>, outbox::Error> {
    // Many answer `ok`.
    if !answer.trim_ascii_start().starts_with(b"{") {
        return Ok(None);
    }
    if answer.len() >= ANSWER_MAX {
        let problem = format!("the answer must be smaller than {ANSWER_MAX} bytes");
        return Err(invalid(REPLY, &problem));
    }
    let answer: Value = serde_json::from_slice(answer)
        .map_err(|error| invalid(REPLY, &format!("the answer is no JSON: {error}")))?;
    match &answer["reply"] {
        Value::Null => Ok(None),
        Value::Object(reply) => Ok(Some(reply.clone())),
        _ => Err(invalid(REPLY, "`reply` must be an object")),
    }
}

/// The body of `POST /api/messages`.
fn body(
    event: &Kept,
    webhook: &Webhook,
    received: Received,
    mut reply: Map<String, Value>,
) -> Result<Map<String, Value>, outbox::Error> {
    if let Some(given) = GIVEN.iter().find(|name| reply.contains_key(**name)) {
        let problem = format!("`{given}` is that of the message that is answered");
        return Err(invalid(given, &problem));
    }
    let chat = received.chat.map(|chat| chat.jid).unwrap_or_default();
    let is_group = chat.ends_with("@g.us");
    match reply.remove("quote") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::Bool(true)) if reply.contains_key("reply_to") => {
            return Err(invalid("quote", "`quote` and `reply_to` are two quotes"));
        }
        Some(Value::Bool(true)) => {
            let quoted = json!({
                "id": received.whatsapp_message_id,
                "from": is_group.then_some(received.from.jid),
                "text": received.text.or(received.caption),
            });
            reply.insert("reply_to".to_owned(), quoted);
        }
        Some(_) => return Err(invalid("quote", "`quote` must be true or false")),
    }
    let id = message_id(event.account_id, event.seq);
    let key = format!("webhook {} {id}", webhook.id);
    reply
        .entry("type")
        .or_insert_with(|| ContentType::Text.code().into());
    reply.insert("account_id".to_owned(), json!(event.account_id));
    reply.insert("to".to_owned(), chat.into());
    reply.insert("idempotency_key".to_owned(), key.into());
    Ok(reply)
}

fn invalid(field: &'static str, problem: &str) -> outbox::Error {
    outbox::Error::invalid(field, problem)
}

/// What became of it, as the delivery's record has it.
///
/// # Errors
/// It is not the reply's fault.
fn told(accepted: Result<MessageId, outbox::Error>) -> Result<Option<ReplyView>, String> {
    use crate::media::Error as File;
    use outbox::Error as Refused;

    let (message_id, field, error) = match accepted {
        Ok(id) => (Some(id), None, None),
        Err(
            Refused::Invalid { field, message } | Refused::Media(File::Invalid { field, message }),
        ) => {
            let error = Refused::invalid(field, message);
            let Refused::Invalid { field, message } = within_reply(error) else {
                return Ok(None);
            };
            (None, Some(field.into_owned()), Some(message))
        }
        Err(
            error @ (Refused::Duplicate(_)
            | Refused::Account(_)
            | Refused::Media(
                File::NotFound(_)
                | File::Gone(_)
                | File::TooLarge { .. }
                | File::QuotaExceeded { .. },
            )),
        ) => (None, None, Some(error.to_string())),
        Err(error) => return Err(error.to_string()),
    };
    let outcome = if error.is_none() {
        "accepted"
    } else {
        "refused"
    };
    metrics::counter!("whahook_webhook_replies_total", "outcome" => outcome).increment(1);
    Ok(Some(ReplyView {
        message_id,
        field,
        error,
    }))
}

/// A field of the message is one within the reply.
fn within_reply(error: outbox::Error) -> outbox::Error {
    match error {
        outbox::Error::Invalid { ref field, .. } if field == REPLY => error,
        error => error.within(REPLY),
    }
}
