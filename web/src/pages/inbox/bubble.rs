//! How a message looks: markup, since there are hundreds of them.

mod said;

use super::{
    message::{Content, Message, Person, Quoted},
    words::Texts,
};
use crate::{
    components::{icon::Icon, rows::Row},
    format::{self, escaped},
    i18n::Locale,
};
use said::said;
use std::fmt::Write as _;
use whahook_contract::{
    Timestamp,
    message::{ContentType, MessageStatus},
};

/// What a message cannot know by itself.
pub struct Around<'a> {
    pub texts: &'static Texts,
    pub locale: Locale,
    pub in_group: bool,
    /// Whether one can answer here.
    pub answers: bool,
    pub hour: &'a dyn Fn(Timestamp) -> String,
    /// The number of a day, and what it is called.
    pub day: &'a dyn Fn(Timestamp) -> (i64, String),
    /// Why a message failed, as far as it was found out.
    pub reason: &'a dyn Fn(&str) -> Option<String>,
}

/// Between messages of one person that still belong together.
const TOGETHER_S: i64 = 600;

pub fn rows(messages: &[&Message], around: &Around<'_>) -> Vec<Row> {
    let mut before: Option<(&Message, i64)> = None;
    let mut rows = Vec::with_capacity(messages.len());
    for message in messages {
        let (day, called) = (around.day)(message.at);
        let mut html = String::new();
        if before.is_none_or(|(_, of)| of != day) {
            put(
                &mut html,
                format_args!(r#"<p class="day"><span>{}</span></p>"#, escaped(&called)),
            );
            before = None;
        }
        if message.is_line() {
            line(&mut html, message, around);
            before = Some((message, day));
            rows.push(Row {
                key: message.id.clone(),
                html,
            });
            continue;
        }
        let follows = before.is_some_and(|(other, _)| {
            !other.is_line()
                && other.mine == message.mine
                && (message.mine || other.from.jid == message.from.jid)
                && (message.at - other.at).num_seconds() < TOGETHER_S
        });
        let answered = message.quoted.as_ref();
        let original = answered.and_then(|quoted| {
            let mut all = messages.iter();
            all.find(|it| it.whatsapp_id == quoted.whatsapp_id).copied()
        });
        let quoted = answered.map(|it| quote(it, original, messages, around));
        bubble(&mut html, message, follows, quoted.as_deref(), around);
        rows.push(Row {
            key: message.id.clone(),
            html,
        });
        before = Some((message, day));
    }
    rows
}

/// What happened, and was not written.
fn line(html: &mut String, message: &Message, around: &Around<'_>) {
    put(
        html,
        format_args!(
            r#"<p class="line" data-id="{}"><span>{} · {}</span></p>"#,
            escaped(&message.id),
            escaped(&message.summary(around.texts)),
            escaped(&(around.hour)(message.at))
        ),
    );
}

fn put(html: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = html.write_fmt(more);
}

fn bubble(
    html: &mut String,
    message: &Message,
    follows: bool,
    quoted: Option<&str>,
    around: &Around<'_>,
) {
    let texts = around.texts;
    let side = if message.mine { "out" } else { "in" };
    let place = if follows { "" } else { " first" };
    let kind = match &message.content {
        Content::File {
            kind: ContentType::Sticker,
            file,
            ..
        } if file.here().is_some() => " bare",
        Content::Deleted | Content::Waiting | Content::ViewOnce | Content::Unsupported => " faint",
        _ => "",
    };
    let who = message.writer(texts);
    put(
        html,
        format_args!(
            r#"<div class="message {side}{place}{kind}" data-id="{}"><div class="bubble">"#,
            escaped(&message.id)
        ),
    );
    if around.in_group && !message.mine && !follows {
        put(
            html,
            format_args!(
                r#"<p class="writer ink-{}">{}</p>"#,
                hue(&message.from.jid),
                escaped(&who)
            ),
        );
    } else {
        put(
            html,
            format_args!(
                r#"<span class="visually-hidden">{}: </span>"#,
                escaped(&who)
            ),
        );
    }
    html.push_str(quoted.unwrap_or_default());
    said(html, &message.content, around);
    meta(html, message, around);
    html.push_str("</div>");
    if around.answers && message.can_answer() {
        let name = (texts.reply_to)(&who);
        put(
            html,
            format_args!(
                r#"<button type="button" class="reply" data-act="reply" aria-label="{0}" title="{1}">{2}</button>"#,
                escaped(&name),
                texts.reply,
                Icon::Reply.markup()
            ),
        );
    }
    if !message.reactions.is_empty() {
        html.push_str(r#"<p class="reactions">"#);
        for reaction in &message.reactions {
            let who = escaped(&reaction.who.join(", "));
            let count = match reaction.who.len() {
                1 => String::new(),
                n => format!(" {n}"),
            };
            put(
                html,
                format_args!(
                    r#"<span title="{who}">{}{count}<span class="visually-hidden"> {who}</span></span>"#,
                    escaped(&reaction.emoji)
                ),
            );
        }
        html.push_str("</p>");
    }
    trouble(html, message, around);
    html.push_str("</div>");
}

/// What a message answers. Where that is on the page, it leads there.
fn quote(
    quoted: &Quoted,
    original: Option<&Message>,
    messages: &[&Message],
    around: &Around<'_>,
) -> String {
    let texts = around.texts;
    let of = |jid: &String| messages.iter().find(|it| it.from.jid == *jid);
    let writer = original.or_else(|| quoted.from.as_ref().and_then(of).copied());
    let who = writer.map(|it| it.writer(texts)).unwrap_or_default();
    let words = quoted.words.clone();
    let words = words.or_else(|| original.map(|it| it.summary(texts)));
    let inner = format!(
        "<b>{}</b><span>{}</span>",
        escaped(&who),
        escaped(&words.unwrap_or_default())
    );
    match original {
        Some(original) => format!(
            r#"<button type="button" class="quoted" data-to="{}" title="{}">{inner}</button>"#,
            escaped(&original.id),
            texts.original
        ),
        None => format!(r#"<div class="quoted">{inner}</div>"#),
    }
}

fn meta(html: &mut String, message: &Message, around: &Around<'_>) {
    html.push_str(r#"<p class="meta">"#);
    if message.edited {
        put(html, format_args!("<span>{}</span>", around.texts.edited));
    }
    put(
        html,
        format_args!("<span>{}</span>", escaped(&(around.hour)(message.at))),
    );
    if let Some(status) = message.status.filter(|_| message.mine) {
        html.push_str(&tick(status, around.texts));
    }
    html.push_str("</p>");
}

/// How far a message of one's own is.
pub fn tick(status: MessageStatus, texts: &Texts) -> String {
    let icon = match status {
        MessageStatus::Queued | MessageStatus::Sending => Icon::Clock,
        MessageStatus::Sent => Icon::Check,
        MessageStatus::Delivered | MessageStatus::Read => Icon::CheckTwice,
        MessageStatus::Failed => Icon::Alert,
        MessageStatus::Cancelled => Icon::Close,
    };
    format!(
        r#"<span class="tick {}" role="img" aria-label="{1}" title="{1}">{2}</span>"#,
        status.code(),
        (texts.status)(status),
        icon.markup()
    )
}

/// Why it did not go, or not yet, and what can be done.
fn trouble(html: &mut String, message: &Message, around: &Around<'_>) {
    let texts = around.texts;
    let (class, why, act, label) = match message.status {
        Some(MessageStatus::Failed) if message.of_outbox => {
            let why = (around.reason)(&message.id).unwrap_or_default();
            ("bad", why, "retry", texts.retry)
        }
        Some(MessageStatus::Queued) => {
            let Some((why, until)) = &message.waits else {
                return;
            };
            let until = until.map(around.hour);
            let why = (texts.waits)(*why, until.as_deref());
            ("waiting", why, "cancel", texts.cancel_message)
        }
        _ => return,
    };
    put(
        html,
        format_args!(
            r#"<p class="trouble {class}"><span>{}</span><button type="button" data-act="{act}">{label}</button></p>"#,
            escaped(&why)
        ),
    );
}

/// The same colour for the same person, always.
fn hue(name: &str) -> u128 {
    let sum = name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    format::hue(u128::from(sum))
}

impl Message {
    /// Who wrote it, as the reader calls them.
    pub fn writer(&self, texts: &Texts) -> String {
        if self.mine {
            texts.you.to_owned()
        } else {
            Person::shown(&self.from)
        }
    }
}

#[cfg(test)]
#[path = "bubble/tests.rs"]
mod tests;
