//! What becomes of a file, by the account's settings and by how fetching it went.

use std::time::Duration;
use whahook_contract::{
    received::{ChatContent, MediaReason, MediaState},
    receiving::{AppliedReceiving, FileKind, MediaDownload},
};
use whahook_whatsapp::port::{Attachment, DownloadError, MediaKind};

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// Attempts until it is given up: after some five hours.
const ATTEMPTS: i64 = 14;
/// The same for a file that came damaged: another of WhatsApp's servers may have
/// it whole.
const DAMAGED_ATTEMPTS: i64 = 3;

/// What is written down of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub state: MediaState,
    pub reason: Option<MediaReason>,
}

impl Plan {
    const fn new(state: MediaState, reason: MediaReason) -> Self {
        Self {
            state,
            reason: Some(reason),
        }
    }

    pub const ON_DEMAND: Self = Self::new(MediaState::OnDemand, MediaReason::Policy);

    pub const PENDING: Self = Self {
        state: MediaState::Pending,
        reason: None,
    };
}

/// What is to be done with the file of a message that came in.
pub fn plan(attachment: &Attachment, settings: &AppliedReceiving) -> Plan {
    let file = &attachment.file;
    if file.direct_path.is_empty() || file.key.is_empty() {
        return Plan::new(MediaState::Failed, MediaReason::NotOffered);
    }
    let why = match settings.media_download {
        MediaDownload::None => MediaReason::Off,
        MediaDownload::OnDemand => MediaReason::Policy,
        MediaDownload::All if !settings.media_kinds.contains(&kind(attachment.kind)) => {
            MediaReason::Kind
        }
        MediaDownload::All if file.size > settings.media_max_bytes => MediaReason::Size,
        MediaDownload::All => return Plan::PENDING,
    };
    Plan::new(MediaState::OnDemand, why)
}

const fn kind(kind: MediaKind) -> FileKind {
    match kind {
        MediaKind::Image => FileKind::Image,
        MediaKind::Video => FileKind::Video,
        MediaKind::Gif => FileKind::Gif,
        MediaKind::Audio => FileKind::Audio,
        MediaKind::Voice => FileKind::Voice,
        MediaKind::Document => FileKind::Document,
        MediaKind::Sticker => FileKind::Sticker,
    }
}

/// As WhatsApp's servers have the file of a message.
pub const fn kind_of(content: &ChatContent) -> Option<MediaKind> {
    Some(match content {
        ChatContent::Image { .. } => MediaKind::Image,
        ChatContent::Video { .. } => MediaKind::Video,
        ChatContent::Gif { .. } => MediaKind::Gif,
        ChatContent::Audio { .. } => MediaKind::Audio,
        ChatContent::Voice { .. } => MediaKind::Voice,
        ChatContent::Document { .. } => MediaKind::Document,
        ChatContent::Sticker { .. } => MediaKind::Sticker,
        _ => return None,
    })
}

/// What follows from an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It says nothing about the file.
    NotCounted,
    Again(Duration),
    GiveUp(MediaReason),
}

/// `attempts` came to nothing, with this one; `jitter` is from 0 to 1.
pub fn after(error: &DownloadError, attempts: i64, jitter: f64) -> Next {
    let (most, reason) = match error {
        DownloadError::NotConnected => return Next::NotCounted,
        DownloadError::Gone => return Next::GiveUp(MediaReason::Gone),
        DownloadError::TooLarge => return Next::GiveUp(MediaReason::Size),
        DownloadError::Damaged => (DAMAGED_ATTEMPTS, MediaReason::Damaged),
        DownloadError::NotWritten(_) => (ATTEMPTS, MediaReason::VolumeFull),
        DownloadError::NotNow(_) => (ATTEMPTS, MediaReason::Unreachable),
    };
    if attempts >= most {
        return Next::GiveUp(reason);
    }
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or_default();
    let pause = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    Next::Again(pause.mul_f64(0.8 + 0.4 * jitter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_whatsapp::port::RemoteFile;

    fn image(size: u64) -> Attachment {
        Attachment {
            kind: MediaKind::Image,
            file: RemoteFile {
                direct_path: "/v/1".to_owned(),
                key: "00".to_owned(),
                sha256: String::new(),
                encrypted_sha256: String::new(),
                size,
            },
            mime_type: None,
            file_name: None,
            caption: None,
            width: None,
            height: None,
            seconds: None,
            view_once: false,
        }
    }

    #[test]
    fn what_is_fetched_by_itself_follows_from_policy_kind_and_size() {
        let all = AppliedReceiving {
            media_download: MediaDownload::All,
            media_kinds: vec![FileKind::Image],
            media_max_bytes: 100,
            statuses: false,
            history_days: 0,
            history_messages: 1_000,
        };
        let on_demand = |why| Plan::new(MediaState::OnDemand, why);
        assert_eq!(plan(&image(100), &all), Plan::PENDING);
        assert_eq!(plan(&image(101), &all), on_demand(MediaReason::Size));
        let voices = AppliedReceiving {
            media_kinds: vec![FileKind::Voice],
            ..all
        };
        assert_eq!(plan(&image(1), &voices), on_demand(MediaReason::Kind));
        for (download, why) in [
            (MediaDownload::OnDemand, MediaReason::Policy),
            (MediaDownload::None, MediaReason::Off),
        ] {
            let settings = AppliedReceiving {
                media_download: download,
                ..all.clone()
            };
            assert_eq!(plan(&image(1), &settings), on_demand(why));
        }
        let mut nowhere = image(1);
        nowhere.file.direct_path.clear();
        let failed = Plan::new(MediaState::Failed, MediaReason::NotOffered);
        assert_eq!(plan(&nowhere, &all), failed);
    }

    #[test]
    fn attempts_grow_apart_until_a_file_is_given_up() {
        let later = DownloadError::NotNow("HTTP 503".to_owned());
        let pauses: Vec<Next> = (1..=13).map(|n| after(&later, n, 0.5)).collect();
        assert_eq!(pauses[0], Next::Again(Duration::from_secs(2)));
        assert_eq!(pauses[1], Next::Again(Duration::from_secs(4)));
        assert_eq!(pauses[12], Next::Again(LONGEST_PAUSE));
        let over = Next::GiveUp(MediaReason::Unreachable);
        assert_eq!(after(&later, 14, 0.5), over);
        let gone = Next::GiveUp(MediaReason::Gone);
        assert_eq!(after(&DownloadError::Gone, 1, 0.5), gone);
        let damaged = Next::GiveUp(MediaReason::Damaged);
        assert_eq!(after(&DownloadError::Damaged, 3, 0.5), damaged);
        let away = after(&DownloadError::NotConnected, 99, 0.5);
        assert_eq!(away, Next::NotCounted);
    }
}
