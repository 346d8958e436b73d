//! Webhooks: addresses that events are sent to, and how that goes.

use crate::{
    ids::{AccountId, DeliveryId, MessageId, WebhookId},
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Headers to be sent along, by name.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Headers(pub BTreeMap<String, String>);

/// Without values: they may be secrets.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A new webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are sent to by `POST`, with `http://` or `https://`.
    #[cfg_attr(feature = "openapi", schema(example = "https://example.com/whatsapp"))]
    pub url: String,
    /// What you call it: up to 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The types of events that are sent; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// The accounts whose events are sent; all of yours, also those to come, when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_ids: Option<Vec<AccountId>>,
    /// Headers to be sent along, 20 at most. Their values are not shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// Whether events are sent; they are when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether what it answers to `message:received` is sent to the chat; it is not
    /// when absent. An answer of 2xx with `{"reply": {"text": "…"}}` has the body of
    /// `POST /api/messages` without `account_id` and `to`; `quote: true` quotes the
    /// message. However often an event is sent, it is answered once. What the
    /// account's own person wrote, and what came from another account that is
    /// answered by a webhook here, is not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub replies: Option<bool>,
}

/// What is to change of a webhook; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookChanges {
    /// Where events are sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "https://example.com/whatsapp"))]
    pub url: Option<String>,
    /// What you call it; empty: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The types of events that are sent; `null`: all.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub events: Option<Option<Vec<String>>>,
    /// The accounts whose events are sent; `null`: all. Of an account that is
    /// added, what happens from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<AccountId>>))]
    pub account_ids: Option<Option<Vec<AccountId>>>,
    /// All headers to be sent along, in place of those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// Whether events are sent. What happened while they were not is sent when
    /// they are again, as far as the ledger keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether what it answers to `message:received` is sent to the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub replies: Option<bool>,
}

/// Tells `null` from what was left out.
fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

codes! {
    /// What a webhook does.
    WebhookState {
        /// Events are sent.
        Active = "active",
        /// The last attempts failed; they go on, with pauses.
        Failing = "failing",
        /// Somebody turned it off.
        Off = "off",
        /// It failed for a day, or answered 410, and was turned off.
        Dead = "dead",
    }
}

/// A webhook. Neither its secret nor the values of its headers are ever shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookView {
    /// Names the webhook.
    pub id: WebhookId,
    /// Where events are sent to.
    #[cfg_attr(feature = "openapi", schema(example = "https://example.com/whatsapp"))]
    pub url: String,
    /// What you call it.
    pub label: Option<String>,
    /// The types of events that are sent; `null`: all.
    pub events: Option<Vec<String>>,
    /// The accounts whose events are sent; `null`: all of its owner's.
    pub account_ids: Option<Vec<AccountId>>,
    /// The names of the headers that are sent along.
    pub header_names: Vec<String>,
    /// Whether events are sent.
    pub enabled: bool,
    /// Whether what it answers to `message:received` is sent to the chat.
    pub replies: bool,
    /// What it does.
    pub state: WebhookState,
    /// Since when nothing has arrived; `null`: the last attempt succeeded.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why it was turned off by the server, or what the last attempt failed with.
    #[cfg_attr(feature = "openapi", schema(example = "answered with status 500"))]
    pub problem: Option<String>,
    /// How many events wait to be sent, or sent again; 1000 stands for more.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1_000, example = 3))]
    pub waiting: i64,
    /// When something arrived last.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Until when what is sent is signed with the secret before too.
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The answer to `POST /api/webhooks`: with the secret, which is shown only here.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedWebhook {
    /// Signs what is sent; verify it as Standard Webhooks prescribes.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
    )]
    pub secret: String,
    #[serde(flatten)]
    pub view: WebhookView,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// For how many seconds what is sent is signed with the old secret too: up to
    /// 604800 (a week); 86400 (a day) when absent. 0: the old one is known to
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 0, maximum = 604_800, example = 86_400)
    )]
    pub overlap_s: Option<i64>,
}

/// The secret that takes the place of the one before, shown only here.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretView {
    /// Signs what is sent from now on.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
    )]
    pub secret: String,
    /// Until when the one before signs too; `null`: no more.
    pub previous_secret_until: Option<DateTime<Utc>>,
}

/// What is to be sent again: everything after a number or since a time, or what
/// failed for good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Of this account; needed with `after`. All that the webhook covers when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Everything after this number in the account's ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1_042))]
    pub after: Option<i64>,
    /// Everything since this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only what was given up. Neither `after` nor `since` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub failed: Option<bool>,
}

/// What will be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayView {
    /// So many events, as of now.
    #[cfg_attr(feature = "openapi", schema(example = 128))]
    pub events: i64,
}

codes! {
    /// What became of a delivery.
    DeliveryStatus {
        /// To be sent, or sent again.
        Waiting = "waiting",
        /// The receiver has it.
        Delivered = "delivered",
        /// Given up, after a day: `POST /api/webhooks/{id}/replay` sends it again.
        Failed = "failed",
    }
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// Names the delivery.
    pub id: DeliveryId,
    /// The header `webhook-id`: the same however often the event is sent.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "evt_01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44_42")
    )]
    pub webhook_message_id: String,
    /// The account it is about; `null` for a test.
    pub account_id: Option<AccountId>,
    /// The event's number in the account's ledger; `null` for a test.
    pub seq: Option<i64>,
    /// The event's type; `webhook:test` for a test.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "message:status"))]
    pub event_type: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was sent.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    pub attempts: i64,
    /// Since when it has been to be sent.
    pub created_at: DateTime<Utc>,
    /// When it is sent again; `null` where it is not, or waits for the one before
    /// it in its chat.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it arrived or was given up.
    pub settled_at: Option<DateTime<Utc>>,
    /// The last attempt.
    pub last_attempt: Option<AttemptView>,
    /// What is sent: the event as the ledger has it; `null` once it is not kept
    /// any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub event: Option<serde_json::Value>,
}

/// An attempt to hand an event over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptView {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took.
    #[cfg_attr(feature = "openapi", schema(example = 84))]
    pub duration_ms: i64,
    /// The answer's status; `null`: there was none.
    #[cfg_attr(feature = "openapi", schema(example = 204))]
    pub status: Option<i64>,
    /// The beginning of the answer.
    #[cfg_attr(feature = "openapi", schema(example = "ok"))]
    pub body: Option<String>,
    /// Why it failed; `null`: it did not.
    #[cfg_attr(feature = "openapi", schema(example = "answered with status 500"))]
    pub error: Option<String>,
    /// What became of the reply in the answer; absent where there was none to be
    /// sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyView>,
}

/// A reply to a message, which came with the answer to its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyView {
    /// The message that was accepted for sending: `GET /api/messages/{id}`; `null`:
    /// none was.
    pub message_id: Option<MessageId>,
    /// The field that was wrong; `null` where none was.
    #[cfg_attr(feature = "openapi", schema(example = "reply.text"))]
    pub field: Option<String>,
    /// Why it was not accepted; `null`: it was.
    #[cfg_attr(feature = "openapi", schema(example = "`reply.text` is missing."))]
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_left_out_is_not_one_that_is_taken_away() {
        let changes: WebhookChanges = serde_json::from_str("{}").expect("reads");
        assert_eq!((changes.events, changes.account_ids), (None, None));
        let changes: WebhookChanges = serde_json::from_str(r#"{"events": null}"#).expect("reads");
        assert_eq!(changes.events, Some(None));
    }

    #[test]
    fn the_values_of_headers_stay_out_of_logs() {
        let headers: Headers =
            serde_json::from_str(r#"{"authorization": "Bearer secret"}"#).expect("reads");
        let shown = format!("{headers:?}");
        assert!(shown.contains("authorization") && !shown.contains("secret"));
    }
}
