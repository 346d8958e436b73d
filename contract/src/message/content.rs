//! What a message says.

use crate::{ids::MediaId, session::codes};
use serde::{Deserialize, Serialize};

/// What is sent: by its `type`, with what it answers and whom it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    #[serde(flatten)]
    pub kind: Kind,
    /// The message that this one quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageRef>,
    /// Whom the text or caption names as `@6287733760363` (the digits of the
    /// number or LID); each in a form of `to`, and as a JID in the answer. They
    /// are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(example = json!(["+6287733760363"])))]
    pub mentions: Vec<String>,
}

/// What is sent, by `type`. Texts and captions may use WhatsApp's own
/// formatting: `*bold*`, `_italic_`, `~struck~`, a code block in backticks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    Text {
        /// 1 to 65,536 characters.
        text: String,
        /// What is shown of a link in the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link_preview: Option<LinkPreview>,
    },
    Image {
        /// The file.
        media: Media,
        /// A text that goes with it: 1 to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    Video {
        /// The file.
        media: Media,
        /// A text that goes with it: 1 to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// A short video that plays by itself, again and again, without sound.
    Gif {
        /// The file.
        media: Media,
        /// A text that goes with it: 1 to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// Music or another recording.
    Audio {
        /// The file.
        media: Media,
    },
    /// A voice note.
    Voice {
        /// The file.
        media: Media,
    },
    Document {
        /// The file.
        media: Media,
        /// A text that goes with it: 1 to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// WebP.
    Sticker {
        /// The file.
        media: Media,
    },
    Location(Location),
    Contact {
        /// 1 to 20.
        contacts: Vec<ContactCard>,
    },
    Poll(Poll),
    Reaction {
        /// What is reacted to.
        message: MessageRef,
        /// One emoji; empty takes the reaction back.
        #[cfg_attr(feature = "openapi", schema(example = "👍"))]
        emoji: String,
    },
    /// A new text, or caption, for a message that this account sent. WhatsApp's
    /// apps take it within 15 minutes.
    Edit {
        /// What is edited.
        message: MessageRef,
        /// 1 to 65,536 characters.
        text: String,
    },
    /// Takes a message back on everybody's phone. Of its own messages any account
    /// can, of others' an admin of the group.
    Delete {
        /// What is taken back.
        message: MessageRef,
    },
}

codes! {
    /// The `type` of a message.
    ContentType {
        Text = "text",
        Image = "image",
        Video = "video",
        Gif = "gif",
        Audio = "audio",
        Voice = "voice",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        Contact = "contact",
        Poll = "poll",
        Reaction = "reaction",
        Edit = "edit",
        Delete = "delete",
    }
}

impl ContentType {
    /// Whether such a message has a file.
    pub const fn has_file(self) -> bool {
        matches!(
            self,
            Self::Image
                | Self::Video
                | Self::Gif
                | Self::Audio
                | Self::Voice
                | Self::Document
                | Self::Sticker
        )
    }
}

impl Content {
    pub const fn text(text: String) -> Self {
        Self {
            kind: Kind::Text {
                text,
                link_preview: None,
            },
            reply_to: None,
            mentions: Vec::new(),
        }
    }
}

impl Kind {
    pub const fn content_type(&self) -> ContentType {
        match self {
            Self::Text { .. } => ContentType::Text,
            Self::Image { .. } => ContentType::Image,
            Self::Video { .. } => ContentType::Video,
            Self::Gif { .. } => ContentType::Gif,
            Self::Audio { .. } => ContentType::Audio,
            Self::Voice { .. } => ContentType::Voice,
            Self::Document { .. } => ContentType::Document,
            Self::Sticker { .. } => ContentType::Sticker,
            Self::Location(_) => ContentType::Location,
            Self::Contact { .. } => ContentType::Contact,
            Self::Poll(_) => ContentType::Poll,
            Self::Reaction { .. } => ContentType::Reaction,
            Self::Edit { .. } => ContentType::Edit,
            Self::Delete { .. } => ContentType::Delete,
        }
    }

    pub const fn media(&self) -> Option<&Media> {
        match self {
            Self::Image { media, .. }
            | Self::Video { media, .. }
            | Self::Gif { media, .. }
            | Self::Audio { media }
            | Self::Voice { media }
            | Self::Document { media, .. }
            | Self::Sticker { media } => Some(media),
            _ => None,
        }
    }

    pub const fn media_mut(&mut self) -> Option<&mut Media> {
        match self {
            Self::Image { media, .. }
            | Self::Video { media, .. }
            | Self::Gif { media, .. }
            | Self::Audio { media }
            | Self::Voice { media }
            | Self::Document { media, .. }
            | Self::Sticker { media } => Some(media),
            _ => None,
        }
    }

    /// The words in it that people read, and that may name others.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } | Self::Edit { text, .. } => Some(text),
            Self::Image { caption, .. }
            | Self::Video { caption, .. }
            | Self::Gif { caption, .. }
            | Self::Document { caption, .. } => caption.as_deref(),
            _ => None,
        }
    }
}

/// A file to send. Given are `url` or `id` (or the file itself, as the part
/// `file` of a multipart body); the rest is found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Media {
    /// Of a file that is here already: the answer to `POST /api/media`, or to
    /// an earlier message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MediaId>,
    /// Fetched once, when the message is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(example = "https://example.com/invoice.pdf")
    )]
    pub url: Option<String>,
    /// What a document is called on the phone: 1 to 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Found out from the bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Of the file's bytes, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Whether phones show a small picture of it before they have it. Of a
    /// picture there is one unless it cannot be decoded; of a video there is
    /// none, since that would take a video decoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_thumbnail: Option<bool>,
}

/// What is shown of a link in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkPreview {
    /// As it stands in the text; the first link of the text when absent. At most
    /// 2,048 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where title, description and picture are absent, the page is asked for
    /// them when the message is accepted; if it does not tell, the message goes
    /// without a preview. 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A sentence or two below the title: 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A small JPEG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<MediaId>,
}

/// Another message of the same chat: one that went out from here and was not
/// cancelled, or any other that WhatsApp's id is known of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageRef {
    /// The message's id here, or WhatsApp's id of it.
    #[cfg_attr(feature = "openapi", schema(example = "3EB0C7A1F4D2E9B8305A61"))]
    pub id: String,
    /// Who wrote it, in a form of `to`. Only for messages that are not known
    /// here; the other side of the chat when absent, so a group needs it. The
    /// account's own number says that it was written on the phone, or on another
    /// of its devices: then it can be edited and deleted, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it said, to be shown in the quote. Only for messages that are not
    /// known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Found out: WhatsApp's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp_message_id: Option<String>,
    /// Found out: whether this account wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_me: Option<bool>,
    /// Found out: its `type`, where it is known here.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContentType>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Location {
    /// Degrees, −90 to 90.
    pub latitude: f64,
    /// Degrees, −180 to 180.
    pub longitude: f64,
    /// What the place is called: 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address: 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A contact to share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactCard {
    /// The person's name: 1 to 256 characters.
    pub name: String,
    /// In a form of `to`. Either this or `vcard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Where they work: 1 to 256 characters. Goes with `phone_number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// A whole vCard (RFC 6350 or 2426) instead, of at most 16,384 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcard: Option<String>,
}

/// A question with answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Poll {
    /// 1 to 255 characters.
    pub question: String,
    /// 2 to 12, each of 1 to 100 characters, no two alike.
    pub options: Vec<String>,
    /// Whether more than one may be chosen.
    #[serde(default)]
    pub multiple: bool,
    /// With what votes are read, hex. The server's own: never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub secret: Option<String>,
}
