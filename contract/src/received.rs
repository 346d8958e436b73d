//! What stands in a conversation: what came in, and what went out.

use crate::{
    contact::Party,
    ids::{AccountId, ConversationId, MediaId, MessageId},
    message::{ContactCard, Content, Kind, Location, MessageStatus, Recipient},
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// Which way a message went.
    Direction {
        /// Somebody wrote it to the account.
        In = "in",
        /// It was written in the account's name.
        Out = "out",
    }
}

codes! {
    /// Where a message was written.
    Source {
        /// By the other side.
        Contact = "contact",
        /// On the account's own phone, or on another device linked to it.
        Phone = "phone",
        /// Here, through the queue.
        Api = "api",
    }
}

codes! {
    /// Where the file of a message is.
    MediaState {
        /// It is being fetched from WhatsApp, or waits for that.
        Pending = "pending",
        /// It is here: `GET /api/conversations/{id}/messages/{message_id}/media`.
        Ready = "ready",
        /// It could not be fetched; `POST` to the same address tries again.
        Failed = "failed",
        /// It is fetched when somebody asks for it: `POST` to the same address.
        OnDemand = "on_demand",
        /// It was here, and was removed since; `POST` to the same address fetches it again, if
        /// WhatsApp still has it.
        Expired = "expired",
    }
}

codes! {
    /// Why the file of a message is not here.
    MediaReason {
        /// The account fetches files on demand.
        Policy = "policy",
        /// The account fetches no files.
        Off = "off",
        /// The account does not fetch files of this kind by itself.
        Kind = "kind",
        /// It is larger than what the account fetches by itself.
        Size = "size",
        /// WhatsApp has it no more.
        Gone = "gone",
        /// What WhatsApp has is not what was sent.
        Damaged = "damaged",
        /// It did not come whole, attempt by attempt.
        Unreachable = "unreachable",
        /// With it your files would be larger together than is allowed (MEDIA_QUOTA_BYTES).
        QuotaExceeded = "quota_exceeded",
        /// There is no space left for files on the server.
        VolumeFull = "volume_full",
        /// The message does not say where it is.
        NotOffered = "not_offered",
    }
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatMessage {
    /// Of what was sent from here, the id that `POST /api/messages` answered.
    pub id: MessageId,
    pub account_id: AccountId,
    pub conversation_id: ConversationId,
    /// The chat that it stands in: where an answer goes to. Told with
    /// `message:received`; in a conversation it is that one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<Recipient>,
    pub direction: Direction,
    pub source: Source,
    /// WhatsApp's own id of it.
    pub whatsapp_message_id: String,
    /// Who wrote it.
    pub from: Party,
    #[serde(flatten)]
    pub content: ChatContent,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<QuotedMessage>,
    /// JIDs of those whom the text names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(example = json!(["6287733760363@s.whatsapp.net"])))]
    pub mentions: Vec<String>,
    /// What people think of it, one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionView>,
    /// Where it is on its way, if it was sent from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MessageStatus>,
    /// When it was written. Conversations are in this order.
    pub at: DateTime<Utc>,
    /// When it came to be known here.
    pub received_at: DateTime<Utc>,
    /// When its text was last changed by who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
}

codes! {
    /// What is different about a group.
    GroupChangeKind {
        /// Its name.
        Subject = "subject",
        /// What it is said to be about.
        Description = "description",
        /// Others were taken in.
        Added = "added",
        /// Somebody came by themselves, with an invitation.
        Joined = "joined",
        /// Others were taken out.
        Removed = "removed",
        /// Somebody went.
        Left = "left",
        /// Members became admins.
        Promoted = "promoted",
        /// Admins are members again.
        Demoted = "demoted",
    }
}

/// What it says, by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatContent {
    Text {
        /// What it says.
        text: String,
    },
    Image {
        /// The file.
        media: ChatMedia,
        /// A text that goes with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    Video {
        /// The file.
        media: ChatMedia,
        /// A text that goes with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// A short video that plays by itself, again and again, without sound.
    Gif {
        /// The file.
        media: ChatMedia,
        /// A text that goes with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// Music or another recording.
    Audio {
        /// The file.
        media: ChatMedia,
    },
    /// A voice note.
    Voice {
        /// The file.
        media: ChatMedia,
    },
    Document {
        /// The file.
        media: ChatMedia,
        /// A text that goes with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    Sticker {
        /// The file.
        media: ChatMedia,
    },
    Location(Location),
    Contact {
        /// Who is shared.
        contacts: Vec<ContactCard>,
    },
    Poll {
        /// What is asked.
        question: String,
        /// What can be chosen.
        options: Vec<String>,
        /// Whether more than one may be chosen.
        multiple: bool,
        /// Who chose what, as of now; one each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        votes: Vec<VoteView>,
    },
    /// A message that could not be read yet: its author's phone is asked for it
    /// again. What it says comes in its place, under the same `id`, with
    /// `message:received`.
    Waiting,
    /// Something to be looked at once, which WhatsApp shows on the phone only.
    ViewOnce,
    /// Somebody called, and nobody answered.
    MissedCall {
        /// Whether it was a video call; `null`: WhatsApp did not say.
        video: Option<bool>,
    },
    /// Something about the group is different from now on. `from` is who changed
    /// it.
    GroupChange {
        /// What.
        change: GroupChangeKind,
        /// Its new subject, or description; `null` where that was taken away, or
        /// the change is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// Who came, went, became an admin or is none any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        members: Vec<Party>,
    },
    /// It was taken back by who wrote it, or by an admin of the group.
    Deleted {
        /// When.
        deleted_at: DateTime<Utc>,
    },
    /// Something that this version does not know. The phone shows it.
    Unsupported,
}

/// The file of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatMedia {
    /// Where it is. Absent for what was sent from here before that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MediaState>,
    /// Why it is not here; absent while there is nothing to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<MediaReason>,
    /// Of the file, once it is here: `GET /api/media/{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MediaId>,
    /// As who sent it says; once the file is here, as its bytes say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// What a document is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
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
    /// It is to be looked at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub view_once: bool,
}

/// The message that another answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuotedMessage {
    /// WhatsApp's id of it.
    pub whatsapp_message_id: String,
    /// JID of who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "6287733760363@s.whatsapp.net"))]
    pub from: Option<String>,
    /// Its text or caption, as it is quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What somebody thinks of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionView {
    /// Who.
    pub from: Party,
    /// Whether it was the account's own person.
    pub from_me: bool,
    /// One emoji.
    pub emoji: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What somebody chose in a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoteView {
    /// Who.
    pub from: Party,
    /// Whether it was the account's own person.
    pub from_me: bool,
    /// What; of the poll's options.
    pub options: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl ChatContent {
    /// What was sent from here, as it stands in a conversation. `None`: it does
    /// not stand there by itself.
    pub fn sent(content: &Content) -> Option<Self> {
        let file = |media: &crate::message::Media| ChatMedia {
            state: media.id.map(|_| MediaState::Ready),
            reason: None,
            id: media.id,
            mime_type: media.mime_type.clone(),
            file_name: media.file_name.clone(),
            size: media.size,
            sha256: media.sha256.clone(),
            width: media.width,
            height: media.height,
            seconds: media.seconds,
            view_once: false,
        };
        Some(match &content.kind {
            Kind::Text { text, .. } => Self::Text { text: text.clone() },
            Kind::Image { media, caption } => Self::Image {
                media: file(media),
                caption: caption.clone(),
            },
            Kind::Video { media, caption } => Self::Video {
                media: file(media),
                caption: caption.clone(),
            },
            Kind::Gif { media, caption } => Self::Gif {
                media: file(media),
                caption: caption.clone(),
            },
            Kind::Audio { media } => Self::Audio { media: file(media) },
            Kind::Voice { media } => Self::Voice { media: file(media) },
            Kind::Document { media, caption } => Self::Document {
                media: file(media),
                caption: caption.clone(),
            },
            Kind::Sticker { media } => Self::Sticker { media: file(media) },
            Kind::Location(location) => Self::Location(location.clone()),
            Kind::Contact { contacts } => Self::Contact {
                contacts: contacts.clone(),
            },
            Kind::Poll(poll) => Self::Poll {
                question: poll.question.clone(),
                options: poll.options.clone(),
                multiple: poll.multiple,
                votes: Vec::new(),
            },
            Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. } => return None,
        })
    }

    pub const fn media(&self) -> Option<&ChatMedia> {
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

    pub const fn media_mut(&mut self) -> Option<&mut ChatMedia> {
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

    /// The words in it that people read, and look for.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Image { caption, .. }
            | Self::Video { caption, .. }
            | Self::Gif { caption, .. }
            | Self::Document { caption, .. } => caption.as_deref(),
            Self::Poll { question, .. } => Some(question),
            Self::Location(location) => location.name.as_deref(),
            _ => None,
        }
    }

    /// The same with other words, where it has words that can be changed.
    pub fn set_words(&mut self, words: String) -> bool {
        match self {
            Self::Text { text } => *text = words,
            Self::Image { caption, .. }
            | Self::Video { caption, .. }
            | Self::Gif { caption, .. }
            | Self::Document { caption, .. } => *caption = Some(words),
            _ => return false,
        }
        true
    }
}
