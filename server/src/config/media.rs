//! Files to send.

use super::vars::Vars;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// `MEDIA_MAX_BYTES`: the largest file that is taken in. WhatsApp's own
    /// limits of a kind of message hold too.
    pub max_bytes: u64,
    /// `MEDIA_QUOTA_BYTES`: as much as the files of one person may have
    /// together; `None`: any.
    pub quota: Option<u64>,
    /// `MEDIA_RETENTION_DAYS`: how long a file stays that no message needs;
    /// `None`: for ever.
    pub retention: Option<Duration>,
}

const MAX_BYTES: u64 = 100 << 20;
/// What WhatsApp takes at most, as a document.
const WHATSAPP_TAKES: u64 = 2 << 30;
const QUOTA: u64 = 10 << 30;
const RETENTION_DAYS: u64 = 30;
const DAY: u64 = 24 * 60 * 60;

impl Media {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        let max_bytes = vars.parse("MEDIA_MAX_BYTES", |text| match text.parse() {
            Ok(bytes @ 1..=WHATSAPP_TAKES) => Ok(bytes),
            _ => Err(format!(
                "must be a number of bytes from 1 to {WHATSAPP_TAKES}, not `{text}`"
            )),
        });
        let quota = vars.parse("MEDIA_QUOTA_BYTES", |text| match text.parse::<u64>() {
            Ok(bytes) if i64::try_from(bytes).is_ok() => Ok(bytes),
            _ => Err(format!(
                "must be a number of bytes, or 0 for no quota, not `{text}`"
            )),
        });
        let days = vars.parse("MEDIA_RETENTION_DAYS", |text| match text.parse() {
            Ok(days @ 0..=36_500) => Ok(days),
            _ => Err(format!(
                "must be a number of days from 1 to 36500, or 0 to keep files for ever, not `{text}`"
            )),
        });
        let days = days.unwrap_or(RETENTION_DAYS);
        Self {
            max_bytes: max_bytes.unwrap_or(MAX_BYTES),
            quota: Some(quota.unwrap_or(QUOTA)).filter(|bytes| *bytes > 0),
            retention: (days > 0).then(|| Duration::from_secs(days * DAY)),
        }
    }
}
