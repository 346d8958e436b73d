//! A receiver that answers a received message: `{"reply": {"text": "…"}}`.

use super::{deliveries::Claimed, model::Webhook};
use crate::{App, outbox};
use serde::Deserialize;
use serde_json::{Value, json};

/// The event that can be replied to.
const RECEIVED: &str = "message:received";
/// Where the event has its chat, the first that is there.
const CHATS: &[&str] = &["/chat/jid", "/conversation/jid", "/from/jid"];

#[derive(Debug, Deserialize)]
struct Answer {
    reply: Reply,
}

#[derive(Debug, Deserialize)]
struct Reply {
    text: String,
}

/// Queues the reply, if there is one: once, however often the event is sent.
/// Before the delivery counts as done, so that a crash loses none.
///
/// # Errors
/// It may succeed another time.
pub async fn accept(
    app: &App,
    webhook: &Webhook,
    delivery: &Claimed,
    data: &str,
    answer: &[u8],
) -> Result<(), outbox::Error> {
    if !webhook.replies || delivery.event_type != RECEIVED {
        return Ok(());
    }
    let Some(text) = reply(answer) else {
        return Ok(());
    };
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let chat = CHATS.iter().find_map(|path| data.pointer(path)?.as_str());
    let Some(chat) = chat else {
        return Ok(());
    };
    let new = json!({
        "account_id": delivery.account, "to": chat, "type": "text", "text": text,
        "idempotency_key": format!("webhook-{}-{}", webhook.id, delivery.seq),
    });
    let Value::Object(new) = new else {
        return Ok(());
    };
    let accepted = match outbox::input::message(new) {
        Ok(new) => app.outbox.accept(&app.doorbell, webhook.user_id, new).await,
        Err(error) => Err(error),
    };
    match accepted {
        Ok(_) => Ok(()),
        Err(error @ outbox::Error::Database(_)) => Err(error),
        Err(error) => {
            tracing::warn!(webhook.id = %webhook.id, %error, "A webhook's reply was not accepted.");
            Ok(())
        }
    }
}

fn reply(answer: &[u8]) -> Option<String> {
    let Answer { reply } = serde_json::from_slice(answer).ok()?;
    Some(reply.text).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_a_reply_is_one() {
        let of = |answer: &str| reply(answer.as_bytes());
        assert_eq!(of(r#"{"reply": {"text": "Hi"}}"#).as_deref(), Some("Hi"));
        for other in [
            "",
            "ok",
            "{}",
            r#"{"reply": "Hi"}"#,
            r#"{"reply": {"text": " "}}"#,
            "[1]",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
