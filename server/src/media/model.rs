//! A file, and which kinds of message it can be.

use super::Error;
use whahook_contract::{
    Timestamp,
    ids::{MediaId, UserId},
    message::{ContentType, Media},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: MediaId,
    pub user: UserId,
    /// Hex.
    pub sha256: String,
    pub size: u64,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    /// 64 levels from 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
    pub used_at: Timestamp,
}

impl File {
    pub fn view(&self) -> Media {
        Media {
            id: Some(self.id),
            url: None,
            file_name: self.file_name.clone(),
            mime_type: Some(self.mime_type.clone()),
            size: Some(self.size),
            sha256: Some(self.sha256.clone()),
            width: self.width,
            height: self.height,
            seconds: self.seconds,
            has_thumbnail: self.is_seen().then_some(self.thumbnail.is_some()),
        }
    }

    fn is_seen(&self) -> bool {
        self.mime_type.starts_with("image/") || self.mime_type.starts_with("video/")
    }

    /// Whether it can go out as this kind of message.
    ///
    /// # Errors
    /// It cannot: says why, and what would be right.
    pub fn fits(&self, kind: ContentType) -> Result<(), Error> {
        let Some(rule) = Rule::of(kind) else {
            return Ok(());
        };
        if !rule.mime_types.is_empty() && !rule.mime_types.contains(&self.mime_type.as_str()) {
            return Err(Error::invalid(
                "media",
                format!(
                    "`media` is {}, and {} {}.",
                    self.mime_type, rule.must, rule.otherwise
                ),
            ));
        }
        if self.size > rule.max {
            return Err(Error::invalid(
                "media",
                format!(
                    "`media` has {} bytes; WhatsApp takes at most {} as `{}`. A `document` may be \
                     larger.",
                    self.size,
                    rule.max,
                    kind.code()
                ),
            ));
        }
        let side = |side: Option<u32>| side.is_none_or(|side| side == STICKER_SIDE);
        if kind == ContentType::Sticker && !(side(self.width) && side(self.height)) {
            return Err(Error::invalid(
                "media",
                format!(
                    "`media` has {}×{} pixels; a `sticker` must have {STICKER_SIDE}×{STICKER_SIDE}.",
                    self.width.unwrap_or_default(),
                    self.height.unwrap_or_default()
                ),
            ));
        }
        Ok(())
    }
}

/// The most bytes that WhatsApp takes as a kind of message.
pub fn limit(kind: ContentType) -> u64 {
    Rule::of(kind).map_or(0, |rule| rule.max)
}

const MIB: u64 = 1 << 20;
const STICKER_SIDE: u32 = 512;

/// What WhatsApp takes as a kind of message.
struct Rule {
    /// Empty: any.
    mime_types: &'static [&'static str],
    max: u64,
    must: &'static str,
    otherwise: &'static str,
}

pub const OPUS: &str = "audio/ogg; codecs=opus";

impl Rule {
    const fn of(kind: ContentType) -> Option<Self> {
        Some(match kind {
            ContentType::Image => Self {
                mime_types: &["image/jpeg", "image/png"],
                max: 16 * MIB,
                must: "an `image` must be JPEG or PNG",
                otherwise: "(WebP of 512×512 pixels can be a `sticker`, anything a `document`)",
            },
            ContentType::Video | ContentType::Gif => Self {
                mime_types: &["video/mp4", "video/3gpp"],
                max: 100 * MIB,
                must: "a `video` or `gif` must be MP4 or 3GP",
                otherwise: "(convert it, or send it as a `document`)",
            },
            ContentType::Audio => Self {
                mime_types: &[
                    "audio/aac",
                    "audio/amr",
                    "audio/mp4",
                    "audio/mpeg",
                    "audio/ogg",
                    OPUS,
                ],
                max: 16 * MIB,
                must: "`audio` must be AAC, AMR, MP3, M4A or OGG",
                otherwise: "(convert it, or send it as a `document`)",
            },
            ContentType::Voice => Self {
                mime_types: &[OPUS],
                max: 16 * MIB,
                must: "a `voice` note must be Opus in OGG",
                otherwise: "(nothing is converted here: convert it, or send it as `audio`)",
            },
            ContentType::Sticker => Self {
                mime_types: &["image/webp"],
                max: MIB,
                must: "a `sticker` must be WebP of 512×512 pixels",
                otherwise: "(convert it, or send it as an `image`)",
            },
            ContentType::Document => Self {
                mime_types: &[],
                max: 2_048 * MIB,
                must: "",
                otherwise: "",
            },
            _ => return None,
        })
    }
}
