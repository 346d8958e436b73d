//! From what WhatsApp says to what a conversation shows.

use crate::platform::clock::from_ms;
use chrono::TimeDelta;
use std::time::SystemTime;
use whahook_contract::{
    Timestamp,
    event::Event,
    message::{ContactCard, Location},
    received::{ChatContent, ChatMedia, ChatMessage, GroupChangeKind, QuotedMessage},
};
use whahook_whatsapp::port::{Attachment, Body, GroupChange, MediaKind, Quoted};

/// When it begins, in milliseconds since 1970.
const YEAR_10000: i64 = 253_402_300_800_000;

/// PostgreSQL keeps no NUL in a text, and nobody can see one.
pub fn text(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    }
}

/// `None`: it changes something that stands there already.
pub fn content(body: &Body) -> Option<ChatContent> {
    let clean = |text: &Option<String>| text.clone().map(self::text);
    Some(match body {
        Body::Text(words) => ChatContent::Text {
            text: text(words.clone()),
        },
        Body::Media(attachment) => media(attachment),
        Body::Location {
            latitude,
            longitude,
            name,
            address,
        } => ChatContent::Location(Location {
            latitude: *latitude,
            longitude: *longitude,
            name: clean(name),
            address: clean(address),
        }),
        Body::Contacts(cards) => ChatContent::Contact {
            contacts: cards
                .iter()
                .map(|card| ContactCard {
                    name: text(card.name.clone()),
                    phone_number: None,
                    organization: None,
                    vcard: Some(text(card.vcard.clone())),
                })
                .collect(),
        },
        Body::Poll {
            question,
            options,
            multiple,
        } => ChatContent::Poll {
            question: text(question.clone()),
            options: options.iter().cloned().map(text).collect(),
            multiple: *multiple,
            votes: Vec::new(),
        },
        Body::Unsupported => ChatContent::Unsupported,
        Body::Waiting => ChatContent::Waiting,
        Body::ViewOnce => ChatContent::ViewOnce,
        Body::MissedCall { video } => ChatContent::MissedCall { video: *video },
        Body::GroupChange(change) => group_change(change),
        Body::Reaction { .. }
        | Body::Edit { .. }
        | Body::Delete { .. }
        | Body::Vote { .. }
        | Body::Group(_)
        | Body::Picture(_) => return None,
    })
}

/// Whom it is about is looked up by others.
fn group_change(change: &GroupChange) -> ChatContent {
    let (change, value) = match change {
        GroupChange::Subject(subject) => (GroupChangeKind::Subject, Some(text(subject.clone()))),
        GroupChange::Description(about) => (GroupChangeKind::Description, about.clone().map(text)),
        GroupChange::Added(_) => (GroupChangeKind::Added, None),
        GroupChange::Removed(_) => (GroupChangeKind::Removed, None),
        GroupChange::Promoted(_) => (GroupChangeKind::Promoted, None),
        GroupChange::Demoted(_) => (GroupChangeKind::Demoted, None),
    };
    ChatContent::GroupChange {
        change,
        value,
        members: Vec::new(),
    }
}

/// What is told of a new line of a conversation.
pub fn told(shown: ChatMessage) -> Event {
    let shown = Box::new(shown);
    match shown.content {
        ChatContent::Waiting => Event::MessageWaiting(shown),
        ChatContent::MissedCall { .. } => Event::CallMissed(shown),
        ChatContent::GroupChange { .. } => Event::GroupChanged(shown),
        _ => Event::MessageReceived(shown),
    }
}

/// Whether people want to be told of it.
pub const fn counts(content: &ChatContent) -> bool {
    !matches!(
        content,
        ChatContent::Deleted { .. } | ChatContent::GroupChange { .. }
    )
}

fn media(attachment: &Attachment) -> ChatContent {
    let clean = |text: &Option<String>| text.clone().map(self::text);
    let media = ChatMedia {
        state: None,
        reason: None,
        id: None,
        mime_type: clean(&attachment.mime_type),
        file_name: clean(&attachment.file_name),
        size: Some(attachment.file.size),
        sha256: Some(attachment.file.sha256.clone()).filter(|hash| !hash.is_empty()),
        width: attachment.width,
        height: attachment.height,
        seconds: attachment.seconds,
        view_once: attachment.view_once,
    };
    let caption = clean(&attachment.caption).filter(|caption| !caption.is_empty());
    match attachment.kind {
        MediaKind::Image => ChatContent::Image { media, caption },
        MediaKind::Video => ChatContent::Video { media, caption },
        MediaKind::Gif => ChatContent::Gif { media, caption },
        MediaKind::Audio => ChatContent::Audio { media },
        MediaKind::Voice => ChatContent::Voice { media },
        MediaKind::Document => ChatContent::Document { media, caption },
        MediaKind::Sticker => ChatContent::Sticker { media },
    }
}

pub fn quoted(quoted: &Quoted) -> QuotedMessage {
    QuotedMessage {
        whatsapp_message_id: quoted.id.clone(),
        from: quoted.author.clone(),
        text: quoted.text.clone().map(text),
    }
}

/// What WhatsApp says of when; a time that no calendar has is taken for 1970.
pub fn told_at(at: SystemTime) -> Timestamp {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let ms = i64::try_from(since.as_millis()).ok();
    from_ms(ms.filter(|ms| *ms < YEAR_10000).unwrap_or_default())
}

/// When a message was written. WhatsApp says it in whole seconds; what comes at
/// once was written in the part of that second which has passed.
pub fn written_at(told: Timestamp, now: Timestamp) -> Timestamp {
    let latest = told + TimeDelta::milliseconds(999);
    now.clamp(told, latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_answer_within_the_same_second_stands_behind_what_it_answers() {
        let told = from_ms(1_800_000_000_000);
        assert_eq!(
            written_at(told, from_ms(1_800_000_000_420)),
            from_ms(1_800_000_000_420)
        );
        assert_eq!(
            written_at(told, from_ms(1_800_000_060_000)),
            from_ms(1_800_000_000_999)
        );
        // A clock that goes wrong does not put it before its own second.
        assert_eq!(written_at(told, from_ms(1_799_999_999_000)), told);
    }

    #[test]
    fn a_time_beyond_all_calendars_is_no_time() {
        let told = |seconds| told_at(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(told(1_800_000_000), from_ms(1_800_000_000_000));
        for seconds in [253_402_300_800, 1 << 45, 1 << 62] {
            assert_eq!(told(seconds), from_ms(0));
        }
    }

    #[test]
    fn a_nul_in_a_text_is_left_out() {
        let said = content(&Body::Text("a\0b".to_owned()));
        assert_eq!(
            said,
            Some(ChatContent::Text {
                text: "ab".to_owned()
            })
        );
    }
}
