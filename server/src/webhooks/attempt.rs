//! One attempt to hand an event over.

use super::{model::Webhook, replies, signing};
use crate::{
    App,
    config::Secret,
    platform::fetch::{Answer, Error},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, InvalidHeaderValue},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;
use whahook_contract::webhook::AttemptView;

/// From the first byte to the last of the answer.
pub const WITHIN: Duration = Duration::from_secs(15);
/// As much of an answer is kept, in characters.
const SHOWN_MAX: usize = 1_000;
/// As much of it is read to be shown, in bytes.
const ANSWER_MAX: usize = 4 * SHOWN_MAX;

/// What went out, and what came back.
#[derive(Debug)]
pub struct Attempt {
    pub view: AttemptView,
    /// What came back; where a webhook replies, as much as a reply may have.
    pub answer: Vec<u8>,
    pub retry_after: Option<Duration>,
    /// The receiver wants nothing more, ever.
    pub is_gone: bool,
}

impl Attempt {
    pub const fn has_arrived(&self) -> bool {
        self.view.error.is_none()
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(
        "its secret or headers cannot be read: SECRET_KEY is another one. Make a new secret, and set the headers again"
    )]
    Sealed,
    #[error("cannot be signed: {0}")]
    Unsigned(#[from] standardwebhooks::WebhookError),
    #[error("a header cannot be sent: {0}")]
    Header(#[from] InvalidHeaderValue),
    #[error(transparent)]
    Fetch(#[from] Error),
}

/// Names the place of a webhook's sealed secrets.
pub fn place(webhook: &Webhook, what: &str) -> String {
    format!("webhooks/{}/{what}", webhook.id)
}

/// Sends a body under an id.
pub async fn send(app: &App, webhook: &Webhook, id: &str, body: String) -> Attempt {
    let at = app.clock.now();
    let begun = Instant::now();
    let outcome = hand_over(app, webhook, id, body).await;
    let duration = begun.elapsed();
    let error = match &outcome {
        Ok(answer) if (200..300).contains(&answer.status) => None,
        Ok(answer) => Some(Error::Status(answer.status).to_string()),
        Err(failure) => Some(failure.to_string()),
    };
    count(&outcome, error.is_none(), duration);
    let answer = outcome.ok();
    let status = answer.as_ref().map(|answer| answer.status);
    let body = answer.as_ref().map(|answer| shown(&answer.body));
    Attempt {
        view: AttemptView {
            at,
            duration_ms: i64::try_from(duration.as_millis()).unwrap_or(i64::MAX),
            status: status.map(i64::from),
            body: body.filter(|body| !body.is_empty()),
            error,
            reply: None,
        },
        retry_after: answer.as_ref().and_then(|answer| answer.retry_after),
        is_gone: status == Some(410),
        answer: answer.map(|answer| answer.body).unwrap_or_default(),
    }
}

async fn hand_over(
    app: &App,
    webhook: &Webhook,
    id: &str,
    body: String,
) -> Result<Answer, Failure> {
    let now = app.clock.now();
    let open = |what: &str, sealed: &str| {
        let place = place(webhook, what);
        app.sealer.open(&place, sealed).ok_or(Failure::Sealed)
    };
    let mut secrets: Vec<Secret> = vec![open("secret", &webhook.sealed.secret)?];
    if let Some(previous) = &webhook.sealed.previous
        && webhook.previous_until.is_some_and(|until| until > now)
    {
        secrets.push(open("secret", previous)?);
    }
    let mut headers = HeaderMap::new();
    if let Some(sealed) = &webhook.sealed.headers {
        let opened = open("headers", sealed)?;
        let own: BTreeMap<String, String> =
            serde_json::from_str(opened.expose()).map_err(|_| Failure::Sealed)?;
        for (name, value) in own {
            let name: HeaderName = name.parse().map_err(|_| Failure::Sealed)?;
            let mut value = HeaderValue::from_str(&value)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    let timestamp = now.timestamp();
    let signature = signing::sign(&secrets, id, timestamp, &body)?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", HeaderValue::from_str(id)?);
    headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
    headers.insert("webhook-signature", HeaderValue::from_str(&signature)?);
    let url = &webhook.url;
    let max = if webhook.replies {
        replies::ANSWER_MAX
    } else {
        ANSWER_MAX
    };
    let sent = app.poster.post(url, headers, body, WITHIN, max);
    Ok(sent.await?)
}

fn count(outcome: &Result<Answer, Failure>, arrived: bool, duration: Duration) {
    let outcome = match outcome {
        _ if arrived => "delivered",
        Ok(_) => "refused",
        Err(Failure::Fetch(Error::TimedOut)) => "timed_out",
        Err(Failure::Fetch(Error::Refused)) => "not_allowed",
        Err(_) => "unreachable",
    };
    metrics::counter!("whahook_webhook_attempts_total", "outcome" => outcome).increment(1);
    metrics::histogram!("whahook_webhook_attempt_duration_seconds").record(duration);
}

/// For people; no database takes a NUL.
pub fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(ANSWER_MAX)]);
    let printable = text.chars().filter(|c| *c != '\0');
    printable.take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_the_beginning_is_kept_whatever_it_is() {
        assert_eq!(shown(b"ok\0"), "ok");
        assert_eq!(
            shown("ñ".repeat(5_000).as_bytes()).chars().count(),
            SHOWN_MAX
        );
        assert_eq!(shown(&[0xff, b'a']), "\u{fffd}a");
    }
}
