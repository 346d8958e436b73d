//! A delivery in words and markup. Pure.

use super::{
    calls::{Attempt, Delivery},
    words::Texts,
};
use crate::{components::icon::Icon, format};
use std::fmt::Write as _;
use whahook_contract::{Timestamp, webhook::DeliveryStatus};

const fn look(status: DeliveryStatus) -> (&'static str, Icon) {
    match status {
        DeliveryStatus::Waiting => ("waiting", Icon::Clock),
        DeliveryStatus::Delivered => ("good", Icon::Check),
        DeliveryStatus::Failed => ("bad", Icon::Alert),
    }
}

/// Whether a test arrived, and what came back.
pub fn outcome(delivery: &Delivery, texts: &Texts) -> (bool, String) {
    let arrived = delivery.status == DeliveryStatus::Delivered;
    let words = delivery.last.as_ref().map(|last| answer(last, texts));
    (arrived, words.unwrap_or_default())
}

/// What came back, and how soon.
fn answer(attempt: &Attempt, texts: &Texts) -> String {
    let took = (texts.took)(attempt.duration_ms);
    match (attempt.status, &attempt.error) {
        (Some(status), _) => format!("{} · {took}", (texts.answered)(status)),
        (None, Some(error)) => format!("{}: {error} · {took}", texts.no_answer),
        (None, None) => took,
    }
}

/// One line of it.
pub fn head(delivery: &Delivery, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> String {
    let (tone, icon) = look(delivery.status);
    let last = delivery.last.as_ref().map(|last| answer(last, texts));
    format!(
        r#"<span class="message-status {tone}">{}{}</span><code>{}</code><span class="since delivery-answer">{}</span><span class="since message-when"><time datetime="{}">{}</time></span>"#,
        icon.markup(),
        (texts.status)(delivery.status),
        format::escaped(&delivery.event_type),
        format::escaped(&last.unwrap_or_default()),
        format::iso(delivery.created_at),
        format::escaped(&local(delivery.created_at)),
    )
}

/// All of it.
pub fn body(delivery: &Delivery, texts: &Texts, local: &dyn Fn(Timestamp) -> String) -> String {
    let mut facts = vec![(texts.attempts, delivery.attempts.to_string())];
    if let Some(last) = &delivery.last {
        facts.push((
            texts.last_attempt,
            format!("{} · {}", local(last.at), answer(last, texts)),
        ));
    }
    if delivery.status == DeliveryStatus::Waiting {
        let next = match delivery.next_attempt_at {
            Some(at) => local(at),
            None => texts.waits_its_turn.to_owned(),
        };
        facts.push((texts.next_attempt, next));
    }
    facts.push(("webhook-id", delivery.message_id.clone()));
    if let Some(reply) = delivery.last.as_ref().and_then(|last| last.reply.as_ref()) {
        let told = match reply {
            Ok(id) => format!("{} {id}", texts.reply_accepted),
            Err(error) => format!("{} {error}", texts.reply_refused),
        };
        facts.push((texts.reply, told));
    }
    let mut html = r#"<dl class="facts">"#.to_owned();
    for (name, fact) in facts {
        // Writing to a string cannot fail.
        let _ = write!(html, "<dt>{name}</dt><dd>{}</dd>", format::escaped(&fact));
    }
    html.push_str("</dl>");
    let error = delivery
        .last
        .as_ref()
        .and_then(|last| last.error.as_deref());
    let answered = delivery.last.as_ref().and_then(|last| last.body.as_deref());
    for (title, text) in [
        (texts.problem_title, error),
        (texts.answer, answered),
        (texts.request, delivery.event.as_deref()),
    ] {
        if let Some(text) = text {
            let _ = write!(
                html,
                r#"<h3>{title}</h3><pre class="snippet" tabindex="0">{}</pre>"#,
                format::escaped(text)
            );
        }
    }
    if delivery.event.is_none() && !delivery.message_id.starts_with("test_") {
        let _ = write!(html, r#"<p class="hint">{}</p>"#, texts.event_gone);
    }
    html
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    fn delivery() -> Delivery {
        Delivery {
            id: "00000000-0000-7000-8000-000000000009".parse().unwrap(),
            message_id: "evt_1_2".to_owned(),
            event_type: "message:received".to_owned(),
            status: DeliveryStatus::Waiting,
            attempts: 2,
            created_at: Timestamp::UNIX_EPOCH,
            next_attempt_at: None,
            last: Some(Attempt {
                at: Timestamp::UNIX_EPOCH,
                duration_ms: 1_234,
                status: Some(500),
                body: Some("<b>no</b>".to_owned()),
                error: Some("answered with status 500".to_owned()),
                reply: None,
            }),
            event: Some("{}".to_owned()),
        }
    }

    #[test]
    fn what_came_back_is_text_and_no_markup() {
        let texts = Locale::En.of(&super::super::words::TEXTS);
        let html = body(&delivery(), texts, &|_| "now".to_owned());
        assert!(
            html.contains("&lt;b>no&lt;/b>") && !html.contains("<b>no"),
            "{html}"
        );
        assert!(html.contains("Answered with 500 · 1.2 s"), "{html}");
        assert!(html.contains(texts.waits_its_turn), "{html}");
    }

    #[test]
    fn a_reply_that_was_not_taken_says_why() {
        let texts = Locale::En.of(&super::super::words::TEXTS);
        let mut delivery = delivery();
        let last = delivery.last.as_mut().unwrap();
        last.reply = Some(Err("`reply.text` is missing.".to_owned()));
        let html = body(&delivery, texts, &|_| "now".to_owned());
        assert!(html.contains("`reply.text` is missing."), "{html}");
    }
}
