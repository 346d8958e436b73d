//! How a message looks: markup, since there are hundreds of them.

use super::{
    message::{Content, File, Message, Person, Quoted},
    words::Texts,
};
use crate::{
    components::{icon::Icon, rows::Row},
    format::{self, escaped},
    i18n::Locale,
};
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
        let follows = before.is_some_and(|(other, _)| {
            other.mine == message.mine
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
            file: File {
                address: Some(_), ..
            },
            ..
        } => " bare",
        Content::Deleted | Content::Waiting | Content::Unsupported => " faint",
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
    content(html, &message.content, around);
    meta(html, message, around);
    html.push_str("</div>");
    if message.can_answer() {
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

fn content(html: &mut String, content: &Content, around: &Around<'_>) {
    let texts = around.texts;
    match content {
        Content::Text(text) => words(html, text),
        Content::File {
            kind,
            file: it,
            caption,
        } => {
            file(html, *kind, it, around);
            if !caption.is_empty() {
                words(html, caption);
            }
        }
        Content::Place {
            latitude,
            longitude,
            words,
        } => {
            put(
                html,
                format_args!(
                    r#"<p class="card">{}<span><b>{}</b>"#,
                    Icon::Pin.markup(),
                    (texts.kind)(ContentType::Location)
                ),
            );
            for line in words {
                put(html, format_args!("<span>{}</span>", escaped(line)));
            }
            put(
                html,
                format_args!(
                    r#"<a href="https://www.openstreetmap.org/?mlat={latitude}&amp;mlon={longitude}#map=16/{latitude}/{longitude}" target="_blank" rel="noopener noreferrer">{}</a></span></p>"#,
                    texts.map
                ),
            );
        }
        Content::Contacts(cards) => {
            for (name, number) in cards {
                let number = number.as_deref().map(format::phone).unwrap_or_default();
                put(
                    html,
                    format_args!(
                        r#"<p class="card"><span class="avatar hue-{}" aria-hidden="true">{}</span><span><b>{}</b><span>{}</span></span></p>"#,
                        hue(name),
                        escaped(&format::initials(name)),
                        escaped(name),
                        escaped(&number)
                    ),
                );
            }
        }
        Content::Poll {
            question,
            options,
            voters,
        } => {
            put(
                html,
                format_args!(
                    r#"<div class="poll"><p><b>{}</b></p><ul>"#,
                    escaped(question)
                ),
            );
            for (option, chosen) in options {
                let percent = chosen * 100 / (*voters).max(1);
                put(
                    html,
                    format_args!(
                        r#"<li><span>{}</span><span class="hint">{}</span><i style="width:{percent}%"></i></li>"#,
                        escaped(option),
                        (texts.votes)(*chosen)
                    ),
                );
            }
            html.push_str("</ul></div>");
        }
        Content::Deleted => aside(html, texts.deleted),
        Content::Waiting => aside(html, texts.waiting),
        Content::Unsupported => aside(html, texts.unsupported),
    }
}

fn aside(html: &mut String, what: &str) {
    put(html, format_args!(r#"<p class="words">{what}</p>"#));
}

fn file(html: &mut String, kind: ContentType, file: &File, around: &Around<'_>) {
    let texts = around.texts;
    let called = (texts.kind)(kind);
    let Some(address) = &file.address else {
        return card(html, called, file, Some(texts.not_here), around);
    };
    let address = escaped(address);
    // Room is kept for what is still to come.
    let size = match (file.width, file.height) {
        (Some(width), Some(height)) => format!(r#" width="{width}" height="{height}""#),
        _ => String::new(),
    };
    match kind {
        ContentType::Image | ContentType::Sticker => put(
            html,
            format_args!(
                r#"<a class="picture" href="{address}" target="_blank" rel="noopener"><img src="{address}" alt="{called}" loading="lazy"{size}></a>"#
            ),
        ),
        ContentType::Video | ContentType::Gif => put(
            html,
            format_args!(
                r#"<video class="picture" src="{address}" aria-label="{called}" controls preload="metadata"{size}></video>"#
            ),
        ),
        ContentType::Audio | ContentType::Voice => put(
            html,
            format_args!(
                r#"<audio src="{address}" aria-label="{called}" controls preload="none"></audio>"#
            ),
        ),
        _ => {
            let name = escaped(file.name.as_deref().unwrap_or_default());
            put(
                html,
                format_args!(r#"<a class="file" href="{address}" download="{name}">"#),
            );
            card(html, called, file, None, around);
            html.push_str("</a>");
        }
    }
}

/// What is known of a file, without the file.
fn card(html: &mut String, called: &str, file: &File, but: Option<&str>, around: &Around<'_>) {
    let name = file.name.as_deref().unwrap_or(called);
    let mut more = Vec::new();
    if file.name.is_some() {
        more.push(called.to_owned());
    }
    more.extend(file.size.map(|size| format::bytes(size, around.locale)));
    more.extend(file.seconds.map(format::clock));
    if file.view_once {
        more.push(around.texts.view_once.to_owned());
    }
    more.extend(but.map(str::to_owned));
    put(
        html,
        format_args!(
            r#"<span class="card">{}<span><b>{}</b><span class="hint">{}</span></span></span>"#,
            Icon::File.markup(),
            escaped(name),
            escaped(&more.join(" · "))
        ),
    );
}

/// A text with its links.
fn words(html: &mut String, text: &str) {
    html.push_str(r#"<p class="words">"#);
    let mut rest = text;
    while let Some(at) = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| rest.find(scheme))
        .min()
    {
        html.push_str(&escaped(&rest[..at]));
        let end = rest[at..].find(char::is_whitespace);
        let link = &rest[at..end.map_or(rest.len(), |end| at + end)];
        // What ends a sentence does not belong to the address.
        let address = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'']);
        let shown = escaped(address);
        put(
            html,
            format_args!(
                r#"<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a>"#
            ),
        );
        rest = &rest[at + address.len()..];
        if address.is_empty() {
            break;
        }
    }
    html.push_str(&escaped(rest));
    html.push_str("</p>");
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
mod tests {
    use super::*;
    use crate::pages::inbox::{message::sample, words};

    fn around() -> Around<'static> {
        Around {
            texts: Locale::En.of(&words::TEXTS),
            locale: Locale::En,
            in_group: true,
            hour: &|_| "10:02".to_owned(),
            day: &|at| {
                (
                    at.timestamp() / 86_400,
                    format!("day {}", at.timestamp() / 86_400),
                )
            },
            reason: &|_| Some("Not on WhatsApp.".to_owned()),
        }
    }

    fn html(messages: &[Message]) -> Vec<String> {
        let all: Vec<&Message> = messages.iter().collect();
        let rows = rows(&all, &around());
        rows.into_iter().map(|row| row.html).collect()
    }

    #[test]
    fn nothing_that_somebody_writes_is_markup() {
        let evil = r#"<img src=x onerror="alert(1)">"#;
        let mut message = sample("1", evil);
        message.from.name = Some(evil.to_owned());
        message.reactions = vec![super::super::message::Reaction {
            emoji: evil.to_owned(),
            who: vec![evil.to_owned()],
        }];
        message.quoted = Some(Quoted {
            whatsapp_id: evil.to_owned(),
            from: Some(evil.to_owned()),
            words: Some(evil.to_owned()),
        });
        let contents = [
            message.content.clone(),
            Content::Text(format!("https://example.com/{evil}")),
            Content::Contacts(vec![(evil.to_owned(), Some(evil.to_owned()))]),
            Content::Place {
                latitude: 1.0,
                longitude: 2.0,
                words: vec![evil.to_owned()],
            },
            Content::Poll {
                question: evil.to_owned(),
                options: vec![(evil.to_owned(), 1)],
                voters: 1,
            },
            Content::File {
                kind: ContentType::Document,
                file: File {
                    address: Some(evil.to_owned()),
                    name: Some(evil.to_owned()),
                    ..File::default()
                },
                caption: evil.to_owned(),
            },
        ];
        for content in contents {
            message.content = content;
            let html = html(std::slice::from_ref(&message)).concat();
            assert!(!html.contains("<img src=x"), "{html}");
            assert!(!html.contains(r#"onerror="alert"#), "{html}");
        }
    }

    #[test]
    fn links_are_links_and_end_where_the_address_does() {
        let mut html = String::new();
        words(
            &mut html,
            "See https://a.example/?a=1&b=2, or (http://b.example).",
        );
        assert_eq!(
            html,
            r#"<p class="words">See <a href="https://a.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">https://a.example/?a=1&amp;b=2</a>, or (<a href="http://b.example" target="_blank" rel="noopener noreferrer">http://b.example</a>).</p>"#
        );
    }

    #[test]
    fn a_day_is_named_once_and_a_writer_once_in_a_row() {
        let mut all = [sample("1", "a"), sample("2", "b"), sample("3", "c")];
        all[2].at += chrono::TimeDelta::days(1);
        let html = html(&all);
        assert!(html[0].contains("day 0") && html[0].contains("writer"));
        assert!(!html[1].contains("day 0") && !html[1].contains(r#"class="writer"#));
        assert!(html[2].contains("day 1") && html[2].contains("writer"));
    }

    #[test]
    fn a_quote_leads_to_what_it_quotes_where_that_is_on_the_page() {
        let mut all = [sample("1", "the question"), sample("2", "the answer")];
        all[1].quoted = Some(Quoted {
            whatsapp_id: "WA1".to_owned(),
            from: None,
            words: None,
        });
        let html_of_both = html(&all);
        assert!(
            html_of_both[1].contains(r#"data-to="1""#),
            "{}",
            html_of_both[1]
        );
        assert!(html_of_both[1].contains("the question"));
        let alone = html(&all[1..]);
        assert!(alone[0].contains(r#"<div class="quoted">"#), "{}", alone[0]);
    }

    #[test]
    fn what_failed_says_why_and_what_can_be_done() {
        let mut message = sample("1", "text");
        message.mine = true;
        message.of_outbox = true;
        message.status = Some(MessageStatus::Failed);
        let html = html(&[message]).concat();
        assert!(html.contains("Not on WhatsApp."), "{html}");
        assert!(html.contains(r#"data-act="retry""#), "{html}");
        assert!(!html.contains(r#"data-act="reply""#), "{html}");
    }
}
