//! A mail as it goes out: plain text, and the same as HTML.

use super::{
    model::{Incident, What},
    webhooks::Ended,
    words::{self, Text},
};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use std::{fmt::Write, time::SystemTime};
use url::Url;
use whahook_contract::Timestamp;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not an address that mail can be sent to: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail could not be put together: {0}")]
    Message(#[from] lettre::error::Error),
}

/// Tells other programs not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Who writes, and of which server.
#[derive(Debug, Clone)]
pub struct Letterhead {
    pub from: Mailbox,
    pub app_url: Url,
}

impl Letterhead {
    /// The address of a page.
    fn page(&self, path: &str) -> String {
        self.app_url
            .join(path)
            .map_or_else(|_| self.app_url.to_string(), String::from)
    }

    /// One for each mail, however often it is sent: what a mail server got twice
    /// after all, readers show once.
    fn message_id(&self, id: &str, what: What) -> String {
        self.name(&format!("{id}.{}", what.code()))
    }

    fn name(&self, id: &str) -> String {
        let host = self.app_url.host_str().unwrap_or("localhost");
        format!("<{id}@{host}>")
    }
}

const CONNECTIONS: &str = "settings/connections";
const WEBHOOKS: &str = "settings/webhooks";

/// # Errors
/// The owner's address is none for mail.
pub fn about(
    incident: &Incident,
    what: What,
    letterhead: &Letterhead,
    now: Timestamp,
) -> Result<Message, Error> {
    let to = Mailbox::new(
        Some(incident.owner.name.clone()),
        incident.owner.email.parse()?,
    );
    let mut message = Message::builder()
        .to(to)
        .message_id(Some(letterhead.message_id(&incident.id, what)));
    if what == What::Return {
        // Both stand together in the reader's list.
        let loss = letterhead.message_id(&incident.id, What::Loss);
        message = message.in_reply_to(loss.clone()).references(loss);
    }
    let text = words::about(incident, what, now);
    finish(message, &text, letterhead, CONNECTIONS, now)
}

/// # Errors
/// The owner's address is none for mail.
pub fn of_webhook(
    ended: &Ended,
    letterhead: &Letterhead,
    now: Timestamp,
) -> Result<Message, Error> {
    let to = Mailbox::new(Some(ended.owner.name.clone()), ended.owner.email.parse()?);
    let id = format!("{}.{}", ended.id, ended.at.timestamp_millis());
    let message = Message::builder()
        .to(to)
        .message_id(Some(letterhead.name(&id)));
    finish(
        message,
        &words::of_webhook(ended),
        letterhead,
        WEBHOOKS,
        now,
    )
}

/// A mail that shows an operator that e-mail works.
///
/// # Errors
/// It cannot be put together.
pub fn trial(to: Mailbox, letterhead: &Letterhead, now: Timestamp) -> Result<Message, Error> {
    finish(
        Message::builder().to(to).message_id(None),
        &words::trial(now),
        letterhead,
        CONNECTIONS,
        now,
    )
}

fn finish(
    message: lettre::message::MessageBuilder,
    text: &Text,
    letterhead: &Letterhead,
    page: &str,
    now: Timestamp,
) -> Result<Message, Error> {
    let link = letterhead.page(page);
    let body = MultiPart::alternative_plain_html(plain(text, &link), html(text, &link));
    Ok(message
        .from(letterhead.from.clone())
        .subject(text.subject.as_str())
        .date(SystemTime::from(now))
        .header(AutoSubmitted)
        .multipart(body)?)
}

fn plain(text: &Text, link: &str) -> String {
    let Text {
        greeting,
        paragraphs,
        link: open,
        footer,
        ..
    } = text;
    let paragraphs = paragraphs.join("\n\n");
    format!("{greeting}\n\n{paragraphs}\n\n{open}: {link}\n\n-- \n{footer}\n")
}

fn html(text: &Text, link: &str) -> String {
    let mut paragraphs = String::new();
    for paragraph in &text.paragraphs {
        let _ = write!(paragraphs, "<p>{}</p>", escaped(paragraph));
    }
    format!(
        "<!doctype html><html><body style=\"font-family:sans-serif;line-height:1.5;color:#1c1f23;\
         max-width:36em\"><p>{greeting}</p>{paragraphs}<p><a href=\"{link}\" \
         style=\"display:inline-block;padding:10px 16px;border-radius:8px;background:#0b6b4f;\
         color:#ffffff;text-decoration:none\">{open}</a></p><p style=\"font-size:13px;\
         color:#5c636b\">{footer}</p></body></html>",
        greeting = escaped(&text.greeting),
        link = escaped(link),
        open = escaped(&text.link),
        footer = escaped(&text.footer),
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_write_html() {
        let text = Text {
            subject: String::new(),
            greeting: "Hello <b>Ana</b>,".to_owned(),
            paragraphs: vec!["“<img src=x onerror=\"a()\">” & 'more'".to_owned()],
            link: "Open".to_owned(),
            footer: String::new(),
        };
        let html = html(&text, "https://a.example/?a=1&b=\"2\"");
        assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
        assert!(html.contains("href=\"https://a.example/?a=1&amp;b=&quot;2&quot;\""));
        let plain = plain(&text, "https://a.example/");
        assert!(plain.contains("<img src=x"), "plain text stays as it is");
    }
}
