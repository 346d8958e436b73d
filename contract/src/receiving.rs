//! How an account receives: which files it fetches, and what it takes besides
//! messages.

use crate::{limits::given, session::codes};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// Which files of messages an account fetches from WhatsApp.
    MediaDownload {
        /// All, as far as kind and size are right; the others on demand.
        All = "all",
        /// Those that somebody asks for.
        OnDemand = "on_demand",
        /// None.
        None = "none",
    }
}

codes! {
    /// What kind of message a file comes with.
    FileKind {
        /// A picture.
        Image = "image",
        /// A video.
        Video = "video",
        /// A short video that plays by itself.
        Gif = "gif",
        /// Music or another recording.
        Audio = "audio",
        /// A voice note.
        Voice = "voice",
        /// Any file.
        Document = "document",
        /// A sticker.
        Sticker = "sticker",
    }
}

codes! {
    /// How far the history is that the phone sends when it is linked.
    HistoryState {
        /// The phone sends it.
        Running = "running",
        /// All of it is here.
        Finished = "finished",
    }
}

/// How far the history is that the phone sends when it is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryProgress {
    /// Whether more comes.
    pub state: HistoryState,
    /// As the phone says, 0 to 100.
    #[cfg_attr(feature = "openapi", schema(example = 40))]
    pub percent: u32,
    /// How many messages were taken so far.
    #[cfg_attr(feature = "openapi", schema(example = 1200))]
    pub messages: i64,
    /// As of when.
    pub at: DateTime<Utc>,
}

/// How an account receives. `null` means the server's default; `applies` has what
/// comes of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceivingView {
    /// Which files are fetched.
    pub media_download: Option<MediaDownload>,
    /// The kinds that are fetched by themselves.
    #[cfg_attr(feature = "openapi", schema(example = json!(["image", "voice"])))]
    pub media_kinds: Option<Vec<FileKind>>,
    /// The largest file that is fetched by itself, in bytes.
    #[cfg_attr(feature = "openapi", schema(example = 16_777_216))]
    pub media_max_bytes: Option<u64>,
    /// Whether status updates of others are taken.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub statuses: Option<bool>,
    /// What stood in the chats of the last so many days is taken when the phone is
    /// linked; 0: nothing.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub history_days: Option<u32>,
    /// As many messages of one chat at most.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub history_messages: Option<u32>,
    /// How far it is; `null`: none was taken yet.
    pub history: Option<HistoryProgress>,
    /// What applies where nothing is set.
    pub defaults: AppliedReceiving,
    /// What applies now.
    pub applies: AppliedReceiving,
}

/// What comes of an account's settings and the server's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedReceiving {
    /// Which files are fetched.
    pub media_download: MediaDownload,
    /// The kinds that are fetched by themselves.
    #[cfg_attr(feature = "openapi", schema(example = json!(["image", "voice"])))]
    pub media_kinds: Vec<FileKind>,
    /// The largest file that is fetched by itself, in bytes.
    #[cfg_attr(feature = "openapi", schema(example = 16_777_216))]
    pub media_max_bytes: u64,
    /// Whether status updates of others are taken, into a conversation of their own.
    #[cfg_attr(feature = "openapi", schema(example = false))]
    pub statuses: bool,
    /// What stood in the chats of the last so many days is taken when the phone is
    /// linked; 0: nothing.
    #[cfg_attr(feature = "openapi", schema(example = 30))]
    pub history_days: u32,
    /// As many messages of one chat at most.
    #[cfg_attr(feature = "openapi", schema(example = 1000))]
    pub history_messages: u32,
}

/// What is to change of how an account receives; what is left out stays as it is,
/// and `null` goes back to the server's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[allow(
    clippy::option_option,
    reason = "left out, `null` and a value are three things"
)]
pub struct ReceivingChanges {
    /// Which files are fetched.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<MediaDownload>))]
    pub media_download: Option<Option<MediaDownload>>,
    /// The kinds that are fetched by themselves.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<FileKind>>, example = json!(["image", "voice"])))]
    pub media_kinds: Option<Option<Vec<FileKind>>>,
    /// The largest file that is fetched by itself, in bytes. Files larger than
    /// MEDIA_MAX_BYTES are never fetched.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u64>, minimum = 0, maximum = 2_147_483_648_u64, example = 16_777_216))]
    pub media_max_bytes: Option<Option<u64>>,
    /// Whether status updates of others are taken.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>, example = false))]
    pub statuses: Option<Option<bool>>,
    /// What stood in the chats of the last so many days (at most 3,650) is taken when
    /// the phone is linked the next time; 0: nothing.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 0, maximum = 3_650, example = 30))]
    pub history_days: Option<Option<u32>>,
    /// As many messages of one chat at most: 1 to 100,000.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 100_000, example = 1000))]
    pub history_messages: Option<Option<u32>>,
}
