//! What a message says: its text, its file, and all the rest.

use super::{Around, hue, put};
use crate::{
    components::icon::Icon,
    format::{self, escaped},
    pages::inbox::message::{Content, File},
};
use whahook_contract::{message::ContentType, received::MediaState};

pub fn said(html: &mut String, content: &Content, around: &Around<'_>) {
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
                    r#"<p class="piece">{}<span><b>{}</b>"#,
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
                        r#"<p class="piece"><span class="avatar hue-{}" aria-hidden="true">{}</span><span><b>{}</b><span>{}</span></span></p>"#,
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
        Content::ViewOnce => aside(html, texts.only_once),
        // A line of its own, instead of a bubble.
        Content::MissedCall { .. } | Content::GroupChange { .. } => {}
        Content::Unsupported => aside(html, texts.unsupported),
    }
}

fn aside(html: &mut String, what: &str) {
    put(html, format_args!(r#"<p class="words">{what}</p>"#));
}

fn file(html: &mut String, kind: ContentType, file: &File, around: &Around<'_>) {
    let texts = around.texts;
    let called = (texts.kind)(kind);
    let Some(address) = file.here() else {
        return absent(html, called, file, around);
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
            piece(html, called, file, None, around);
            html.push_str("</a>");
        }
    }
}

/// Why a file is not here, and the way to get it.
fn absent(html: &mut String, called: &str, file: &File, around: &Around<'_>) {
    let texts = around.texts;
    let why = match (file.state, file.reason) {
        (Some(MediaState::Pending), _) => texts.fetching,
        (_, Some(reason)) => (texts.not_fetched)(reason),
        _ => texts.not_here,
    };
    piece(html, called, file, Some(why), around);
    if file.can_fetch() {
        put(
            html,
            format_args!(
                r#"<button type="button" class="button small fetch" data-act="fetch">{}</button>"#,
                texts.fetch
            ),
        );
    }
}

/// What is known of a file, without the file.
fn piece(html: &mut String, called: &str, file: &File, but: Option<&str>, around: &Around<'_>) {
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
            r#"<span class="piece">{}<span><b>{}</b><span class="hint">{}</span></span></span>"#,
            Icon::File.markup(),
            escaped(name),
            escaped(&more.join(" · "))
        ),
    );
}

/// A text with its links.
pub fn words(html: &mut String, text: &str) {
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
