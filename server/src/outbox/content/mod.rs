//! What a message says: checked when it is accepted, and as the link sends it.

mod cards;
mod mentions;
mod outgoing;
mod targets;

pub use outgoing::has_file;
pub use targets::resolve;

use super::Error;
use phonenumber::country;
use whahook_contract::message::{Content, Kind, LinkPreview, Location, Media, MessageRef, Poll};

const TEXT_MAX: usize = 65_536;
const CAPTION_MAX: usize = 1_024;
const FILE_NAME_MAX: usize = 255;
const LINE_MAX: usize = 1_000;
const URL_MAX: usize = 2_048;
const ID_MAX: usize = 128;
const QUESTION_MAX: usize = 255;
const OPTION_MAX: usize = 100;
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

/// Whether this can be sent; what may be written in several ways is written in
/// one afterwards.
///
/// # Errors
/// A field is wrong: says which, and what would be right.
pub fn check(content: &mut Content, country: Option<country::Id>) -> Result<(), Error> {
    match &mut content.kind {
        Kind::Text { text, link_preview } => {
            length("text", text, TEXT_MAX)?;
            if let Some(preview) = link_preview {
                check_preview(text, preview)?;
            }
        }
        Kind::Image { media, caption }
        | Kind::Video { media, caption }
        | Kind::Gif { media, caption }
        | Kind::Document { media, caption } => {
            check_media(media)?;
            some_length("caption", caption.as_deref(), CAPTION_MAX)?;
        }
        Kind::Audio { media } | Kind::Voice { media } | Kind::Sticker { media } => {
            check_media(media)?;
        }
        Kind::Location(location) => check_location(location)?,
        Kind::Contact { contacts } => cards::check(contacts, country)?,
        Kind::Poll(poll) => check_poll(poll)?,
        Kind::Reaction { message, emoji } => {
            check_ref("message", message)?;
            *emoji = one_emoji(emoji)?;
        }
        Kind::Edit { message, text } => {
            check_ref("message", message)?;
            length("text", text, TEXT_MAX)?;
        }
        Kind::Delete { message } => check_ref("message", message)?,
    }
    if let Some(message) = &content.reply_to {
        check_ref("reply_to", message)?;
    }
    mentions::check(content, country)
}

fn length(field: &'static str, text: &str, most: usize) -> Result<(), Error> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > most {
        return Err(Error::invalid(
            field,
            format!("`{field}` must have 1 to {most} characters, not {length}"),
        ));
    }
    Ok(())
}

fn some_length(field: &'static str, text: Option<&str>, most: usize) -> Result<(), Error> {
    text.map_or(Ok(()), |text| length(field, text, most))
}

fn check_media(media: &Media) -> Result<(), Error> {
    if media.id.is_some() == media.url.is_some() {
        return Err(Error::invalid(
            "media",
            "`media` must have either a `url` or the `id` of a file that is here",
        ));
    }
    some_length("media.url", media.url.as_deref(), URL_MAX)?;
    some_length("media.file_name", media.file_name.as_deref(), FILE_NAME_MAX)?;
    let bad = |c: char| c.is_control() || matches!(c, '/' | '\\');
    if media
        .file_name
        .as_deref()
        .is_some_and(|name| name.contains(bad))
    {
        return Err(Error::invalid(
            "media.file_name",
            "`media.file_name` must be a name, without folders and control characters",
        ));
    }
    Ok(())
}

fn check_preview(text: &str, preview: &LinkPreview) -> Result<(), Error> {
    some_length("link_preview.url", preview.url.as_deref(), URL_MAX)?;
    some_length("link_preview.title", preview.title.as_deref(), LINE_MAX)?;
    some_length(
        "link_preview.description",
        preview.description.as_deref(),
        LINE_MAX,
    )?;
    if preview
        .url
        .as_deref()
        .is_some_and(|url| !text.contains(url))
    {
        return Err(Error::invalid(
            "link_preview.url",
            "`link_preview.url` must stand in `text` as it is",
        ));
    }
    Ok(())
}

fn check_location(location: &Location) -> Result<(), Error> {
    for (field, degrees, most) in [
        ("latitude", location.latitude, 90.0),
        ("longitude", location.longitude, 180.0),
    ] {
        if !(-most..=most).contains(&degrees) {
            return Err(Error::invalid(
                field,
                format!("`{field}` must be degrees from -{most} to {most}, not {degrees}"),
            ));
        }
    }
    some_length("name", location.name.as_deref(), LINE_MAX)?;
    some_length("address", location.address.as_deref(), LINE_MAX)
}

fn check_poll(poll: &Poll) -> Result<(), Error> {
    length("question", &poll.question, QUESTION_MAX)?;
    let count = poll.options.len();
    if !OPTIONS.contains(&count) {
        return Err(Error::invalid(
            "options",
            format!("`options` must be 2 to 12, not {count}"),
        ));
    }
    for (n, option) in poll.options.iter().enumerate() {
        let field = format!("options[{n}]");
        let length = option.chars().count();
        if option.trim().is_empty() || length > OPTION_MAX {
            let message = format!("`{field}` must have 1 to {OPTION_MAX} characters, not {length}");
            return Err(Error::invalid(field, message));
        }
        if poll.options[..n].contains(option) {
            let message = format!("`{field}` is there before: no two options may be alike");
            return Err(Error::invalid(field, message));
        }
    }
    Ok(())
}

fn check_ref(field: &'static str, message: &MessageRef) -> Result<(), Error> {
    let id = &message.id;
    if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            format!("{field}.id"),
            format!("`{field}.id` must be the id of a message, from here or from WhatsApp"),
        ));
    }
    if message
        .text
        .as_deref()
        .is_some_and(|text| text.chars().count() > TEXT_MAX)
    {
        return Err(Error::invalid(
            format!("{field}.text"),
            format!("`{field}.text` must have at most {TEXT_MAX} characters"),
        ));
    }
    Ok(())
}

/// The emoji as phones write it; empty for none.
fn one_emoji(text: &str) -> Result<String, Error> {
    if text.is_empty() {
        return Ok(String::new());
    }
    emojis::get(text)
        .map(|emoji| emoji.as_str().to_owned())
        .ok_or_else(|| {
            Error::invalid(
                "emoji",
                "`emoji` must be one emoji, like 👍, or empty to take the reaction back",
            )
        })
}

#[cfg(test)]
mod tests;
